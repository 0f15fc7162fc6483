# The daily verbs. What each system needs is in the README.
PORT ?= 8000
HOST = 127.0.0.1
BIN = .venv/bin
# Compiled modules are kept: every process that starts would compile them again.
unexport PYTHONDONTWRITEBYTECODE
# How many processes the tests may use: one more than there are cores, as tests of the whole site mostly wait.
WORKERS ?= $(shell echo $$(($$(nproc 2>/dev/null || echo 2) + 1)))
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
# On all cores, where pip takes one. As with pip, a file that does not compile is no error.
COMPILE = $(BIN)/python -m compileall -q -j 0 .venv/lib >/dev/null || true
PYTEST = $(BIN)/python -m pytest -n $(WORKERS)
# Linters import the settings, which write into a folder that is deleted afterwards.
ASIDE = d=$$(mktemp -d) && trap 'rm -rf "$$d"' EXIT && export DATA_DIR="$$d" ENV_FILE=/dev/null &&

.PHONY: help run doctor backup restore train test test-slow lint format migrate sbom audit bench soak lighthouse clean
help:
	@echo 'make run [PORT=8000] [HOST=127.0.0.1] [DATA_DIR=data]   the whole site, until Ctrl-C'
	@echo 'make doctor [DATA_DIR=data]   what is wrong with an installation, and what to do'
	@echo 'make backup TARGET=folder | restore SOURCE=folder   database and files; restored into an empty DATA_DIR'
	@echo 'make test | test-slow   everything quick | the rest: accuracy, long faults, all on PostgreSQL'
	@echo 'make lint | format      style, types, arrows between the apps | put the style right'
	@echo 'make migrate            write the migrations that the models ask for'
	@echo 'make train              train the seed network on MNIST'
	@echo 'make sbom               print the libraries of the site with their versions, as CycloneDX JSON'
	@echo 'make audit              look these libraries up among known vulnerabilities'
	@echo 'make bench              measure the site: answers (ARGS=--peers: BentoML too), decoding, recognition, batches, histories'
	@echo 'make soak               30 minutes of sixteen people; fail if anything errs or a process grows'
	@echo 'make lighthouse         fail if Lighthouse (mobile) gives a page less than 95 / 100 / 100 / 100'
	@echo 'make clean              remove .venv and caches (never the data)'

$(BIN)/pip:
	@python="$$(requirements/python.sh $(PYTHON))" || exit 1; \
	echo "Making .venv with $$python …"; \
	"$$python" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; \
		"$$python" -m venv --without-pip .venv && "$$python" -m pip --python .venv/bin/python install --quiet pip; }
.venv/local.stamp: requirements/local.txt | $(BIN)/pip
	@echo 'Installing what the site needs (once; some hundred megabytes) …'
	@$(INSTALL) --requirement $<
	@$(COMPILE)
	@touch $@
.venv/dev.stamp: requirements/dev.txt | $(BIN)/pip
	@echo 'Installing what the tests and linters need (once) …'
	@$(INSTALL) --requirement $<
	@$(COMPILE)
	@touch $@

run: .venv/local.stamp
	@exec $(BIN)/python manage.py runsite --host $(HOST) --port $(PORT)

doctor: .venv/local.stamp
	@$(BIN)/python manage.py doctor $(ARGS)

backup: .venv/local.stamp
	@exec $(BIN)/python manage.py backup $(if $(TARGET),"$(TARGET)") $(ARGS)

restore: .venv/local.stamp
	@exec $(BIN)/python manage.py restore $(if $(SOURCE),"$(SOURCE)") $(ARGS)

train: .venv/local.stamp
	@exec $(BIN)/python manage.py train --architecture first_cnn $(ARGS)

test: .venv/dev.stamp
	@failed=0; \
	$(PYTEST) -m 'not slow' $(ARGS) || failed=1; \
	echo 'Once more on PostgreSQL: the tests whose SQL matters.'; \
	TEST_DATABASE=postgresql $(PYTEST) -m 'postgres and not slow' $(ARGS) || failed=1; \
	exit $$failed

test-slow: .venv/dev.stamp
	@failed=0; \
	$(PYTEST) -m slow $(ARGS) || failed=1; \
	echo 'The whole suite on PostgreSQL.'; \
	TEST_DATABASE=postgresql $(PYTEST) -m '(not slow or postgres) and not browser and not fault' $(ARGS) || failed=1; \
	exit $$failed

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --check --lint --quiet templates
	@! awk 'length > 160 { print FILENAME ":" FNR ": longer than 160 characters" }' $$(find templates -name '*.html') | grep .
	@$(ASIDE) $(BIN)/mypy
	@$(ASIDE) $(BIN)/lint-imports
	@$(ASIDE) $(BIN)/python manage.py makemigrations --check --dry-run

format: .venv/dev.stamp
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .
	@$(BIN)/djlint --reformat --quiet templates || true

migrate: .venv/dev.stamp
	@$(ASIDE) $(BIN)/python manage.py makemigrations

sbom: .venv/dev.stamp
	@$(BIN)/python requirements/sbom.py requirements/local.txt

audit: .venv/dev.stamp
	@requirements/audit.sh $(BIN)/python

bench: .venv/dev.stamp
	@$(BIN)/python -m benchmarks.run $(ARGS)
	@$(BIN)/python -m benchmarks.decoding
	@$(BIN)/python -m benchmarks.recognition
	@$(BIN)/python -m benchmarks.batches
	@$(BIN)/python -m benchmarks.sheets
	@$(BIN)/python -m benchmarks.many_digits

soak: .venv/dev.stamp
	@$(BIN)/python -m benchmarks.soak $(ARGS)

benchmarks/lighthouse/node_modules: benchmarks/lighthouse/package-lock.json
	@command -v npm >/dev/null || { echo 'make lighthouse needs Node.js and npm (Debian: apt-get install nodejs npm)'; exit 1; }
	@npm ci --silent --prefix benchmarks/lighthouse
	@touch $@
lighthouse: .venv/dev.stamp benchmarks/lighthouse/node_modules
	@$(BIN)/python -m benchmarks.lighthouse

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
