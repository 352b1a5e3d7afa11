# make setup | demo | up | test | test-peers | check | bench | clean
# One virtual environment, .venv; brought up to date when the content of pyproject.toml changes.
SHELL := /bin/sh
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
	$$p -c '$(FITS)' 2>/dev/null && { echo $$p; break; }; done)
CONTENT := $(shell cksum < pyproject.toml | cut -d' ' -f1)
STAMP := .venv/.setup-$(CONTENT)
RIVALS := .venv/.rivals-$(CONTENT)
PEERS := .venv-peers/.setup-$(CONTENT)

.PHONY: setup demo up test test-peers check bench clean

setup: $(STAMP)

$(STAMP):
	@$(or $(PYTHON),false) -c '$(FITS)' || { \
		echo "Python 3.11 or 3.12 is needed. Install it, or: make setup PYTHON=/path/to/python3.11"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu:" \
			"apt-get install python3-venv"; exit 1; }
	@# flite is the better local voice; without it the wheel voice of the espeak extra speaks.
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
			&& ! ldconfig -p 2>/dev/null | grep -q 'libflite\.so'; then \
		echo "installing flite, the local voice"; \
		{ timeout 120 apt-get update && timeout 120 env DEBIAN_FRONTEND=noninteractive \
			apt-get install -y --no-install-recommends flite libflite1; } >/dev/null 2>&1 \
			|| echo "flite could not be installed; going on without it"; fi
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --disable-pip-version-check -e '.[dev]'
	@# Without its dependencies, as it asks for torch; only its model is used.
	@.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps silero-vad==6.2.3 \
		|| echo "silero-vad could not be installed; WebRTC's voice activity serves"
	@rm -f .venv/.setup-*
	@touch $@

# LEADS=leads.csv, CALLEES=callees.yaml, KEEP=1 keeps it running afterwards.
demo: setup
	.venv/bin/dialer demo $(if $(LEADS),--leads $(LEADS)) $(if $(CALLEES),--callees $(CALLEES)) \
		$(if $(KEEP),--keep)

up: setup
	.venv/bin/dialer up

# ARGS="-k words" and the like go to pytest. First all that may share the processor, then what runs
# the whole product in real time, by itself. Nothing found in one of the two (5) is no failure.
test: setup
	.venv/bin/python -m pytest -n 2 -m "not slow" $(ARGS) || [ $$? = 5 ]
	.venv/bin/python -m pytest -m slow $(ARGS) || [ $$? = 5 ]

# Other parties' software against the carrier twin and the media gateway.
test-peers: setup $(PEERS)
	.venv-peers/bin/python -m pytest --confcutdir=tests/peers \
		-W ignore::DeprecationWarning tests/peers $(ARGS)

# Dependency groups are known to pip since 25.1.
$(PEERS): $(STAMP)
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install -q --disable-pip-version-check 'pip>=25.1'
	.venv-peers/bin/python -m pip install -q --disable-pip-version-check --group peers
	@rm -f .venv-peers/.setup-*
	@touch $@

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

# PART= one part of the benches, or one topic of the audio part, such as audio_echo.
bench: setup $(if $(filter-out audio%,$(PART)),,$(RIVALS))
	PYTHONPATH=tests .venv/bin/python -m tests.bench $(PART)

# What the audio part measures with and against. Without it the rows that need it are left out.
$(RIVALS): $(STAMP)
	@.venv/bin/python -m pip install -q --disable-pip-version-check -e '.[bench]' \
		&& rm -f .venv/.rivals-* && touch $@ || echo "rivals could not be installed; going on without them"
	@.venv/bin/python -m pip install -q --disable-pip-version-check -e '.[pesq]' >/dev/null 2>&1 \
		|| echo "PESQ could not be built, it needs a C compiler: apt-get install gcc"

# Leaves var/ alone: recordings and embedded databases live there.
clean:
	rm -rf .venv .venv-peers build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
