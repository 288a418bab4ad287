"""An nbgrader course, made by the course's `make assignment`. Loaded by nbgrader from this folder.

What it is for: pages that ask nothing of the network, and no student's program run by nbgrader.
"""

import html
import json
import os
import sys

import nbgrader
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

HERE = os.path.dirname(os.path.abspath(__file__))
EXTENSIONS = os.path.join(os.path.dirname(nbgrader.__file__), "server_extensions")

c = get_config()  # noqa: F821, which nbgrader defines
c.CourseDirectory.course_id = "microgpt"
# What nbgrader lists as handed in is what `make grade` has made of it, never a student's own file.
c.CourseDirectory.submitted_directory = "rebuilt"
load_subconfig("nbgrader_exchange.py")  # noqa: F821, which nbgrader defines
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = ""
# Feedback without the hidden tests.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
# Our templates come before nbgrader's: they leave out what would be fetched from elsewhere.
c.HTMLExporter.extra_template_basedirs = [
    os.path.join(HERE, "templates"),
    os.path.join(EXTENSIONS, "formgrader", "templates"),
    EXTENSIONS,  # where ours find nbgrader's own, which they extend
]
# Written answers are made safe where a submission is rebuilt; this is for the outputs.
c.HTMLExporter.sanitize_html = True


def beside(answer, resources, marking=False):
    """The HTML above a written answer: the rubric, and for whoever marks what else helps."""
    about = resources.get("nbgrader") or {}
    chapter = about.get("assignment") or resources.get("assignment_id", "")
    student = about.get("student") or resources.get("student", "")
    try:
        with open(os.path.join(HERE, "marking", chapter + ".json"), encoding="utf-8") as file:
            known = json.load(file)
    except (OSError, ValueError):
        return ""
    rows = "".join(
        f"<tr><th>{html.escape(point)}</th><td>{html.escape(text)}</td></tr>"
        for point, text in known["rubric"].get(answer, [])
    )
    parts = [f"<p>A point each for:</p><table>{rows}</table>" if rows else ""]
    if marking:
        late = known["late"].get(student, "")
        parts.insert(0, f"<p class='late'>{html.escape(late)}</p>" if late else "")
        parts += [
            f"<button type='button' class='btn btn-default btn-xs' data-comment='{answer}-comment'"
            f" title='{html.escape(text)}'>#{html.escape(key)}</button> "
            for key, text in known["comments"].get(answer, {}).items()
        ]
    inside = "".join(parts)
    return f"<div class='beside' data-answer='{html.escape(answer)}'>{inside}</div>"


c.HTMLExporter.filters = {"beside": beside}


# nbgrader has no settings for the following.


def refuse(self):
    """Refuse to run students' programs."""
    message = (
        "This course isn't graded by nbgrader's autograde, which runs students' programs on your "
        "machine with nothing to hold them. Use make grade OUT=" + HERE + " instead."
    )
    self.log.error(message)
    raise NbGraderException(message)


Autograde.start = refuse
c.ExecutePreprocessor.enabled = False
c.Execute.enabled = False

# On a hub whose users share one address, a student's page could frame the Formgrader and use it.
SHARED = "JUPYTERHUB_USER" in os.environ and not os.environ.get("JUPYTERHUB_HOST")
# Formgrader's pages may ask nothing of any other server.
POLICY = [
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    f"frame-ancestors '{'none' if SHARED else 'self'}'",
]
formgrader = sys.modules.get("nbgrader.server_extensions.formgrader.base")
if formgrader:
    formgrader.BaseHandler.content_security_policy = "; ".join(POLICY)
