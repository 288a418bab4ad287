"""Faults planted in the reference: what can be changed, what is drawn, and what becomes of it."""

import ast
import json

import pytest

from tools.checking import mutants
from tools.checking.mutants import Mutant
from tools.setup import ROOT

# a line, and what may become of it
CHANGES = {
    "a + b": ["a - b"],
    "a - b": ["a + b"],
    "a * b": ["a / b"],
    "a / b": ["a * b"],
    "a // b": ["a * b"],
    "a % b": ["a // b"],
    "a ** b": ["a * b"],
    "a & b": ["a | b"],
    "a | b": ["a & b"],
    "a ^ b": ["a & b"],
    "a += b": ["a -= b"],
    "a -= b": ["a += b"],
    "a < b": ["a <= b", "a >= b"],
    "a <= b": ["a < b", "a > b"],
    "a > b": ["a >= b", "a <= b"],
    "a >= b": ["a > b", "a < b"],
    "a == b": ["a != b"],
    "a != b": ["a == b"],
    "a in b": ["a not in b"],
    "a not in b": ["a in b"],
    "a is b": ["a is not b"],
    "a is not b": ["a is b"],
    "a < b == c": ["a <= b == c", "a >= b == c", "a < b != c"],
    "a and b": ["a or b"],
    "a or b": ["a and b"],
    "not a": ["a"],
    "-a": ["a"],
    "f(0)": ["f(1)"],
    "f(7)": ["f(8)"],
    "f(0.0)": ["f(1.0)"],
    "f(0.25)": ["f(0.5)"],
    "f(True)": ["f(False)"],
    "f(False)": ["f(True)"],
    "f(None, 'text')": [],
    "a if b else c": ["a if not b else c"],
    "a if f(b) else c": ["a if not f(b) else c"],
    "[a for a in b if a.c]": ["[a for a in b if not a.c]"],
    "a[b:c]": ["a[b + 1:c]", "a[b:c + 1]"],
    "a[1:]": ["a[2:]"],
    "range(a)": ["range(a + 1)"],
    "slice(a, b)": ["slice(a + 1, b)", "slice(a, b + 1)"],
    "a: b | c = d": [],
    "f'{a + b:4d}'": ["f'{a - b:4d}'"],
}


@pytest.fixture(scope="module")
def possible():
    """Every mutant of the reference."""
    return mutants.all_mutants()


@pytest.mark.parametrize("line", CHANGES)
def test_what_a_line_may_become(line):
    found = mutants.mutants("m", line + "\n")
    assert [m.program.rstrip("\n") for m in found] == CHANGES[line]
    assert {(m.module, m.line) for m in found} <= {("m", line)}


def test_every_operator_has_an_example():
    operators = {type(node) for line in CHANGES for node in ast.walk(ast.parse(line))}
    assert set(mutants.SWAPS) <= operators


def test_every_mutant_is_a_program_of_its_own(possible):
    for mutant in possible:
        compile(mutant.program, mutant.module, "exec")
    paths = (ROOT / "microgpt_ref").glob("*.py")
    unchanged = {ast.unparse(ast.parse(path.read_text("utf-8"))) + "\n" for path in paths}
    programs = {mutant.program for mutant in possible}
    assert len(programs) == len(possible) == len({mutant.key for mutant in possible})
    assert not programs & unchanged


def test_every_module_that_can_be_changed_has_tests(possible):
    modules = {path.stem for path in (ROOT / "microgpt_ref").glob("*.py")}
    assert {mutant.module for mutant in possible} == set(mutants.TESTS) == modules - {"__init__"}
    for names in mutants.TESTS.values():
        assert all((ROOT / "tests" / f"test_{name}.py").is_file() for name in names)


def test_the_draw_depends_on_its_seed_alone(possible):
    drawn = mutants.draw(possible)
    assert mutants.draw(possible[::-1]) == drawn != mutants.draw(possible, seed=1)
    assert len(set(drawn)) == len(drawn) == mutants.COUNT >= 40
    assert {mutant.module for mutant in mutants.draw(possible, count=len(mutants.TESTS))} == set(
        mutants.TESTS
    )


def test_an_edited_line_changes_the_draw_by_its_own_mutants_alone(possible):
    source = (ROOT / "microgpt_ref" / "value.py").read_text(encoding="utf-8")
    line = 'return Value(math.log(x), (self,), (1 / x,), "log")'
    edited = mutants.mutants("value", source.replace(line, line.replace("1 /", "1.0 /")))
    drawn = {m.key for m in mutants.draw(possible)}
    others = [m for m in possible if m.module != "value"]
    again = {m.key for m in mutants.draw(others + edited)}
    assert len(edited) + len(others) == len(possible)
    assert len(drawn - again) <= sum(m.line == line for m in possible) == 2


# What becomes of a mutant


def planted(source, old, new):
    """A mutant of training.py with this text replaced."""
    assert source.count(old) == 1
    return Mutant("training", old, f"{old} → {new}", source.replace(old, new))


def test_fates(monkeypatch):
    path = ROOT / "microgpt_ref" / "training.py"
    before = {p: p.read_bytes() for p in (ROOT / "microgpt_ref").glob("*.py")}
    source = path.read_text(encoding="utf-8")
    monkeypatch.setitem(mutants.TESTS, "training", ["training"])
    assert mutants.fate(planted(source, "1 - step", "1 + step")) == "caught"
    assert mutants.fate(planted(source, "losses = []", "losses = list()")) == "survived"
    endless = planted(source, "losses = []", "while True: pass")
    monkeypatch.setattr(mutants, "SECONDS", 5)
    assert mutants.fate(endless) == "caught by time-out"
    assert {p: p.read_bytes() for p in (ROOT / "microgpt_ref").glob("*.py")} == before


def test_nothing_is_caught_where_not_the_copy_is_tested(tmp_path):
    with pytest.raises(RuntimeError, match="not the copy is tested"):
        mutants.run_tests(tmp_path, ["training"], 60)


def test_nothing_is_caught_where_the_tests_fail_anyway(monkeypatch):
    monkeypatch.setitem(mutants.TESTS, "training", ["nowhere"])
    with pytest.raises(SystemExit, match="the tests fail without any change"):
        mutants.check_unchanged(["training"])


# The table


@pytest.fixture
def try_all(monkeypatch, tmp_path):
    """A function: the exit status of the command where so many of its first mutants survive."""
    monkeypatch.setattr(mutants, "TABLE", tmp_path / "mutants.toml")
    monkeypatch.setattr(mutants, "check_unchanged", lambda modules: None)

    def call(survivors, *arguments):
        def fates(drawn):
            return ["survived" if i < survivors else "caught" for i in range(len(drawn))]

        monkeypatch.setattr(mutants, "fates", fates)
        return mutants.main([*arguments])

    return call


def give_reasons():
    """Write a reason where the table has none."""
    text = mutants.TABLE.read_text(encoding="utf-8")
    reason = json.dumps('it is "x\\y"')
    mutants.TABLE.write_text(text.replace('reason = ""', f"reason = {reason}"), encoding="utf-8")


def test_survivors_need_reasons_which_are_kept(try_all, possible, capsys):
    assert try_all(2) == 1
    assert "no reason" in capsys.readouterr().err
    kept = mutants.read_table()
    assert kept["modules"]["all"] == [len(possible), mutants.COUNT, mutants.COUNT - 2]
    assert set(mutants.reasons(kept)) == {m.key for m in mutants.draw(possible)[:2]}
    give_reasons()
    assert try_all(2) == try_all(2, "--check") == 0
    assert set(mutants.reasons(mutants.read_table()).values()) == {'it is "x\\y"'}
    assert try_all(0) == 0 and mutants.reasons(mutants.read_table()) == {}


def test_too_many_survivors_fail_in_spite_of_their_reasons(try_all, capsys):
    assert try_all(8) == 1
    give_reasons()
    capsys.readouterr()
    assert try_all(8) == 1
    assert capsys.readouterr().err == "fewer than 95% are caught\n"


def test_check_writes_nothing_and_wants_the_table_of_this_reference(try_all, capsys):
    assert try_all(0, "--check") == 1
    assert capsys.readouterr().err.startswith("tests/mutants.toml is of another reference")
    assert not mutants.TABLE.exists()


def test_named_modules_write_nothing(try_all, capsys, possible):
    count = sum(mutant.module in ("adam", "value") for mutant in possible)
    assert try_all(0, "adam", "value") == 0
    assert capsys.readouterr().out.startswith(f"{count} of {count} mutants caught")
    assert not mutants.TABLE.exists()


def test_unknown_module(try_all, capsys):
    with pytest.raises(SystemExit):
        try_all(0, "nowhere")
    assert "there is no module 'nowhere': use data, tokenizer" in capsys.readouterr().err
