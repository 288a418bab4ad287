"""What figures are drawn with: every figure in two widths, as SVG and PNG, with its two texts."""

import math
import random
import re
from xml.etree import ElementTree

import pytest
from colors import contrast
from test_lab_efficiency import parts_of_time, timed_shapes

from microgpt_ref.bigram import count_pairs, zero_counts
from microgpt_ref.lab import (
    architecture,
    efficiency,
    figures,
    network,
    showing,
    train0,
    train1,
    train2,
    train3,
    train4,
)
from microgpt_ref.lab.canvas import Chart, Drawing, svg
from microgpt_ref.lab.canvas.colors import PALETTE, css
from microgpt_ref.lab.canvas.drawing import NARROW, TINT, WIDE, width_of
from microgpt_ref.lab.canvas.scales import Scale, limits, tick_text
from microgpt_ref.lab.canvas.shapes import Dots, Path, Words
from microgpt_ref.lab.runs import load_run
from microgpt_ref.layers import random_weights
from microgpt_ref.stages import ROWS, STAGES
from microgpt_ref.tokenizer import Tokenizer
from microgpt_ref.transformer import transformer_shapes
from microgpt_ref.value import Value
from tools.setup import ROOT

TINY = Tokenizer(["ana", "nan", "anna"])
COUNTS = zero_counts(TINY.vocab_size)
for name in ["ana", "nan", "anna"]:
    count_pairs(COUNTS, TINY.encode(name))
PROBS = [[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [0.9, 0.05, 0.05]]
LOSSES = [3.0 - i / 100 for i in range(120)]


def graph(first=2.0):
    """A small graph and its labels."""
    a, b = Value(first), Value(3.0)
    c = a * b
    d = c + a
    d.backward()
    return d, {"a": a, "b": b, "c": c, "d": d}


def used_twice(first):
    """A number, its square and the square's double."""
    a = Value(first)
    b = a * a
    return a, b, b + b


def one_weight(lowest=1):
    """A loss of one weight, and the row that holds it."""
    row = [0.5]
    return (lambda: (row[0] - lowest) ** 2), row


LETTERS = Tokenizer(["abcdefghijklmnopqrstuvwxyz"])
SMALL = {"wte": [[4.0], [-2.0], [2.0]], "fc1": [[0.5]], "fc2": [[0.6931], [0.3466], [0.3466]]}
OTHER = zero_counts(TINY.vocab_size)
count_pairs(OTHER, TINY.encode("nnn"))


def spread_wide(weights):
    """The weights with queries and keys large enough for attention to be uneven."""
    return {
        name: [[20 * a for a in row] if name[-2:] in ("wq", "wk") else row for row in w]
        for name, w in weights.items()
    }


def random_attention(seed=3):
    """The weights of a small model of train3."""
    rng = random.Random(seed)
    return spread_wide(random_weights(transformer_shapes(27, 4, 6), rng))


def embeddings(seed):
    """A random vector for each of 27 tokens."""
    return random_weights({"wte": (27, 6)}, random.Random(seed))["wte"]


def rates(*names):
    """Kept runs of SGD, by their rates."""
    return {"SGD": {float(name): load_run(f"train4-sgd-{name}") for name in names}}


def times(numpy):
    """Times of two engines, as the bench keeps them."""
    found = {"plain": 300_000.0, "numpy": numpy}
    return {"engines": {name: {"us_per_name": took} for name, took in found.items()}}


def long_run(last=0.2):
    """What blanking costs after two lengths of training, as the kept run has it."""
    return {
        "steps": [1000, 30000],
        "held_out_loss": [2.37, 2.2],
        "without_wq": [2.38, 2.2 + last],
        "without_wo": [2.39, 2.25 + last],
    }


WORSE = [loss + 0.5 for loss in LOSSES]
FIGURES = {  # each with two sets of data, from which it has to become two different figures
    "bars": (
        lambda: figures.bar_chart(["a", "b"], [3, 5], "letter", "times", "train0"),
        lambda: figures.bar_chart(["a", "b"], [3, 4], "letter", "times", "train0"),
    ),
    "heatmap": (
        lambda: figures.count_heatmap(COUNTS, TINY),
        lambda: figures.count_heatmap(OTHER, TINY),
    ),
    "losses": (
        lambda: figures.loss_curve(LOSSES, "train1", reference=("counting", 2.4)),
        lambda: figures.loss_curve(LOSSES, "train1", reference=("counting", 2.3)),
    ),
    "map": (lambda: figures.program_map("train2"), lambda: figures.program_map("train3")),
    "followers": (
        lambda: train0.show_followers(COUNTS, TINY, "a"),
        lambda: train0.show_followers(OTHER, TINY, "a"),
    ),
    "pairs": (
        lambda: train0.show_pairs(["ana"], COUNTS, TINY),
        lambda: train0.show_pairs(["ana"], OTHER, TINY),
    ),
    "surprises": (
        lambda: train0.show_surprises("ana", COUNTS, TINY),
        lambda: train0.show_surprises("ana", OTHER, TINY),
    ),
    "weight": (
        lambda: train1.show_weight(0.3, *one_weight(), 0),
        lambda: train1.show_weight(0.3, *one_weight(lowest=0), 0),
    ),
    "tables": (
        lambda: train1.tables_compared(PROBS, PROBS[::-1], [200, 3, 150]),
        lambda: train1.tables_compared(PROBS, PROBS, [200, 3, 150]),
    ),
    "temperatures": (
        lambda: train1.temperature_bars({0.5: PROBS[0], 1: PROBS[1]}, TINY, 2),
        lambda: train1.temperature_bars({0.5: PROBS[2], 1: PROBS[1]}, TINY, 2),
    ),
    "embeddings": (
        lambda: train1.embedding_maps(embeddings(1), embeddings(2), LETTERS),
        lambda: train1.embedding_maps(embeddings(1), embeddings(3), LETTERS),
    ),
    "graph": (lambda: train2.draw_graph(*graph()), lambda: train2.draw_graph(*graph(4.0))),
    "blanks": (
        lambda: train2.graph_to_fill_in(5.0, 2.0),
        lambda: train2.graph_to_fill_in(4.0, 2.0),
    ),
    "twice": (
        lambda: train2.double_count(lambda: used_twice(1.0)),
        lambda: train2.double_count(lambda: used_twice(2.0)),
    ),
    "mixing": (
        lambda: train3.mixing_picture("amy", [0.6, 0.1, 0.3]),
        lambda: train3.mixing_picture("may", [0.5, 0.2, 0.3]),
    ),
    "beside": (
        lambda: train3.loss_beside(LOSSES, {"train1": 2.5, "train0": 2.4}),
        lambda: train3.loss_beside(WORSE, {"train1": 2.5, "train0": 2.4}),
    ),
    "curves": (
        lambda: train4.compare_curves({"one": LOSSES, "two": WORSE}, log_steps=True),
        lambda: train4.compare_curves({"one": WORSE, "two": LOSSES}, log_steps=True),
    ),
    "mean": (
        lambda: train4.running_mean_chart([1.0, -1.0], [0.1, 0.0], "w"),
        lambda: train4.running_mean_chart([1.0, -0.5], [0.1, 0.05], "w"),
    ),
    "rates": (
        lambda: train4.rate_chart(rates("0.1", "1.0")),
        lambda: train4.rate_chart(rates("0.1")),
    ),
    "ladder": (
        lambda: efficiency.ladder(times(numpy=120.0)),
        lambda: efficiency.ladder(times(numpy=60.0)),
    ),
    "where it goes": (
        lambda: efficiency.where_it_goes(parts_of_time(0.6), 25.0),
        lambda: efficiency.where_it_goes(parts_of_time(0.5), 25.0),
    ),
    "widths": (
        lambda: efficiency.widths(timed_shapes((100.0, 500.0), (2.0, 120.0))),
        lambda: efficiency.widths(timed_shapes((100.0, 600.0), (2.0, 120.0))),
    ),
    "attention": (
        lambda: train3.attention_picture(random_attention(), LETTERS, "emma"),
        lambda: train3.attention_picture(random_attention(5), LETTERS, "emma"),
    ),
    "stream": (
        lambda: architecture.residual_stream("amy"),
        lambda: architecture.residual_stream("emma"),
    ),
    "slices": (
        lambda: architecture.heads_picture(16, 4),
        lambda: architecture.heads_picture(16, 2),
    ),
    "layers": (
        lambda: architecture.layers_picture(2),
        lambda: architecture.layers_picture(1),
    ),
    "scale": (lambda: architecture.to_scale(4192), lambda: architecture.to_scale(7264)),
    "rungs": (
        lambda: train4.ladder({"train0": 2.5, "train4": 2.4}),
        lambda: train4.ladder({"train0": 2.5, "train4": 2.3}),
    ),
    "seeds": (
        lambda: train4.seeds_chart({"Adam": [2.3, 2.31], "SGD": [2.35, 2.36]}),
        lambda: train4.seeds_chart({"Adam": [2.3, 2.36], "SGD": [2.35, 2.37]}),
    ),
    "awakening": (lambda: train4.awakening(long_run()), lambda: train4.awakening(long_run(0.3))),
    "network": (
        lambda: network.draw_network(SMALL, 0, 1, TINY),
        lambda: network.draw_network(SMALL, 1, 1, TINY),
    ),
    "trained": (
        lambda: efficiency.train_now(8, 12, 0.01, engine="scalar"),
        lambda: efficiency.train_now(8, 12, 0.1, engine="scalar"),
    ),
}
MOST_BYTES = 80_000  # of a figure's SVG, in both widths


@pytest.fixture(scope="module", params=FIGURES)
def picture(request):
    """A figure."""
    return FIGURES[request.param][0]()


@pytest.fixture(params=[WIDE, NARROW])
def drawing(request, picture):
    """A figure in either width."""
    return picture.drawing(request.param)


def places(shape):
    """The points of a shape: corners and handles of a path, middles of dots, a text's two ends."""
    if isinstance(shape, Path):
        numbers = [x for _, *found in shape.steps for x in found]
        return list(zip(numbers[::2], numbers[1::2], strict=True))
    if isinstance(shape, Dots):
        return list(shape.points)
    if shape.turned:
        return [(shape.x, shape.y)]
    width = width_of(shape.text, shape.size) * 0.9
    left = shape.x - {"start": 0, "middle": width / 2, "end": width}[shape.anchor]
    return [(left, shape.y), (left + width, shape.y)]


def texts(drawing):
    """All that is written in a drawing."""
    return [shape.text for shape in drawing.shapes if isinstance(shape, Words)]


# All figures


def test_a_figure_is_drawn_within_its_edges(drawing):
    assert len(drawing.shapes) > 5 and drawing.height > 50
    for shape in drawing.shapes:
        for x, y in places(shape):
            assert math.isfinite(x) and math.isfinite(y), shape
            assert -3 <= x <= drawing.width + 3, shape
            assert -3 <= y <= drawing.height + 3, shape


def test_what_is_written_can_be_read_on_a_phone(picture):
    shapes = picture.drawing(NARROW).shapes
    assert min(shape.size for shape in shapes if isinstance(shape, Words)) >= 11


def test_a_figure_is_no_taller_than_a_screen(drawing):
    assert drawing.height <= drawing.by_width(800, 640)


def test_the_svg_is_one_described_picture_in_two_widths(picture):
    text = picture.svg()
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and root.get("aria-label") == picture.description
    wide, narrow = root.findall("{http://www.w3.org/2000/svg}svg")
    assert (wide.get("class"), narrow.get("class")) == ("wide", "narrow")
    assert wide.get("viewBox").split()[2] == str(WIDE) and narrow.get("display") == "none"
    assert f"--narrow:{narrow.get('viewBox').removeprefix('0 0 ').replace(' ', '/')}" in text
    assert ' id="' not in text and "url(" not in text and "NaN" not in text
    assert len(text.encode()) < MOST_BYTES


def test_a_figure_is_the_same_again(picture):
    assert picture.svg() == picture.svg()


def test_a_figure_has_a_png_for_viewers_without_svg(picture):
    content = picture.png()
    assert content.startswith(b"\x89PNG") and len(content) < 150_000
    assert int.from_bytes(content[16:20], "big") == 2 * WIDE


@pytest.mark.parametrize("name", FIGURES)
def test_other_data_make_another_figure_and_another_description(name):
    one, other = (make() for make in FIGURES[name])
    assert one.description != other.description
    assert one.svg() != other.svg()


def test_a_caption_is_one_short_sentence(picture):
    assert "\n" not in picture.caption and 20 < len(picture.caption) <= 110
    assert picture.caption.endswith(".") and picture.description.endswith(".")
    assert picture.caption.count(";") <= 1


def test_a_figure_shows_itself_in_a_notebook(picture, monkeypatch, capsys):
    shown = []
    monkeypatch.setattr(showing, "publish", lambda *forms: shown.append(forms))
    picture._ipython_display_()
    ((forms, settings),) = shown
    assert set(forms) == {"image/svg+xml", "image/png", "text/plain"}
    assert forms["text/plain"] == picture.description == settings["image/png"]["alt"]
    assert capsys.readouterr().out == f"Figure: {picture.caption}\n"


# Colors


def test_the_palette_is_the_page_s():
    sheet = (ROOT / "book" / "_static" / "look" / "variables.css").read_text("utf-8")
    paper, dark = re.findall(r"--paper: .*?--panel: [^;]*;", sheet, re.DOTALL)[:2]
    for name in set(PALETTE) - set(STAGES):
        found = [re.search(rf"--{name}: (#\w+);", part)[1] for part in (paper, dark)]
        assert tuple(found) == PALETTE[name]


def test_a_color_that_no_page_has_is_refused():
    with pytest.raises(ValueError, match="no color 'mauve': use one of ink, soft"):
        css("mauve")


def test_a_stage_has_the_color_that_the_page_gives_it():
    text = figures.bar_chart(["a"], [1], "x", "y", "train0").svg()
    assert f'fill="var(--train0,{STAGES["train0"].color})"' in text


def mixed(color, ground, share):
    """A color seen on a ground through so much of its opacity."""
    parts = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in (color, ground)]
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in zip(*parts))


@pytest.mark.parametrize("scheme", [0, 1])
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_ink_can_be_read_on_the_fullest_cell_and_a_stage_s_color_on_paper(row, scheme):
    ink, soft, paper = (PALETTE[name][scheme] for name in ("ink", "soft", "paper"))
    color = (row.color, row.color_in_dark)[scheme]
    assert contrast(ink, mixed(color, paper, TINT)) >= 4.5
    assert contrast(color, paper) >= 4.5 and contrast(soft, paper) >= 4.5


# The parts of drawings


def test_a_drawing_writes_its_shapes_in_their_order():
    drawing = Drawing(100, 50)
    drawing.rectangle(0, 0, 10, 10, "train1", 0.5)
    drawing.text(5, 5, "a < b")
    text = svg.drawn(drawing.shapes)
    assert text.index("<path") < text.index("<text") and "a &lt; b" in text
    assert 'fill-opacity="0.5"' in text


def test_what_is_written_in_a_figure_is_no_markup():
    text = figures.bar_chart(["<a>", "&"], [1, 2], 'x"', "<script>", "train0").svg()
    assert "<script>" not in text and ElementTree.fromstring(text) is not None


def test_neighbors_that_are_painted_alike_are_one_element():
    drawing = Drawing(100, 50)
    for x in range(5):
        drawing.rectangle(10 * x, 0, 8, 8, "train1")
    drawing.rectangle(0, 20, 8, 8, "train2")
    assert svg.drawn(drawing.shapes).count("<path") == 2


def test_an_arrow_ends_at_its_point_straight_or_bent():
    for bend in (0, 20):
        drawing = Drawing(100, 100)
        drawing.arrow((0, 0), (60, 80), bend=bend)
        shaft, head = drawing.shapes
        assert head.fill == "ink" and head.steps[0] == ("M", 60, 80)
        assert math.dist(shaft.steps[-1][-2:], (60, 80)) == pytest.approx(8)
        assert (shaft.steps[-1][0] == "C") == bool(bend)


def test_a_bent_arrow_leaves_the_straight_to_its_left():
    drawing = Drawing(100, 100)
    drawing.arrow((0, 50), (100, 50), bend=20)
    assert drawing.shapes[0].steps[1][2] < 50  # up, on a screen, for one that goes right


def test_a_brace_bulges_and_carries_its_words():
    drawing = Drawing(200, 100)
    drawing.brace((10, 50), (110, 50), "three numbers")
    brace, words = drawing.shapes
    assert min(y for _, y in places(brace)) == pytest.approx(40)
    assert (words.x, words.anchor) == (60, "middle") and words.y < 40


def test_a_strip_is_darker_for_larger_numbers_and_marks_negative_ones():
    drawing = Drawing(200, 100)
    box = drawing.strip(10, 10, [0.5, -1.0, 0.0], 20, "train3")
    assert (box.left, box.right, box.top, box.bottom) == (10, 70, 10, 30)
    shades = [s.opacity for s in drawing.shapes if isinstance(s, Path) and s.fill == "train3"]
    assert shades == [0.5, 1.0]
    (mark,) = [shape for shape in drawing.shapes if isinstance(shape, Dots)]
    assert mark.points == ((40, 20),)


def test_a_box_says_where_its_edges_are():
    box = Drawing(200, 100).box(100, 50, "wte\n432", 80, 40)
    assert (box.left, box.right, box.top, box.bottom) == (60, 140, 30, 70)


def test_a_curve_passes_through_its_points():
    drawing = Drawing(100, 100)
    drawing.curve([(0, 0), (10, 20), (30, 10)])
    assert [step[-2:] for step in drawing.shapes[0].steps] == [(0, 0), (10, 20), (30, 10)]


def test_words_are_broken_to_a_width():
    drawing = Drawing(400)
    end = drawing.wrapped(0, 10, "one two three four", 60, size=10)
    assert texts(drawing) == ["one two", "three four"] and end == 23


# Charts


def test_a_line_is_cut_at_the_edges_and_where_a_number_is_none():
    drawing = Drawing(100, 100)
    chart = Chart(drawing, (0, 0, 100, 100), (0, 4), (0, 1))
    chart.line([0, 1, 2, 3, 4], [0.5, 2.0, math.nan, 0.5, 0.25], "ink")
    rows = [[step[1:] for step in shape.steps] for shape in drawing.shapes]
    assert rows[0][0] == (0, 50) and rows[0][1][1] == pytest.approx(0)
    assert all(0 <= y <= 100 for row in rows for _, y in row)


@pytest.mark.parametrize(
    "low, high, texts",
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (-1.1, 1.1, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        (0, 1000, ["0", "200", "400", "600", "800", "1,000"]),
    ],
)
def test_ticks_are_round_numbers(low, high, texts):
    assert [text for _, text in Scale(low, high, 0, 100).ticks()] == texts


def test_ticks_of_a_logarithmic_axis_are_powers_of_ten():
    scale = Scale(0.5, 2000, 0, 100, log=True)
    assert [text for _, text in scale.ticks()] == ["1", "10", "100", "1,000"]
    assert scale(0.5) == 0 and scale(2000) == pytest.approx(100)


def test_limits_leave_a_margin_and_bear_no_data():
    assert limits([]) == (0.0, 1.0) and limits([math.nan]) == (0.0, 1.0)
    assert limits([0, 10]) == (-0.5, 10.5) and limits([0, 10], tight=True) == (0, 10)
    low, high = limits([3, 3])
    assert low < 3 < high and tick_text(2.5, 2.5) == "2.5"
