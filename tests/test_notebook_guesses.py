"""The notebooks' guesses: what an answer is made of keeps its name to the end, so a late guess gets the same answer."""

import ast
from pathlib import Path

import jupytext
import pytest

SOURCES = sorted((Path(__file__).parent.parent / "notebooks" / "source").glob("[0-9]*.py"))
every_notebook = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def cells(text):
    return [ast.parse(cell.source) for cell in jupytext.reads(text, fmt="py:percent").cells if cell.cell_type == "code"]


def guesses(cell):
    """The calls of explore.guess in a cell."""
    return [node for node in ast.walk(cell) if isinstance(node, ast.Call) and ast.unparse(node.func) == "explore.guess"]


def given(call):
    """The arguments of a call of explore.guess by their names."""
    names = ("question", "answer", "tolerance", "unit", "key", "folder", "known")
    return dict(zip(names, call.args, strict=False)) | {word.arg: word.value for word in call.keywords}


def bound(cell):
    """The names that a cell gives to something, outside of functions."""
    found, todo = set(), list(cell.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            todo += ast.iter_child_nodes(node)
    return found


def used(node, functions):
    """The notebook's names that the code of an answer uses, with those of the notebook's functions that it calls."""
    found, todo = set(), [node]
    while todo:
        code = [*ast.walk(todo.pop())]
        names = [n for n in code if isinstance(n, ast.Name)]
        own = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {n.arg for n in code if isinstance(n, ast.arg)}
        new = {n.id for n in names} - own - found
        found |= new
        todo += [functions[name] for name in new if name in functions]
    return found


def rebound(text):
    """(key of a guess, name) where a later cell gives a name of its answer to something else."""
    found, parsed = [], cells(text)
    for i, cell in enumerate(parsed):
        functions = {node.name: node for before in parsed[: i + 1] for node in before.body if isinstance(node, ast.FunctionDef)}
        later = set().union(*map(bound, parsed[i + 1 :]))
        for arguments in map(given, guesses(cell)):
            found += [(ast.unparse(arguments["key"]), name) for name in sorted(used(arguments["answer"], functions) & later)]
    return found


@every_notebook
def test_no_name_in_an_answer_is_given_to_something_else_later(source):
    assert rebound(source.read_text(encoding="utf-8")) == []


def test_such_a_name_is_found():
    text = "# %%\ndef loss(): return model\n# %%\nexplore.guess('?', lambda: loss(), key='k')\n# %%\nfor model in (): pass\n"
    assert rebound(text) == [("'k'", "model")]
