"""An explorable as a widget, for JupyterLab, VS Code and Colab: through anywidget, if installed.

anywidget runs one text as a module, from an address that relative imports can't start from. So the
text that it gets here carries all modules that are needed, workers among them. Run, it turns each
into an address of its own, inputs first, and puts these in the place of the relative ones.
"""

import json
import re
from importlib.util import find_spec

from microgpt_ref.stages import STAGES

VIEW = "application/vnd.jupyter.widget-view+json"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(
    r"""(?P<before>\bfrom\s+|\bimport\s+|\bimport\()"(?P<path>\.{1,2}/[^"]+)"
    | new\s+URL\(\s*"(?P<file>\.{1,2}/[^"]+)",\s*import\.meta\.url\s*,?\s*\)""",
    re.VERBOSE,
)
LOADER = """\
// Made from the modules of microgpt_ref, in an order in which each needs only those before it.
const modules = {modules};
const addresses = [];
for (const [text, needs] of modules) {{
  const linked = needs.reduce((made, [mark, i]) => made.replaceAll(mark, addresses[i]), text);
  addresses.push(URL.createObjectURL(new Blob([linked], {{ type: "text/javascript" }})));
}}
export default (await import(addresses.at(-1))).default;
"""


def linked(path):
    """The text of a module with all that it imports, to be run from wherever."""
    order = modules_needed(path.resolve())
    places = {module: i for i, module in enumerate(order)}
    marked = [mark(module, places) for module in order]
    return LOADER.format(modules=json.dumps(marked, ensure_ascii=False).replace("</", r"<\/"))


def modules_needed(path, order=()):
    """The paths of a module and those that it needs, each after its own; no module twice."""
    order = list(order)
    for found in IMPORT.finditer(code(path)):
        needed = (path.parent / (found["path"] or found["file"])).resolve()
        if needed not in order:
            order = modules_needed(needed, order)
    return [*order, path]


def code(path):
    """The text of a module without its longer comments, in which types are imported."""
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def mark(path, places):
    """[text, needs] of a module: where another's address belongs, the text has a mark.

    places: {path: place in the order of modules}
    needs: [[mark, place]] of those that it imports
    """
    needs = []

    def marked(found):
        place = places[(path.parent / (found["path"] or found["file"])).resolve()]
        needs.append([f"module:{place}!", place])
        return f'{found["before"] or ""}"module:{place}!"'

    return [IMPORT.sub(marked, code(path)), needs]


def view(explorable, folder):
    """The widget's form by MIME type; nothing outside a notebook, or without anywidget."""
    if not find_spec("anywidget") or not in_a_kernel():
        return {}
    return {VIEW: made(explorable, folder)._repr_mimebundle_()[0][VIEW]}


def in_a_kernel():
    """True if somebody may be there to look at a widget."""
    if not find_spec("IPython"):
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")


def made(explorable, folder):
    """The widget of an explorable, with what its module asks its model for."""
    import anywidget
    import traitlets

    stage = STAGES[explorable.stage]
    traits = {
        "data": explorable.data,
        "caption": explorable.caption,
        "colors": [stage.color, stage.color_in_dark],
    }
    synced = {name: traitlets.Any(value).tag(sync=True) for name, value in traits.items()}
    module = {"_esm": linked(folder / f"{explorable.name}.mjs")}
    return type("ExplorableWidget", (anywidget.AnyWidget,), {**module, **synced})()
