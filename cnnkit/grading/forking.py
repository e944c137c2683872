"""Kernels that are forked, on Linux: torch and the kit are imported once for all of them (`warm`).

The fork is made before its process has any thread or event loop, and waits until a notebook needs a kernel. Jupyter asks for
it through a kernel provisioner, its own door for kernels that are started in other ways.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from importlib.metadata import EntryPoint
from typing import Any, NoReturn

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from cnnkit._support.prctl import die_with

NAME = "cnnkit-forked"


class Child:
    """A process that waits to become a kernel; what `LocalProvisioner` needs of a ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self) -> None:
        request, self._say = os.pipe()
        self.returncode: int | None = None
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _become_kernel(request, parent)
        os.close(request)

    def start(self, argv: list[str], env: dict[str, str], cwd: str) -> None:
        """Has it begin."""
        with os.fdopen(self._say, "w", encoding="utf-8") as pipe:
            json.dump({"argv": argv, "env": env, "cwd": cwd}, pipe)

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has waited for it
                pid, status = self.pid, 0
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """The same, once it has ended."""
        while (status := self.poll()) is None:
            time.sleep(0.01)
        return status

    def send_signal(self, number: int) -> None:
        """Sends it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)


class Forked(LocalProvisioner):
    """Starts the first kernel of this process in the child that waits, and any other one as usual."""

    waiting: Child | None = None

    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        """As `LocalProvisioner`; of the command only the arguments count, those after ``python -m ipykernel_launcher``."""
        child, Forked.waiting = Forked.waiting, None
        if child is None or cmd[1:3] != ["-m", "ipykernel_launcher"]:
            return await super().launch_kernel(cmd, **options)
        cwd = str(options.get("cwd") or os.getcwd())
        child.start(cmd[3:], dict(options["env"]), cwd)
        process: Any = child
        self.process, self.pid, self.pgid, self.cwd = process, child.pid, child.pid, cwd
        return self.connection_info


def prepare() -> None:
    """Forks the child, and has Jupyter start kernels so. To be called before anything starts a thread."""
    Forked.waiting = Child()
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:Forked", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME


def _become_kernel(request: int, parent: int) -> NoReturn:
    """The child's life. It never returns: its caller's frames belong to the parent."""
    status = 1
    try:
        die_with(parent)
        os.setsid()
        _close_all_but(request)
        with os.fdopen(request, encoding="utf-8") as pipe:
            said = pipe.read()
        if said:
            asked = json.loads(said)
            os.chdir(asked["cwd"])
            os.environ.clear()
            os.environ.update(asked["env"])
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
            sys.argv = ["ipykernel_launcher", *asked["argv"]]
            from ipykernel.kernelapp import IPKernelApp

            IPKernelApp.launch_instance(argv=asked["argv"])
        status = 0
    finally:
        os._exit(status)


def _close_all_but(kept: int) -> None:
    """Leaves the kernel none of the parent's files: each number leads nowhere, so that no object which holds one errs."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in map(int, os.listdir("/proc/self/fd")):
        if number not in (kept, nowhere):
            with suppress(OSError):  # the listing's own is closed by now
                os.fstat(number)
                os.dup2(nowhere, number, inheritable=number < 3)
