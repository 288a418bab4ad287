"""The fragments of addresses that lead to a lesson's cells: all who write or read one ask here."""


def piece_fragment(name):
    """The fragment of the cell that introduces a piece, such as layers.dot."""
    return "piece-" + name.replace(".", "-").replace("_", "-").lower()


def main_fragment(lesson):
    """The fragment of a lesson's first main cell."""
    return f"main-{lesson}"
