"""The elements of SVG, as text."""

from html import escape


def number(x):
    """A place or a length, to a tenth."""
    text = f"{x:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(name, content="", **attributes):
    """An element; an attribute that is None is left out, and _ in a name stands for -."""
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            value = number(value) if isinstance(value, float) else value
            words.append(f'{key.replace("_", "-")}="{escape(str(value))}"')
    return f"<{' '.join(words)}/>" if not content else f"<{' '.join(words)}>{content}</{name}>"
