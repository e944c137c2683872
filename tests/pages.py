"""For the tests of the report: records with something of everything, and a reader that fails on tags that do not match."""

import json
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input", "rect"}


class Page(HTMLParser):
    """Fails on tags that do not match; keeps the tags, and the text that a reader sees."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.seen, self.scripts = [], [], "", []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> does not end what is open"

    def handle_data(self, data):
        if self.open[-1:] == ["script"]:
            self.scripts[-1] += data
        elif self.open[-1:] != ["style"]:
            self.seen += data

    def named(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


def lines(*entries):
    return "".join(json.dumps(entry) + "\n" for entry in entries)


def attempt(exercise, mistake=None):
    return {"exercise": exercise, "passed": mistake is None, "mistake": mistake}


def guess(key, question="How many?", made=1, answer=2, right=False, unit=""):
    return {"key": key, "question": question, "guess": made, "answer": answer, "right": right, "time": "", "unit": unit}


def run(name="base", **fields):
    evaluations = [
        {"epoch": 1, "step": 2, "split": "tiny train, validation part", "accuracy": 0.5, "loss": 1.5},
        {"epoch": 2, "step": 4, "split": "tiny train, validation part", "accuracy": 0.75, "loss": 1.25},
        {"epoch": 2, "step": 4, "split": "tiny test", "accuracy": 0.625, "loss": 1.375},
    ]
    made = {"schema": 1, "kind": "run", "name": name, "data": "tiny", "network": "Net", "parameters": 1234, "macs": 56789}
    made |= {"epochs": 2, "steps": 4, "lr": 0.01, "seed": 7, "precision": "float32", "machine": "a processor", "seconds": 12.5}
    made |= {"start": "random", "images": {"tiny train, validation part": 40, "tiny test": 1000}}
    return made | {"losses": [[2, 2.5], [4, 1.75]], "evaluations": evaluations} | fields


def fill(folder, question="How many?", words=None, runs=(), unit=""):
    """Writes records as notebooks do: two exercises tried, two guesses, a run."""
    folder.mkdir(parents=True, exist_ok=True)
    tried = [attempt("conv_cost", "raises"), attempt("conv_cost"), attempt("vgg_head", "returns-nothing")]
    (folder / "checks.jsonl").write_text(lines(*tried), encoding="utf-8")
    guesses = [guess("01, question 1", question, unit=unit), guess("01, question 2", right=True, made=2)]
    (folder / "guesses.jsonl").write_text(lines(*guesses), encoding="utf-8")
    for found in runs or [run()]:
        (folder / f"{found['name']}.json").write_text(json.dumps(found), encoding="utf-8")
    (folder / "words.json").write_text(json.dumps(words or {"claim": "It learns.", "evidence": ""}), encoding="utf-8")
    return folder
