# make demo   install, start Jupyter with the extension, run notebooks/01-start.ipynb, show its answers
# make test   install, then linters, type check and the whole suite (with a browser)
# make lab    the same environment, JupyterLab on notebooks/
# make bench  our server against mlx-lm called directly and mlx_lm.server: benchmark-results/results.md

VENV    ?= .venv
# cpu, or cuda; on a Mac plain mlx is used and this means nothing
BACKEND ?= cpu
# test files that run at once; each has servers and workers of its own, and what a crowded machine
# made too late is tried once more (pytest says which)
JOBS    ?= 2
PYTHON  ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)
BIN     := $(VENV)/bin
# root, or sudo without a password; otherwise the system is left as it is
ROOT    := $(shell [ "$$(id -u)" = 0 ] && echo env || (command -v sudo >/dev/null && sudo -n true 2>/dev/null && echo sudo))
APT     := $(shell command -v apt-get >/dev/null && [ -n "$(ROOT)" ] && echo "$(ROOT) DEBIAN_FRONTEND=noninteractive apt-get")

.PHONY: demo test lab bench lint types suite blas browser clean

demo: $(VENV)/.demo blas
	$(BIN)/python -m mlx_jupyter.demo notebooks/01-start.ipynb

lab: $(VENV)/.demo blas
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/

test: $(VENV)/.test blas browser lint types suite

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

suite: $(VENV)/.test
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --reruns 1 -r fER

bench: $(VENV)/.test blas
	$(BIN)/python -m tests.benchmarks.all --out benchmark-results/results.md

# Debian keeps ensurepip in python3-venv.
$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed."; exit 1; }
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || [ -z "$(APT)" ] || { $(APT) update -qq; $(APT) install -y -qq python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip
	touch $@

# The built JupyterLab extension is copied at install.
BUILT := pyproject.toml mlx_jupyter/labextension/package.json

$(VENV)/.demo: $(BUILT) $(VENV)/.made
	$(BIN)/python -m pip install -q -e '.[$(BACKEND),demo]'
	touch $@

$(VENV)/.test: $(BUILT) $(VENV)/.made
	$(BIN)/python -m pip install -q -e '.[$(BACKEND),test]'
	touch $@ $(VENV)/.demo

# MLX's own BLAS on Linux CPU is the slow reference one. Nothing fails without a fast one.
blas:
	@if [ "$$(uname)" = Linux ] && [ "$(BACKEND)" = cpu ] && ! ls /usr/lib*/*/libopenblas*.so* /usr/lib*/*/openblas*/libopenblas*.so* >/dev/null 2>&1; then \
		if [ -n "$(APT)" ]; then $(APT) update -qq; $(APT) install -y -qq --no-install-recommends libopenblas0-pthread >/dev/null || true; \
		else echo "Tip: install OpenBLAS (Debian: libopenblas0-pthread); MLX on CPU is 5 to 30 times faster with it."; fi; fi

# The distribution's Chromium; elsewhere playwright's own.
browser: $(VENV)/.test
	@if ! command -v chromium >/dev/null; then \
		if [ -n "$(APT)" ]; then $(APT) update -qq; $(APT) install -y -qq --no-install-recommends chromium fonts-dejavu-core openssl >/dev/null; \
		else $(BIN)/python -m playwright install chromium; fi; fi

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
