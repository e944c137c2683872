"""Starts a real JupyterLab and opens a notebook in a real browser."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Page, TimeoutError, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
# Newest of everything, and what Colab brings (requirements-colab.txt); JupyterLab 3.6 stands in for Colab's own page.
LABS = {"newest": Path(sys.prefix), "colab": ROOT / ".venv-colab"}
CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

RUNS = "/\\[(\\*|\\d+)\\]/.test(document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent)"


def notebook(cells: list[str]) -> dict:
    """A notebook of code cells."""
    made = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None} for source in cells]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}


@contextmanager
def opened(lab: str, cells: list[str], folder: Path) -> Iterator[Page]:
    """A page with the notebook of these cells, all of them run."""
    (folder / "test.ipynb").write_text(json.dumps(notebook(cells)), encoding="utf-8")
    with _server(LABS[lab], folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1300, "height": 2400})
            page.goto(address)
            page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
            page.wait_for_selector("text=Idle", state="attached", timeout=90_000)
            time.sleep(1.5)
            _run_all(page)
            yield page
        finally:
            browser.close()


def _run_all(page: Page) -> None:
    """Runs all cells; JupyterLab drops that without a word if it comes too early, and on a busy machine 1.5 s are early."""
    for _ in range(10):
        page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")  # void: it ends when the cells do
        with suppress(TimeoutError):
            page.wait_for_function(RUNS, timeout=8000)
            _close_dialogs(page)
            return
    raise AssertionError("JupyterLab does not run the notebook")


def _close_dialogs(page: Page) -> None:
    """JupyterLab asks for a kernel if cells were run before one was there; the one that is offered is right."""
    page.wait_for_timeout(300)
    for _ in range(page.locator("dialog.jp-Dialog").count()):
        page.locator("dialog.jp-Dialog button.jp-mod-accept").last.click()


@contextmanager
def _server(venv: Path, folder: Path) -> Iterator[str]:
    """The address of a JupyterLab that serves ``folder``, with this kit on its path and no traces in the home directory."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / "config"), "OMP_NUM_THREADS": "1"}
    env |= {"JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "IPYTHONDIR": str(folder)}
    env |= {"JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
    command = [venv / "bin" / "python", "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += ["--ServerApp.port=0", "--LabApp.expose_app_in_browser=True", f"--ServerApp.root_dir={folder}"]
    log = folder / "server.log"
    with log.open("wb") as file:
        process = subprocess.Popen([str(c) for c in command], env=env, stdout=file, stderr=file, cwd=folder)
        try:
            yield _address(log, process).replace("/lab?", "/lab/tree/test.ipynb?")
        finally:
            process.terminate()
            process.wait(120)


def _address(log: Path, process: subprocess.Popen) -> str:
    for _ in range(3000):
        text = log.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"http://127\.0\.0\.1:[1-9]\d*/lab\?token=\w+", text):
            return found[0]
        assert process.poll() is None, text
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab has not started:\n{text}")
