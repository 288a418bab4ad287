"""The table of what was measured, and the plot."""

import sys

from tools.checking.bench.rows import COLLECTED


def heading(found):
    """The lines that say where it was measured, and how."""
    machine = found["machine"]
    vectors = f", {machine['vectors']}" if machine["vectors"] else ""
    yield f"{machine['processor']}{vectors}, {machine['system']}"
    yield ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    yield f"one core, one thread, median of {machine['rounds']} rounds"


def table(found):
    """The lines of the ladder's table."""
    times = all_times(found)
    against = {"of scalar": times.get("scalar"), "of plain": times.get("plain")}
    against["no coll."] = times.get(COLLECTED["plain"])  # of plain without the collector
    line = f"{'':22}{'µs per name':>13}" + "".join(f"{name:>11}" for name in against)
    yield line + f"{'collector':>11}{'peak MB':>10}{'loss':>9}{'first step':>12}{'cached':>9}"
    for name, took in times.items():
        line = f"{name:22}{took:>13,.1f}"
        line += "".join(f"{ratio(took, other):>11}" for other in against.values())
        collector = found["collectors"].get(name)
        line += f"{collector['share']:>11.0%}" if collector else f"{'':11}"
        row = found["engines"].get(name, {})
        if "peak_mb" in row:
            line += f"{row['peak_mb']:>10,.0f}{row['loss']:>9.4f}"
            line += f"{row['first_step_s']:>10.2f} s{row['cached_first_step_s']:>7.2f} s"
        yield line.rstrip()


def all_times(found):
    """µs a name of all rows of the ladder, those with the collector otherwise as well."""
    times = {name: row["us_per_name"] for name, row in found["engines"].items()}
    if "plain" in found["collectors"]:
        times[COLLECTED["plain"]] = found["collectors"]["plain"]["off"]
    if "scalar" in found["collectors"]:
        times[COLLECTED["scalar"]] = found["collectors"]["scalar"]["on"]
    stages = {name: row for name, row in found["stages"].items() if name != "train4"}  # scalar
    others = found["variants"] | stages
    return times | {name: row["us_per_name"] for name, row in others.items()}


def ratio(a, b):
    """a / b as text: 0.123, or 1/4,567 where it is small; a dash without b."""
    if not b:
        return "–"
    return f"{a / b:.3f}" if a / b > 0.05 else f"1/{b / a:,.0f}"


def shapes(found):
    """The lines of the shapes' table: µs a token."""
    engines = list(dict.fromkeys(name for row in found["shapes"] for name in row["us_per_token"]))
    if not engines:
        return
    yield f"{'µs per token':32}{'parameters':>11}" + "".join(f"{name:>12}" for name in engines)
    for row in found["shapes"]:
        shape = "{n_layer} × {n_embd}, block {block_size}, batch {batch}".format(**row)
        took = [row["us_per_token"].get(name) for name in engines]
        cells = "".join(f"{t:>12,.2f}" if t else f"{'–':>12}" for t in took)
        yield f"{shape:32}{row['parameters'] or 0:>11,}{cells}"


def rates(found):
    """The lines of the rates' table: names a second."""
    if found["rates"]:
        yield f"{'names per second':32}{'sampled':>12}{'held out':>12}"
    for name, row in found["rates"].items():
        both = [row.get(what) for what in ("sampled_per_s", "held_out_per_s")]
        yield f"{name:32}" + "".join(f"{a:>12,.0f}" if a else f"{'–':>12}" for a in both)


def large(found):
    """The line of the large model."""
    row = found["large"]
    if row:
        yield (
            f"{row['parameters']:,} parameters, {row['processes']} processes: "
            f"{row['seconds_per_step']:.1f} s for a step of {row['tokens_per_step']:,} tokens, "
            f"{row['hours_per_pass']:.0f} hours for {row['text_mb']} MB"
        )


def lines(found):
    """All that is printed."""
    yield from heading(found)
    for part in (table, shapes, rates, large):
        section = list(part(found))
        yield from ["", *section] if section else []
    reasons = {}
    for name, reason in found["left_out"].items():
        reasons.setdefault(reason, []).append(name)
    if reasons:
        yield ""
    for reason, names in reasons.items():
        yield f"left out, as {reason}: {'; '.join(names)}"


def plot(found, path):
    """Draw the ladder, and time against width, on logarithmic scales."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print("no plot: python -m pip install matplotlib", file=sys.stderr)
        return
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    draw_ladder(left, found)
    draw_widths(right, found["shapes"])
    figure.savefig(path, dpi=144, metadata={"Software": None})


def draw_ladder(axes, found):
    """Draw a bar for each row; variants are light."""
    times = dict(sorted(all_times(found).items(), key=lambda row: row[1]))
    colors = ["#4d4d4d" if name in found["engines"] else "#b0b0b0" for name in times]
    bars = axes.barh(list(times), list(times.values()), color=colors, log=True)
    labels = [f"{t:,.0f}" if t > 100 else f"{t:.1f}" for t in times.values()]
    axes.bar_label(bars, labels, padding=3)
    axes.set_xlim(1, 10 * max(times.values(), default=1))
    axes.set_xlabel("µs of one core per training name (logarithmic)")


def draw_widths(axes, shapes):
    """Draw a line for each engine and batch: µs a token against the width, for one short layer."""
    chosen = [row for row in shapes if (row["n_layer"], row["block_size"]) == (1, 16)]
    engines = list(dict.fromkeys(name for row in chosen for name in row["us_per_token"]))
    for batch, style in ((1, "-"), (16, "--")):
        rows = [row for row in chosen if row["batch"] == batch]
        for i, name in enumerate(engines):
            points = [(row["n_embd"], row["us_per_token"].get(name)) for row in rows]
            points = [point for point in points if point[1]]
            label = f"{name}, {batch} at a time"
            if points:
                axes.plot(*zip(*points), style, color=f"C{i}", marker="o", label=label)
    axes.set_xlabel("n_embd (1 layer, block of 16)")
    axes.set_ylabel("µs of one core per token (logarithmic)")
    if chosen:
        axes.set_xscale("log", base=2)
        axes.set_xticks(sorted({row["n_embd"] for row in chosen}))
        axes.xaxis.set_major_formatter("{x:.0f}")
        axes.set_yscale("log")
        axes.legend(frameon=False)
