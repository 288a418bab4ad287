"""Long cells, their quick forms, and guesses, in a real browser."""

import pytest
from live_reader import SECONDS, compared, notebook_cells, printed

from microgpt_ref.lab.runs import load_run
from tools.making import sources

# Presses Run, and Stop as soon as there are losses: the cell may end before a test could press it.
STOPPED_AT_ONCE = """new Promise((done) => {
    const cell = document.querySelector(`[data-cell="${a[0]}"]`);
    const buttons = () => [...cell.querySelectorAll("button")];
    const press = (name) => buttons().find((one) => one.textContent === name).click();
    const watch = new MutationObserver(() => {
        const streamed = cell.querySelector(".live-losses pre")?.textContent ?? "";
        const said = cell.querySelector(".live-status").textContent;
        if (!streamed.includes("step   100") || !said.includes("about")) return;
        watch.disconnect();
        press("Stop");
        done([streamed, said]);
    });
    watch.observe(cell, { childList: true, subtree: true, characterData: true });
    press("Run");
})"""
TRAINING = "train1-c5d6bab3"  # a cell that trains for some seconds
BELOW = "train1-a1862561"  # which prints the held-out loss of what was trained


def expect(locator):
    """What Playwright expects of a part of the page, in as long as a busy machine may take."""
    from playwright.sync_api import expect

    expect.set_options(timeout=1000 * SECONDS)
    return expect(locator)


def cell(lesson, identity):
    """A cell of the committed notebook."""
    return next(one for one in notebook_cells(lesson) if one["id"] == identity)


def guess_form(one, words):
    """The form of the question that begins so."""
    return one.page.locator("form.guess").filter(has_text=words)


# Guesses


def test_a_guess_stands_beside_the_answer_and_is_remembered(reader):
    one = reader("train0")
    form = guess_form(one, "The loss of emma")
    field = form.get_by_label("The loss of emma, in nats")
    field.fill("3,1 nats")
    field.press("Enter")
    expect(form.get_by_role("status")).to_have_text(
        "you guessed 3,1 nats, the answer is 3.2958, off by 0.1958"
    )
    fold = form.locator("xpath=..").locator("details.hide")
    assert fold.get_attribute("open") is not None
    assert not [url for url in one.requests if "pyodide" in url] and one.errors == []
    one.page.reload()
    one.wake()
    expect(field).to_have_value("3,1 nats")
    expect(form.get_by_role("status")).to_contain_text("the answer is 3.2958")
    one.page.evaluate("localStorage.clear(), document.dispatchEvent(new Event('course:kept'))")
    expect(field).to_have_value("")
    expect(form.get_by_role("status")).to_be_empty()


def test_what_is_no_number_is_told_beside_its_field(reader):
    one = reader("train0")
    form = guess_form(one, "The loss of emma")
    field, button = form.get_by_role("textbox"), form.get_by_role("button", name="Reveal")
    button.click()
    expect(form.locator(".trouble")).to_have_text("Type your guess first, such as 2.5.")
    field.fill("a lot")
    button.click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    told = "“a lot” isn't a number: type one such as 2.5."
    expect(field).to_have_accessible_description(told)
    expect(form.get_by_role("status")).to_be_empty()
    field.fill("3")
    button.click()
    expect(field).to_have_attribute("aria-invalid", "false")
    expect(form.locator(".trouble")).to_be_empty()


def test_words_and_several_questions(reader):
    one = reader("train0")
    form = guess_form(one, "It is surest after")
    form.get_by_label("It is surest after").fill("q")
    form.get_by_role("button", name="Reveal").click()
    lines = form.get_by_role("status").locator("p")
    first = "It is surest after: you guessed q, the answer is j"
    expect(lines).to_have_text([first, "With a probability of: the answer is 0.43"])


def test_opening_the_answer_reveals_what_was_typed_and_nothing_if_nothing_was(reader):
    one = reader("train0")
    form = guess_form(one, "How many tokens it hesitates")
    fold = form.locator("xpath=..").locator("details.hide summary")
    fold.click()
    expect(form.get_by_role("status")).to_be_empty()
    fold.click()
    form.get_by_role("textbox").fill("9")
    fold.click()
    expect(form.get_by_role("status")).to_contain_text("you guessed 9, the answer is 11.89")


def test_a_cell_of_a_desk_can_be_guessed_too(reader):
    one = reader("efficiency")
    form = guess_form(one, "Nodes, about")
    form.get_by_role("combobox").select_option("150")
    form.get_by_role("button", name="Reveal").click()
    expect(form.get_by_role("status")).to_have_text("you guessed 150, the answer is 15,000")


# Long cells


def test_a_quick_form_trains_and_what_is_below_prints_the_same(reader, address):
    one = reader("train1")
    assert "Run takes about" in one.status(TRAINING, "Run takes")
    one.element(TRAINING).get_by_role("button", name="Quick (under a second)").click()
    one.wait(TRAINING, "done")
    assert "quick form ran in" in one.status(TRAINING, "quick form")
    assert one.output(TRAINING) == printed(cell("train1", TRAINING))
    losses = one.element(TRAINING).locator(".live-losses")
    mean = sum(round(loss, 4) for loss in load_run("train1")["losses"][-50:]) / 50
    expect(losses.get_by_role("img")).to_have_accessible_name(
        f"The loss by step 1,000 of 1,000: mean of the last 50 names {mean:.4f}"
    )
    assert losses.locator("pre").text_content().count("mean loss") == 10
    assert one.run(BELOW) == "done" and one.output(BELOW) == printed(cell("train1", BELOW))
    asked = [url.removeprefix("blob:") for url in one.requests]
    assert one.errors == [] and not [url for url in asked if not url.startswith(address)]


def test_a_quick_form_is_offered_as_long_as_nothing_above_was_edited(reader):
    one = reader("train1")
    button = one.element(TRAINING).get_by_role("button", name="Quick (under a second)")
    above, answer = one.cells()[2], one.cells("exercise")[0]
    expect(button).to_be_enabled()
    one.edit(answer, "def my_softmax(logits):\n    return logits")
    expect(button).to_be_enabled()
    one.edit(above, "pass")
    expect(button).to_be_disabled()
    one.call("course.reset(a[0])", above)
    expect(button).to_be_enabled()
    one.edit(TRAINING, "losses = []")
    expect(button).to_be_disabled()


@pytest.mark.slow
def test_a_long_cell_streams_its_losses_can_be_stopped_and_starts_over(reader):
    one = reader("train1")
    losses = one.element(TRAINING).locator(".live-losses")
    streamed, said = one.call(STOPPED_AT_ONCE, TRAINING)
    assert "step   100   mean loss 3.0580" in streamed and said.startswith("Training: step")
    one.wait(TRAINING, "error")
    assert one.run(TRAINING) == "done"
    one.press(TRAINING, "Run")  # it begins with untrained weights again
    one.wait(TRAINING, "running")
    one.wait(TRAINING, "done")
    assert losses.locator("pre").text_content().startswith("step   100   mean loss 3.0580")


@pytest.mark.slow
@pytest.mark.parametrize("lesson", sources.names())
def test_the_last_cell_pressed_first_runs_all_others_quickly(reader, lesson):
    one = reader(lesson)
    apart = {"live", "desk", "check", "exercise"}
    cells = [c for c in notebook_cells(lesson) if not apart & set(c["metadata"].get("tags", []))]
    assert one.run(cells[-1]["id"]) == "done"
    for each in filter(compared, cells):
        assert one.state(each["id"]) == "done", each["id"]
        if "quick" not in each["metadata"]:
            assert one.output(each["id"]) == printed(each), each["id"]
    assert one.errors == []
