"""Write the table of stages for the JavaScript engine: `python -m tools.making.js_stages`.

What microgpt_ref/fast/js/stages.mjs says of stages, options, rates and Adam is read from the
package, so that each number stands in one place. A test holds that the file is in step.
"""

import inspect
import json
from pathlib import Path

from microgpt_ref import checkpoint, fast
from microgpt_ref.adam import Adam
from microgpt_ref.data import write_whole
from microgpt_ref.settings import MAX_TOKENS
from microgpt_ref.stages import ROWS, SIZES

FILE = Path(fast.__file__).parent / "js" / "stages.mjs"
HEAD = """\
/**
 * The table of stages: options with their defaults, and learning rates by optimizer.
 *
 * Made from the Python package by `python -m tools.making.js_stages`: don't edit it here.
 */

/**
 * @typedef {object} Stage
 * @property {Record<string, number | string>} options what can be set from outside
 * @property {Record<string, number>} rates of the first step; the first optimizer is the default
 * @property {boolean} wholeNumbers what its weights are; floats elsewhere
 */
"""


def adam_defaults():
    """Adam's constants by name."""
    parameters = inspect.signature(Adam).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def stage_rows():
    """Each stage's part of the table."""
    return {
        row.name: {
            "options": {name: row.options[name] for name in row.options if name != "engine"},
            "rates": row.rates,
            "wholeNumbers": row.whole_numbers,
        }
        for row in ROWS
    }


def literal(value, indent=""):
    """A value as JavaScript has it, a table with one entry per line."""
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-")
    if not isinstance(value, dict):
        return json.dumps(value)
    if not value:
        return "{}"
    entries = (f"{indent}  {name}: {literal(a, indent + '  ')},\n" for name, a in value.items())
    return "{\n" + "".join(entries) + indent + "}"


def constant(name, value, kind=""):
    """The lines of an exported constant."""
    typed = f"/** @type {{{kind}}} */\n" if kind else ""
    return f"\n{typed}export const {name} = {literal(value)};\n"


def text():
    """The whole module."""
    return HEAD + "".join(
        [
            constant("STAGES", stage_rows(), "Record<string, Stage>"),
            constant("SIZES", SIZES, 'import("./settings.mjs").Size[]'),
            "\n/** In a sample of the stages that have no block_size. */",
            constant("MAX_TOKENS", MAX_TOKENS),
            constant("ADAM", adam_defaults()),
            constant("CHECKPOINT", {"format": checkpoint.FORMAT, "version": checkpoint.VERSION}),
        ]
    )


def main():
    """Write the module."""
    write_whole(FILE, text().encode("utf-8"))


if __name__ == "__main__":
    main()
