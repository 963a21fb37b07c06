# The verbs of the book.  `make help` lists them; EDITION=ja|en|… chooses the language.
EDITION  ?= ja
# Those of editions.toml that have reached the threshold; EDITIONS="ja en" names others.
# Asked for at the first use, which replaces the question by the answer.
EDITIONS  = $(eval EDITIONS := $(shell PYTHONPATH=src $(or $(wildcard $(BIN)/python),$(PYTHON)) -m translating.editions))$(EDITIONS)
BOOK     := proxmox-ve-lab
PYTHON   ?= python3
OPTS     ?=
TESTS    ?=
# Another Debian whose TeX is used, as make tex-root puts it into .tex-root.
TEX_ROOT ?=

BUILD  := _build

# The pseudo-locale: its catalogs are made, and nobody calls its terms by their names.
PSEUDO := qps
ifeq ($(EDITION),$(PSEUDO))
MADE   := pseudo
OPTS   += -D locale_dirs=$(abspath $(BUILD))/pseudo -D suppress_warnings=termbase.equivalent
endif

VENV   := .venv
BIN    := $(VENV)/bin
STAGE  := $(BUILD)/stage
SPHINX  = $(BIN)/sphinx-build -W --keep-going -D language=$(EDITION) $(OPTS)
PUBLISH := $(BIN)/python -m publishing
JOBS   ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

# The date of the last commit, so that two builds of it are byte for byte the same.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --pretty=%ct 2>/dev/null || date +%s)
export FORCE_SOURCE_DATE := 1
export PYTHONPATH := $(CURDIR)/src

.DEFAULT_GOAL := help
.PHONY: help html epub pdf pdf-print tex-root all site check anchors live pot po po-clear po-check po-report pseudo test lint clean \
    check-figures figure figures figures-style terms-fix terms-report terms-export verification pve-tables linkcheck

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

html: $(BIN)/.ready $(MADE) ## web edition: _build/html/<lang>/index.html
	$(SPHINX) -b html -d $(STAGE)/doctrees/html-$(EDITION) . $(STAGE)/html/$(EDITION)
	$(PUBLISH) tree $(STAGE)/html/$(EDITION) $(BUILD)/html/$(EDITION)

# The packer takes whatever lies in the folder, so it gets a fresh one.
epub: $(BIN)/.ready $(MADE) ## EPUB: _build/epub/<lang>/proxmox-ve-lab-<lang>.epub
	rm -rf $(STAGE)/epub/$(EDITION)
	$(SPHINX) -b epub -d $(STAGE)/doctrees/epub-$(EDITION) . $(STAGE)/epub/$(EDITION)
	$(PUBLISH) file $(STAGE)/epub/$(EDITION)/$(BOOK)-$(EDITION).epub $(BUILD)/epub/$(EDITION)

pdf: $(BIN)/.ready $(MADE) ## PDF: _build/pdf/<lang>/proxmox-ve-lab-<lang>.pdf
	@$(PYTHON) -m publishing.debian pdf
	$(SPHINX) -b latex -d $(STAGE)/doctrees/latex-$(EDITION) . $(STAGE)/latex/$(EDITION)
	$(PUBLISH) typeset $(STAGE)/latex/$(EDITION) $(BOOK)-$(EDITION) $(addprefix --root ,$(TEX_ROOT))
	$(PUBLISH) file $(STAGE)/latex/$(EDITION)/$(BOOK)-$(EDITION).pdf $(BUILD)/pdf/$(EDITION)

pdf-print: $(BIN)/.ready ## for a printing house, trim marks and bleed: _build/print/<lang>
	@$(PYTHON) -m publishing.debian pdf
	$(SPHINX) -D print_profile=press -b latex -d $(STAGE)/doctrees/latex-$(EDITION) . $(STAGE)/print/$(EDITION)
	$(PUBLISH) typeset $(STAGE)/print/$(EDITION) $(BOOK)-$(EDITION) --press
	$(PUBLISH) file $(STAGE)/print/$(EDITION)/$(BOOK)-$(EDITION).pdf $(BUILD)/print/$(EDITION)

tex-root: ## a Debian 13 with TeX that writes tagged PDF, for make pdf on Debian 12 (as root)
	@$(PYTHON) -m publishing.debian root
	$(PYTHON) -m publishing.tex_root $(if $(TEX_ROOT),$(TEX_ROOT),.tex-root)

# One format's failure stops neither the others (-k) nor gets lost (the exit status).
FORMATS_ALL = $(foreach format,pdf html epub,$(foreach edition,$(EDITIONS),one-$(format)-$(edition)))
# A pattern, so that no verb but those that need the editions asks for them.
one-%:
	@$(MAKE) --no-print-directory $(word 1,$(subst -, ,$*)) EDITION=$(word 2,$(subst -, ,$*)) \
	    || { echo $* >> $(STAGE)/failed; exit 1; }

all: $(BIN)/.ready ## every format in every language, then the site
	@$(PYTHON) -m publishing.debian pdf
	@mkdir -p $(STAGE) && rm -f $(STAGE)/failed
	@$(MAKE) --no-print-directory --keep-going --jobs=$(JOBS) --output-sync=target $(FORMATS_ALL) \
	    || { echo "failed, see above:" $$(cat $(STAGE)/failed); exit 1; }
	@$(MAKE) --no-print-directory site

site: $(BIN)/.ready ## _build/site: all editions and downloads, ready for any static server
	$(PUBLISH) site $(BUILD) $(EDITIONS)

terms-fix: $(BIN)/.ready ## mend unambiguous term findings in place (DRY=1 only shows)
	$(BIN)/python -m termbase.fix $(if $(DRY),--dry-run) --conf . source

terms-report: $(BIN)/.ready ## uses of terms, unused terms, spellings that vary: _build/terms-report
	$(SPHINX) -b terms-report -d $(STAGE)/doctrees/terminology . $(BUILD)/terms-report

terms-export: $(BIN)/.ready ## the glossary for other tools: _build/terms-export
	$(SPHINX) -b terms-export -d $(STAGE)/doctrees/terminology . $(BUILD)/terms-export

# Each check says all it has to say, whatever the others say.
CHECKS := check-terms check-style check-catalogs
check: $(BIN)/.ready ## everything that can be said without writing an edition
	@$(MAKE) --no-print-directory --keep-going $(CHECKS)

.PHONY: $(CHECKS)
check-style:
	$(BIN)/python -m proofreading --tools $(STAGE)/textlint source

check-catalogs:
	$(BIN)/python -m translating check locale $(EDITION)

check-terms:
	@$(PYTHON) -m publishing.debian check
	$(SPHINX) -b terminology -d $(STAGE)/doctrees/terminology . $(BUILD)/terminology

# It needs a network and other people's servers, so neither `make check` nor CI runs it.
linkcheck: $(BIN)/.ready ## external links of the Japanese edition, asked over the network
	$(BIN)/sphinx-build -q -W --keep-going -D claims_not_with=linkcheck -b linkcheck \
	    -d $(STAGE)/doctrees/linkcheck . $(BUILD)/linkcheck

check-figures: $(BIN)/.ready ## check all figures, or one (NAME=part2/ch7/frame-journey)
	@$(PYTHON) -m publishing.debian check
	@$(BIN)/python -m figures check $(NAME:%=diagrams/%.svg)

figure: $(BIN)/.ready ## start a figure from a template (NAME=part2/ch7/frame-journey)
	@$(BIN)/python -m figures new "$(NAME)"

figures: $(BIN)/.ready ## all figures on one page, every language and look: _build/figures
	@$(PYTHON) -m publishing.debian check
	@$(BIN)/python -m figures sheet $(BUILD)/figures

figures-style: $(BIN)/.ready ## write diagrams/house.css into the style block of every figure
	@$(BIN)/python -m figures style

verification: $(BIN)/.ready ## what was checked by what, in which version: docs/verification.md
	$(BIN)/python -m claims.verification source ../shared/pve docs/verification.md

pve-tables: $(BIN)/.ready ## tables of Proxmox VE from its documentation (FROM=/ on a node): _build/pve-tables
	$(BIN)/python -m claims.making $(or $(FROM),$(error make pve-tables FROM=/ on a node, or FROM=FOLDER)) $(BUILD)/pve-tables

anchors: $(BIN)/.ready ## add new addresses of sections and terms to source/anchors.txt
	$(SPHINX) -b dummy -D anchors_update=1 -d $(STAGE)/doctrees/terminology . $(BUILD)/anchors

# Translators wait for no check of the Japanese commands, which `make check` has.
LIVE = $(if $(filter-out ja,$(EDITION)),-D claims_not_with=html)
# A commit made meanwhile is no reason to build all pages again.
live: export BOOK_COMMIT := draft
live: $(BIN)/.ready ## serve, and rebuild on save
	$(BIN)/sphinx-autobuild -b html -D language=$(EDITION) $(LIVE) --watch diagrams --watch locale \
	    --watch src --ignore '*.mo' --ignore '*.new' -d $(STAGE)/doctrees/live-$(EDITION) -c . source $(STAGE)/live/$(EDITION)

pot: $(BIN)/.ready ## extract the messages for translators: _build/gettext
	@find $(BUILD)/gettext -name '*.pot' -delete 2>/dev/null || true
	$(BIN)/sphinx-build -W --keep-going -b gettext -d $(STAGE)/doctrees/gettext . $(BUILD)/gettext

# Templates of a page that is gone must not stay, so pot begins with none.
po: pot ## update the catalogs, or start a language (EDITION=zh_TW): locale/<lang>/LC_MESSAGES
	@$(PYTHON) -m publishing.debian po
	$(BIN)/python -m translating update $(BUILD)/gettext locale $(EDITION)

pseudo: pot ## catalogs of the pseudo-locale, which make html EDITION=qps is built from
	$(BIN)/python -m translating pseudo $(BUILD)/gettext $(BUILD)/pseudo

po-clear: pot ## remove from the catalogs what the book does not have any more
	@$(PYTHON) -m publishing.debian po
	$(BIN)/python -m translating clear $(BUILD)/gettext locale $(EDITION)

# The builder says the same of the book's Japanese, which is not asked here.
po-check: $(BIN)/.ready ## all findings in the catalogs at their lines (EDITION=en: of one language)
	@$(PYTHON) -m publishing.debian check
	@mkdir -p $(STAGE) && rm -f $(BUILD)/terminology/output.json
	@$(BIN)/sphinx-build -q -b terminology -d $(STAGE)/doctrees/terminology . $(BUILD)/terminology \
	    > $(STAGE)/po-check.log 2>&1 || test -f $(BUILD)/terminology/output.json \
	    || { cat $(STAGE)/po-check.log; exit 1; }
	$(BIN)/python -m translating check locale $(EDITION) --findings $(BUILD)/terminology/output.json

po-report: $(BIN)/.ready ## how far each page is, what has changed (SINCE=v0.1.0): _build/po-report
	$(BIN)/python -m translating report locale $(EDITION) $(BUILD)/po-report --since "$(or $(SINCE),HEAD)"

test: lint ## the whole test suite
	@$(PYTHON) -m publishing.debian pdf test
	$(BIN)/pytest --numprocesses=$(JOBS) --dist=loadfile --no-loadscope-reorder $(TESTS)

lint: $(BIN)/.ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

clean: ## remove what was built, never sources or catalogs
	rm -rf $(BUILD)
	find locale -name '*.mo' -delete

# The virtual environment follows the lock; a second run installs nothing.
$(BIN)/.ready: requirements.txt
	@$(PYTHON) -m publishing.environment $(VENV) requirements.txt
	@touch $@
