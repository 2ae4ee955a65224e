# Everything a person or a CI machine does here. Needs make and any Python from 3.11 on; `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help setup dev serve native fuzz test check format bench soak lock proto player wheel rehearse pictures clean

VENV := .venv
PYTHON := $(VENV)/bin/python
SYSTEM_PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo "$$p"; break; }; done)
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet
INSTALL := $(PYTHON) -m tools.install
UV_COMPILE = $(PYTHON) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
# Rust is optional: Python does the same as what is built of native/.
CARGO := $(shell command -v cargo || ls "$(HOME)/.cargo/bin/cargo" 2>/dev/null)
NATIVE := $(shell find native -name target -prune -o -name '*.rs' -print -o -name '*.toml' -print) native/Cargo.lock
NO_CARGO = "No Rust toolchain (cargo): packets of cameras are received in Python, which takes more of the processor"
ARGS ?=
MINUTES ?= 60

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(PYTHON):
	@test -n "$(SYSTEM_PYTHON)" || { echo "Framecast needs Python 3.11 or newer with its venv module" \
		"(Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "1/3 virtual environment $(VENV), by $(SYSTEM_PYTHON)"
	@$(SYSTEM_PYTHON) -m venv $(VENV)

# The stamps are newer than what was installed: nothing to do until a lock or pyproject.toml changes.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(PYTHON)
	@$(INSTALL) "2/3 libraries, among them FFmpeg, NumPy and OpenCV" -r requirements.lock
	@$(INSTALL) "3/3 Framecast, from this folder" --no-deps --no-build-isolation -e .
	@$(PYTHON) -m compileall -q src  # as pip does with a wheel: where Python may not write, each start would compile it again
	@echo "Ready. Next: $(VENV)/bin/framecast serve    (or first '. $(VENV)/bin/activate', then 'framecast serve')"
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(INSTALL) "tools for tests, checks and benchmarks" -r requirements-dev.lock
	@touch $@

setup: $(VENV)/.runtime ## a virtual environment with what `serve` needs

dev: $(VENV)/.dev ## the same with what tests, checks and benchmarks need

serve: setup ## run a node: make serve ARGS="front-door=rtsp://..."
	@test -n "$(CARGO)" -o -e $(VENV)/.native || echo $(NO_CARGO)
	@$(VENV)/bin/framecast serve $(ARGS)  # not echoed: ARGS may hold a password

$(VENV)/.native: $(NATIVE) | $(VENV)/.dev
	@test -x $(VENV)/bin/maturin || $(PIP) install -r requirements-dev.lock
	cd native && PATH="$(dir $(CARGO)):$$PATH" VIRTUAL_ENV="$(CURDIR)/$(VENV)" ../$(VENV)/bin/maturin develop --release
	@touch $@

native: dev ## the optional Rust package, if there is a Rust toolchain
	@if [ -z "$(CARGO)" ]; then echo $(NO_CARGO); else $(MAKE) --no-print-directory $(VENV)/.native; fi

fuzz: ## random bytes through the Rust parsers: make fuzz MINUTES=60
	@test -n "$(CARGO)" || { echo $(NO_CARGO); exit 1; }
	@PATH="$(dir $(CARGO)):$$PATH" native/fuzz/run $(MINUTES)

test: ## system packages, checks, all tests: what CI runs. ARGS go to pytest
	@tests/system_packages.sh & packages=$$!; $(MAKE) --no-print-directory native || exit; wait $$packages
	@tests/all.sh $(ARGS)

check: dev ## format, lint, types, floors
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

format: dev ## format, and mend what the linter can mend
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

bench: dev ## the table of figures; ARGS="--against FOLDER viewers": in turns with another checkout
	@$(PYTHON) -m compileall -q src  # after changes, too
	$(PYTHON) -m bench $(ARGS)

soak: dev ## the long tests: make soak MINUTES=60
	SOAK_MINUTES=$(MINUTES) $(PYTHON) -m pytest -m slow -s --timeout=0 -o faulthandler_timeout=0 $(ARGS)

lock: | $(PYTHON) ## resolve pyproject.toml's ranges anew into both locks
	$(PIP) install "uv>=0.9"
	$(UV_COMPILE) --group build pyproject.toml -o requirements.lock
	$(UV_COMPILE) --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

proto: dev ## the gRPC messages and stubs of proto/, written into src/framecast/v1
	$(PYTHON) -m grpc_tools.protoc -Iproto --python_out=src --pyi_out=src --grpc_python_out=src proto/framecast/v1/*.proto

player: dev ## static/player.js, video-player.js and room.js, each one file of the modules of an element
	$(PYTHON) -m tools.bundle

pictures: dev ## take the pictures of docs/images in Chromium, on a machine with nothing else to do
	$(PYTHON) -m tools.pictures "$$($(PYTHON) -c "from tests.support import needs; print(needs.chromium())")"

wheel: dev ## dist/framecast-*.whl
	$(PYTHON) -m build --wheel --no-isolation

rehearse: $(PYTHON) ## the Dockerfile without a container engine, as root: build, run, look, end
	$(PYTHON) deploy/rehearse.py $(ARGS)

clean: ## remove everything made here, the virtual environment too
	rm -rf $(VENV) build dist native/target native/fuzz/target tests/.cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
