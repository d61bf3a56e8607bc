# Everything on a fresh machine: `make demo` (the window with the sample study) and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
APP_VENV := .venv-app
APP_STAMP := $(APP_VENV)/.made
# A window needs a display: the person's own, or a virtual one where there is none.
DISPLAYED := $(if $(DISPLAY)$(WAYLAND_DISPLAY),,xvfb-run -a -s "-screen 0 1920x1200x24")

.PHONY: env system demo test lint types contracts headless unit docs pictures translations bench clean

env: $(STAMP)

$(STAMP): pyproject.toml constraints.txt packaging/system-libraries.sh
	@sh packaging/system-libraries.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Uptake needs Python 3.11 or newer: make PYTHON=/path/to/python3.12 env"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=26"
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[dev]"
	@touch $@

demo: env
	$(DISPLAYED) $(BIN)/uptake demo

test: lint types contracts headless unit docs

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

contracts: env
	$(BIN)/lint-imports

# The application without a window: its tests pass where Qt, VTK and torch are not installed.
$(APP_STAMP): constraints.txt tests/app/requirements.txt
	$(PYTHON) -m venv $(APP_VENV)
	$(APP_VENV)/bin/python -m pip install --quiet --upgrade "pip>=26"
	$(APP_VENV)/bin/python -m pip install --quiet -c constraints.txt -r tests/app/requirements.txt
	@touch $@

headless: $(APP_STAMP)
	@$(APP_VENV)/bin/python -c "import importlib.util as u, sys; \
		sys.exit(any(u.find_spec(n) for n in ('PySide6', 'vtkmodules', 'torch')))" || \
		{ echo "$(APP_VENV) holds Qt, VTK or torch"; exit 1; }
	$(APP_VENV)/bin/python -m pytest tests/app --quiet -p no:cacheprovider -c pyproject.toml \
		-o addopts="-ra" -o qt_api= -W ignore::pytest.PytestConfigWarning

unit: env
	$(DISPLAYED) $(BIN)/python -m pytest --ignore=tests/app
	$(BIN)/python -m pytest --doctest-modules app --quiet

# Every text of the program, to be translated: make a copy uptake_<language>.ts, fill it in, and
# `pyside6-lrelease` it to resources/translations/uptake_<language>.qm.
translations: env
	$(BIN)/python packaging/translations.py

docs: env
	$(BIN)/mkdocs build --strict --quiet --site-dir build/site

pictures: env
	$(DISPLAYED) $(BIN)/python docs/pictures.py

# napari pulls in packages that the program must not lean on, so it lives in a room of its own.
.venv-bench/.made:
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet "napari[pyside6]"
	@touch $@

bench: env .venv-bench/.made
	@for b in benchmarks/*.py; do $(DISPLAYED) $(BIN)/python $$b || exit 1; done

clean:
	rm -rf $(VENV) $(APP_VENV) build site *.egg-info
