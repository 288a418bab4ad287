"""A model as a JSON file: format, version, stage, settings, vocabulary and weights.

Numbers are written so that they read back as the same floats, to the last bit.
"""

import json
import math
from pathlib import Path

from microgpt_ref.data import fits_in_a_line, write_whole
from microgpt_ref.model import Model
from microgpt_ref.settings import Settings
from microgpt_ref.tokenizer import Tokenizer

FORMAT, VERSION = "microgpt_ref checkpoint", 1
KEYS = ("format", "version", "stage", "settings", "vocabulary", "weights")


def save(model, path):
    """Write the model to a file, whole or not at all."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "stage": model.settings.stage,
        "settings": model.settings.sizes(),
        "vocabulary": model.tokenizer.characters,
        "weights": model.weights,
    }
    write_whole(path, (json.dumps(content, allow_nan=False) + "\n").encode("ascii"))


def load(path):
    """The model in a file that `save` wrote.

    Raises ValueError, naming what is wrong, for any other file, and OSError where it can't be
    read. Everything is checked before anything is built.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise type(error)(
            f"can't read {path} ({error.strerror}): use a model that `train --save` wrote"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a checkpoint: not whole JSON ({error})") from None
    try:
        return build(content)
    except ValueError as error:
        raise ValueError(f"{path} is not a usable checkpoint: {error}") from None


def build(content):
    """The model that a checkpoint's content describes. Raises ValueError for what is wrong."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"its format is not {FORMAT!r}")
    if content.get("version") is True or content.get("version") != VERSION:
        raise ValueError(f"its version is {content.get('version')!r}, this program reads {VERSION}")
    if set(content) != set(KEYS):
        raise ValueError(f"it must have {', '.join(KEYS)}, and has {', '.join(content)}")
    characters = check_vocabulary(content["vocabulary"])
    tokenizer = Tokenizer(characters)
    settings = check_settings(content["stage"], content["settings"], content["weights"])
    shapes = settings.shapes(tokenizer.vocab_size)
    check_weights(content["weights"], shapes, settings.row.whole_numbers)
    return Model(settings, tokenizer, {name: content["weights"][name] for name in shapes})


def check_vocabulary(vocabulary):
    """The vocabulary. Raises ValueError unless it lists single characters, sorted, each once."""
    if not isinstance(vocabulary, list) or not vocabulary:
        raise ValueError("its vocabulary must be a list of characters")
    for character in vocabulary:
        if not isinstance(character, str) or len(character) != 1:
            raise ValueError(f"its vocabulary has {character!r}, which is not one character")
        if not fits_in_a_line(character):
            raise ValueError(f"its vocabulary has {character!r}, which can't stand in a name")
    if vocabulary != sorted(set(vocabulary)):
        raise ValueError("its vocabulary must be sorted, with each character once")
    return vocabulary


def check_settings(stage, settings, weights):
    """Settings. Raises ValueError unless the stage is known and has just these settings."""
    if not isinstance(stage, str) or not isinstance(settings, dict):
        raise ValueError("its stage must be a name and its settings a table")
    expected = Settings(stage).sizes()
    if set(settings) != set(expected):
        wanted = ", ".join(expected) or "none"
        raise ValueError(f"settings of {stage} must be: {wanted}; it has: {', '.join(settings)}")
    if not isinstance(weights, dict):
        raise ValueError("its weights must be a table of matrices")
    for name, value in settings.items():
        if value is None:
            raise ValueError(f"{name} is null: use a whole number, 1 or more")
    checked = Settings(stage, **settings)
    if (checked.n_layer or 0) > len(weights):  # before shapes are made for every layer
        raise ValueError(f"n_layer is {checked.n_layer}, but it has only {len(weights)} matrices")
    return checked


def check_weights(weights, shapes, whole_numbers):
    """Raise ValueError unless names, shapes and numbers are as they should be."""
    if set(weights) != set(shapes):
        odd = sorted(set(weights) ^ set(shapes))
        raise ValueError(f"its matrices are not those of its settings: see {', '.join(odd[:3])}")
    for name, (n_rows, n_columns) in shapes.items():
        rows = weights[name]
        if not isinstance(rows, list) or len(rows) != n_rows:
            raise ValueError(f"{name} must have {n_rows} rows")
        for i, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != n_columns:
                raise ValueError(f"row {i} of {name} must have {n_columns} numbers")
            for number in row:
                check_number(number, f"row {i} of {name}", whole_numbers)


def check_number(number, where, whole):
    """Raise ValueError unless it is a finite float or, if `whole`, 0, 1, 2 and so on."""
    if whole:
        if type(number) is not int or number < 0:
            raise ValueError(f"{where} has {number!r}: a count must be a whole number, 0 or more")
    elif type(number) is not float or not math.isfinite(number):
        raise ValueError(f"{where} has {number!r}: a weight must be a finite float")
