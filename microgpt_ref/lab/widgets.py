"""Controls to play with, for JupyterLab and Colab alike (ipywidgets 7 and 8), and for a page."""

from dataclasses import dataclass
from typing import Any

from microgpt_ref.lab import showing
from microgpt_ref.lab.showing import display

WIDE = {"style": {"description_width": "initial"}}


@dataclass
class Control:
    """A control in a page. kind: "slider", "choice" or "text"; values: those to choose from."""

    kind: str
    label: str
    value: Any
    values: tuple = ()

    def described(self, name):
        """What the page draws it from."""
        value = self.values.index(self.value) if self.values else self.value
        values = [str(one) for one in self.values]
        look = {"kind": self.kind, "label": self.label, "value": value, "values": values}
        return {"name": name, **look}

    def choose(self, choice):
        """Set the value: the number of one of the values, or a text."""
        self.value = self.values[choice] if self.values else choice


class Answer:
    """A question, the controls, and what `show` makes of their settings, in a page."""

    def __init__(self, question, show, controls):
        self.question, self.show, self.controls = question, show, controls

    def described(self):
        """What the page draws it from."""
        controls = [control.described(name) for name, control in self.controls.items()]
        return {"question": self.question, "controls": controls}

    def chosen(self, choices):
        """What to show once these choices are made; choices: {name: choice}."""
        for name, choice in choices.items():
            self.controls[name].choose(choice)
        return self.show(**{name: control.value for name, control in self.controls.items()})

    def _ipython_display_(self):
        showing.page.show_controls(self)


def play(question, show, **controls):
    """A box with a question, some controls, and what `show` makes of their settings.

    show: a plain function of the controls' values, by name; it returns a Picture or a text
    controls: such as `slider(...)`, by the names of the function's parameters
    """
    if showing.page:
        return Answer(question, show, controls)
    import ipywidgets

    def update(**settings):
        result = show(**settings)
        print(result) if isinstance(result, str) else display(result)

    answer = ipywidgets.interactive_output(update, controls)
    return ipywidgets.VBox([ipywidgets.HTML(f"<p>{question}</p>"), *controls.values(), answer])


def slider(label, values, start):
    """A slider over a list of values; the arrow keys move it."""
    if showing.page:
        return Control("slider", label, start, tuple(values))
    import ipywidgets

    return ipywidgets.SelectionSlider(
        options=values, value=start, description=label, continuous_update=False, **WIDE
    )


def choice(label, values, start):
    """A list to choose one value from."""
    if showing.page:
        return Control("choice", label, start, tuple(values))
    import ipywidgets

    return ipywidgets.Dropdown(options=values, value=start, description=label, **WIDE)


def text(label, start):
    """A line to type in; it is read when Enter is pressed or the line is left."""
    if showing.page:
        return Control("text", label, start)
    import ipywidgets

    return ipywidgets.Text(value=start, description=label, continuous_update=False, **WIDE)
