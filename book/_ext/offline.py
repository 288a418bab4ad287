"""A site that asks no other server for anything, and that knows the repository it is built from.

MathJax is copied into the site from the package sphinx-mathjax-offline. The environment variable
COURSE_REPOSITORY_URL, where set, takes the place of the repository's address in `_config.yml`.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import sphinx_thebe

PARTS = ["tex-chtml-full.js", "output/chtml/fonts", "a11y", "ui", "sre"]
THEBE = (sphinx_thebe.init_thebe_core, sphinx_thebe.update_thebe_context)


def mathjax_files():
    """The folder of MathJax's files in the installed package."""
    return Path(find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"


def copy_mathjax(app, exception):
    """Copy the parts of MathJax that a page may load; once, as a new version is a new build."""
    target = Path(app.outdir) / "_static" / "mathjax"
    if exception or target.exists():
        return
    for part in PARTS:
        source = mathjax_files() / part
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target / part)


def leave_out_thebe(app, config):
    """Unhook sphinx-thebe: it needs a server elsewhere, and its script fails on every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if one.handler not in THEBE]


def use_repository(app, config):
    """Point the buttons of every page at the repository that the build names."""
    url = os.environ.get("COURSE_REPOSITORY_URL")
    if url:
        config.html_theme_options["repository_url"] = url
        config.html_theme_options["repository_branch"] = "published"  # see tools/making/publish.py


def setup(app):
    app.config.mathjax_path = "mathjax/tex-chtml-full.js"
    app.connect("config-inited", use_repository)
    app.connect("config-inited", leave_out_thebe)
    app.connect("build-finished", copy_mathjax)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
