"""A site that asks no other server for anything, and that knows the repository it is built from.

The environment variable COURSE_REPOSITORY_URL, where set, takes the place of the repository's
address in `_config.yml`.
"""

import os

import sphinx_thebe

THEBE = (sphinx_thebe.init_thebe_core, sphinx_thebe.update_thebe_context)


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
    app.connect("config-inited", use_repository)
    app.connect("config-inited", leave_out_thebe)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
