"""``check --isolated``: whatever code does to output, exit status, memory and processes, the verdict is that on the answer."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from cnnkit.cli import main
from cnnkit.cli.isolated import family, pipes, sandbox, watch
from cnnkit.cli.isolated.family import Family

LINUX = sys.platform == "linux"
POSIX = sys.platform != "win32"
RIGHT = """\
def conv_output_size(n, kernel, stride=1, padding=0, dilation=1):
    return (n + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
"""
WRONG = RIGHT.replace("2 * padding", "padding")


@pytest.fixture(params=["bwrap", "limits"])
def way(request, monkeypatch):
    """How the answer is kept apart."""
    if request.param == "limits":
        monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    elif not bubblewrap_works():
        pytest.skip("no bubblewrap works here")
    return request.param


def bubblewrap_works():
    command = ["bwrap", "--size", "1000000", "--tmpfs", "/tmp", "--ro-bind", "/", "/", "--unshare-all", "true"]
    try:
        return LINUX and subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture
def limits(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)


@pytest.fixture
def judged(tmp_path, capfd):
    """Exit status and line for an answer."""

    def judge(text, *flags):
        path = tmp_path / "answer.py"
        path.write_text(text, encoding="utf-8")
        status = main(["check", str(path), "conv_output_size", "--isolated", "--json", *flags])
        (line,) = capfd.readouterr().out.splitlines()
        found = json.loads(line)
        assert (found["status"], found["passed"]) == (status, status == 0)
        return found

    return judge


def doing(statements, base=RIGHT):
    """The answer, with these statements in its function."""
    return base.replace("    return", textwrap.indent(statements, "    ") + "\n    return")


DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(97)
    os._exit(0)
os.wait()
"""
# An end that says 0, a forged verdict on every descriptor, a flood, children that hold the pipes and leave the session.
MESS = """\
import atexit, os, subprocess
LINE = b'{"schema": 2, "status": 0, "passed": true, "mistake": null, "event": "found"}\\n'
atexit.register(lambda: os._exit(0))
print(LINE.decode())
for fd in range(1, 30):
    try: os.write(fd, LINE)
    except OSError: pass
for _ in range(800): os.write(1, b"x" * 65536)
subprocess.Popen(["sleep", "97"], start_new_session=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(not POSIX, reason="forks")
@pytest.mark.parametrize("text, mistake", [(RIGHT, None), (WRONG, "padding-once")], ids=["right", "wrong"])
def test_a_mess_changes_no_verdict_and_nothing_of_it_lives_on(text, mistake, way, judged, monkeypatch):
    monkeypatch.setenv("PYTHON_MARK", mark := f"mess-{os.getpid()}-{time.monotonic_ns()}")
    found = judged(MESS + DAEMON + text)
    assert (found["mistake"], found["sandbox"]) == (mistake, way)
    assert any("64 kB" in remark for remark in found["remarks"]) and len(found["printed"]) <= pipes.KEPT
    assert not alive_with(mark)


def alive_with(mark):
    """The processes that have the mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in text and int(folder.name) != os.getpid():
            found.append(folder.name)
    return found


ENDS = {
    "at once": "import os\nos._exit(2)\n",
    "when called": doing("import os\nos._exit(0)"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", ENDS)
def test_code_that_ends_python_does_not_pass(case, judged):
    found = judged(ENDS[case])
    assert (found["status"], found["mistake"]) == (1, "ended-python") and "ended Python itself" in found["message"]


HUNGRY = """\
import os, time
for _ in range(6):
    if os.fork() == 0:
        held = bytearray(300 << 20)
        for i in range(0, len(held), 4096): held[i] = 1
        time.sleep(97)
time.sleep(30)
"""
MANY = "import os, time\nfor _ in range(100):\n    if os.fork() == 0: time.sleep(97)\ntime.sleep(10)\n"


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="only Linux tells what other processes hold")
@pytest.mark.parametrize(
    "code, mistake", [pytest.param(HUNGRY, "too-large", id="memory"), pytest.param(MANY, "too-many-processes", id="processes")]
)
def test_what_children_take_counts(code, mistake, way, judged, monkeypatch):
    monkeypatch.setattr(watch, "MEMORY", 1 << 30)
    assert judged(doing(code), "--seconds", "20")["mistake"] == mistake


@pytest.mark.slow
@pytest.mark.skipif(not POSIX, reason="Windows has no such limit")
def test_code_that_fills_the_memory_is_told_so(judged):
    assert judged(doing("x = bytearray(8 << 30)"))["mistake"] == "too-large"


LOOPS = {
    "in C": (doing("10 ** 10 ** 9"), 1, "too-slow"),
    "of prints": (doing("while True: print('x' * 1000)"), 1, "too-slow"),
    "in the file": ("10 ** 10 ** 9\n", 2, "could-not-check"),
    "asleep": (doing("import time\ntime.sleep(97)"), 1, "too-slow"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", LOOPS)
def test_an_endless_loop_is_ended_wherever_it_is(case, judged):
    text, status, mistake = LOOPS[case]
    found = judged(text, "--seconds", "0.3")
    assert (found["status"], found["mistake"]) == (status, mistake) and "0.3 seconds" in found["message"]


@pytest.mark.slow
def test_waiting_is_not_working(judged):
    text = "import time\ntime.sleep(1.5)\n" + RIGHT  # longer than the limit, as if others had the processor
    assert judged(text, "--seconds", "1")["status"] == 0


@pytest.mark.slow
def test_a_slow_start_is_not_the_students_time(judged, limits, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(2)\nprint('slow')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    found = judged(RIGHT, "--seconds", "0.5")
    assert found["status"] == 0 and "slow" not in found["printed"]


def test_a_start_that_takes_too_long_is_no_wrong_answer(judged, monkeypatch):
    monkeypatch.setattr(watch, "START", 0.0)
    found = judged(RIGHT)
    assert found["status"] == 2 and "have not started" in found["message"]


def test_a_python_that_does_not_start_is_no_wrong_answer(judged, monkeypatch):
    monkeypatch.setattr(sandbox, "_START", "import sys; sys.exit('no torch here')")
    found = judged(RIGHT)
    assert found["status"] == 2 and 'saying "no torch here"' in found["message"]


PROBE = """\
import os, socket, subprocess
def reached(act):
    try: act()
    except OSError: return False
    return True
found = [
    reached(lambda: open(SECRET)), reached(lambda: open(os.path.join(os.path.dirname(__file__), "neighbour.py"))),
    reached(lambda: socket.create_connection(("127.0.0.1", PORT), 5)), reached(lambda: open(__file__, "a")),
    reached(lambda: os.kill(PARENT, 0)), reached(lambda: open("/etc/passwd")), "KEY_OF_MINE" in os.environ,
]
assert not any(found), found
"""


@pytest.mark.slow
def test_in_the_sandbox_there_are_no_files_no_network_and_no_other_processes(judged, tmp_path, tmp_path_factory, monkeypatch):
    if not bubblewrap_works():
        pytest.skip("no bubblewrap works here")
    import socket

    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    for file in (secret, tmp_path / "neighbour.py"):
        file.write_text("x = 1\n")
    monkeypatch.setenv("KEY_OF_MINE", "1")
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = f"SECRET, PORT, PARENT = {str(secret)!r}, {server.getsockname()[1]}, {os.getpid()}\n"
        found = judged(names + PROBE + RIGHT)
    assert (found["status"], found["sandbox"]) == (0, "bwrap"), found


@pytest.mark.slow
def test_without_a_sandbox_a_neighbour_is_refused_too(limits, judged, tmp_path):
    (tmp_path / "neighbour_of_mine.py").write_text(RIGHT)
    found = judged("from neighbour_of_mine import conv_output_size\n")
    assert found["status"] == 2 and "neighbour_of_mine" in found["message"]


def test_a_sandbox_that_does_not_work_is_left_out_and_that_is_said(tmp_path, capfd, monkeypatch):
    refused = tmp_path / "bwrap"
    refused.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    refused.chmod(0o755)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: str(refused))
    (tmp_path / "answer.py").write_text(RIGHT)
    assert main(["check", str(tmp_path / "answer.py"), "conv_output_size", "--isolated"]) == 0
    assert "Isolated by limits on time, memory and processes alone" in capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.skipif(not LINUX, reason="elsewhere a process that leaves the group lives on")
def test_an_end_from_outside_leaves_nothing_and_says_so(tmp_path):
    path, mark = tmp_path / "answer.py", f"end-{os.getpid()}-{time.monotonic_ns()}"
    path.write_text("import subprocess, sys\nsubprocess.Popen(['sleep', '97'], start_new_session=True)\nwhile True: pass\n")
    command = [
        sys.executable,
        "-m",
        "cnnkit",
        "check",
        str(path),
        "conv_output_size",
        "--isolated",
        "--json",
        "--seconds",
        "90",
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHON_MARK": mark}
    ) as p:
        while not any(b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in alive_with(mark)):
            assert p.poll() is None
            time.sleep(0.1)
        p.send_signal(signal.SIGTERM)
        out, _ = p.communicate()
    assert p.returncode == json.loads(out)["status"] == 2 and not alive_with(mark)


def test_the_parent_needs_no_torch():
    code = "import sys, cnnkit.cli.isolated; assert not {'torch', 'numpy'} & {*sys.modules}"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.fixture
def pipe():
    read, write = os.pipe()
    with os.fdopen(read, "rb") as reading, os.fdopen(write, "wb") as writing:
        yield reading, writing


def test_of_a_flood_the_first_64_kb_stay(pipe):
    output = pipes.Output(pipe[0])
    pipe[1].write(b"begin" + b"x" * (10 << 20))
    pipe[1].close()
    output.join()
    assert output.kept == b"begin" + b"x" * ((64 << 10) - 5) and output.more


def test_only_lines_with_the_number_are_events(pipe):
    events = pipes.Events(pipe[0], "0123")
    pipe[1].write(b'{"event": "found"}\n0124 {"event": "found"}\n0123 no json\n0123 [1]\n' + b"[" * (3 << 20) + b"\n")
    pipe[1].write(b'0123 {"event": "ready"}\nrest')
    pipe[1].close()
    assert events.next(30) == {"event": "ready"} and events.next(30) is None


@pytest.mark.skipif(not LINUX, reason="only Linux tells who started what")
def test_a_family_ends_with_all_that_was_started_and_spares_others():
    stranger = subprocess.Popen(["sleep", "97"])
    with Family() as all_of_it:
        another = subprocess.Popen(["sleep", "97"])
        all_of_it.first = subprocess.Popen([sys.executable, "-c", DAEMON], start_new_session=True)
        all_of_it.first.wait()  # the daemon has lost its parents
        (orphan,) = [p for p in all_of_it.members() if not p.ended]
    with pytest.raises(ProcessLookupError):
        os.kill(orphan.pid, 0)
    for other in (stranger, another):
        assert other.poll() is None
        other.kill()
        other.wait()
    assert family._prctl_get_subreaper() == 0
