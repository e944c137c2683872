"""What the package promises as a whole: cheap to import, typed, whole in a wheel."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import cnnkit

ROOT = Path(__file__).parent.parent


def python(code: str, **options) -> str:
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", **options)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()


def test_import_cnnkit_loads_nothing_heavy() -> None:
    loaded = python("import sys; before = set(sys.modules); import cnnkit; print(*sorted(set(sys.modules) - before))").split()
    assert not {"torch", "numpy", "torchvision", "matplotlib", "ipywidgets"} & set(loaded)


@pytest.mark.parametrize("module", ["models", "data", "weights", "anatomy", "training", "draw", "check", "explore"])
def test_a_module_loads_torch_at_most(module: str) -> None:
    code = f"import sys; from cnnkit import {module}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    assert not {"torchvision", "matplotlib", "ipywidgets", "PIL", "pandas"} & set(python(code).split())


def test_everything_named_is_there_and_listed() -> None:
    for name in cnnkit.__all__:
        assert getattr(cnnkit, name) is not None
        assert name in dir(cnnkit)
    with pytest.raises(AttributeError, match="no attribute 'modles'"):
        _ = cnnkit.modles


def test_the_version_is_pyprojects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"] == cnnkit.__version__


def test_every_dependency_earns_its_place_in_a_comment() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line.startswith('    "') and ">=" in line]
    assert len(listed) > 15
    assert not [line for line in listed if "# " not in line]


def test_the_models_import_only_torch() -> None:
    for file in (ROOT / "cnnkit" / "models").glob("[!_]*.py"):
        imports = {
            line.split()[1].split(".")[0]
            for line in file.read_text(encoding="utf-8").splitlines()
            if line.startswith(("import ", "from "))
        }
        assert imports <= {"torch", "collections", "typing"}, file


@pytest.mark.slow
def test_the_wheel_trains_on_emoji10_from_an_empty_folder(tmp_path: Path) -> None:
    run = dict(check=True, capture_output=True, text=True)
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT], **run)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    needed = {
        "cnnkit/py.typed",
        "cnnkit/assets/LICENSES",
        "cnnkit/assets/emoji10/index.json",
        "cnnkit/explore/canvas.js",
        "cnnkit/explore/guard.js",
    }
    assert needed <= set(names)
    assert not [n for n in names if n.startswith(("tests/", "benchmarks/", "notebooks/"))]
    assert sum(info.file_size for info in zipfile.ZipFile(wheel).infolist()) < 60e6

    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", site, wheel]
    subprocess.run(pip, **run)
    code = f"""
import sys; sys.path.insert(0, {str(site)!r})
import cnnkit
assert cnnkit.__file__.startswith({str(site)!r}), cnnkit.__file__
from cnnkit import Training, data, models
training = Training(models.build("resnet50_layer4", width=4), data.load("emoji10"), precision="float32")
for step in training:
    if step.index == 20:
        break
print(step)
"""
    assert "Step [20/50]" in python(code, cwd=empty)
    assert not list(empty.iterdir())  # nothing is left behind


def test_version_and_address_are_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = dict(
        line.split(": ", 1) for line in (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines() if ": " in line
    )
    assert citation["version"] == project["version"] == cnnkit.__version__
    assert citation["repository-code"].strip('"') == project["urls"]["Repository"]
