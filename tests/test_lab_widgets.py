"""Controls: what they are moved to is what is shown."""

import pytest

from microgpt_ref.lab import widgets
from microgpt_ref.lab.widgets import choice, play, slider, text

CONTROLS = {
    "slider": (lambda: slider("weight", [0, 0.5, 1], 0.5), 0.5, 1),
    "choice": (lambda: choice("after", ["a", "b"], "a"), "a", "b"),
    "text": (lambda: text("name", "anna"), "anna", "bob"),
}


@pytest.mark.parametrize("kind", CONTROLS)
def test_a_control_shows_its_start_and_what_it_is_moved_to(kind, capsys):
    make, start, end = CONTROLS[kind]
    control = make()
    play("Which?", lambda setting: f"set to {setting}", setting=control)
    assert capsys.readouterr().out.endswith(f"set to {start}\n")
    control.value = end
    assert capsys.readouterr().out.endswith(f"set to {end}\n")


@pytest.mark.parametrize("kind", CONTROLS)
def test_a_control_says_what_it_is_for_and_answers_when_it_is_left(kind):
    control = CONTROLS[kind][0]()
    assert control.description and control.style.description_width == "initial"
    assert getattr(control, "continuous_update", False) is False


def test_several_controls_are_shown_below_their_question(capsys):
    a, b = slider("a", [1, 2], 1), text("b", "x")
    box = play("How much?", lambda a, b: f"{a}{b}", a=a, b=b)
    b.value = "y"
    assert capsys.readouterr().out.endswith("1y\n")
    question, *controls, _ = box.children
    assert question.value == "<p>How much?</p>" and controls == [a, b]


def test_what_is_no_text_is_displayed(monkeypatch):
    displayed = []
    monkeypatch.setattr(widgets, "display", displayed.append)
    play("Which?", lambda a: [a], a=choice("a", [1, 2], 2))
    assert displayed == [[2]]


def test_a_start_that_a_control_does_not_have_is_refused():
    for control in (slider, choice):
        with pytest.raises(Exception, match="Invalid selection"):
            control("a", [1, 2], 3)
