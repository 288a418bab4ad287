# The course's commands. Each is one call of a Python module, so README can give the same
# commands for machines without make.

PYTHON ?= python3
ifeq ($(OS),Windows_NT)
RUN := .venv/Scripts/python.exe
else
RUN := .venv/bin/python
endif

.DEFAULT_GOAL := help
.PHONY: help setup book site test test-slow test-torch colab pages-check bundle poster pdf slides epub lock lab notebooks exercises assignment collect grade statistics similar times runs bench mutants publish dist release clean

help:  ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F '|' '{printf "%-16s %s\n", $$1, $$2}'

setup:  ## make or mend .venv with what the course needs (the others do it first)
	@$(PYTHON) -m tools.setup

book: setup  ## build the site, warnings being errors, and check its links
	@$(RUN) -m tools.making.book

site: setup  ## build the site and serve it at localhost, so that its code runs (PORT=8000)
	@$(RUN) -m tools.making.serve $(PORT)

test: setup  ## lint, sources and notebooks in step, the book, all tests, the lessons
	@$(RUN) -m tools.test

test-slow: setup  ## a second Python, PyTorch, solutions as in Colab, pages, slow tests, mutants, coverage
	@$(RUN) -m tools.test --slow

test-torch: setup  ## compare logits, loss and gradients with PyTorch, in .venv-torch
	@$(RUN) -m tools.test --torch

colab: setup  ## run the lessons in a look-alike of Colab's image (LESSON=train2 IMAGE=pip-freeze.txt)
	@$(RUN) -m tools.checking.colab $(IMAGE:%=--image %) $(LESSON)

pages-check: setup  ## open every page in a browser: axe, width, weight, errors
	@$(RUN) -m tools.checking.pages_check

bundle: setup  ## zip the site with a script that serves it, for a class without a network
	@$(RUN) -m tools.making.bundle

poster: setup  ## print the program as a poster, A3 and A2, PDF and SVG, with Chromium
	@$(RUN) -m tools.making.printing poster

pdf: setup  ## print the whole course as one PDF, with Chromium
	@$(RUN) -m tools.making.printing pdf

slides: setup  ## print the slides of each lesson as a PDF, with Chromium
	@$(RUN) -m tools.making.printing slides

epub: setup  ## make the whole course an EPUB, for phones and e-readers
	@$(RUN) -m tools.making.epub

lock: setup  ## lock the versions that pyproject.toml allows (UPGRADE=1 for the newest of them)
	@$(RUN) -m tools.lock $(UPGRADE:%=--upgrade)

lab: setup  ## open JupyterLab on your own copies of the lessons (FRESH=train2 to start one afresh)
	@$(RUN) -m tools.making.lab $(FRESH:%=--fresh %)

notebooks: setup  ## make the notebooks from notebooks/src (LESSON=train2 for one)
	@$(RUN) -m tools.making.notebooks $(LESSON)

exercises: setup  ## list the exercises, and hold their checks against right and wrong answers
	@$(RUN) -m tools.making.exercises

assignment: setup  ## hand out chapters with nbgrader (CHAPTERS="train1 train2" OUT=folder)
	@$(RUN) -m tools.grading.assignment $(CHAPTERS) --out "$(OUT)"

collect: setup  ## sort what was handed in into OUT (FROM=zip, folder or repositories.csv OUT=folder CHAPTER=train1)
	@$(RUN) -m tools.grading.collect "$(or $(FROM),$(ZIP))" --out "$(OUT)" --chapter "$(CHAPTER)" --zone "$(ZONE)"

grade: setup  ## grade what was handed in, and write marks.csv (OUT=folder)
	@$(RUN) -m tools.grading.grade --out "$(OUT)" $(STUDENT:%=--student %) $(EXERCISE:%=--exercise %) --why "$(WHY)"

statistics: setup  ## count how the class did, as a table and a page to show (OUT=folder)
	@$(RUN) -m tools.grading.class_statistics --out "$(OUT)" $(CHAPTER:%=--chapter %)

similar: setup  ## list answers that are alike, for your eyes (OUT=folder CHAPTER=train1)
	@$(RUN) -m tools.grading.similar_answers --out "$(OUT)" $(CHAPTER:%=--chapter %)

times: setup  ## time the lessons, and find long cells that are not announced (LESSON=train2)
	@$(RUN) -m tools.checking.times $(LESSON)

runs: setup  ## make the long runs that the lessons show again (20 minutes)
	@$(RUN) -m tools.making.runs

bench: setup  ## time training on all engines, against the published algorithm
	@$(RUN) -m tools.setup .venv-torch requirements-torch.txt
	@$(RUN:.venv/%=.venv-torch/%) -m tools.checking.bench

mutants: setup  ## plant faults in the reference, and see the tests catch them
	@$(RUN) -m tools.checking.mutants $(MODULE)

publish: setup  ## name this repository in the notebooks, and push them to `published`
	@$(RUN) -m tools.making.publish

dist: setup  ## gather what a release offers in dist/, and check it (after pdf, epub, poster, bundle)
	@$(RUN) -m tools.making.dist

release: setup  ## set the version, the changelog's section and the tag (VERSION=0.2.0)
	@$(RUN) -m tools.making.release $(VERSION)

clean:  ## remove the built site and caches (environments stay)
	@rm -rf _build build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage
