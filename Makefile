# Everything a person does here. Needs Python 3.11 or 3.12 and make; the rest is fetched on first use.

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset real test check fix audit faults fleet bench migration messages lock services
MAKEFLAGS += --no-print-directory

RIGHT_PYTHON := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))
PYTHON ?= $(shell for each in .venv/bin/python python3.11 python3.12 python3; do \
	$$each -c '$(RIGHT_PYTHON)' 2>/dev/null && echo $$each && break; done)
PY := .venv/bin/python

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

setup: ## virtual environment, locked dependencies, browser assets (the others call it)
	@$(if $(PYTHON),,echo "Portico needs Python 3.11 or 3.12 (python3.11, python3.12 or python3 on the PATH)." >&2; exit 1)
	@$(PYTHON) -I platform/portico_portal/local/bootstrap.py

demo: setup ## two tenants, simulated ERP and payments, portals on localhost; DATA=folder loads your own figures
	@exec $(PY) -m portico_portal.local.demo --with-parent $(if $(DATA),--data "$(DATA)")

demo-reset: setup ## forget the demo's data and start it afresh
	@exec $(PY) -m portico_portal.local.demo --with-parent --reset $(if $(DATA),--data "$(DATA)")

real: setup ## the main job on a wholesaler's whole year: make real DATA=online-retail.csv.gz [KEEP=1 leaves it open]
	@exec $(PY) -m portico_portal.local.real --with-parent $(if $(KEEP),--keep) "$(DATA)"

test: setup ## all tests, or a part: make test T=tests/billing
	@$(PY) -m tests.stages $(if $(T),--only "$(T)",tests)

check: setup ## exactly what CI runs: format, lint, types, contracts, all tests
	@$(PY) -m tests.stages

fix: setup ## format, and what ruff can mend by itself
	@$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .

faults: setup ## processes killed with -9 while payers pay, half of them at named moments: make faults N=200 [SEED=7]
	@$(PY) -m tests.faults.kills $(if $(N),$(N),20) $(if $(SEED),--seed $(SEED))

fleet: setup ## tenants brought to a next release while portals serve, killed on the way: make fleet N=1000 [SEED=7]
	@$(PY) -m tests.fleet --tenants $(if $(N),$(N),1000) $(if $(SEED),--seed $(SEED))

audit: setup ## known holes in what the locks name: asks PyPI's and npm's databases, so it is no part of check
	@$(PY) -m venv .portico/audit && .portico/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@.portico/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock -r requirements-build.lock
	@npm audit --package-lock-only

bench: setup ## measurements against their ceilings
	@$(PY) -m bench

migration: setup ## new revisions, from the models: make migration M="what it adds" (FIRST=1 begins anew, until 0.1)
	@$(PY) -m portico_portal.schema $(if $(FIRST),--first,"$(M)")

messages: setup ## collect the texts for translation: new ones are added empty, those nobody says any more go
	@$(PY) -m portico_themes.catalogue update

lock: setup ## resolve the locks anew from pyproject.toml
	@$(PY) -I platform/portico_portal/local/bootstrap.py lock

services: setup ## a throwaway PostgreSQL and Redis until Ctrl-C, for tools and experiments
	@exec $(PY) -m portico_portal.local.services .portico/services
