"""The check of the built site, and what the build adds to Sphinx, each with planted faults."""

import subprocess
import sys

import nbformat
import pytest
from accessible import describe, drop_empty_heads
from docstrings import to_page
from docutils import nodes

import microgpt_ref
from tools.checking import site_check
from tools.making import release
from tools.setup import ROOT

PIXEL = (  # the smallest PNG
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    "rkJggg=="
)


def write_page(folder, body, name="page.html"):
    """Write a page with this body, and a second one with an id to link to."""
    (folder / name).write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    (folder / "other.html").write_text('<h1 id="top">Other</h1>', encoding="utf-8")


@pytest.mark.parametrize(
    "body",
    [
        '<a href="other.html">a page</a>',
        '<a href="other.html#top">a place on it</a>',
        '<p id="here"></p><a href="#here">a place on this page</a><a href="#">the top</a>',
        '<a href="https://example.org/">elsewhere, on a click</a>',
        '<link rel="canonical" href="https://example.org/page.html">',
        '<img src="data:image/png;base64,AAAA" alt="bars, highest at a">',
        '<svg role="img" aria-label="bars, highest at a"></svg>',
        '<svg role="img"><title>Bars.</title><desc>The highest is a.</desc></svg>',
    ],
)
def test_a_sound_page_has_no_fault(tmp_path, body):
    write_page(tmp_path, body)
    assert site_check.site_faults(tmp_path) == []


@pytest.mark.parametrize(
    "body, fault",
    [
        ('<a href="gone.html">x</a>', "dead link: gone.html"),
        ('<script src="gone.js"></script>', "dead link: gone.js"),
        ('<a href="other.html#gone">x</a>', "dead fragment: other.html#gone"),
        ('<a href="#gone">x</a>', "dead fragment: #gone"),
        ('<a href="/other.html">x</a>', "path of its own: /other.html"),
        ('<script src="https://example.org/x.js"></script>', "loads from elsewhere"),
        ('<script src="//example.org/x.js"></script>', "loads from elsewhere"),
        ('<link rel="stylesheet" href="https://example.org/x.css">', "loads from elsewhere"),
        ('<img src="https://example.org/x.png" alt="a red dot">', "loads from elsewhere"),
        ("<style>@font-face {src: url('https://example.org/f.woff2')}</style>", "elsewhere"),
        ('<svg role="img"><text>a dot</text></svg>', "tells nothing: svg, ''"),
        ('<img src="other.html">', "alternative text tells nothing: other.html, ''"),
        ('<img src="other.html" alt=" ">', "tells nothing"),
        ('<img src="other.html" alt="other.html">', "tells nothing"),
        ('<img src="other.html" alt="../_images/5e5e29.png">', "tells nothing"),
        ('<img src="other.html" alt="Figure 3">', "tells nothing"),
        ('<img src="other.html" alt="image of the plot">', "tells nothing"),
    ],
)
def test_a_planted_fault_is_found(tmp_path, body, fault):
    write_page(tmp_path, body)
    (found,) = site_check.site_faults(tmp_path)
    assert found.startswith("page.html: ") and fault in found


def test_a_style_sheet_that_loads_from_elsewhere_is_found(tmp_path):
    write_page(tmp_path, "")
    (tmp_path / "x.css").write_text('@import "https://example.org/x.css";')
    assert site_check.site_faults(tmp_path) == [
        "x.css: loads from elsewhere: https://example.org/x.css"
    ]


def test_the_exit_status_tells_faults_and_an_empty_folder(tmp_path, capsys):
    assert site_check.main(tmp_path) == 1
    write_page(tmp_path, "")
    assert site_check.main(tmp_path) == 0
    (tmp_path / "third.html").write_text('<a href="gone.html">x</a>')
    assert site_check.main(tmp_path) == 1
    assert "third.html: dead link: gone.html" in capsys.readouterr().err


def n_pictures(notebook):
    """The number of figures among a notebook's outputs; each has a PNG beside its SVG."""
    cells = nbformat.read(notebook, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return sum({"image/svg+xml", "image/png"} <= {*output.get("data", {})} for output in outputs)


def test_no_picture_of_the_site_is_without_a_telling_text(site):
    pages = [site_check.page(path) for path in site_check.pages(site)]
    pictures = [image for page in pages for image in site_check.pictures(page)]
    assert [image for image in pictures if site_check.picture_fault(image)] == []
    expected = sum(n_pictures(path) for path in (ROOT / "notebooks").glob("train*.ipynb"))
    assert len(pictures) >= expected >= 25


@pytest.mark.parametrize("lesson", [f"train{i}" for i in range(5)])
def test_every_figure_of_a_lesson_is_on_its_page_told_in_a_sentence(site, lesson):
    article = site_check.page(site / "notebooks" / f"{lesson}.html").find("article")
    texts = [image["aria-label"] for image in article.select("svg.course-figure")]
    assert len(texts) == n_pictures(ROOT / "notebooks" / f"{lesson}.ipynb")
    assert [text for text in texts if len(text.split()) < 8] == []


def test_the_first_page_lies_at_the_site_s_own_address(site):
    first = site_check.page(site / "index.html")
    assert first.html["data-content_root"] == "./" and "page-index" in first.body["class"]
    assert not first.find("meta", {"http-equiv": "refresh"})
    for name, home in (("notebooks/train0", "../index.html"), ("search", "index.html")):
        links = [link["href"] for link in site_check.page(site / f"{name}.html").select(".logo")]
        assert links == [home]


def test_the_first_page_s_earlier_address_leads_to_it(site):
    first = site_check.page(site / "index.html")
    earlier = site_check.page(site / "book" / "index.html")
    assert first.title.text.endswith(f" {earlier.title.text}")
    assert earlier.html["lang"] == "en"
    assert earlier.title.text == earlier.h1.text != ""
    assert earlier.a["href"] == "../index.html"
    assert earlier.find("meta", {"http-equiv": "refresh"})["content"] == "0; url=../index.html"


def cell_of(n_pictures, *lines):
    """A cell node as myst-nb makes it, whose output has pictures and printed lines."""
    output = nodes.container("", nb_element="cell_code_output")
    output += [nodes.image(uri=f"{i}.png", alt="as the notebook has it") for i in range(n_pictures)]
    text = "\n".join(lines)
    output += nodes.literal_block(text, text, classes=["output", "stream"])
    return nodes.container("", output, nb_element="cell_code")


def alt_texts(cell):
    """The alternative texts of a cell's pictures."""
    return [image["alt"] for image in cell.findall(nodes.image)]


def test_a_picture_gets_the_caption_that_its_cell_prints():
    cell = cell_of(1, "loss 2.5", "Figure: bars, highest at a", "done")
    assert describe(cell) == [] and alt_texts(cell) == ["bars, highest at a"]


def test_several_pictures_get_their_captions_in_order():
    cell = cell_of(2, "Figure: first", "Figure: second")
    assert describe(cell) == [] and alt_texts(cell) == ["first", "second"]


@pytest.mark.parametrize(
    "n_pictures, lines", [(1, []), (1, ["a Figure: late"]), (1, ["Figure: "]), (2, ["Figure: one"])]
)
def test_a_picture_without_caption_is_reported(n_pictures, lines):
    assert len(describe(cell_of(n_pictures, *lines))) == 1


SVG = '<svg aria-label="A dot at 1."><text>Figure: no</text></svg>'


def cell_with_svg(svg, *lines):
    """A cell with a figure in two forms, as myst-nb keeps them, that prints these lines."""
    cell = cell_of(0, *lines)
    bundle = nodes.container("", nb_element="mime_bundle")
    bundle += nodes.container("", nodes.raw("", svg, format="html", classes=["svg"]))
    bundle += nodes.container("", nodes.image(uri="1.png"))
    cell[0].insert(0, bundle)
    return cell


def test_a_figure_gets_its_caption_below_it_and_the_print_is_gone():
    cell = cell_with_svg(SVG, "Figure: one dot < two")
    assert describe(cell) == []
    (figure,) = cell.findall(nodes.raw)
    assert figure.astext() == (
        f'<figure class="course-picture">{SVG}<figcaption><span class="figure-mark">Figure: '
        "</span>one dot &lt; two\n</figcaption></figure>"
    )
    assert not list(cell.findall(nodes.image)) and not list(cell.findall(nodes.literal_block))


def test_what_else_was_printed_stays():
    cell = cell_with_svg(SVG, "loss  2.5", "Figure: a dot", "done")
    assert describe(cell) == []
    (block,) = cell.findall(nodes.literal_block)
    assert block.astext() == block.rawsource == "loss  2.5\ndone"


@pytest.mark.parametrize("svg, line", [("<svg ></svg>", "Figure: a dot"), (SVG, "a dot")])
def test_a_figure_without_caption_or_description_is_reported(svg, line):
    assert len(describe(cell_with_svg(svg, line))) == 1


def test_a_lesson_s_figures_stand_in_the_page(site):
    page = site_check.page(site / "notebooks" / "train0.html")
    figures = page.select("figure.course-picture")
    assert len(figures) >= 4
    for figure in figures:
        assert figure.svg["role"] == "img" and len(figure.svg["aria-label"]) > 40
        assert figure.figcaption.text.startswith("Figure: ")
        assert [one["class"] for one in figure.svg("svg")] == [["wide"], ["narrow"]]
    assert not page.select("[data-cell] img")


def test_an_empty_table_head_goes_and_a_written_one_stays():
    empty, written = nodes.thead("", nodes.row()), nodes.thead("", nodes.Text("lesson"))
    page = nodes.container("", nodes.tgroup("", empty), nodes.tgroup("", written))
    drop_empty_heads(None, page)
    assert list(page.findall(nodes.thead)) == [written]


def strict_build(folder, printed):
    """The result of a strict Sphinx build of a notebook with a picture that prints this line."""
    picture = nbformat.v4.new_output("display_data", {"image/png": PIXEL})
    stream = nbformat.v4.new_output("stream", text=printed)
    cell = nbformat.v4.new_code_cell("show()", outputs=[picture, stream], execution_count=1)
    title = nbformat.v4.new_markdown_cell("# A lesson")
    metadata = {"language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[title, cell], metadata=metadata)
    nbformat.write(notebook, folder / "index.ipynb")
    code = "import sys, sphinx.cmd.build as b; sys.path.insert(0, 'book/_ext'); sys.exit(b.main())"
    settings = ["extensions=myst_nb,accessible", "nb_execution_mode=off"]
    command = [sys.executable, "-c", code, "-C", "-W", "-q"]
    command += [part for setting in settings for part in ("-D", setting)]
    command += [folder, folder / "html"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_the_strict_build_fails_for_a_picture_without_caption(tmp_path):
    result = strict_build(tmp_path, "no caption\n")
    assert result.returncode != 0 and "a picture has no line 'Figure: '" in result.stderr


def test_the_strict_build_gives_the_picture_its_caption(tmp_path):
    result = strict_build(tmp_path, "Figure: one grey dot\n")
    assert result.returncode == 0, result.stderr
    assert 'alt="one grey dot"' in (tmp_path / "html" / "index.html").read_text(encoding="utf-8")


def test_a_docstring_becomes_page_text():
    docstring = [
        "Ids of `doc`, times *two*.",
        "",
        "rng: a random.Random; one draw",
        "    a token",
        "keys, values: this layer's cache",
        "Raises ValueError for a doc that is empty.",
    ]
    assert to_page(docstring) == [
        "Ids of ``doc``, times \\*two\\*.",
        "",
        "",
        "- **rng**: a random.Random; one draw",
        "  a token",
        "- **keys, values**: this layer's cache",
        "",
        "Raises ValueError for a doc that is empty.",
    ]


def test_every_page_says_at_its_foot_which_version_it_belongs_to(site):
    stated = {name: said for name, said in release.stated().items() if name.startswith("_build")}
    patterns = ("*.html", "book/*.html", "notebooks/*.html")
    pages = {page for pattern in patterns for page in site.glob(pattern)}
    pages.remove(site / "book" / "index.html")  # leads to the first page
    assert len(pages) > 20 and set(stated.values()) == {microgpt_ref.__version__}
    assert {page.relative_to(ROOT).as_posix() for page in pages} <= set(stated)
