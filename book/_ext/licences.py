"""Write licences.txt into the finished site: what it ships, by whom, under which licence.

book/licences/components.toml says which files belong to what. Versions and texts come from the
installed packages' own metadata, and from the npm packages that were put into the scripts.
"""

import json
import tomllib
from fnmatch import fnmatchcase
from importlib.metadata import distribution
from pathlib import Path

from course_folder import ROOT

from tools import lock
from tools.making import live

FOLDER = ROOT / "book" / "licences"
NAMES = ("LICEN", "COPYING")
RULE = "-" * 78
HEAD = """\
Licences of what this site ships

The course's own code is under the MIT licence, its prose and figures under CC BY 4.0. The site also
ships the following, unchanged but for having been put into fewer files. Each text of a licence
stands once, in the second part.
"""


def components():
    """The table of what the site ships."""
    return tomllib.loads((FOLDER / "components.toml").read_text(encoding="utf-8"))["component"]


def covers(component, name):
    """True if a file, named relative to _static, belongs to a component."""
    return any(fnmatchcase(name, pattern) for pattern in component["files"])


def uncovered(static):
    """The files of the folder `static` that belong to no component, sorted."""
    names = [path.relative_to(static).as_posix() for path in static.rglob("*") if path.is_file()]
    table = components()
    return sorted(name for name in names if not any(covers(one, name) for one in table))


def from_metadata(name):
    """(version, licence, texts) of an installed Python package."""
    package = distribution(name)
    texts = [
        file.locate().read_text(encoding="utf-8")
        for file in package.files or []
        if ".dist-info" in str(file) and file.name.upper().startswith(NAMES)
    ]
    return package.version, lock.licence(package), texts


def from_npm(name):
    """(version, licence, texts) of an npm package that the scripts were made with."""
    folder = live.WORK / "node_modules" / name
    data = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name.upper().startswith(NAMES)
    ]
    return data["version"], data["license"], texts


class Notice:
    """Lines about components, and the texts that they refer to by number."""

    def __init__(self):
        self.lines = [HEAD]
        self.texts = []

    def number(self, text):
        """The number of a licence's text, which is added unless it is there."""
        text = text.strip()
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def add(self, name, licence, texts, copyright="", home="", indent=""):
        """Add what is to be said of one component or part."""
        numbers = ", ".join(str(self.number(text)) for text in texts)
        told = f"{licence}; text {numbers}" if numbers else licence
        self.lines.append(f"{indent}{name}\n{indent}    {told}")
        lines = [*copyright.strip().splitlines(), home]
        self.lines += [f"{indent}    {line}" for line in lines if line]

    def add_component(self, component):
        """Add a component, and the parts within it."""
        if "bundled" in component:
            own = {one.get("npm") for one in components()}  # these are listed for themselves
            for name in sorted(set(live.bundled()) - own):
                version, licence, texts = from_npm(name)
                self.add(f"{name} {version}", licence, texts)
            return
        version, licence, texts = "", "", []
        if "python" in component:
            version, licence, texts = from_metadata(component["python"])
        elif "npm" in component:
            version, licence, texts = from_npm(component["npm"])
        texts = [own_text(name) for name in component.get("text", [])] or texts
        licence, home = component.get("licence") or licence, component.get("home", "")
        self.add(f"{component['name']} {version}".strip(), licence, texts, home=home)
        for part in component.get("part", []):
            text = [own_text(part["text"])] if "text" in part else []
            facts = [part.get(key, "") for key in ("copyright", "home")]
            self.add(f"with {part['name']}", part["licence"], text, *facts, indent="    ")

    def __str__(self):
        texts = [f"{RULE}\nText {i}\n{RULE}\n\n{text}\n" for i, text in enumerate(self.texts, 1)]
        return "\n".join([*self.lines, "", *texts])


def own_text(name):
    """The text of a licence in a file of the course."""
    return (FOLDER / name).read_text(encoding="utf-8")


def notice():
    """What licences.txt says."""
    found = Notice()
    for component in components():
        found.add_component(component)
    return str(found)


def write_notice(app, exception):
    """Write the file where the pages' foot links to it, in an encoding that it names itself."""
    if not exception and app.builder.name == "html":
        path = Path(app.outdir) / "licences.txt"
        path.write_text(notice(), encoding="utf-8-sig")


def setup(app):
    app.connect("build-finished", write_notice)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
