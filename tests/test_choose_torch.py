"""Setting up takes PyTorch's small builds where it can, and never fails or waits where it cannot."""

import importlib.util
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PINNED = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("choose_torch", ROOT / "tools" / "choose_torch.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


choose = load()


class Index(BaseHTTPRequestHandler):
    wait = 0.0

    def do_GET(self) -> None:
        time.sleep(self.wait)
        self.send_response(200 if self.path == "/whl/cpu/torch/" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = HTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/whl/cpu"
    server.shutdown()
    server.server_close()
    thread.join()


def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str, gpu: bool = False) -> list[str]:
    monkeypatch.setenv("CNNKIT_TORCH_INDEX", index)
    monkeypatch.setattr(choose, "has_gpu", lambda: gpu)
    monkeypatch.setattr(choose.sys, "platform", "linux")
    choose.main(str(ROOT / "requirements.txt"), str(tmp_path / "chosen.txt"))
    return (tmp_path / "chosen.txt").read_text(encoding="utf-8").splitlines()


def test_without_a_gpu_the_same_versions_come_as_cpu_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    found = chosen(tmp_path, monkeypatch, index)
    assert found[0] == f"--extra-index-url {index}"
    torch = next(line for line in PINNED if line.startswith("torch=="))
    assert any(line.startswith(torch.split(" ")[0] + "+cpu") for line in found)
    assert not [line for line in found if line.startswith(("nvidia", "triton", "cuda"))]
    same = [line.replace("+cpu", "") for line in found[1:]]
    assert same == [line for line in PINNED if not line.startswith(("nvidia", "triton", "cuda"))]


def test_with_a_gpu_or_no_answer_all_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: str) -> None:
    assert chosen(tmp_path, monkeypatch, index, gpu=True) == PINNED
    assert chosen(tmp_path, monkeypatch, index + "/nowhere") == PINNED
    assert chosen(tmp_path, monkeypatch, "no address at all") == PINNED


def test_a_slow_index_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, index: str) -> None:
    monkeypatch.setattr(Index, "wait", 3.0)
    start = time.monotonic()
    assert not choose.answers(index, seconds=0.3)
    assert time.monotonic() - start < 2.5
