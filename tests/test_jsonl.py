"""Lines that several processes add to one file, on a disk that may fill up."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit._support import jsonl


def test_lines_of_several_processes_stay_whole(tmp_path: Path) -> None:
    code = """
import sys
from cnnkit._support import jsonl
for number in range(100):
    jsonl.append(sys.argv[1], {"who": sys.argv[2], "number": number, "text": sys.argv[2] * 5000})
"""
    path = tmp_path / "new" / "guesses.jsonl"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), who]) for who in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    found = [value for _, value in jsonl.lines(path)]
    assert sorted((value["who"], value["number"]) for value in found) == [(who, at) for who in "abc" for at in range(100)]
    assert all(value["text"] == value["who"] * 5000 for value in found)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no device that is full")
def test_a_full_disk_is_said() -> None:
    with pytest.raises(OSError, match="No space left on device"):
        jsonl.append("/dev/full", {"key": "a"})


def test_a_line_that_the_disk_took_in_part_harms_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "guesses.jsonl", os.write
    jsonl.append(path, {"key": "a"})

    def fills_up(descriptor: int, data: bytes) -> int:
        if len(data) < 10:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:-5])

    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, "write", fills_up)
        jsonl.append(path, {"key": "b", "question": "why?"})
    jsonl.append(path, {"key": "c"})
    assert [value for _, value in jsonl.lines(path)] == [{"key": "a"}, None, {"key": "c"}]


@pytest.mark.parametrize("damage", [b"\x00" * 50, b"\xff\xfe", b"[" * 100_000, b"NaN]", b'{"key": "b"', b"\r"])
def test_a_damaged_line_is_none_and_the_others_are_read(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "checks.jsonl"
    path.write_bytes(json.dumps({"key": "a"}).encode() + b"\n" + damage)
    jsonl.append(path, {"key": "c"})
    found = [value for _, value in jsonl.lines(path)]
    assert found[0] == {"key": "a"} and found[-1] == {"key": "c"} and found[1:-1] in ([None], [])
