"""Measure, print the table, and write bench/bench.json and, with matplotlib, bench/bench.png."""

import argparse
import json
import platform
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from microgpt_ref import fast, lab
from microgpt_ref.fast.js import find_node
from tools.checking.bench import ladder, rates, report, sizes
from tools.checking.bench import rows as all_rows
from tools.checking.bench.processes import noted, one_core
from tools.checking.bench.rounds import QUICK, Effort
from tools.files import write_whole
from tools.setup import ROOT

VERSION = 2
BEGUN = time.perf_counter()
FOLDER = ROOT / "bench"
KEPT = Path(lab.__file__).parent / "bench.json"
LIBRARIES = {"numpy": "NumPy", "numba": "Numba", "torch": "PyTorch"}


def measure(wanted, effort):
    """All that is found, as it is written; the names of rows whose losses are wrong."""
    left_out = {}
    with one_core():
        times, wrong = ladder.ladder(wanted, effort, left_out)
        say("the ladder is timed; now each row by itself, for its memory and loss")
        engines = by_themselves(times, wanted, effort, left_out)
        say("now the shapes")
        shapes = sizes.shapes(wanted, effort, left_out)
        say("now sampling, and held-out losses")
        per_second = rates.rates(wanted, effort, left_out)
        profile = ladder.profile(effort.profiled)
    large = None
    if effort.large and wanted([all_rows.Row("large", {})]):
        say("now a large model, on all cores")
        large = sizes.large(left_out)
    collectors = collector_shares(times)
    found = {
        "version": VERSION,
        "machine": machine(effort),
        "versions": versions(times),
        "engines": engines,
        "collector": collectors.get("plain", {}).get("share"),
        "collectors": collectors,
        "variants": variants(times),
        "stages": stages(times),
        "profile": profile,
        "shapes": shapes,
        "rates": per_second,
        "large": large,
        "left_out": left_out,
    }
    return found, wrong


def by_themselves(times, wanted, effort, left_out):
    """The rows of engines: time, memory, loss, and first step."""
    found = {}
    for row in wanted([all_rows.PLAIN, all_rows.SCALAR, *all_rows.ENGINES]):
        if row.name in times:
            found[row.name] = {"us_per_name": times[row.name]}
            name = f"{row.name}, by itself"
            with noted(name, left_out):
                found[row.name] |= ladder.alone(row, effort)
    return found


def collector_shares(times):
    """µs with and without Python's cycle collector, and its share, of plain and scalar."""
    found = {}
    for name, other in all_rows.COLLECTED.items():
        if name in times and other in times:
            pair = {name: times[name], other: times[other]}
            on = pair[name if name == "plain" else other]
            off = pair[other if name == "plain" else name]
            found[name] = {"on": on, "off": off, "share": 1 - off / on}
    return found


def variants(times):
    """The rows that are variants of others, but for those of the collector."""
    rows = [row for row in all_rows.ladder("") if row.of and row not in all_rows.OTHERWISE]
    return {
        row.name: {"of": row.of, "us_per_name": times[row.name]}
        for row in rows
        if row.name in times
    }


def stages(times):
    """The stages before train4, and train4 itself, which is the row scalar."""
    names = {row.name: row.name for row in all_rows.STAGES} | {"train4": "scalar"}
    return {stage: {"us_per_name": times[name]} for stage, name in names.items() if name in times}


def machine(effort):
    """Where it was measured, and how."""
    return {
        "processor": all_rows.processor(),
        "vectors": all_rows.vectors(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": 1,
        "threads": 1,
        "rounds": effort.rounds,
    }


def versions(times):
    """The versions of what was measured with."""
    found = {"Python": platform.python_version()}
    for name, called in LIBRARIES.items():
        if fast.is_installed(name):
            found[called] = metadata.version(name)
    programs = {}
    if "js" in times:
        programs["Node"] = [find_node(), "--version"]
    if all_rows.PYPY in times:
        programs["PyPy"] = ["pypy3", "-c", "import sys; print(*sys.pypy_version_info[:3], sep='.')"]
    for called, command in programs.items():
        done = subprocess.run(command, capture_output=True, text=True)
        found[called] = done.stdout.strip().removeprefix("v")
    return found


def say(text):
    """Print to stderr how far it is, and the seconds since it began."""
    print(f"{time.perf_counter() - BEGUN:4.0f} s: {text}", file=sys.stderr, flush=True)


def parse(arguments):
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m tools.checking.bench")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    parser.add_argument(
        "--only", nargs="+", metavar="ROW", help="of these rows alone, such as plain numpy torch"
    )
    parser.add_argument("--keep", action="store_true", help="for the chapter on efficiency as well")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="FOLDER", help="(bench)")
    return parser.parse_args(arguments)


def rounded(found):
    """What was found, with six digits of each fraction: more than any timing has."""
    if isinstance(found, dict):
        return {name: rounded(part) for name, part in found.items()}
    if isinstance(found, list):
        return [rounded(part) for part in found]
    return float(f"{found:.6g}") if isinstance(found, float) else found


def main(arguments=None):
    """Print the tables, and write what they say; the status is 1 if a row's losses are wrong."""
    options = parse(arguments)
    options.out.mkdir(parents=True, exist_ok=True)  # now, and not after ten minutes

    def wanted(rows):
        """Those of the rows that are asked for."""
        only = options.only
        return [row for row in rows if not only or row.name in only or row.of in only]

    found, wrong = measure(wanted, QUICK if options.quick else Effort())
    print("\n".join(report.lines(found)))
    content = (json.dumps(rounded(found), indent=1, ensure_ascii=False) + "\n").encode("utf-8")
    write_whole(options.out / "bench.json", content)
    if options.keep:
        write_whole(KEPT, content)
    report.plot(found, options.out / "bench.png")
    if wrong:
        print(f"wrong losses: {', '.join(wrong)}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
