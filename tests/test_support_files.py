"""Files are whole at every moment, one process writes a folder, and every signal that asks for an end is heard."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from cnnkit import InputError
from cnnkit._support import files, locks, signals

posix = pytest.mark.skipif(os.name == "nt", reason="signals and rights are other things there")


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.json"
    assert files.write(path, "héllo\n") == path and path.read_bytes() == "héllo\n".encode()
    files.write(path, b"bytes")
    files.write(path, lambda file: file.write(b"by hand"))
    assert path.read_bytes() == b"by hand" and [p.name for p in path.parent.iterdir()] == ["a.json"]


def test_what_fails_half_way_leaves_the_old_file_and_says_the_systems_reason(tmp_path: Path) -> None:
    path = files.write(tmp_path / "a.pt", "old")

    def half(file: object) -> None:
        file.write(b"half")  # type: ignore[attr-defined]
        try:
            raise OSError(28, "No space left on device")
        except OSError as error:  # as torch wraps it
            raise RuntimeError("[enforce fail at inline_container.cc:671] . unexpected pos 64 vs 0\nlong") from error

    with pytest.raises(InputError, match=r'^the checkpoint ".*a.pt" cannot be written \(No space left on device\); what was '):
        files.write(path, half, "the checkpoint")
    with pytest.raises(KeyboardInterrupt):
        files.write(path, lambda file: signal.raise_signal(signal.SIGINT))
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.pt"]


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "folder"])
def test_a_name_that_cannot_be_written_is_one_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        files.write(tmp_path / name, "x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_long_name_in_any_script_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("学" * 80 + ".csv")
    assert files.write(path, "x").read_text() == "x"


@posix
def test_a_new_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    assert files.write(tmp_path / "a", "x").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_kept(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    names = {}
    for who, host, pid in (("dead", files._host(), dead.pid), ("alive", files._host(), os.getppid()), ("far", "other", 1)):
        names[who] = f".a.pt.{host}-{pid}-0badcafe.part"
        (tmp_path / names[who]).write_text("x")
    (tmp_path / f".b.pt.{files._host()}-{dead.pid}-0badcafe.part").write_text("of another file")
    os.utime(tmp_path / names["far"], (0, time.time()))
    files.write(tmp_path / "a.pt", "x")
    assert not (tmp_path / names["dead"]).exists()
    assert (tmp_path / names["far"]).exists() and len(list(tmp_path.iterdir())) == (3 if os.name == "nt" else 4)
    os.utime(tmp_path / names["far"], (0, 0))  # of another machine, and days old
    files.write(tmp_path / "a.pt", "x")
    assert not (tmp_path / names["far"]).exists()


_WRITERS = """
import sys
from cnnkit._support import files
content = sys.argv[2].encode() * 300_000
print("ready", flush=True)
while True:
    files.write(sys.argv[1], content)
"""


@posix
def test_two_writers_killed_at_any_moment_leave_a_whole_file(tmp_path: Path) -> None:
    path, moment = files.write(tmp_path / "a", "a" * 300_000), random.Random(0)
    for _ in range(5):
        command = [sys.executable, "-c", _WRITERS, str(path)]
        writers = [subprocess.Popen([*command, letter], stdout=subprocess.PIPE) for letter in "ab"]
        for writer in writers:
            assert writer.stdout and writer.stdout.readline() == b"ready\n"
        for _ in range(20):
            time.sleep(moment.uniform(0, 0.01))
            assert path.read_bytes() in (b"a" * 300_000, b"b" * 300_000)
        for writer in writers:
            writer.kill()
            writer.communicate()
        assert path.read_bytes() in (b"a" * 300_000, b"b" * 300_000)
    files.write(path, "end")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


# ---- locks ------------------------------------------------------------------------------------------------------------------

_HOLDER = """
import sys
from cnnkit._support import locks
with locks.only_writer(sys.argv[1], what="the run"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_dead_process_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout and holder.stdout.readline() == "held\n"
        with pytest.raises(InputError, match=rf"^the run is being written by process {holder.pid} on \S+, since 2\S+; wait"):
            with locks.only_writer(tmp_path / "run", what="the run"):
                pass
        holder.kill()
    with locks.only_writer(tmp_path / "run", what="the run"):
        assert locks.holder(tmp_path / "run" / ".lock")["pid"] == os.getpid()


def test_within_one_process_a_lock_is_held_until_the_last_gives_it_back(tmp_path: Path) -> None:
    first, second = locks.only_writer(tmp_path, "a.pt"), locks.only_writer(tmp_path, "a.pt")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    command = [sys.executable, "-c", _HOLDER.replace("sys.argv[1],", "sys.argv[1], 'a.pt',"), str(tmp_path)]
    busy = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert busy.returncode == 1 and f"written by process {os.getpid()} on" in busy.stderr
    with locks.only_writer(tmp_path, "b.pt"):  # a file of its own
        pass
    second.__exit__(None, None, None)
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout == "held\n"


# ---- signals ----------------------------------------------------------------------------------------------------------------


@posix
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_the_first_signal_is_a_wish_and_the_handlers_are_put_back(name: str) -> None:
    number, heard = getattr(signal, name), []
    before = signal.getsignal(number)
    with signals.end_is_a_wish(lambda: heard.append(name)) as wish:
        assert not wish
        signal.raise_signal(number)
        assert wish and wish.signal == name and heard == [name]
        assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)  # the second one ends
    assert signal.getsignal(number) is before
    with pytest.raises(KeyboardInterrupt), signals.end_is_an_interrupt():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


class Destructor:
    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)  # as if it came just now


@posix
def test_an_interrupt_that_a_destructor_swallows_comes_once_more(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"), signals.end_is_an_interrupt():
        Destructor()
        time.sleep(60)
    assert time.monotonic() - began < 50, "it came after what it should have ended"
    assert (signal.getsignal(signal.SIGTERM), sys.unraisablehook) == before and not capsys.readouterr().err


@posix
def test_a_signal_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with signals.end_is_a_wish() as wish:
            signal.raise_signal(signal.SIGHUP)
            assert not wish
            signal.raise_signal(signal.SIGTERM)
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_another_thread_nothing_changes() -> None:
    seen = []

    def elsewhere() -> None:
        with signals.end_is_a_wish() as wish:
            seen.append((signal.getsignal(signal.SIGINT), bool(wish)))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [(signal.getsignal(signal.SIGINT), False)]
