"""What learning platforms send is collected, and what they take is written, under the names that they give their files."""

import csv
import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cnnkit import InputError, cli
from cnnkit.grading import exporting, roster, unpacking
from cnnkit.grading.collecting import collect, senders

NAME = "week1"
MARKS = {"nbgrader": {"grade_id": "one", "grade": False, "solution": True, "locked": False, "schema_version": 3}}


def notebook(answer: str = "one = 1", first: str = "# week1", marks: Mapping[str, Any] = MARKS) -> bytes:
    cells = [new_markdown_cell(first, id="first"), new_code_cell(answer, metadata=marks, id="answer")]
    return nbformat.writes(new_notebook(cells=cells)).encode()


@pytest.fixture
def course(tmp_path: Path) -> Path:
    release = tmp_path / "course" / "release" / NAME / f"{NAME}.ipynb"
    release.parent.mkdir(parents=True)
    release.write_bytes(notebook())
    return tmp_path / "course"


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def submitted(course: Path) -> dict[str, bytes]:
    found = {path.parent.parent.name: path.read_bytes() for path in course.glob(f"submitted/*/{NAME}/{NAME}.ipynb")}
    assert len(found) == sum(path.is_file() for path in (course / "submitted").rglob("*"))
    return found


PLATFORMS = {
    "moodle": {
        f"Ada Lovelace_1234567_assignsubmission_file/{NAME}.ipynb": "1234567",
        f"Alan Turing_1234568_assignsubmission_file_/{NAME} (1).ipynb": "1234568",
        "Grace O'Hopper_1234569_assignsubmission_file_my work.ipynb": "1234569",
    },
    "canvas": {
        f"lovelaceada_104_55512_{NAME}.ipynb": "104",
        f"turingalan_LATE_105_55513_{NAME}-1.ipynb": "105",
    },
    "blackboard": {
        f"Week 1_ada_attempt_2026-11-30-10-15-00_{NAME}.ipynb": "ada",
        "Week 1_alan_attempt_2026-11-30-10-15-00_final.ipynb": "alan",
    },
    "numbers": {f"1001_{NAME}.ipynb": "1001", f"1002_{NAME} (2).ipynb": "1002"},
    "folders": {f"1001/{NAME}.ipynb": "1001", "1002/mine.ipynb": "1002"},
}


@pytest.mark.parametrize("unpacked", [False, True])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platforms_download_is_collected(course: Path, tmp_path: Path, platform: str, unpacked: bool) -> None:
    names = PLATFORMS[platform]
    download = zipped(tmp_path / "download.zip", {name: notebook(student) for name, student in names.items()})
    if unpacked:
        with zipfile.ZipFile(download) as archive:
            archive.extractall(tmp_path / "download")
        download = tmp_path / "download"
    taken = collect(course, NAME, download)
    assert {one.file: (one.student, one.result) for one in taken} == {name: (who, "collected") for name, who in names.items()}
    assert submitted(course) == {student: notebook(student) for student in names.values()}
    assert {student: one.platform for student, one in senders(course, NAME).items()} == dict.fromkeys(names.values(), platform)


def test_of_several_files_the_latest_wins_and_it_is_said(course: Path, tmp_path: Path) -> None:
    files = {
        f"w_ada_attempt_2026-11-30-10-15-00_{NAME}.ipynb": notebook("late"),
        f"w_ada_attempt_2026-11-29-23-59-59_{NAME}.ipynb": notebook("early"),
        f"turing_105_9_{NAME}.ipynb": notebook("first"),
        f"turing_105_11_{NAME}-1.ipynb": notebook("second"),
    }
    taken = collect(course, NAME, zipped(tmp_path / "d.zip", files))
    assert submitted(course) == {"ada": notebook("late"), "105": notebook("second")}
    left = {one.file: one.result for one in taken if one.result != "collected"}
    assert left == {
        f"w_ada_attempt_2026-11-29-23-59-59_{NAME}.ipynb": f"left out: w_ada_attempt_2026-11-30-10-15-00_{NAME}.ipynb is later",
        f"turing_105_9_{NAME}.ipynb": f"left out: turing_105_11_{NAME}-1.ipynb is later",
    }


def test_a_second_download_replaces_what_changed_and_nothing_else(course: Path, tmp_path: Path) -> None:
    files = {f"{student}_{NAME}.ipynb": notebook("old") for student in ("1", "2")}
    collect(course, NAME, zipped(tmp_path / "a.zip", files))
    files[f"2_{NAME}.ipynb"] = notebook("new")
    taken = collect(course, NAME, zipped(tmp_path / "b.zip", files))
    assert [one.result for one in taken] == ["collected before", "collected, in place of an older one"]
    assert submitted(course) == {"1": notebook("old"), "2": notebook("new")}


CLASS = """\ufeffID number;First name;Last name;Email address
2001;Ada;Lovelace;ada@example.org
2002;Alan;Turing;alan@example.org
2003;Grace;Hopper;grace@example.org
"""


@pytest.fixture
def known(tmp_path: Path) -> roster.Roster:
    (tmp_path / "students.csv").write_text(CLASS, encoding="utf-8")
    return roster.read(tmp_path / "students.csv")


def test_a_roster_knows_students_by_number_address_and_name(course: Path, tmp_path: Path, known: roster.Roster) -> None:
    files = {
        f"Ada Lovelace_77_assignsubmission_file/{NAME}.ipynb": notebook("ada"),
        f"turingalan_104_55512_{NAME}.ipynb": notebook("alan"),
        "final version.ipynb": notebook("grace", first="# week1\n\nStudent number: 2003"),
        "who knows.ipynb": notebook("nobody"),
        f"Bob_78_assignsubmission_file/{NAME}.ipynb": notebook("bob"),
    }
    taken = {one.file: one for one in collect(course, NAME, zipped(tmp_path / "d.zip", files), known)}
    assert submitted(course) == dict(zip(("2001", "2002", "2003"), files.values(), strict=False))
    assert taken["who knows.ipynb"].result == "left out: neither its name nor its text says whose it is"
    assert taken[f"Bob_78_assignsubmission_file/{NAME}.ipynb"].result == "left out: Bob is not in the roster"
    assert known.name("2001") == "Ada Lovelace" and known.mail("2003") == "grace@example.org"


def test_a_roster_without_a_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "students.csv").write_text("colour,size\nred,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="has the columns colour, size; one must be called number"):
        roster.read(tmp_path / "students.csv")


def test_nothing_in_an_archive_leaves_its_place(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST", 100_000)
    path = tmp_path / "d.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (f"../../1001_{NAME}.ipynb", f"/1002_{NAME}.ipynb", f"C:/1003_{NAME}.ipynb", f"..\\1004_{NAME}.ipynb"):
            archive.writestr(name, notebook())
        archive.writestr(f"..hidden_{NAME}.ipynb", notebook())
        link = zipfile.ZipInfo(f"1005_{NAME}.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr(f"1006_{NAME}.ipynb", b"0" * 10_000_000)  # ten thousand bytes in the archive
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as nested:
            nested.writestr(f"../1008_{NAME}.ipynb", notebook())
            nested.writestr(f"1009_{NAME}.ipynb", notebook())
        archive.writestr("more.zip", inner.getvalue())
        archive.writestr("notes.txt", "hello")
        archive.writestr(f"1010_{NAME}.ipynb", notebook(marks={}))
    before = {file for file in tmp_path.rglob("*") if course not in file.parents}
    taken = collect(course, NAME, path)
    assert set(submitted(course)) == {"1009"}
    assert {file for file in tmp_path.rglob("*") if course not in file.parents} == before
    assert len(taken) == 11 and {one.result for one in taken} == {
        "collected",
        "left out: it has a name that leads out of the archive",
        "left out: neither its name nor its text says whose it is",
        "left out: it is a link, which is not followed",
        "left out: it is larger than 0 MiB",
        "left out: it is no notebook",
        "left out: it is not week1, for it has none of its cells",
    }


def test_damage_is_said_and_stops_nothing(course: Path, tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", {f"1_{NAME}.ipynb": notebook("x" * 1000)}).read_bytes()
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "broken.zip").write_bytes(inner[:60] + bytes(30) + inner[90:])
    (folder / f"2_{NAME}.ipynb").write_bytes(b"{ cut off")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    taken = {one.file: one for one in collect(course, NAME, folder)}
    assert taken[f"2_{NAME}.ipynb"].result == "collected"  # grading says that it is damaged
    assert "is damaged" in taken[f"1_{NAME}.ipynb"].result and "is a link" in taken["link.ipynb"].result


def test_the_command_tells_of_each_file_left_out(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    download = zipped(tmp_path / "d.zip", {f"2001_{NAME}.ipynb": notebook(), "notes.txt": b"hello"})
    (tmp_path / "students.csv").write_text(CLASS, encoding="utf-8")
    assert cli.main(["collect", str(course), NAME, str(download), "--roster", str(tmp_path / "students.csv")]) == 1
    said = capsys.readouterr()
    assert said.err == "cnnkit: notes.txt: left out: it is no notebook\n"
    assert "1 collected, 1 left out" in said.out and "2 of the 3 in the roster are not in this download" in said.out
    assert roster.of_course(course).students.keys() == {"2001", "2002", "2003"}
    with (course / f"collected-{NAME}.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["result"] for row in csv.DictReader(file)] == ["collected", "left out: it is no notebook"]
    assert cli.main(["collect", str(course), NAME, str(tmp_path / "none.zip")]) == 2
    assert "does not exist; give the zip" in capsys.readouterr().err


ROWS = [
    {"student": "2001", "points": "40.5", "of": "46", "result": "graded"},
    {"student": "2002", "points": "", "of": "", "result": "stopped: the code ended its own kernel"},
    {"student": "2003", "result": "nothing handed in"},
    {"student": "", "result": "for nobody"},
]


def exported(course: Path, platform: str, known: roster.Roster) -> list[dict[str, str]]:
    text = exporting.export(course, NAME, ROWS, platform, known).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_points_go_back_as_moodles_worksheet(course: Path, tmp_path: Path, known: roster.Roster) -> None:
    files = {f"{who}_assignsubmission_file/{NAME}.ipynb": notebook() for who in ("Ada Lovelace_7", "Alan Turing_8")}
    collect(course, NAME, zipped(tmp_path / "d.zip", files), known)
    rows = exported(course, "moodle", known)
    # The three heads without which Moodle's importer refuses the file (mod/assign/feedback/offline/importgradeslib.php).
    assert {"Identifier", "Grade", "Last modified (grade)"} <= rows[0].keys()
    assert [(row["Identifier"], row["Grade"]) for row in rows] == [("Participant 7", "40.5"), ("Participant 8", ""), ("", "")]
    assert [row["Email address"] for row in rows] == ["ada@example.org", "alan@example.org", "grace@example.org"]


def test_points_go_back_as_canvas_gradebook(course: Path, tmp_path: Path, known: roster.Roster) -> None:
    collect(course, NAME, zipped(tmp_path / "d.zip", {f"lovelaceada_104_9_{NAME}.ipynb": notebook()}), known)
    rows = exported(course, "canvas", known)
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert (rows[0]["Student"], rows[0][NAME]) == ("    Points Possible", "46")
    assert [(row["ID"], row[NAME]) for row in rows[1:]] == [("104", "40.5"), ("", ""), ("", "")]


def test_points_that_do_not_exist_are_empty(course: Path, known: roster.Roster) -> None:
    found = [(row["student"], row["points"]) for row in exported(course, "csv", known)]
    assert found == [
        ("2001", "40.5"),
        ("2002", ""),
        ("2003", ""),
    ]


def test_feedback_goes_back_to_moodle_under_the_names_it_knows(course: Path, tmp_path: Path, known: roster.Roster) -> None:
    with pytest.raises(InputError, match="there is no feedback page"):
        exporting.feedback_for_moodle(course, NAME)
    collect(course, NAME, zipped(tmp_path / "d.zip", {f"Ada Lovelace_7_assignsubmission_file/{NAME}.ipynb": notebook()}), known)
    page = course / "feedback" / "2001" / NAME / f"{NAME}.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>2 points", encoding="utf-8")
    with zipfile.ZipFile(exporting.feedback_for_moodle(course, NAME)) as archive:
        (name,) = archive.namelist()
        assert archive.read(name) == b"<p>2 points"
    # As Moodle's importer takes it apart (mod/assign/feedback/file/importziplib.php).
    assert name.split("/")[0].split("_")[1:] == ["7", "assignsubmission", "file"]
