# On a machine with Python 3.11 or later and git, `make up` is all it takes.

PYTHON ?= python3
PORT ?= 8000
DATA ?= data
RUN = .venv/bin/python
READY = $(PYTHON) tools/bootstrap.py
# The core without a module: all that shows, finds, adds up, hands over or grants what modules bring. Not what looks at
# whole installations, reads and writes files, knows fields alone, or lets people in: there no module is asked anything.
NEEDS_NO_MODULE = up doctor tabular web api_bad api_fuzz field_types fields_in field_access_everywhere formula formulas \
	roll_ups lines sealed sheets own_types_from relative exporting saved_views calendar \
	sign_in signing_in company_sign_in passwords second_factor passkeys sessions throttling changing_email oauth mail \
	hardening rotating nightly record_pages_junk workbench tutorial working_time
WITHOUT_A_MODULE = tests/core tests/tenants tests/contracts/test_isolation.py \
	$(foreach name,$(NEEDS_NO_MODULE),--ignore-glob='*/test_$(name)_*' --ignore-glob='*/test_$(name).py')

.PHONY: up test lint audit bench translations clean

up:
	@$(READY)
	@exec .venv/bin/guanxi up --port $(PORT) --data $(DATA)

test: lint
	@$(RUN) tools/audit.py --tell
	@GUANXI_CHROMIUM="$$($(RUN) tools/browser.py)" && export GUANXI_CHROMIUM && $(RUN) -m pytest -n 2
	@$(RUN) -m pytest -n 2 --without leads $(WITHOUT_A_MODULE)

lint:
	@$(READY) --dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

# Known faults in the parts of others; says so and goes on where nobody answers.
audit:
	@$(READY) --dev
	@$(RUN) tools/audit.py

bench:
	@$(READY) --dev
	@$(RUN) -m bench

# Takes what the code says into the Chinese catalogues, and tells what is left to translate.
translations:
	@$(READY) --dev
	@$(RUN) tools/translations.py

# Everything that can be made again. Data stays.
clean:
	rm -rf .venv node_modules build *.egg-info core/web/static/vendor .mypy_cache .ruff_cache .import_linter_cache
