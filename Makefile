# Everything on a fresh machine: `make demo` (the window with the sample study) and `make test`.
#   make env [GPU=1]            the environment in .venv; torch for CPUs, or for GPUs
#   make fast                   lint, types, contracts, the tests without window or network: a minute
#   make unit                   every test but those marked slow
#   make unit ROOM=ui/lesions   the tests of one room
#   make test                   everything that has to be green, slow tests too: what CI runs
#   make coverage               every test, and which lines and branches none of them reaches
#   make dead, make mutants     what nothing calls; what no test notices
#   make fuzz                   damaged input to every reader for an hour, guided by coverage
#   make compatibility          the page on what is read, refused and noted, made anew
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made
APP_VENV := .venv-app
APP_STAMP := $(APP_VENV)/.made
# Processes that run tests side by side.
WORKERS ?= 2
# A window needs a display: the person's own, or a virtual one where there is none.
DISPLAYED := $(if $(DISPLAY)$(WAYLAND_DISPLAY),,xvfb-run -a -s "-screen 0 1920x1200x24")
PYTEST := $(BIN)/python -m pytest --durations=15 --durations-min=1
SIDE_BY_SIDE := -n $(WORKERS) --dist=worksteal
# COVERAGE=1 measures what the tests reach: a third slower.
COVER := $(if $(COVERAGE),--cov --cov-report=)
COVERED = $(if $(COVERAGE),COVERAGE_FILE=$(CURDIR)/build/coverage/$(1))
# What each target says comes when it ends, so that two at a time stay readable.
TWO_AT_A_TIME := $(MAKE) --no-print-directory -j2 \
	$(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Python keeps what it compiled: the tests start many programs.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: env gpu demo test fast static static-fast lint types contracts headless unit every app-tests \
	doctests docs pictures translations bench coverage covered dead mutants fuzz \
	compatibility clean

env: $(STAMP) $(if $(GPU),gpu)

$(STAMP): pyproject.toml constraints.txt constraints-hashes.txt packaging/system-libraries.sh packaging/install.py
	@sh packaging/system-libraries.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Uptake needs Python 3.11 or newer: make PYTHON=/path/to/python3.12 env"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python packaging/install.py --upgrade "pip>=26"
	@$(BIN)/python packaging/install.py --torch=cpu -c constraints.txt -e ".[dev]"
	@touch $@

gpu: $(STAMP)
	@$(BIN)/python packaging/install.py --torch=gpu

demo: env
	$(if $(DISPLAYED),@echo "There is no display: the window is drawn on a virtual one.")
	$(DISPLAYED) $(BIN)/uptake demo

# The checks that need one core, beside the tests that need the other.
test: env
	@echo "Checks and tests, two at a time; each says what it found when it ends."
	@$(TWO_AT_A_TIME) every static
	@$(if $(COVERAGE),$(MAKE) --no-print-directory covered)

fast: env
	@$(TWO_AT_A_TIME) app-tests static-fast

static: lint contracts types docs doctests headless

static-fast: lint contracts types

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

contracts: env
	$(BIN)/lint-imports

# The application without a window: its tests pass where Qt, VTK and torch are not installed.
$(APP_STAMP): constraints.txt constraints-hashes.txt tests/app/requirements.txt packaging/install.py
	$(PYTHON) -m venv $(APP_VENV)
	@$(APP_VENV)/bin/python packaging/install.py --upgrade "pip>=26"
	@$(APP_VENV)/bin/python packaging/install.py -c constraints.txt -r tests/app/requirements.txt
	@touch $@

HEADLESS := $(APP_VENV)/bin/python -m pytest --quiet -p no:cacheprovider -c pyproject.toml \
	-o addopts="-ra --import-mode=importlib" -o qt_api= -W ignore::pytest.PytestConfigWarning

headless: $(APP_STAMP)
	@$(APP_VENV)/bin/python -c "import importlib.util as u, sys; \
		sys.exit(any(u.find_spec(n) for n in ('PySide6', 'vtkmodules', 'torch')))" || \
		{ echo "$(APP_VENV) holds Qt, VTK or torch"; exit 1; }
	$(call COVERED,app) $(HEADLESS) -m "not slow" tests/app $(COVER)

# The tests of one room where ROOM names one; else all but the slow ones.
ifdef ROOM
unit: env
	$(if $(filter app%,$(ROOM)),,$(DISPLAYED)) $(PYTEST) tests/$(ROOM)
else
unit: env
	$(DISPLAYED) $(PYTEST) $(SIDE_BY_SIDE) -m "not slow"
endif

every: env
	$(call COVERED,main) $(DISPLAYED) $(PYTEST) $(SIDE_BY_SIDE) --ignore=tests/app $(COVER)

app-tests: env
	$(PYTEST) $(SIDE_BY_SIDE) -m "not slow" tests/architecture tests/app \
		tests/contracts/test_formats.py tests/viewers/colour tests/viewers/space

doctests: env
	$(BIN)/python -m pytest --doctest-modules app --quiet

# Lines and branches that tests reach, in all and by top room; a page for each file in html.
coverage: env
	@$(TWO_AT_A_TIME) COVERAGE=1 every headless
	@$(MAKE) --no-print-directory covered
	$(BIN)/coverage html --quiet --directory build/coverage/html

covered:
	@$(BIN)/coverage combine --quiet --keep build/coverage/app build/coverage/main
	@for room in app ui viewers inference; do \
		echo "$$room: $$($(BIN)/coverage report --format=total --include="$$room/*") % covered"; done
	@echo "all: $$($(BIN)/coverage report --format=total) % of lines and branches covered"

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

# What nothing calls: read the list, it is not always right (Qt calls by name). Elements of DICOM
# headers are set as attributes.
dead: env
	@$(BIN)/vulture --config pyproject.toml | grep -v "unused attribute '[A-Z]" || true

# Changes of the program that no test notices: 300 of app/core and app/io/dicom, most of an hour.
# cosmic-ray brings many packages, so it lives in a room of its own.
.venv-mutants/.made:
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/python -m pip install --quiet -c constraints.txt "cosmic-ray>=8.7" coverage
	@touch $@

mutants: env .venv-mutants/.made
	.venv-mutants/bin/python packaging/mutants.py --python $(BIN)/python

# Every reader takes its part of FUZZ_SECONDS, two at a time; what breaks one is in
# build/fuzz/broken. atheris is needed for nothing else, so it lives in a folder of its own.
FUZZ_SECONDS ?= 3600
FUZZ_TARGETS := header pixel seg rtstruct nifti mask card journal
.venv-fuzz/.made:
	$(BIN)/python -m pip install --quiet --no-deps --target .venv-fuzz "atheris>=3.0"
	@touch $@

.PHONY: $(FUZZ_TARGETS:%=fuzz-%)
$(FUZZ_TARGETS:%=fuzz-%): fuzz-%: env .venv-fuzz/.made
	@mkdir -p build/fuzz
	@PYTHONPATH=$(CURDIR)/.venv-fuzz $(BIN)/python -W ignore -m tests.support.fuzzing.guided $* \
		--seconds $$(( $(FUZZ_SECONDS) * 2 / $(words $(FUZZ_TARGETS)) )) \
		> build/fuzz/$*.log 2>&1; code=$$?; echo "$*:"; tail -n 8 build/fuzz/$*.log; exit $$code

fuzz: env .venv-fuzz/.made
	@$(TWO_AT_A_TIME) $(FUZZ_TARGETS:%=fuzz-%)

# Tries every made fault and writes docs/compatibility.csv and docs/compatibility.md: two minutes.
compatibility: env
	$(BIN)/python -W ignore -m tests.support.trials.compatibility

clean:
	rm -rf $(VENV) $(APP_VENV) build site *.egg-info
