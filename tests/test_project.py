"""The project around the reference: commands, workflows, set-up, and the wheel."""

import ast
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import microgpt_ref
from microgpt_ref import fast
from tools import lock, setup, test
from tools.making import book, dist, release
from tools.setup import ROOT

TARGETS = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name):
    """The text of a file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


# Commands


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize("arguments", [[], ["help"]])
def test_make_lists_every_target(arguments):
    result = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert [line.split()[1] for line in result.stdout.splitlines()] == TARGETS


def test_every_target_has_a_help_text_and_is_in_the_table_of_commands():
    phony = re.search(r"^\.PHONY: (.*)$", read("Makefile"), flags=re.MULTILINE)[1].split()
    assert phony == TARGETS
    rows = re.findall(r"^\| `make ([a-z-]+)` \|", read("CONTRIBUTING.md"), flags=re.MULTILINE)
    assert sorted(rows) == sorted(TARGETS)


def blocks(name):
    """The blocks of plain text and commands in a page of Markdown."""
    return re.findall(r"^```\n(.*?)^```$", read(name), flags=re.DOTALL | re.MULTILINE)


def folders_of_the_tree():
    """The paths of all folders that CONTRIBUTING's picture of the tree names."""
    tree = read("CONTRIBUTING.md").partition("## The tree\n\n```\n")[2].partition("```")[0]
    above, found = [], []
    for indent, folder in re.findall(r"^( *)([\w.]+)/ ", tree, flags=re.MULTILINE):
        above[len(indent) // 2 :] = [folder]
        found.append("/".join(above))
    return found


def tracked_folders():
    """The folders at the top that git keeps, or those that there must be in a copy without git."""
    git = shutil.which("git") and ["git", "ls-files", "-z"]
    done = git and subprocess.run(git, cwd=ROOT, capture_output=True, text=True)
    paths = {name for name in done.stdout.split("\0") if "/" in name} if done else set()
    always = {"book", "notebooks", "microgpt_ref", "bench", "tests", "tools", ".github", ".ci"}
    return {path.partition("/")[0] for path in paths} | always


def test_the_tree_has_every_folder_and_none_that_is_not_there():
    named = folders_of_the_tree()
    assert [path for path in named if not (ROOT / path).is_dir()] == []
    assert {"notebooks/solutions", "microgpt_ref/fast/js"} <= {*named}  # each within its own
    assert tracked_folders() <= {*named}


def test_the_drawing_of_how_it_is_made_names_files_that_there_are():
    drawing = read("CONTRIBUTING.md").partition("## How it's made\n")[2].partition("## ")[0]
    named = re.findall(r"[\w-]+/[\w/.-]+", blocks("CONTRIBUTING.md")[0])
    assert blocks("CONTRIBUTING.md")[0] in drawing and len(named) >= 6
    assert [path for path in named if not (ROOT / path).exists()] == []


def documented_commands():
    """Every line of the blocks of commands in README and CONTRIBUTING, and the table's commands."""
    texts = [*blocks("README.md"), *blocks("CONTRIBUTING.md")]
    spans = re.findall(r"^\| `(make [a-z-]+)` \|", read("CONTRIBUTING.md"), flags=re.MULTILINE)
    return {line for text in texts for line in text.splitlines()} | set(spans)


def test_the_readme_says_how_to_begin():
    first, windows, elsewhere = blocks("README.md")[:3]
    assert first.split("\n")[0] == "make book" and "`make test`" in read("README.md")
    assert windows.replace(".venv\\Scripts\\", ".venv/bin/") == elsewhere
    modules = re.findall(r" -m (tools[.\w]+)", elsewhere)
    assert modules and all(importlib.util.find_spec(name) for name in modules)


def test_commands_without_make_are_those_of_the_makefile():
    section = re.search(r"### Without make\n(.*?)\n##", read("README.md"), flags=re.DOTALL)[1]
    windows, elsewhere = re.findall(r"```\n(.*?)```", section, flags=re.DOTALL)
    assert windows.replace(".venv\\Scripts\\", ".venv/bin/") == elsewhere
    called = re.findall(r"^\.venv/bin/python -m (tools[.\w]+)$", elsewhere, flags=re.MULTILINE)
    assert called == ["tools.making.book", "tools.making.lab"]
    for module in called:
        assert f"@$(RUN) -m {module}" in read("Makefile")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_runs_only_what_is_documented(path):
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    steps = [step for job in jobs for step in job.get("steps", [])]
    commands = [step["run"] for step in steps if "run" in step]
    assert set(commands) <= documented_commands()
    actions = [step["uses"] for step in steps if "uses" in step]
    assert actions and all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in actions)


def test_each_system_s_tests_run_on_every_python_that_is_locked_for():
    jobs = yaml.safe_load(read(".github/workflows/tests.yml"))["jobs"]
    pythons = [jobs[job]["strategy"]["matrix"]["python"] for job in ("linux", "macos", "windows")]
    assert pythons[0][0] == lock.OLDEST and pythons == [pythons[0]] * 3
    assert f"Python {lock.OLDEST} to {pythons[0][-1]}" in read("CONTRIBUTING.md")


def test_the_readme_s_engines_exist():
    named = re.findall(r"--engine (\w+)", read("README.md"))
    assert named and set(named) <= {*fast.ENGINES, fast.AUTO}


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_a_link_within_the_project_leads_to_a_file(name):
    links = [link for link in re.findall(r"\]\((\S+?)\)", read(name)) if "://" not in link]
    headings = re.findall(r"^#+ (.+)$", read(name), flags=re.MULTILINE)
    anchors = {f"#{heading.lower().replace(' ', '-')}" for heading in headings}
    assert [link for link in links if link not in anchors and not (ROOT / link).exists()] == []


def test_what_is_tested_once_names_files_that_there_are():
    for name in test.OF_ONE_PYTHON:
        assert (ROOT / "tests" / f"test_{name}.py").is_file(), name


def test_ci_runs_two_commands_and_nothing_else():
    script = read(".ci/run")
    assert re.findall(r"^(make.*)$", script, flags=re.MULTILINE) == [
        "make test || failed=1",
        "make test-slow || failed=1",
    ]
    assert os.access(ROOT / ".ci" / "run", os.X_OK) or os.name == "nt"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("failing, status", [("none", 0), ("test", 1), ("test-slow", 1)])
def test_ci_runs_both_and_fails_if_either_does(tmp_path, failing, status):
    fake = tmp_path / "make"
    fake.write_text(
        f'#!/bin/sh\necho "$1" "$MICROGPT_NAMES" $COURSE_COVERAGE\ntest "$1" != {failing}\n'
    )
    fake.chmod(0o755)
    Path(shutil.copy(fake, tmp_path / "apt-get")).write_text("#!/bin/sh\n")  # never the real one
    (tmp_path / "shared" / "data").mkdir(parents=True)
    names = tmp_path / "shared" / "data" / "names.txt"
    names.touch()
    (tmp_path / "clone" / ".ci").mkdir(parents=True)
    script = shutil.copy(ROOT / ".ci" / "run", tmp_path / "clone" / ".ci" / "run")
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    result = subprocess.run(["bash", script], env=environment, capture_output=True, text=True)
    assert result.stdout == f"test {names.resolve()} 1\ntest-slow {names.resolve()} 1\n"
    assert result.returncode == status


SHELL = "chromium-headless-shell"
BROWSERS = {  # a program, and Debian's package of it
    SHELL: SHELL,
    "firefox-esr": "firefox-esr",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
}


def run_ci(folder, there, apt_get="true", user="0"):
    """(result, packages asked for) of .ci/run where these programs are there, and no others."""
    programs, log = folder / "bin", folder / "log"
    programs.mkdir()
    log.touch()
    commands = {"make": "true", "id": f"echo {user}"} | dict.fromkeys(there, "true")
    commands["apt-get"] = f'echo "$*" >> {log}; {apt_get}'
    for name, line in commands.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    for name in ("bash", "sh", "dirname", "realpath"):
        (programs / name).symlink_to(shutil.which(name))
    command = [programs / "bash", ROOT / ".ci" / "run"]
    result = subprocess.run(command, env={"PATH": str(programs)}, capture_output=True, text=True)
    return result, log.read_text().splitlines()


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("there", [[], ["firefox-esr"], [SHELL, "Xvfb"], list(BROWSERS)])
def test_ci_installs_the_browsers_that_are_missing(tmp_path, there):
    result, asked = run_ci(tmp_path, there)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    install = "-qq install -y --no-install-recommends "
    wanted = [install + package for name, package in BROWSERS.items() if name not in there]
    assert asked == (["-qq update", *wanted] if wanted else [])


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_ci_goes_on_where_a_browser_cannot_be_installed(tmp_path):
    result, asked = run_ci(tmp_path, ["chromium"], apt_get="false")
    assert result.returncode == 0 and len(asked) == 4
    assert "firefox-esr could not be installed: the tests that need it can't run" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_ci_installs_nothing_for_a_user_who_may_not(tmp_path):
    result, asked = run_ci(tmp_path, ["chromium"], user="1000")
    assert result.returncode == 0 and asked == []
    assert "not to be installed from here: firefox-esr webkit2gtk-driver xvfb" in result.stderr


@pytest.fixture
def pytest_calls(monkeypatch, tmp_path):
    """The arguments of each call of pytest by tools.test, none of which runs."""
    calls = []
    monkeypatch.setattr(test, "module", lambda *call, **options: calls.append(call) or True)
    monkeypatch.setattr(test, "COVERED", tmp_path / "build" / "covered")
    monkeypatch.delenv("COURSE_COVERAGE", raising=False)
    return calls


def test_files_are_tested_once_whether_coverage_is_measured_or_not(monkeypatch, pytest_calls):
    assert test.test_everything() and not test.measured_already()
    ((_, *whole),) = pytest_calls
    assert not [part for part in whole if "cov" in part or "--ignore=tests" in part]
    pytest_calls.clear()
    monkeypatch.setenv("COURSE_COVERAGE", "1")
    assert test.test_everything()
    (_, *apart), (_, *measured) = pytest_calls
    named = {part for part in apart if part.startswith("tests/")}
    left_out = {part.removeprefix("--ignore=") for part in measured if "--ignore" in part}
    assert named == left_out and "tests" in measured and "notebooks" in apart
    assert set(test.COVERAGE) <= set(measured)


def test_coverage_is_measured_again_only_if_a_file_has_changed(monkeypatch, pytest_calls):
    monkeypatch.setenv("COURSE_COVERAGE", "1")
    monkeypatch.setattr(test, "tree", lambda: "as it is")
    test.test_everything()
    pytest_calls.clear()
    assert test.test_coverage()
    assert pytest_calls == [("coverage", "report", test.ENOUGH)]
    pytest_calls.clear()
    monkeypatch.setattr(test, "tree", lambda: "changed")
    assert test.test_coverage()
    assert [call[0] for call in pytest_calls] == ["pytest", "coverage"]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_the_tree_is_another_when_a_file_is_changed_added_or_ignored(monkeypatch, tmp_path):
    monkeypatch.setattr(test, "ROOT", tmp_path)
    assert test.tree() == ""  # no repository: nothing is known
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("build/\n")
    found = [test.tree()]
    for name, text in [("a.py", "1"), ("a.py", "2"), ("b.py", "2")]:
        (tmp_path / name).write_text(text)
        found.append(test.tree())
    assert len(set(found)) == 4
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "c.py").touch()
    assert test.tree() == found[-1]


# Files that have to agree


def test_every_page_in_the_table_of_contents_exists():
    contents = yaml.safe_load(read("_toc.yml"))
    chapters = [page["file"] for part in contents["parts"] for page in part["chapters"]]
    for page in [contents["root"], *chapters]:
        assert any((ROOT / f"{page}{suffix}").exists() for suffix in (".md", ".ipynb")), page


def test_every_module_of_the_reference_is_on_the_api_page():
    documented = re.findall(r"automodule:: microgpt_ref\.(\w+)", read("book/api.md"))
    modules = {path.stem for path in (ROOT / "microgpt_ref").glob("[a-z]*.py")} | {"fast"}
    assert set(documented) == modules and len(documented) == len(modules)


def test_everything_states_the_package_s_version():
    stated = release.stated()
    assert {"CITATION.cff", "notebooks/train0.ipynb"} <= set(stated) and len(stated) > 10
    built = [name for name in stated if name.startswith("_build/")]  # perhaps before a release
    assert {stated[name] for name in set(stated) - set(built)} == {microgpt_ref.__version__}
    released = release.HEADING.findall(read("CHANGELOG.md"))
    assert released[:1] in ([], [microgpt_ref.__version__])


def test_the_citation_has_what_its_format_asks_for():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


def test_binder_s_python_is_one_that_the_tests_run_on():
    number = re.fullmatch(r"python-(3\.\d+)\n", read("runtime.txt"))[1]
    jobs = yaml.safe_load(read(".github/workflows/tests.yml"))["jobs"]
    assert number in jobs["linux"]["strategy"]["matrix"]["python"]


def test_colab_s_look_alike_has_versions_that_the_package_takes():
    pins = dict(re.findall(r"^([\w-]+)==([\d.]+)$", read("requirements-colab.txt"), re.MULTILINE))
    extras = tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]["lab"]
    for requirement in extras:
        name, least = requirement.split(">=")
        assert [int(n) for n in pins[name].split(".")] >= [int(n) for n in least.split(".")]


def written_files():
    """Every file of the project that is written by hand, but for the tests."""
    folders = ["book", "microgpt_ref", "notebooks", "tools", "bench", ".github", ".ci"]
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    paths += ROOT.iterdir()
    made = {".ipynb", ".pyc"}
    return [path for path in paths if path.is_file() and path.suffix not in made]


def test_the_repository_s_address_is_written_in_one_place():
    url = yaml.safe_load(read("_config.yml"))["repository"]["url"].encode()
    holders = [path.name for path in written_files() if url in path.read_bytes()]
    assert holders == ["_config.yml"]


# Set-up


def test_an_old_python_is_told_in_one_line(monkeypatch):
    ast.parse(read("tools/setup.py"), feature_version=(3, 6))
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as error:
        runpy.run_path(str(ROOT / "tools" / "setup.py"))
    assert "needs Python 3.11 or newer" in str(error.value) and "3.9" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_python_without_venv_is_told_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(setup, "runs", lambda python, code: False)
    with pytest.raises(SystemExit, match="has no venv or ensurepip module"):
        setup.create(tmp_path / "venv")
    assert not (tmp_path / "venv").exists()


def test_an_environment_is_broken_stale_or_ready(monkeypatch, tmp_path):
    monkeypatch.setattr(setup, "runs", lambda python, code: True)
    assert setup.state(tmp_path, "requirements.txt") == "broken"  # half made: no stamp
    (tmp_path / setup.STAMP).write_text("made from something older")
    assert setup.state(tmp_path, "requirements.txt") == "stale"
    (tmp_path / setup.STAMP).write_text(setup.fingerprint("requirements.txt"))
    assert setup.state(tmp_path, "requirements.txt") == "ready"
    monkeypatch.setattr(setup, "runs", lambda python, code: False)
    assert setup.state(tmp_path, "requirements.txt") == "broken"  # its Python is gone


@pytest.fixture
def installs(monkeypatch):
    """What pip is asked to install, with the text of its constraints; it installs nothing."""
    asked = []

    def pip(venv, what, *arguments):
        after = dict(zip(arguments, arguments[1:]))
        asked.append((arguments, Path(after["-c"]).read_text() if "-c" in after else ""))

    monkeypatch.setattr(setup, "pip", pip)
    return asked


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-grading.txt"])
def test_a_lock_is_installed_by_its_hashes_and_the_package_apart(installs, lock):
    setup.install("venv", lock)
    (locked, _), (package, _) = installs
    assert {"--require-hashes", "--no-deps", lock} <= set(locked)
    assert {"--no-deps", "--no-build-isolation", "-e", "."} == set(package)


def test_pytorch_gets_the_lock_s_versions_and_colab_s_image_its_own(installs):
    setup.install("venv", "requirements-torch.txt")
    setup.install("venv", "requirements-colab.txt")
    (_, constraints), (_, none) = installs
    lines = constraints.splitlines()
    assert "pytest==9.2.0" in lines and "--hash" not in constraints and none == ""
    assert [line for line in lines if line.startswith("numpy==") and "; python_full" in line]
    assert len(lines) == read("requirements.txt").count("==") - constraints.count(" == ")


def test_a_python_that_does_not_run_is_no_second_python(tmp_path):
    broken = tmp_path / "python3.13"
    broken.write_text("not a program")
    assert test.version(broken) is None and test.version(tmp_path / "gone") is None
    assert test.version(sys.executable) == sys.version_info[:2]


# The book


@pytest.mark.parametrize("stamp, kept", [(None, False), ("an older recipe", False), ("ours", True)])
def test_the_book_is_built_afresh_unless_the_last_build_was_sound(
    monkeypatch, tmp_path, stamp, kept
):
    page, mark = tmp_path / "_build" / "page.html", tmp_path / "_build" / ".strict"
    page.parent.mkdir()
    page.touch()
    if stamp:
        mark.write_text(book.recipe() if stamp == "ours" else stamp)
    monkeypatch.setattr(book, "BUILD", page.parent)
    monkeypatch.setattr(book, "STAMP", mark)
    book.start_afresh()
    assert page.exists() == kept and not mark.exists()


SHARED = [
    "book/_static/look/type.css",
    "book/_templates/layout.html",
    "book/_ext/terms.py",
    "_toc.yml",
    "tools/making/links.py",
]


@pytest.mark.parametrize("changed", SHARED)
def test_a_change_of_what_all_pages_share_is_a_new_recipe(monkeypatch, tmp_path, changed):
    for path in book.shared_files():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(book, "ROOT", tmp_path)
    before = book.recipe()
    with open(tmp_path / changed, "a") as file:
        file.write(" ")
    assert book.recipe() != before


# The wheel


def test_the_wheel_trains_in_an_empty_environment(tmp_path):
    (tmp_path / "dist").mkdir()
    wheel = dist.build_package(tmp_path / "dist")
    python = dist.install_alone(wheel, tmp_path / "venv")
    asked = ["train", "--steps", "3", "--samples", "2"]
    alone = {"cwd": tmp_path, "capture_output": True, "text": True}
    module, command = [python, "-I", "-m", "microgpt_ref"], [python.with_name("microgpt")]
    commands = [[*module, *asked], [*command, *asked]]
    if shutil.which("node"):
        commands.append([*commands[0], "--engine", "js"])
    for command in commands:
        result = subprocess.run(command, **alone)
        assert result.returncode == 0, result.stderr
        assert [line[:11] for line in result.stdout.splitlines()] == ["sample  1: ", "sample  2: "]
    where = [python, "-I", "-c", "import microgpt_ref; print(microgpt_ref.__file__)"]
    assert str(tmp_path) in subprocess.run(where, **alone).stdout
