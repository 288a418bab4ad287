"""How many names a second engines sample, and of how many they compute the loss."""

from dataclasses import replace

from microgpt_ref import fast
from tools.checking.bench import rows as all_rows
from tools.checking.bench.processes import processes
from tools.checking.bench.rounds import per_document, rounds
from tools.checking.bench.rows import Row


def rates(wanted, effort, left_out):
    """Names a second that engines sample, and whose loss they compute: {engine: {what: rate}}.

    Where an engine has no way of its own, it is left out, and it's said whose it takes.
    """
    found, own = {}, {}
    for kind, rate in (("sampling", "sampled_per_s"), ("held out", "held_out_per_s")):
        engines = wanted([Row(name, {"kind": kind, "engine": name}) for name in fast.ENGINES])
        engines = [
            replace(row, name=f"{row.name}, {kind}") for row in all_rows.possible(engines, {})
        ]
        with processes(engines, left_out) as begun:
            for row in engines:
                note_shared(row, begun, own.setdefault(kind, {}), left_out)
            answers = rounds(begun, effort.shape_rounds, effort.seconds, left_out)
        for row in engines:
            if row.name in answers:
                per_second = 1e6 / per_document(answers[row.name], effort.shape_rounds)
                found.setdefault(row.job["engine"], {})[rate] = per_second
    return found


def note_shared(row, begun, own, left_out):
    """Leave a row out if another one before it uses the same code."""
    if row.name in begun:
        by = begun[row.name].begun["by"]
        first = own.setdefault(by, row.job["engine"])
        if first != row.job["engine"]:
            left_out[row.name] = f"it has no way of its own, and takes that of {first}"
            begun.pop(row.name).close()
