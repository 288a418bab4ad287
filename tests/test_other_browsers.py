"""A smoke test of the pages in Firefox and WebKit, where they are installed."""

import pytest
from drivers import BROWSERS
from live_reader import notebook_cells, printed
from test_live_pages import RIGHT
from test_live_policy import ASKING, elsewhere

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=BROWSERS)
def lesson(request, address, tmp_path_factory):
    """The page of train0 in a browser, with its cells awake."""
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as one:
        one.open(f"{address}/notebooks/train0.html")
        one.wait("!!document.querySelector('[data-state]')")
        yield one


TEXT = """(() => {
    const copy = document.querySelector(`[data-cell='${a[0]}'] [data-output]`).cloneNode(true);
    copy.querySelectorAll("svg").forEach((svg) => svg.remove());
    return copy.textContent;
})()"""


def run(one, cell):
    """(state, output) of a cell after its run; without the lettering of its figures."""
    state = one.call("(await course.run(a[0])).state", cell)
    return state, one.call(TEXT, cell)


def test_two_cells_print_what_the_notebook_holds(lesson):
    for cell in notebook_cells("train0")[:2]:
        assert run(lesson, cell["id"]) == ("done", printed(cell))


def test_a_check_tells_a_right_answer(lesson):
    tagged = "course.cells.filter((one) => one.tags.includes(a[0])).map((one) => one.id)"
    exercise, check = lesson.call(tagged, "exercise")[1], lesson.call(tagged, "check")[1]
    assert run(lesson, check) == ("done", "train0.loss: not tried.\n")
    lesson.call("course.edit(a[0], a[1])", exercise, RIGHT)
    assert run(lesson, check) == ("done", "train0.loss: right. 1 of 6 in this lesson.\n")


def test_python_reaches_no_other_host(lesson):
    with elsewhere() as (url, asked):
        cell = lesson.call("course.cells[0].id")
        lesson.call("course.edit(a[0], a[1])", cell, ASKING.format(url))
        state, _ = run(lesson, cell)
    assert state == "error" and asked == []
    lesson.call("course.reset(a[0])", cell)


def test_an_explorable_is_awake(lesson, address):
    lesson.open(f"{address}/notebooks/train2.html")
    lesson.call("document.querySelector('[data-explorable]').scrollIntoView()")
    lesson.wait("!!document.querySelector('[data-explorable][data-mounted=live]')")


def test_a_kept_site_is_there_for_a_second_visit(lesson, address):
    lesson.open(f"{address}/notebooks/train0.html")
    lesson.wait("!!document.querySelector('[data-offline]')")
    if lesson.call("document.querySelector('[data-offline]').hidden"):
        pytest.skip("this browser keeps nothing here")
    lesson.wait("/Keep|Remove/.test(document.querySelector('[data-offline]').textContent)")
    if lesson.call("/Keep for/.test(document.querySelector('[data-offline]').textContent)"):
        lesson.press("[data-offline] button")
    lesson.wait("/runs offline/.test(document.querySelector('[data-offline]').textContent)", 180)
