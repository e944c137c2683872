import os

import pytest
from labs import CHROMIUM, LABS


@pytest.fixture(params=LABS)
def lab(request):
    """Name of each JupyterLab that is here; in CI both must be."""
    missing = None if CHROMIUM else "there is no chromium"
    if not (LABS[request.param] / "bin" / "python").exists():
        missing = f"{LABS[request.param].name} is not set up (make .venv-colab/.ready)"
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    return request.param
