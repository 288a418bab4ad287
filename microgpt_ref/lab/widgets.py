"""Controls to play with, for JupyterLab and Colab alike (ipywidgets 7 and 8)."""

import ipywidgets
from IPython.display import display


def play(question, show, **controls):
    """A box with a question, some controls, and what `show` makes of their settings.

    show: a plain function of the controls' values, by name; it returns a Picture or a text
    controls: ipywidgets, such as `slider(...)`, by the names of the function's parameters
    """

    def update(**settings):
        result = show(**settings)
        print(result) if isinstance(result, str) else display(result)

    answer = ipywidgets.interactive_output(update, controls)
    return ipywidgets.VBox([ipywidgets.HTML(f"<p>{question}</p>"), *controls.values(), answer])


def slider(label, values, start):
    """A slider over a list of values; the arrow keys move it."""
    return ipywidgets.SelectionSlider(
        options=values, value=start, description=label, continuous_update=False, **WIDE
    )


def choice(label, values, start):
    """A list to choose one value from."""
    return ipywidgets.Dropdown(options=values, value=start, description=label, **WIDE)


def text(label, start):
    """A line to type in; it is read when Enter is pressed or the line is left."""
    return ipywidgets.Text(value=start, description=label, continuous_update=False, **WIDE)


WIDE = {"style": {"description_width": "initial"}}
