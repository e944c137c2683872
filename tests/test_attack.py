"""The attack suite in short: every attack holds, and notices what it is there to notice."""

import contextlib
import html
import json
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from attack import evil, forging, hostile, lies, running, table
from attack.ground import Tally, small_data, small_net
from attack.outcome import Outcome
from attack.running import Result
from cnnkit import InputError, Training

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the attacks fork, limit files and read /proc")
NAMES = running.names()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, Outcome]:
    """Of every attack, as short as it can be, in one process of its own: it forks, which a process with a GPU cannot."""
    place = tmp_path_factory.mktemp("attacks")
    place.chmod(0o755)
    environment = running.environment(place, sys.executable)
    command = [sys.executable, "-m", "attack.one", str(place / "outcomes.json"), "0", "0", *NAMES]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads((place / "outcomes.json").read_text(encoding="utf-8"))
    return {fields["name"]: Outcome(**fields) for fields in found}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_is_promised_holds(outcomes: dict[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert outcome.tried > 0 and not outcome.failures
    assert outcome.held == outcome.tried


def test_an_outcome_without_attempts_or_with_a_failure_is_not_kept() -> None:
    assert Outcome("a", "p", 2, 2, "tries").kept
    assert not Outcome("a", "p", 0, 0, "tries").kept and not Outcome("a", "p", 2, 1, "tries").kept
    tally = Tally()
    for failure in ("", "one kind", "one kind", "another"):
        tally.add(failure, "for example")
    outcome = tally.outcome("a", "p", "tries")
    assert (outcome.tried, outcome.held, outcome.kept) == (4, 1, False)
    assert outcome.failures == ("2 x one kind (for example)", "1 x another (for example)")


@pytest.mark.parametrize("text", hostile._HTML)
def test_text_that_is_not_escaped_is_seen_to_be_alive(text: str) -> None:
    around = (f"<p title='x'>{text}</p>", f'<p title="{text}">x</p>', f"<p title='{text}'>x</p>", f"<p title={text}>x</p>")
    assert any(map(hostile.live, around))
    assert not hostile.live(f'<p title="{html.escape(text)}">{html.escape(text)}</p>')


def test_cells_that_compute_are_seen_and_numbers_are_none() -> None:
    for cell in ("=1+1", "\u200b=1+1", "a;=1+1", "\uff1d1", "\u3164@x", "-1+1"):
        assert hostile.computes(f'1,"{cell}"\n'), cell
    for cell in ("-1.5", "+2e-3", "'=1+1", "a = b", "2-1", "e-mail: a@b"):
        assert not hostile.computes(f'1,"{cell}"\n'), cell


def test_a_path_that_a_shell_would_run_is_seen(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert hostile.runs('train "/a/$(touch xss)"', "/a/$(touch xss)") == "the shell runs what is in the path"
    assert hostile.runs("train '/a/$(touch xss)'", "/a/$(touch xss)") == ""
    assert hostile.runs("train /a b", "/a b").startswith("the shell reads another path")
    assert list(tmp_path.iterdir()) == []


def test_the_pickles_bite_where_somebody_trusts_them(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for code in [pickle.dumps(made(), protocol=2) for made in evil.CALLS[:4]] + list(evil._BY_HAND[:3]):
        pickle.loads(code)
        (tmp_path / evil.MARK).rmdir()


def lives(process: int) -> bool:
    """Whether it does, and has not only been left unread by whoever adopted it."""
    with contextlib.suppress(FileNotFoundError):
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


def test_an_attack_that_crashes_or_says_nothing_is_a_failure_and_ends_all_it_started(tmp_path: Path, monkeypatch) -> None:
    child = tmp_path / "child"
    (tmp_path / "attack").mkdir()
    for file in ("__init__.py", "one.py", "ground.py", "outcome.py"):
        (tmp_path / "attack" / file).write_bytes((running.HERE / file).read_bytes())
    crash = f"""import os, signal, subprocess
def attack(seconds, seed):
    open({str(child)!r}, "w").write(str(subprocess.Popen(["sleep", "600"]).pid))
    os.kill(os.getpid(), signal.SIGSEGV)
"""
    (tmp_path / "attack" / "crash.py").write_text(crash, encoding="utf-8")
    monkeypatch.setattr(running, "HERE", tmp_path / "attack")
    assert running.names() == ["crash"]
    (result,) = running.run({"crash": 1.0}, 0, sys.executable)
    assert not result.outcome.kept and "exit status -11" in result.outcome.failures[0]
    assert not lives(int(child.read_text()))


def test_the_table_replaces_what_stands_between_its_markers_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "promises.md"
    page.write_text(f"before\n{table.BEGIN}\nold\n{table.END}\nafter\n", encoding="utf-8")
    outcome = Outcome("kills", "a|b", 1200, 1199, "kills", "some")
    table.rewrite(page, table.markdown([Result(outcome, 61.4)], "a machine"))
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{table.BEGIN}\n| attack") and text.endswith(f"\na machine\n{table.END}\nafter\n")
    assert "| `kills` | a\\|b (some) | 1,200 kills | 1,199 | 61 |" in text
    (tmp_path / "none.md").write_text("no place", encoding="utf-8")
    with pytest.raises(SystemExit, match="no place for the table"):
        table.rewrite(tmp_path / "none.md", "")


def test_ten_minutes_are_shared_out() -> None:
    seconds = running.shares(NAMES, 560.0)
    assert set(seconds) == set(NAMES) and sum(seconds.values()) <= running.AT_ONCE * 560 + 1
    assert seconds["kills"] > seconds["names"] > 0


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch on quantised tensors
def test_a_field_may_be_changed_twice() -> None:
    """What the first change made, such as a sparse tensor, is no end of the attack."""
    state = {"model": {"weight": torch.ones(3, 4)}}
    for number in range(600):
        forging.fields_changed(state, random.Random(number))


def test_a_lost_moment_of_sgd_is_zero_as_before_its_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by 35,000 lies: torch's fused SGD raised a TypeError where one parameter had a buffer and another had none."""
    monkeypatch.chdir(tmp_path)
    photos = small_data(40, 20)
    state = forging.content(lies._checkpoint("sgd", small_net(), photos))
    state["optimizer"]["moments"][next(reversed(state["optimizer"]["moments"]))] = None
    forging.write(Path("lie.pt"), state)
    assert len([*zip(Training.resume("lie.pt", small_net(), photos), range(2), strict=False)]) == 2


def test_a_name_as_long_as_its_file_makes_no_long_sentence() -> None:
    """Found by 35,000 lies: names of moments and classes of 100,000 letters stood whole in the message."""
    words = f"the run in /a/b c told {'x' * 100_000} apart, and {'/long' * 60}/file is kept"
    assert str(InputError(words)) == f"the run in /a/b c told {'x' * 60}... apart, and {'/long' * 60}/file is kept"
