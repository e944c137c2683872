# Two commands: `make lab` for students, `make test` for everyone who changes something. Both set up .venv by themselves.
# On Windows, README.md has the same in two lines without make.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
FIRST_NOTEBOOK = $(firstword $(sort $(wildcard notebooks/*.ipynb)))

# Two test processes with one thread each are faster than one with two, and threads of both don't fight for the cores.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadscope --max-worker-restart 0 --durations 40

# JupyterLab asks no server for news or updates, and shows students no teachers' menus.
QUIET_LAB = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true, "@jupyter/nbgrader": true}}

# A notebook that is opened tomorrow shows its widgets as they were.
LAB_SETTINGS = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": true}}

# Widgets are tried in a browser where there is one, also in Colab's versions; those need Python 3.11 or 3.12.
CHROMIUM := $(shell command -v chromium)
COLAB_PYTHON := $(firstword $(shell for p in python3.11 python3.12 $(PYTHON); do $$p -c 'import sys, venv, ensurepip; \
	sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null && echo $$p; done))
COLAB := .venv-colab/.ready

.PHONY: lab test check lint attack browser floor notebooks replay bench requirements clean

lab: $(READY)
	$(BIN)/jupyter lab --ServerApp.ip=127.0.0.1 --allow-root \
		--LabApp.default_url=/lab/tree/$(FIRST_NOTEBOOK)

test: lint $(if $(CHROMIUM),$(if $(COLAB_PYTHON),$(COLAB)))
	$(PYTEST)
	$(MAKE) replay
	@[ ! -f $(COLAB) ] || $(MAKE) floor

browser: $(READY) $(COLAB)
	$(BIN)/python -m pytest -q tests/browser

# The unit tests once more with the lowest torch and the oldest ipywidgets that are allowed.
floor: $(COLAB)
	OMP_NUM_THREADS=1 PYTHONPATH=$(CURDIR) .venv-colab/bin/python -m pytest -q -n 2 --dist loadscope --max-worker-restart 0 -p no:cacheprovider -m "not slow" \
		tests --ignore tests/browser --ignore-glob 'tests/test_notebook*.py' --ignore tests/test_prose.py --ignore tests/test_teaching.py --ignore tests/test_grading.py --ignore tests/test_package.py

check: lint
	$(PYTEST) -m "not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# What docs/promises.md promises, attacked for ten minutes on two quiet cores; rewrites the table there.
attack: $(READY)
	$(BIN)/python -m attack --write docs/promises.md

# The quarter of an hour on a GPU, at toy size on this processor.
rehearse: $(READY)
	CNNKIT_REHEARSE=1 OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q tests/test_gpu_hour.py

notebooks: $(READY)
	$(BIN)/python notebooks/build.py

replay: $(READY)
	OMP_NUM_THREADS=1 CNNKIT_DATA=emoji10 $(BIN)/python -m pytest -q --nbval --nbval-sanitize-with notebooks/sanitize.cfg \
		--nbval-cell-timeout 120 -n 2 --dist loadfile notebooks/solutions

bench: $(READY)
	$(BIN)/python benchmarks/augment.py
	$(BIN)/python benchmarks/train.py
	$(BIN)/python benchmarks/table.py
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/redraw.py

requirements: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --no-header --no-annotate --extra dev --upgrade pyproject.toml -o requirements.txt

clean:
	rm -rf .venv .venv-colab build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(COLAB): requirements-colab.txt
	$(COLAB_PYTHON) -m venv .venv-colab
	.venv-colab/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-colab.txt
	@touch $(COLAB)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "cnnkit needs Python 3.11 or newer, and $(PYTHON) is %d.%d; try: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "this Python has no venv; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	@$(BIN)/python tools/choose_torch.py requirements.txt .venv/requirements.txt
	$(PIP) -r .venv/requirements.txt || $(PIP) -r requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@mkdir -p .venv/etc/jupyter/labconfig
	@echo '$(QUIET_LAB)' > .venv/etc/jupyter/labconfig/page_config.json
	@mkdir -p .venv/share/jupyter/lab/settings
	@echo '$(LAB_SETTINGS)' > .venv/share/jupyter/lab/settings/overrides.json
	@touch $(READY)
