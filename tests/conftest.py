"""What all tests share: golden files (what a user sees, compared with what a person has read), and no thread left running."""

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

GOLDEN = Path(__file__).parent / "golden"

# The same examples each time: what fails in CI fails here. Other examples are tried by `make attack`.
settings.register_profile("seeded", derandomize=True, database=None)
settings.load_profile("seeded")


# A shell's background job ignores Ctrl-C, and under nohup the end of the terminal: tests that send these would wait for ever.
for number, usual in ((signal.SIGINT, signal.default_int_handler), (getattr(signal, "SIGHUP", None), signal.SIG_DFL)):
    if number is not None and signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, usual)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden; review reads the diff")


@pytest.fixture(autouse=True, scope="module")
def nothing_runs_on() -> Iterator[None]:
    """Every module ends what it started: code that goes on in a thread takes the interpreter from all later tests."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("cnnkit"):
            thread.join(30)
            assert not thread.is_alive(), f'the thread "{thread.name}" still runs'


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """``golden(name, text)``: the text equals tests/golden/name, or rewrites it with --update-golden."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8", newline="\n")
        assert text + "\n" == path.read_text(encoding="utf-8")

    return check
