"""The command line: what each command writes and where, and one line for whatever is wrong."""

import csv
import errno
import io
import json
import os
import random
import re
import runpy
import select
import signal
import socket
import stat
import sys
from pathlib import Path

import pytest

from microgpt_ref import __main__, __version__, checkpoint, fast
from microgpt_ref.__main__ import main, parse
from microgpt_ref.data import load_docs, write_whole
from microgpt_ref.model import new_model
from microgpt_ref.settings import Settings
from microgpt_ref.stages import SIZES, STAGES
from microgpt_ref.tokenizer import Tokenizer

posix = pytest.mark.skipif(os.name != "posix", reason="needs signals and files as POSIX has them")
SHORT = ("train", "train0", "--steps", 1)  # so that what is not refused ends soon
OPTIONS = (*SIZES, "optimizer", "batch", "temperature")
STAGES_WITH = {
    option: [name for name, stage in STAGES.items() if option in stage.options]
    for option in OPTIONS
}
SMALL = {"n_layer": 2, "n_embd": 4, "n_head": 2, "block_size": 6}
QUICK = {
    name: [
        word
        for size, number in SMALL.items()
        if size in stage.options
        for word in (f"--{size.replace('_', '-')}", number)
    ]
    for name, stage in STAGES.items()
}


@pytest.fixture
def names(tmp_path, docs):
    """A file of a few names."""
    path = tmp_path / "names.txt"
    path.write_text("\n".join(docs), encoding="utf-8")
    return path


@pytest.fixture
def quick(command, names):
    """A function: the result of a short training of a stage, small, on a few names."""

    def train(stage, *more):
        sizes = ("--names", names, "--steps", 5, "--samples", 3, *QUICK[stage])
        return command("train", stage, *sizes, *more)

    return train


@pytest.fixture
def saved(quick, tmp_path):
    """A function: the path of a small saved model of a stage."""

    def save(stage):
        assert quick(stage, "--save", tmp_path / "saved.json").status == 0
        return tmp_path / "saved.json"

    return save


@pytest.fixture
def full_disk(tmp_path):
    """A device that is always full; not for a package that would replace it."""
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"text")
    os.close(reading)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    pipe.unlink()
    return Path("/dev/full")


def read_log(path):
    """The losses in a log."""
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="ascii")))
    assert header == ["step", "loss"]
    assert [step for step, _ in rows] == [str(i + 1) for i in range(len(rows))]
    assert all(repr(float(loss)) == loss for _, loss in rows)
    return [float(loss) for _, loss in rows]


def sample_names(out):
    """The names in what was written to stdout, which is nothing else."""
    lines = out.splitlines()
    assert [line[:11] for line in lines] == [f"sample {i + 1:2d}: " for i in range(len(lines))]
    return [line[11:] for line in lines]


# Training


@pytest.mark.parametrize("stage", STAGES)
def test_train_is_draws_training_and_samples_from_one_seed(stage, quick, docs, tmp_path):
    log, save = tmp_path / "log.csv", tmp_path / "model.json"
    result = quick(stage, "--seed", 7, "--log", log, "--save", save)
    rng = random.Random(7)
    rng.shuffle(docs)
    sizes = {name[2:].replace("-", "_"): value for name, value in pairs(QUICK[stage])}
    expected = new_model(Tokenizer(docs), rng, Settings(stage, **sizes))
    assert read_log(log) == expected.fit(docs, 5)
    assert sample_names(result.out) == [expected.sample(rng) for _ in range(3)]
    loaded = checkpoint.load(save)
    assert (loaded.settings, loaded.weights) == (expected.settings, expected.weights)
    assert result.status == 0


def pairs(arguments):
    """The options and their values."""
    return zip(arguments[::2], arguments[1::2])


def test_defaults_of_train():
    found = vars(parse(["train"]))
    given = {"command": "train", "stage": "train4", "names": "ssa2018", "steps": 1000}
    given |= {"samples": 20, "seed": 42, "engine": "scalar"}
    assert {name: value for name, value in found.items() if value is not None} == given


def test_defaults_of_sample():
    found = vars(parse(["sample", "model.json"]))
    given = {"command": "sample", "model": "model.json", "samples": 20, "seed": 42, "prompt": ""}
    given |= {"engine": "auto"}
    assert {name: value for name, value in found.items() if value is not None} == given


def test_embedded_names_are_the_default(command, tmp_path, golden):
    result = command("train", "train0", "--steps", 3, "--samples", 12, "--log", tmp_path / "log")
    assert read_log(tmp_path / "log") == pytest.approx(golden("train0")["losses"][:3], abs=1e-6)
    assert len(sample_names(result.out)) == 12


def test_optimizer_is_used(quick, tmp_path):
    losses = []
    for options in ((), ("--optimizer", "adam"), ("--optimizer", "sgd")):
        quick("train4", *options, "--log", tmp_path / "log.csv")
        losses.append(read_log(tmp_path / "log.csv"))
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("stage", STAGES_WITH["temperature"])
def test_temperature_is_used(stage, quick):
    usual, same, low = (
        quick(stage, "--samples", 10, *more).out
        for more in ((), ("--temperature", 0.5), ("--temperature", 1e-3))
    )
    assert usual == same != low


def test_no_samples_if_none_are_wanted(quick):
    assert quick("train0", "--samples", 0)[:2] == (0, "")


def test_progress_goes_to_stderr_every_tenth(quick):
    lines = quick("train0", "--steps", 20).err.splitlines()
    done = [1, *range(2, 21, 2)]
    assert [line.partition(" |")[0] for line in lines] == [f"step {i:4d} / 20" for i in done]
    assert all(re.fullmatch(r"step .* \| loss \d\.\d{4}", line) for line in lines)
    assert len(quick("train0", "--steps", 5).err.splitlines()) == 5


def test_progress_writes_over_itself_on_a_terminal(names, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["train", "train0", "--names", str(names), "--steps", "30"]) == 0
    err = capsys.readouterr().err
    assert err.count("\r") == 30 and err.count("\n") == 1
    assert "\rstep   30 / 30 | loss" in err and err.endswith("\r\n")


class Clock:
    """A clock that goes on when it is told to."""

    now = 100.0

    def monotonic(self):
        return self.now


def paced(steps, seconds, batch, monkeypatch):
    """The progress of a run whose steps take so long."""
    monkeypatch.setattr(__main__, "time", Clock())
    progress = __main__.Progress(steps, batch)
    for step in range(steps):
        __main__.time.now += seconds
        progress(step, 2.5)


@pytest.mark.parametrize(
    ("terminal", "seconds", "ends"),
    [
        (False, 1.0, "| loss 2.5000 | 2 names/s, 0 s left\n"),
        (False, 40.0, "| loss 2.5000 | 0 names/s, 0 s left\n"),
        (False, 0.01, "| loss 2.5000\n"),
        (True, 1.0, f"{'step   20 / 20 | loss 2.5000 | 2 names/s, 0 s left':<72}\r"),
    ],
)
def test_long_runs_say_how_many_names_a_second(terminal, seconds, ends, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    paced(20, seconds, 2, monkeypatch)
    err = capsys.readouterr().err
    assert err.endswith(ends)
    if seconds == 40.0:
        assert "step    4 / 20 | loss 2.5000 | 0 names/s, 11 min left\n" in err


def test_a_long_run_writes_to_a_terminal_a_few_times_a_second(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    paced(100_000, 0.001, 1, monkeypatch)
    assert 1000 < capsys.readouterr().err.count("\r") < 3000


def test_first_hundred_steps_are_shown_on_a_terminal_and_then_no_more_than_twenty_a_second(
    monkeypatch,
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(__main__, "time", Clock())
    progress = __main__.Progress(1000)
    assert progress.batch == 1
    progress.shown = __main__.time.now
    assert [done for done in (1, 99, 100, 101, 999, 1000) if progress.is_due(done)] == [
        *(1, 99, 100, 1000)
    ]
    progress.shown, __main__.time.now = 0.0, progress.APART
    assert not progress.is_due(101)
    __main__.time.now = 0.06
    assert progress.is_due(101)


def test_times_in_words():
    given = (0, 99, 100, 5999, 6000, 36_000)
    said = ["0 s", "99 s", "2 min", "100 min", "1.7 h", "10.0 h"]
    assert [__main__.in_words(seconds) for seconds in given] == said


def test_progress_that_never_began_ends_no_line(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    __main__.Progress(5).close()
    assert capsys.readouterr().err == ""


def test_saving_is_said_on_stderr(quick, tmp_path):
    path = tmp_path / "model.json"
    assert quick("train0", "--save", path).err.endswith(f"model saved in {path}\n")


@pytest.mark.parametrize("stage", ["train3", "train4"])
def test_documents_longer_than_the_block_are_counted_once(stage, quick, tmp_path):
    names = tmp_path / "long.txt"
    names.write_text("aaaaaa\nbbbbb", encoding="utf-8")  # 7 and 6 positions
    err = quick(stage, "--names", names).err
    says = "1 of 2 documents are longer than the block: only their first 6 positions are learned"
    assert err.count("documents") == err.count(says) == 1


@pytest.mark.parametrize("stage", ["train3", "train4"])
def test_no_embedded_name_is_longer_than_the_block(stage, capsys):
    docs = load_docs()
    trained = new_model(Tokenizer(docs), random.Random(1), Settings(stage))
    __main__.warn_of_cuts(trained, docs, len(docs))
    assert capsys.readouterr().err == ""
    __main__.warn_of_cuts(trained, ["a" * 15, "b" * 16], 1)  # the second is not reached
    assert capsys.readouterr().err == ""
    __main__.warn_of_cuts(trained, ["a" * 15, "b" * 16], 2)
    assert capsys.readouterr().err.startswith("1 of 2 documents")


def test_nothing_is_cut_without_a_block(command, tmp_path):
    names = tmp_path / "names.txt"
    names.write_text("a" * 50, encoding="utf-8")
    result = command("train", "train1", "--names", names, "--steps", 1, "--n-embd", 2)
    assert "longer" not in result.err


# Sampling from a saved model


@pytest.mark.parametrize("stage", STAGES)
def test_sample_starts_from_its_seed(stage, saved, command):
    path = saved(stage)
    found = sample_names(command("sample", path, "--samples", 4, "--seed", 3).out)
    loaded, rng = checkpoint.load(path), random.Random(3)
    assert found == [loaded.sample(rng) for _ in range(4)]
    assert command("sample", path) == command("sample", path, "--samples", 20, "--seed", 42)


@pytest.mark.parametrize("stage", STAGES)
def test_prompt_is_the_beginning_of_each_sample(stage, saved, command):
    path = saved(stage)
    found = sample_names(command("sample", path, "--prompt", "bo", "--samples", 9).out)
    assert all(name.startswith("bo") for name in found) and len(set(found)) > 1
    loaded, rng = checkpoint.load(path), random.Random(42)
    assert found == [loaded.sample(rng, prompt="bo") for _ in range(9)]


def test_sample_takes_a_temperature(saved, command):
    path = saved("train4")
    usual, same, low = (
        command("sample", path, *more).out
        for more in ((), ("--temperature", 0.5), ("--temperature", 1e-9))
    )
    assert usual == same != low
    assert len(set(sample_names(low))) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_evaluate_prints_the_loss_on_all_documents(stage, saved, names, docs, command):
    path = saved(stage)
    loss = checkpoint.load(path).held_out_loss(docs)
    result = command("evaluate", path, "--names", names)
    says = f"loss {loss:.6f} nats per token, of {len(docs)} documents\n"
    assert (result.status, result.out, result.err) == (0, says, "")
    assert command("evaluate", path, "--names", names, "--engine", "scalar").out == says


def test_evaluate_says_which_documents_it_cuts(saved, command, tmp_path):
    names = tmp_path / "long.txt"
    names.write_text("aaaaaa\nbbbbb", encoding="utf-8")  # 7 and 6 positions
    result = command("evaluate", saved("train4"), "--names", names)
    assert result.status == 0
    says = "1 of 2 documents are longer than the block: only their first 6 positions are"
    assert result.err == f"{says} looked at\n"


def test_evaluate_names_what_is_wrong(saved, refused, tmp_path):
    path, names = saved("train4"), tmp_path / "names.txt"
    assert refused("evaluate", path, "--names", "nowhere").startswith("can't read nowhere (")
    assert refused("evaluate", tmp_path / "none.json").startswith("can't read ")
    assert refused("evaluate", path, "--engine", "gpu").startswith("unknown engine 'gpu'")
    names.write_text("anna\nbo9", encoding="utf-8")
    message = refused("evaluate", path, "--names", names)
    assert message == "character '9' is not in the vocabulary: abcino"


def test_samples_are_the_same_from_any_engine(saved, command):
    pytest.importorskip("numpy")
    path = saved("train4")
    few = command("sample", path, "--samples", 60, "--engine", "scalar").out
    assert command("sample", path, "--samples", 60).out == few
    assert command("sample", path, "--samples", 60, "--engine", "numpy").out == few


def test_sample_names_an_engine_that_can_not_be(saved, refused):
    assert refused("sample", saved("train4"), "--engine", "gpu").startswith("unknown engine 'gpu'")
    message = refused("sample", saved("train0"), "--engine", "dot")
    assert message == "engine dot is for train4 alone: for train0 use engine scalar or js"


@pytest.mark.parametrize("big", [0, 1 << 30])
def test_a_big_file_trains_as_a_small_one(big, quick, tmp_path, monkeypatch):
    pytest.importorskip("numpy")
    logs = [tmp_path / "small.csv", tmp_path / "big.csv"]
    usual = quick("train3", "--log", logs[0])
    monkeypatch.setattr(fast, "BIG", big)
    assert quick("train3", "--log", logs[1]) == usual
    assert logs[0].read_bytes() == logs[1].read_bytes()
    refusal = quick("train3", "--log", tmp_path)
    assert refusal.status == 2


def test_sample_writes_nothing_to_stderr(saved, command):
    assert command("sample", saved("train0")).err == ""


# Help, and how the program is started


@pytest.mark.parametrize("command", [(), ("train",), ("sample",), ("evaluate",)])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([*command, "--help"])
    captured = capsys.readouterr()
    assert end.value.code == 0 and captured.err == ""
    assert captured.out.startswith("usage: python -m microgpt_ref")


def test_version(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert (end.value.code, capsys.readouterr().out) == (0, f"{__version__}\n")


def test_module_runs_with_the_arguments_of_its_process(names, capsys, monkeypatch):
    arguments = ["train", "train0", "--names", str(names), "--steps", "1", "--samples", "1"]
    monkeypatch.setattr(sys, "argv", ["microgpt_ref", *arguments])
    monkeypatch.delitem(sys.modules, "microgpt_ref.__main__")
    with pytest.raises(SystemExit) as end:
        runpy.run_module("microgpt_ref", run_name="__main__")
    assert end.value.code == 0
    assert len(sample_names(capsys.readouterr().out)) == 1


def test_process_has_the_status_and_the_streams(process, names):
    result = process("train", "train0", "--names", names, "--steps", 2, "--samples", 2)
    assert result.status == 0 and len(sample_names(result.out)) == 2
    assert len(result.err.splitlines()) == 2


# What is wrong with the options: arguments, and what the one line must say

WRONG = {
    "unknown stage": (("train", "train5"), "unknown stage 'train5': use one of train0, train1, "),
    "unknown engine": (("train", "--engine", "gpu"), "unknown engine 'gpu': use scalar"),
    "unknown optimizer": (
        ("train", "--optimizer", "adamw"),
        "unknown optimizer 'adamw' for train4: use adam or sgd",
    ),
    "n_embd not divisible": (
        ("train", "--n-embd", 10),
        "n_embd 10 can't be shared among 4 heads: use a multiple of n_head 4",
    ),
    "n_head too many": (("train", "--n-head", 32), "n_embd 16 can't be shared among 32 heads"),
    "unknown names": (("train", "--names", "nowhere"), "can't read nowhere ("),
    "unknown option": (("train", "--epochs", 3), "--epochs"),
    "unknown command": (("learn",), "'learn'"),
    "no command": ((), "required: {train,sample,evaluate}"),
    "no model": (("sample",), "required: MODEL.json"),
    "one argument more": (("train", "train4", "train3"), "unrecognized arguments: train3"),
    "no value": (("train", "--steps"), "--steps: expected one argument"),
    "steps a word": (("train", "--steps", "many"), "'many' is not a whole number"),
    "steps a fraction": (("train", "--steps", "1.5"), "'1.5' is not a whole number"),
    "steps nothing": (("train", "--steps", ""), "'' is not a whole number"),
    "steps of 5,000 digits": (("train", "--steps", "9" * 5000), "is not a whole number"),
    "seed a word": (("train", "--seed", "x"), "'x' is not a whole number"),
    "samples below 0": (("train", "--samples", -1), "samples -1 is out of range: use 0 or more"),
    "temperature a word": (("train", "--temperature", "hot"), "'hot' is not a number"),
    "line break in the stage": (("train", "tr\nain4"), "unknown stage"),
    "line break in the names": (("train", "--names", "no\nwhere"), "can't read no"),
    "line break in an option": (("train", "--ep\nochs"), "--ep"),
}
for size in ("--n-layer", "--n-embd", "--n-head", "--block-size", "--steps"):
    for number in (0, -1):
        name = size[2:].replace("-", "_")
        WRONG[f"{size} {number}"] = (("train", size, number), f"{name} {number} is out of range")
for number in ("0", "-0.5", "nan", "inf", "-inf"):
    says = f"temperature {float(number)!r} is out of range: use a finite number above 0"
    WRONG[f"temperature {number}"] = (("train", f"--temperature={number}"), says)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_option_is_named(name, refused, tmp_path):
    arguments, says = WRONG[name]
    if arguments[:1] == ("train",) and arguments[-1] != "--steps":
        arguments += ("--log", tmp_path / "log.csv", "--save", tmp_path / "model.json")
        arguments += () if "--steps" in arguments else ("--steps", 1)
    assert says in refused(*arguments)


@pytest.mark.parametrize("number", ["0", "-0.5", "nan", "inf", "-inf"])
def test_sample_checks_its_temperature(number, saved, refused):
    says = f"temperature {float(number)!r} is out of range: use a finite number above 0"
    assert refused("sample", saved("train4"), f"--temperature={number}") == says


def test_sample_checks_its_number_of_samples(saved, refused):
    assert refused("sample", saved("train0"), "--samples", -3).startswith("samples -3 is out of")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("option", STAGES_WITH)
def test_option_that_the_stage_lacks_names_those_that_have_it(option, stage, quick, refused):
    value = {"optimizer": "sgd", "temperature": 0.7}.get(option, 2)
    arguments = (f"--{option.replace('_', '-')}", value)
    if stage in STAGES_WITH[option]:
        assert quick(stage, *arguments).status == 0
        return
    stages = ", ".join(STAGES_WITH[option])
    says = f"{option} is not an option of {stage}: use it with {stages}"
    assert refused("train", stage, "--steps", 1, *arguments) == says


def test_saved_train0_has_no_temperature_either(saved, refused):
    message = refused("sample", saved("train0"), "--temperature", 0.7)
    assert message.startswith("temperature is not an option of train0: use it with train1, train2")


@pytest.mark.parametrize("stage", STAGES)
def test_prompt_of_unknown_characters(stage, saved, refused):
    message = refused("sample", saved(stage), "--prompt", "bo9")
    assert message == "character '9' is not in the vocabulary: abcino"


@pytest.mark.parametrize("stage", STAGES)
def test_prompt_longer_than_the_block(stage, saved, refused):
    longest = 6 if "--block-size" in QUICK[stage] else 16
    prompt = "b" * (longest + 1)
    message = refused("sample", saved(stage), "--prompt", prompt)
    assert message == f"prompt {prompt!r} has {longest + 1} characters: use at most {longest}"


# What is wrong with files


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", " has no documents: write one per line"),
        (b"\n \n\r\n", " has no documents: write one per line"),
        (b"\xff\xfea\x00", " is not a text file in UTF-8 (see byte 0): save it as UTF-8"),
    ],
)
def test_file_of_names_that_holds_none(content, says, tmp_path, refused):
    path = tmp_path / "names.txt"
    path.write_bytes(content)
    arguments = ("--log", tmp_path / "log.csv", "--save", tmp_path / "model.json")
    assert refused(*SHORT, "--names", path, *arguments) == f"{path}{says}"


@pytest.mark.parametrize("option", ["--names", "--log", "--save"])
def test_folder_for_a_file(option, tmp_path, refused):
    message = refused(*SHORT, option, tmp_path)
    assert message.startswith(f"can't {'read' if option == '--names' else 'write'} {tmp_path} (")


@pytest.mark.parametrize("option", ["--log", "--save"])
@pytest.mark.parametrize("place", ["nowhere/file", "names.txt/file"])
def test_file_that_can_not_be_written_is_noticed_before_training(option, place, refused, names):
    path = names.parent / place
    message = refused(*SHORT, "--names", names, option, path)
    assert message.startswith(f"can't write {path} (")
    assert message.endswith("): use a file in a folder that can be written in")


@posix
@pytest.mark.parametrize("option", ["--log", "--save"])
def test_folder_without_permission(option, tmp_path, refused):
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    try:
        message = refused(*SHORT, option, tmp_path / "file")
    finally:
        tmp_path.chmod(0o700)
    assert message.startswith(f"can't write {tmp_path / 'file'} (")


@posix
@pytest.mark.parametrize("option", ["--names", "--log", "--save"])
def test_link_that_leads_to_itself(option, tmp_path, refused):
    link = tmp_path / "link"
    link.symlink_to(link)
    assert str(link) in refused(*SHORT, option, link)


def test_log_and_model_in_one_file(tmp_path, refused):
    path = tmp_path / "file"
    message = refused(*SHORT, "--log", path, "--save", tmp_path / "." / "file")
    assert message == f"--log and --save both name {path}: use two files"


@pytest.mark.parametrize("option", ["--log", "--save"])
def test_names_are_not_written_over(option, names, tmp_path, refused, monkeypatch):
    before = names.read_bytes()
    message = refused(*SHORT, "--names", names, option, tmp_path / "." / names.name)
    assert message == f"--names and {option} both name {names}: use two files"
    monkeypatch.setenv("MICROGPT_NAMES", str(names))
    message = refused(*SHORT, "--names", "makemore", option, names)
    assert message == f"--names and {option} both name {names}: use two files"
    assert names.read_bytes() == before


@posix
def test_names_are_not_written_over_through_a_link(names, tmp_path, refused):
    (tmp_path / "link").symlink_to(names)
    assert "both name" in refused(*SHORT, "--names", names, "--save", tmp_path / "link")


@pytest.mark.parametrize("option", ["--names", "--log", "--save"])
def test_empty_path(option, refused):
    assert refused(*SHORT, option, "") == f"{option} '' names no file: give its path"


@pytest.mark.parametrize("option", ["--log", "--save"])
def test_file_may_be_called_like_a_list(option, quick, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert quick("train0", option, "ssa2018").status == 0
    assert (tmp_path / "ssa2018").stat().st_size > 10


def test_no_home_folder(refused, monkeypatch):
    for name in ("XDG_CACHE_HOME", "MICROGPT_NAMES"):
        monkeypatch.delenv(name, raising=False)

    def home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", home)
    message = refused(*SHORT, "--names", "makemore")
    assert message.endswith(
        "no home folder to keep makemore's names in: set XDG_CACHE_HOME to a folder"
    )


@pytest.mark.parametrize("stage", list(STAGES)[1:])
def test_weights_too_large_to_sample_from(stage, saved, refused):
    path = saved(stage)
    content = json.loads(path.read_text(encoding="ascii"))
    content["weights"] = {
        name: [[1e308 if i % 2 else -1e308 for i in range(len(row))] for row in rows]
        for name, rows in content["weights"].items()
    }
    path.write_text(json.dumps(content), encoding="ascii")
    message = refused("sample", path)
    assert message.startswith("weights as large as 1e+308 give probabilities that are not numbers")


def test_file_of_another_run_is_kept_if_a_new_one_is_refused(saved, refused):
    path = saved("train0")
    refused(*SHORT, "--save", path, "--steps", 0)
    refused(*SHORT, "--save", path, "--names", path.parent / "nowhere")


@pytest.mark.parametrize("option", ["--log", "--save"])
def test_full_disk_takes_nothing_but_the_file(option, full_disk, quick, tmp_path):
    other = {"--log": "--save", "--save": "--log"}[option]
    result = quick("train1", option, full_disk, other, tmp_path / "other")
    assert result.status == 2
    assert len(sample_names(result.out)) == 3
    assert (tmp_path / "other").stat().st_size > 100
    message = result.err.splitlines()[-1]
    assert message.startswith("microgpt_ref: can't write /dev/full (No space left on device): use")
    assert stat.S_ISCHR(full_disk.stat().st_mode)


def test_full_disk_under_stdout(full_disk, process, saved):
    with open(full_disk, "w") as stdout:
        result = process("sample", saved("train0"), stdout=stdout)
    assert result.status == 2
    (message,) = result.err.splitlines()
    assert "No space left on device" in message
    assert re.search("stdout|standard output|samples", message)


class Full(io.StringIO):
    """A stream with no room left."""

    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_samples_that_can_not_be_written(saved, capsys, monkeypatch):
    path = saved("train0")
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdout", Full())
    assert main(["sample", str(path)]) == 2
    message = capsys.readouterr().err
    assert message.startswith("microgpt_ref: can't write the samples (No space left on device): ")


@posix
def test_reader_that_leaves_a_model_half_read_is_an_error(start, names, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    more = ("--steps", 1, "--samples", 0, "--n-embd", 40)  # more than a pipe takes at once
    child = start("train", "train1", "--names", names, *more, "--save", pipe)
    select.select([reading], [], [], 60)
    os.close(reading)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert err.splitlines()[-1].startswith(f"microgpt_ref: can't write {pipe} (")


# makemore's list


@pytest.fixture
def no_list(monkeypatch, tmp_path):
    """The folder for downloads: a new one. No variable names the list."""
    monkeypatch.setenv("MICROGPT_NAMES", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.usefixtures("no_list")
def test_download_of_another_checksum(refused, monkeypatch):
    monkeypatch.setattr("urllib.request.urlopen", lambda *args, **options: io.BytesIO(b"anna\n"))
    message = refused(*SHORT, "--names", "makemore")
    assert "names.txt is not the list of the published run: its sha256 is " in message


@pytest.mark.usefixtures("no_list")
@pytest.mark.parametrize("name", ["names.txt", "nowhere.txt", "."])
def test_variable_that_names_another_file(name, names, refused, monkeypatch):
    monkeypatch.setenv("MICROGPT_NAMES", str(names.parent / name))
    assert str(names.parent / name) in refused(*SHORT, "--names", "makemore")


def test_cache_that_can_not_be_made(no_list, refused, monkeypatch):
    no_list.write_bytes(b"a file, not a folder")
    monkeypatch.setattr("urllib.request.urlopen", lambda *args, **options: io.BytesIO(b"anna\n"))
    monkeypatch.setattr("microgpt_ref.data.check_makemore", lambda content, source: None)
    message = refused(*SHORT, "--names", "makemore")
    assert message.startswith(f"can't make the folder {no_list / 'microgpt_ref'} (")


@pytest.mark.usefixtures("no_list")
def test_no_network(refused_process):
    with socket.socket() as closed:  # a port at which nobody listens, in place of the network
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        variables = {"https_proxy": nobody, "HTTPS_PROXY": nobody, "no_proxy": "", "NO_PROXY": ""}
        message = refused_process(*SHORT, "--names", "makemore", variables=variables)
    assert message.startswith("makemore's names can't be fetched from https://")
    assert message.endswith("set MICROGPT_NAMES to a copy, or use ssa2018")


# Runs that end early


def test_loss_that_is_no_number_ends_the_run_and_keeps_what_was_good(quick, tmp_path, monkeypatch):
    monkeypatch.setitem(STAGES["train1"].rates, "sgd", 1e200)
    log, save = tmp_path / "log.csv", tmp_path / "model.json"
    result = quick("train1", "--steps", 50, "--log", log, "--save", save)
    assert (result.status, result.out) == (1, "")
    losses = read_log(log)
    assert f"the loss is not a number at step {len(losses) + 1}: use a lower" in result.err
    assert "Traceback" not in result.err
    assert 0 < len(losses) < 50 and checkpoint.load(save).parameter_count > 0


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_while_training_keeps_the_steps_done(stage, quick, tmp_path, monkeypatch):
    report = __main__.Progress.__call__

    def interrupted(self, step, loss):
        report(self, step, loss)
        if step == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(__main__.Progress, "__call__", interrupted)
    log, save = tmp_path / "log.csv", tmp_path / "model.json"
    result = quick(stage, "--log", log, "--save", save)
    assert (result.status, result.out) == (130, "")
    assert "stopped by Ctrl-C after 3 of 5 steps\n" in result.err
    assert len(read_log(log)) == 3 and checkpoint.load(save).settings.stage == stage


def interrupt(*arguments):
    """Raise what Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["load_docs", "print_samples"])
def test_ctrl_c_at_another_time(place, quick, tmp_path, monkeypatch):
    monkeypatch.setattr(__main__, place, interrupt)
    result = quick("train0", "--save", tmp_path / "model.json")
    assert result.status == 130 and result.err.endswith("stopped by Ctrl-C\n")
    assert (tmp_path / "model.json").exists() == (place == "print_samples")


@posix
@pytest.mark.parametrize("stage", ["train1", "train4"])
def test_ctrl_c_on_a_process_ends_it_between_two_steps(stage, start, names, docs, tmp_path):
    log, save = tmp_path / "log.csv", tmp_path / "model.json"
    arguments = ("train", stage, "--names", names, "--steps", 10**5, "--log", log, "--save", save)
    child = start(*arguments)
    assert child.stderr.readline().startswith("step    1 / 100000 | loss")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    losses = read_log(log)
    assert err.splitlines()[-2:] == [
        f"stopped by Ctrl-C after {len(losses)} of 100000 steps",
        f"model saved in {save}",
    ]
    expected = weights_after(len(losses), stage, docs)
    assert checkpoint.load(save).weights == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "log.csv",
        "model.json",
        "names.txt",
    ]


def weights_after(steps, stage, docs):
    """The weights of a default run after some of its 100,000 steps."""
    rng = random.Random(42)
    rng.shuffle(docs)
    expected = new_model(Tokenizer(docs), rng, Settings(stage))

    def report(step, loss):
        if step + 1 == steps:
            raise StopIteration

    with pytest.raises(StopIteration):
        expected.fit(docs, 10**5, report=report)
    return expected.weights


# Readers that have had enough


@posix
def test_reader_that_takes_one_line_is_no_error(start, names):
    child = start("train", "train0", "--names", names, "--steps", 1, "--samples", 10**6)
    assert child.stdout.readline().startswith("sample  1: ")
    child.stdout.close()
    assert child.wait(60) == 0
    assert child.stderr.read().startswith("step    1 / 1 | loss")


@posix
def test_samples_to_a_closed_pipe_are_no_error(saved, monkeypatch):
    path = saved("train0")
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert main(["sample", str(path)]) == 0


@posix
def test_progress_that_nobody_reads_loses_no_model(start, names, tmp_path):
    save = tmp_path / "model.json"
    arguments = ("train", "train0", "--names", names, "--steps", 20_000, "--save", save)
    child = start(*arguments)
    assert child.stderr.readline()
    child.stderr.close()
    child.wait(60)
    assert child.returncode != 0 or save.exists()


@pytest.mark.parametrize("stage", STAGES)
def test_sampling_that_goes_well_has_status_0(stage, saved, command):
    assert command("sample", saved(stage), "--samples", 1).status == 0
