"""A student's folder of notebooks: an update brings what is new, and never touches an answer."""

from pathlib import Path

import pytest

from cnnkit import InputError, __version__, cli
from cnnkit.grading.notebooks import copy


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    for name in ("00_a", "01_b", "02_c"):
        (tmp_path / "kit").mkdir(exist_ok=True)
        (tmp_path / "kit" / f"{name}.ipynb").write_text(f"{name} as handed out", encoding="utf-8")
    return tmp_path / "kit"


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.ipynb")}


def test_an_update_changes_what_nobody_has_touched_and_no_answer(kit: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert set(copy(folder, kit).values()) == {"copied"} and content(folder) == content(kit)
    (folder / "01_b.ipynb").write_text("my answers", encoding="utf-8")
    assert copy(folder, kit)["01_b.ipynb"] == "left alone: it has your answers"
    for name in ("00_a", "01_b"):
        (kit / f"{name}.ipynb").write_text(f"{name} of the new kit", encoding="utf-8")
    beside = f"01_b-{__version__}.ipynb"
    assert copy(folder, kit) == {
        "00_a.ipynb": "updated",
        "01_b.ipynb": f"left alone: it has your answers; the new one is {beside}",
        "02_c.ipynb": "as it was",
    }
    assert content(folder) == {
        "00_a.ipynb": "00_a of the new kit",
        "01_b.ipynb": "my answers",
        beside: "01_b of the new kit",
        "02_c.ipynb": "02_c as handed out",
    }
    assert copy(folder, kit)["01_b.ipynb"] == "left alone: it has your answers"
    (folder / beside).write_text("answers there, too", encoding="utf-8")
    (kit / "01_b.ipynb").write_text("01_b once more", encoding="utf-8")
    assert copy(folder, kit)["01_b.ipynb"].endswith(f"01_b-{__version__}-2.ipynb")
    assert content(folder)["01_b.ipynb"] == "my answers" and content(folder)[beside] == "answers there, too"


def test_a_folder_whose_notes_are_lost_loses_no_answer(kit: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    copy(folder, kit)
    for path in (folder / "00_a.ipynb", folder / ".cnnkit-course.json"):
        path.write_text("mine", encoding="utf-8")
    copy(folder, kit)
    assert content(folder)["00_a.ipynb"] == "mine"


def test_the_kits_own_folder_is_refused(kit: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is the kit's own folder; give another one"):
        copy(kit, kit)
    with pytest.raises(InputError, match="download the kit as a zip"):
        copy(tmp_path / "mine", tmp_path)


def test_the_command_copies_all_notebooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["course", str(tmp_path / "mine")]) == 0
    assert len(content(tmp_path / "mine")) == 10 == capsys.readouterr().out.count(": copied")
