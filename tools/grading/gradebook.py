"""nbgrader's part of the work, in its own environment.

Started by `grading.assignment` and `grading.grade` as `python tools/grading/gradebook.py DIR
PARENT`, with a job in JSON on each line of stdin. It ends when PARENT does, which is the number of
a process.

No answer runs here: what the judge has found is entered as the outputs of the test cells, in the
place of nbgrader's own execution. Everything else is nbgrader's: releasing, sanitising, marking,
the gradebook, feedback.
"""

import json
import logging
import os
import re
import sys

from orphans import end_with_parent  # it lies beside this file

if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]))  # before nbgrader, whose import takes seconds

from nbformat.v4 import new_output
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import capture_log, temp_attrs
from traitlets.config.loader import PyFileConfigLoader

MARKUP = re.compile(r"[<>&\"'`]")  # Formgrader puts names into its pages as they are
COMMENTS = {}  # on the answers of the notebook whose feedback is written, by grade_id
OUTPUTS = {}  # of the test cells of the notebook that is being entered, by grade_id


class Enter(Autograde):
    """nbgrader's autograding, with the judge's results in the place of execution.

    The course's configuration refuses Autograde itself.
    """

    start = BaseConverter.start


class EnterVerdicts(NbGraderPreprocessor):
    """Enters what the judge has found, where nbgrader would run the notebook."""

    def preprocess_cell(self, cell, resources, cell_index):
        if cell.cell_type == "code":
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.outputs = outputs_of(*OUTPUTS[name]) if name in OUTPUTS else []
        return cell, resources


class EnterComments(NbGraderPreprocessor):
    """Puts the comments as they are written out in the place of those in the gradebook."""

    def preprocess_cell(self, cell, resources, cell_index):
        about = cell.metadata.get("nbgrader", {})
        if about.get("comment") and about.get("grade_id") in COMMENTS:
            about["comment"] = COMMENTS[about["grade_id"]]
        return cell, resources


def outputs_of(status, message, points=None):
    """What a test cell shows of an answer; a number alone is what it's worth to nbgrader."""
    if status == "right":
        return [new_output("stream", name="stdout", text="right\n")]
    text = f"{status}. {message}".strip()
    if points is None:
        return [new_output("error", ename="Checked", evalue=text, traceback=[text])]
    text += f"\nIt's right for the usual inputs, and gets {points:g} points for that:\n"
    number = {"text/plain": f"{points:g}"}
    return [
        new_output("stream", name="stdout", text=text),
        new_output("execute_result", data=number, execution_count=1),
    ]


def open_course(folder):
    """nbgrader's API for a course, with the judge's results in the place of execution."""
    config = PyFileConfigLoader("nbgrader_config.py", path=folder).load_config()
    config.CourseDirectory.root = folder
    config.CourseDirectory.submitted_directory = "rebuilt"  # whatever an older course says
    steps = Autograde.autograde_preprocessors.default()
    config.Autograde.autograde_preprocessors = [EnterVerdicts if s is Execute else s for s in steps]
    config.GenerateFeedback.preprocessors = [*config.GenerateFeedback.preprocessors, EnterComments]
    api = NbGraderAPI(config=config)
    api.log_level = logging.WARNING
    return api


def done(result):
    """Check that nbgrader has done something; raises RuntimeError with its reason if not."""
    if not result["success"]:
        said = [result.get("log"), result.get("error")]
        raise RuntimeError("\n".join(filter(None, said)) or "no reason given")


def release(api, chapter):
    """Make a chapter's release from its source."""
    done(api.generate_assignment(chapter, force=True, create=True))


def enter(api, chapter, student, outputs):
    """Enter a student's rebuilt notebook, with these outputs of its tests."""
    OUTPUTS.clear()
    OUTPUTS.update(outputs)
    with temp_attrs(api.coursedir, assignment_id=chapter, student_id=student):
        converter = Enter(coursedir=api.coursedir, parent=api)
        converter.force = True
        done(capture_log(converter))


def roster(api, students):
    """Enter the students: {id: {first_name, last_name, email}}, and take markup out of others."""
    with api.gradebook as gradebook:
        for student, details in students.items():
            if any(MARKUP.search(text) for text in details.values()):
                raise ValueError(f"{student}: a name with markup")
            gradebook.update_or_create_student(student, **details)
        for student in gradebook.students:  # of an earlier roster as well
            for key in ("first_name", "last_name", "email"):
                setattr(student, key, MARKUP.sub(" ", getattr(student, key) or "") or None)
        gradebook.db.commit()


def feedback(api, chapter, student, comments):
    """Write a student's feedback, with these comments: {grade_id: text}."""
    COMMENTS.clear()
    COMMENTS.update(comments)
    done(api.generate_feedback(chapter, student, force=True))


def withdraw(api, chapter, student):
    """Take a student's submission out of the gradebook."""
    with api.gradebook as gradebook:
        try:
            gradebook.remove_submission(chapter, student)
        except MissingEntry:
            return


def marks(api, chapter):
    """{student: {grade_id: [points, by hand or None, whether to be looked at]}} of a chapter."""
    found = {}
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        for submission in gradebook.assignment_submissions(chapter):
            mine = found[submission.student.id] = {}
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    hand = grade.manual_score
                    if hand is not None and grade.extra_credit:
                        hand += grade.extra_credit
                    mine[grade.name] = [grade.score, hand, bool(grade.needs_manual_grade)]
    return found


def comments(api, chapter):
    """{student: {grade_id: what is written to them about an answer}}."""
    with Gradebook(api.coursedir.db_url, api.coursedir.course_id) as gradebook:
        return {
            submission.student.id: {
                comment.name: comment.comment
                for notebook in submission.notebooks
                for comment in sorted(notebook.comments, key=lambda comment: comment.name)
                if comment.comment
            }
            for submission in gradebook.assignment_submissions(chapter)
        }


JOBS = {f.__name__: f for f in (release, enter, roster, feedback, withdraw, marks, comments)}


def main():
    """Do the jobs on stdin, and print one line of JSON for each."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever nbgrader prints is no answer
    # nbgrader calls the program alembic, which lies beside its Python
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    api = open_course(sys.argv[1])
    for line in sys.stdin:
        job = json.loads(line)
        try:
            answer = {"result": JOBS[job.pop("op")](api, **job)}
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
