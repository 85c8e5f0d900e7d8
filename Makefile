# `make` is a convenience: everything here is plain `pip install` and `estafet` (see README.md).
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ARGS   ?=
.DEFAULT_GOAL := help
.PHONY: help demo test up bench migration lock

help:
	@echo "make demo       satu siklus penuh dengan data contoh, lalu tetap berjalan (ARGS=\"--exit --json\")"
	@echo "make up         instalasi sungguhan: Prefect, worker, jadwal, layanan; satu Ctrl-C menghentikan semuanya"
	@echo "make test       semua pemeriksaan dan uji"
	@echo "make bench      tolok ukur; menulis var/bench.json"
	@echo "make migration NAME=\"...\"   rancang migrasi dari tabel"
	@echo "make lock       kunci ulang requirements.lock dari pyproject.toml"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Perlu Python 3.11 atau lebih baru (PYTHON=python3.12 make ...)." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Memasang paket dari requirements.lock ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: $(READY)
	@$(BIN)/estafet demo $(ARGS)

up: $(READY)
	@test -f "$${ESTAFET_HOME:-var}/home.json" || $(BIN)/estafet init
	@exec $(BIN)/estafet up $(ARGS)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(ARGS)

bench: $(READY)
	@$(BIN)/python -m tests.bench $(ARGS)

migration: $(READY)
	@test -n "$(NAME)" || { echo "Beri nama: make migration NAME=\"apa yang berubah\"" >&2; exit 2; }
	@$(BIN)/python -m service.db.draft "$(NAME)"

lock:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --quiet -o requirements.lock
