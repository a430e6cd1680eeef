# Thin on purpose: each target is one command that you could type yourself.
PYTHON ?= python3
BIN := .venv/bin

# small matrices: threads of BLAS only get in each other's way
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: demo test lab release site pictures lint bench mutants lock

.venv: requirements.lock
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch .venv

demo: .venv  ## grade a sample class from release to feedback
	$(BIN)/autograder demo

test: .venv  ## the whole test suite
	$(BIN)/python -m pytest

lab: .venv  ## open the students' notebooks in JupyterLab
	$(BIN)/jupyter lab --notebook-dir=notebooks

release: .venv  ## solutions/ -> text twins -> notebooks/
	cd solutions && ../$(BIN)/jupytext --quiet --sync */*.ipynb
	for folder in solutions/*/; do $(BIN)/nbgrader generate_assignment $$(basename $$folder) --force || exit 1; done
	$(BIN)/python -m backprop.start

site: .venv  ## the course as a web site, in site/; PYODIDE=a folder or archive, or it is downloaded
	$(BIN)/python -m backprop.site $(if $(PYODIDE),--pyodide $(PYODIDE))

pictures: .venv  ## run the solutions and keep their figures, which releases show
	$(BIN)/python -m backprop.pictures $(ASSIGNMENT)

lint: .venv  ## format, lint, types
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy

bench: .venv  ## figures as ratios, side by side in one run
	for figure in check clues widgets grade; do $(BIN)/python benchmarks/$$figure.py || exit 1; done

mutants: .venv  ## do the hidden tests look everywhere? wrong answers made by rule, put to them
	$(BIN)/python benchmarks/mutants.py

lock:  ## resolve pyproject.toml into requirements.lock (needs uv)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
