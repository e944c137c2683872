"""What an autosave has not got yet is saved when the process ends, however politely it is told to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor, nn
from toys import tiny_net, toy_dataset

from cnnkit import Training
from cnnkit.explore import LiveTraining
from cnnkit.training import checkpoint, ending

ROOT = Path(__file__).resolve().parents[1]
OPTIONS: dict[str, Any] = {"epochs": 10**6, "batch_size": 60, "precision": "float32", "device": "cpu"}
NEVER = 10**6  # steps between two autosaves: only the end saves
posix = pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")

# ``run(path)``: a training whose network writes a line into path.steps as soon as a step begins, and takes its time.
BEGIN = """
import os, signal, sys, threading, time
sys.path.insert(0, "tests")
import torch
from toys import tiny_net, toy_dataset
from cnnkit import Training
from cnnkit.explore import LiveTraining

class Told(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        self.net, self.path, self.script = tiny_net(), path, {}
        self.count = 0

    def forward(self, x):
        y = self.net(x)
        if self.training:
            self.count += 1
            with open(self.path + ".steps", "a") as file:
                file.write("step\\n")
            self.script.get(self.count, lambda: time.sleep(0.02))()
        return y

def run(path, every=NEVER):
    return Training(Told(path), toy_dataset(), autosave=(path, every) if every else None, **OPTIONS)
""".replace("NEVER", str(NEVER)).replace("OPTIONS", repr(OPTIONS))
LEFT_AT_STEP_3 = "training = run(sys.argv[1])\nfor step in training:\n    if step.index == 3:\n        break\n"
HOWS = {
    "a thread": "live = LiveTraining(run(sys.argv[1])).start()\nwhile True: time.sleep(0.1)",
    "a wait": "LiveTraining(run(sys.argv[1])).start().wait()",
    "a loop": "for step in run(sys.argv[1]): pass",
    "an evaluation": "training = run(sys.argv[1]); live = LiveTraining(training).start()\nwhile True: training.evaluate()",
}


class Named(nn.Module):
    """The tiny net; its parameters are named as those of the children's network."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.net = tiny_net(seed)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


@contextmanager
def child(body: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `BEGIN` and ``body``."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", BEGIN + body, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def begun(path: Path) -> int:
    """How many steps have begun."""
    told = Path(f"{path}.steps")
    return len(told.read_text().splitlines()) if told.exists() else 0


def wait_for(path: Path, steps: int, process: subprocess.Popen[str] | None = None) -> None:
    end = time.monotonic() + 300
    while begun(path) < steps:
        assert time.monotonic() < end and (process is None or process.poll() is None), process and process.communicate()
        time.sleep(0.01)


def goes_on_as_if_nothing_had_happened(path: Path, steps: int) -> None:
    """The file has exactly ``steps`` steps, and what follows is what an uninterrupted run does."""
    resumed = Training.resume(path, Named(9), toy_dataset(), autosave=None)
    assert len(resumed.history) == steps
    whole = Training(Named(0), toy_dataset(), **OPTIONS)
    for training in (resumed, whole):
        for _ in training:
            if len(training.history) == steps + 5:
                break
    assert resumed.history.losses() == whole.history.losses()


@posix
@pytest.mark.parametrize(("how", "name"), [*zip(HOWS, ["SIGTERM", "SIGHUP"] * 2, strict=True)])
@pytest.mark.slow
def test_a_polite_kill_saves_the_step_under_way(how: str, name: str, tmp_path: Path) -> None:
    path, number = tmp_path / "run.pt", getattr(signal, name)
    with child(HOWS[how], path) as process:
        wait_for(path, 7, process)
        process.send_signal(number)
        process.communicate(timeout=300)
    assert process.returncode == -number  # whoever waits for it is told the truth
    goes_on_as_if_nothing_had_happened(path, begun(path))


@posix
@pytest.mark.slow
def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    body = """
training = run(sys.argv[1])
training.model.script[4] = lambda: time.sleep(10**6)
LiveTraining(training).start().wait()
"""
    with child(body, path) as process:
        wait_for(path, 4, process)
        process.terminate()
        time.sleep(1)
        assert process.poll() is None  # it waits for the step
        end = time.monotonic() + 40
        while process.poll() is None and time.monotonic() < end:  # two that come at once are one
            process.terminate()
            time.sleep(0.1)
    assert process.returncode == -signal.SIGTERM and not path.exists()


@pytest.mark.slow
@pytest.mark.parametrize("every", [NEVER, 0])
def test_python_may_end_while_a_thread_trains(every: int, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    body = f"live = LiveTraining(run(sys.argv[1], {every})).start()\nwhile len(live.training.history) < 5: time.sleep(0.01)"
    with child(body, path) as process:
        _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (0, "")
    if every:
        goes_on_as_if_nothing_had_happened(path, begun(path))


def test_what_a_left_loop_and_a_pause_have_trained_is_saved_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    body = LEFT_AT_STEP_3 + "LiveTraining(training).step(2).wait()\nos.chdir('/')\n"
    with child(body, path) as process:
        _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (0, "") and begun(path) == 5
    goes_on_as_if_nothing_had_happened(path, 5)


@posix
@pytest.mark.parametrize("live", [False, True])
def test_control_c_amid_a_step_leaves_a_whole_one(live: bool, tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    model = Named(0)
    hook = model.register_forward_hook(lambda *_: len(training.history) == 3 and signal.raise_signal(signal.SIGINT) or None)
    training = Training(model, toy_dataset(), **OPTIONS, autosave=(path, 4))
    with pytest.raises(KeyboardInterrupt):
        LiveTraining(training, background=False).start() if live else list(training)
    hook.remove()
    assert len(training.history) == 4
    goes_on_as_if_nothing_had_happened(path, 4)
    for _ in training:
        if len(training.history) == 9:
            break
    whole = Training(Named(0), toy_dataset(), **OPTIONS)
    assert training.history.losses() == [step.loss for step, _ in zip(whole, range(9), strict=False)]


@posix
def test_a_second_control_c_does_not_wait() -> None:
    model, after = Named(0), []

    def twice(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)
        after.append("first")
        signal.raise_signal(signal.SIGINT)
        after.append("second")

    model.register_forward_hook(twice)
    training = Training(model, toy_dataset(), **OPTIONS)
    with pytest.raises(KeyboardInterrupt):
        list(training)
    assert after == ["first"] and len(training.history) == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_half_a_step_is_not_saved(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    body = """
def control_c():
    raise KeyboardInterrupt  # as the second one does; batch norm has moved already
training = run(sys.argv[1], 4)
training.model.script[6] = control_c
try:
    list(training)
except KeyboardInterrupt:
    pass
"""
    with child(body, path) as process:
        process.communicate(timeout=300)
    assert begun(path) == 6
    goes_on_as_if_nothing_had_happened(path, 4)


def test_a_file_that_someone_else_changed_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    body = """
training = run(sys.argv[1], 2)
for step in training:
    if step.index == 3:
        break
open(sys.argv[1], "w").write("mine")
"""
    with child(body, path) as process:
        _, said = process.communicate(timeout=300)
    assert path.read_text() == "mine"
    assert f'"{path}" was changed by someone else meanwhile, so the 3 steps of the run that ends now are not saved' in said


@posix
def test_a_forked_process_saves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.pt"
    body = (
        LEFT_AT_STEP_3
        + """for killed in (True, False):
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(into, b"x")  # before that, Python forgets signals
        time.sleep(60 * killed)
        sys.exit(5)
    os.read(out, 1)
    if killed:
        os.kill(child, signal.SIGTERM)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), os.path.exists(sys.argv[1]), flush=True)
"""
    )
    with child(body, path) as process:
        said, _ = process.communicate(timeout=300)
    assert said.splitlines() == [f"{-signal.SIGTERM} False", "5 False"]
    assert len(checkpoint.read(path)["history"]["losses"]) == 3


@posix
def test_only_the_main_thread_takes_signals_and_only_those_that_nobody_has_taken(tmp_path: Path) -> None:
    def mine(*_: object) -> None:
        pass

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    training = Training(tiny_net(), toy_dataset(), epochs=1, precision="float32", device="cpu", autosave=tmp_path / "a.pt")
    bare = Training(tiny_net(), toy_dataset(), epochs=1, precision="float32", device="cpu")
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, mine)
        thread = threading.Thread(target=lambda: list(training))
        thread.start()
        thread.join()
        list(bare)
        LiveTraining(bare, background=False)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        LiveTraining(training)
        assert signal.getsignal(signal.SIGTERM) is ending._asked
        assert signal.getsignal(signal.SIGHUP) is mine
        assert signal.getsignal(signal.SIGINT) == before[signal.SIGINT]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# ---- a notebook's kernel ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("how", ["shut down", "restarted", "killed", "shut down amid a loop", "shut down while paused"])
def test_a_kernel_saves_what_its_training_has_done(how: str, tmp_path: Path) -> None:
    manager = pytest.importorskip("jupyter_client.manager")
    if how == "killed" and os.name == "nt":
        pytest.skip("Windows ends a process without asking it")
    path = tmp_path / "run.pt"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    kernel, client = manager.start_new_kernel(kernel_name="python3", env=env, cwd=str(ROOT), startup_timeout=300)
    try:
        lines = BEGIN + f"training = run({str(path)!r})\n"
        if "loop" in how:
            client.execute(lines + "for step in training: pass")
        elif "paused" in how:
            client.execute_interactive(lines + "LiveTraining(training).step(7).wait()", timeout=300, output_hook=print)
        else:
            client.execute_interactive(lines + "live = LiveTraining(training)\nlive.start()", timeout=300, output_hook=print)
        wait_for(path, 7)
        kernel.shutdown_wait_time = 120  # seconds; half of them until it is told by a signal, too
        if how == "restarted":
            kernel.restart_kernel(now=False, env=env, cwd=str(ROOT))
        elif how == "killed":
            kernel.signal_kernel(signal.SIGTERM)
            end = time.monotonic() + 120
            while kernel.is_alive() and time.monotonic() < end:
                time.sleep(0.05)
        else:
            kernel.shutdown_kernel(now=False)
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
    goes_on_as_if_nothing_had_happened(path, 7 if "paused" in how else begun(path))
