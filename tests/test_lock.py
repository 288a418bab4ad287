"""The locks: made from what pyproject.toml allows, with hashes, and no trace of the machine."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from tools import lock
from tools.setup import ROOT

GROUPS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
A, B = "a==1.0 \\\n    --hash=sha256:1\nb==2.0\n", "b==2.1 ; python_version < '3.12'\nc==3.0\n"


def text_of(name):
    """The text of a lock."""
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", lock.LOCKS)
def test_every_package_has_hashes_and_no_line_is_anything_else(name):
    lines = [line for line in text_of(name).splitlines() if not line.startswith("#")]
    whole = " ".join(lines).replace("\\", "").split("--hash=")
    assert len(lines) > 500 and all(re.match(r"sha256:[0-9a-f]{64}\b", part) for part in whole[1:])
    for line, after in zip(lines, [*lines[1:], ""]):
        assert re.match(r"[\w.-]+==[^\s;]+( ; .*)? \\$| {4}--hash=sha256:\w{64}( \\)?$", line), line
        assert line[0] == " " or after.startswith("    --hash="), line


@pytest.mark.parametrize("name", lock.LOCKS)
def test_a_lock_names_no_host_and_no_folder(name):
    assert not re.search(r"://|\w\.\w+/|--index|--find-links|^#.* /", text_of(name), re.MULTILINE)
    assert f"#    {lock.COMMAND}\n" in text_of(name)


@pytest.mark.parametrize("name", lock.LOCKS)
def test_what_is_locked_is_what_its_group_allows(name):
    locked = lock.pins(text_of(name))
    for wanted in map(Requirement, GROUPS[lock.LOCKS[name]]):
        versions = [version for package, version in locked if package == wanted.name]
        assert versions and all(version in wanted.specifier for version in versions), wanted


def test_both_locks_agree_on_what_they_share():
    course, grading = (set(lock.pins(text_of(name))) for name in lock.LOCKS)
    names = {name for name, _ in course}
    assert {pin for pin in grading if pin[0] in names} <= course


def test_a_new_lock_is_told_by_what_differs():
    assert lock.pins(A + B) == [("a", "1.0"), ("b", "2.0"), ("b", "2.1"), ("c", "3.0")]
    assert lock.changes(A, B) == ["a 1.0 → gone", "b 2.0 → 2.1", "c new → 3.0"]
    assert lock.changes(A, A) == []


def test_all_locks_are_written_or_none(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    first, second = lock.LOCKS
    (tmp_path / first).write_text(A)
    texts = {first: B}

    def locked(name, group, upgrade):
        return texts.get(name) or lock.sys.exit(f"{name} could not be made")

    monkeypatch.setattr(lock, "locked", locked)
    with pytest.raises(SystemExit, match=f"{second} could not be made"):
        lock.main([])
    assert (tmp_path / first).read_text() == A and not (tmp_path / second).exists()
    texts[second] = A
    assert lock.main(["--upgrade"]) == 0
    assert ((tmp_path / first).read_text(), (tmp_path / second).read_text()) == (B, A)
    assert f"{first}: 2 packages\n  a 1.0 → gone\n" in capsys.readouterr().out
