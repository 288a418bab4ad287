"""Grade what was handed in: `python -m tools.grading.grade --out DIR [--chapter train1] [--again]`.

With --student and --exercise it grades these again, and no others (`grading.regrading`).

DIR is a course that `grading.assignment` made, with each student's notebook in
submitted/STUDENT/CHAPTER/CHAPTER.ipynb, the students in roster.csv, due dates in due.csv and later
ones for single students in extensions.csv. Out come marks.csv (student, chapter, exercise, points,
maximum, status), totals.csv (`grading.totals`), import files for Moodle and Canvas
(`grading.import_files`) and feedback/.

One student and one chapter at a time: the answers are taken out of the notebook
(`grading.submissions`), judged by processes of their own (`grading.judge`), and entered in
nbgrader's gradebook as a rebuilt notebook (`grading.gradebook`). What the exercises are comes from
the course's records (`grading.records`). The verdicts are kept in judged/; what was judged before
and hasn't changed is not judged again, so an interrupted run goes on where it stopped.
"""

import argparse
import contextlib
import datetime
import functools
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import asdict

from tools.files import write_whole
from tools.grading import (
    assignment,
    beside,
    class_settings,
    comments,
    course_files,
    deadlines,
    give_back,
    import_files,
    isolation,
    judge,
    own_exercises,
    pictures,
    records,
    refused,
    regrading,
    rules,
    submissions,
    summary,
    tables,
    totals,
)
from tools.grading.assignment import AssignmentError
from tools.grading.course_lock import Busy, alone_in
from tools.grading.reading import AS_TYPED, Reader, line_for
from tools.grading.records import RecordsError
from tools.grading.roster import read_roster
from tools.grading.scratch import scratch_of
from tools.grading.submissions import Refused
from tools.grading.tables import RosterError
from tools.making.sources import SourceError
from tools.setup import ROOT, setup

COLUMNS = ["student", "chapter", "exercise", "points", "maximum", "status"]
FORGOTTEN = 400  # seconds after which nbgrader's process is taken for lost
ENDING = 60  # seconds that it has to end when nothing is left to do
BACKUPS = 30
PRACTICE = 20  # seconds for which all answers without points may keep the judge waiting
FORMAT = 2  # of what is kept of a student; another one is judged again
REMARKS = (*pictures.REMARKS, AS_TYPED)  # on how an answer is shown, which is done once
ALL = regrading.Choice()
INTERRUPTED = 130  # the exit status of a command that Ctrl-C has ended


class Chapter:
    """A chapter as it was released: its notebook, and the records of its exercises."""

    def __init__(self, out, name):
        self.name = name
        path = out / "release" / name / f"{name}.ipynb"
        if not path.exists():
            raise AssignmentError(f"{path}: missing; run make assignment CHAPTERS={name}")
        self.release = json.loads(path.read_text(encoding="utf-8"))
        kept = records.read(out, name, self.release)
        known = {one.name: one for one in [*own_exercises.known(out, name), *kept.exercises]}
        self.settings = class_settings.read(out / class_settings.FILE, name, known.values())
        self.setting, self.released = kept.setting, kept.exercises
        self.exercises = [self.settings.changed(one) for one in kept.exercises]
        cells = records.cells_by_name(self.release)
        texts = {name: records.text_of(cell) for name, cell in cells.items()}
        answers = {one.grade_id for one in self.exercises}
        self.locked = {name: text for name, text in texts.items() if name not in answers}
        self.digest = digest_of(texts, [asdict(one) for one in self.released])

    @property
    def marked(self):
        """The exercises that have points, but for those that the class has dropped since."""
        dropped = self.settings.dropped
        return [one for one in self.exercises if one.points and one.name not in dropped]

    @property
    def practice(self):
        """The exercises that have a check, and no points."""
        dropped = self.settings.dropped
        checked = [one for one in self.exercises if one.expression and not one.points]
        return [one for one in checked if one.name not in dropped]

    def in_points(self, marks):
        """nbgrader's marks {student: {grade_id: mark}} in the points that tests give by now.

        What was given by hand stays the number that it is.
        """
        for before, now in zip(self.released, self.exercises, strict=True):
            for mine in marks.values():
                mark = mine.get(now.graded_id)
                if mark and mark[1] is None and before.points != now.points:
                    mark[0] = mark[0] * now.points / before.points
        return marks


def digest_of(*things):
    """A hash of things that JSON can hold."""
    return hashlib.sha256(json.dumps(things, sort_keys=True).encode()).hexdigest()[:20]


def package_digest():
    """A hash of the checks and the package, so that a corrected check is graded again."""
    paths = sorted((ROOT / "microgpt_ref").rglob("*.py"))
    paths += [ROOT / "tools" / "grading" / f"{n}.py" for n in judge.MODULES]
    return digest_of([[p.name, hashlib.sha256(p.read_bytes()).hexdigest()] for p in paths])


class Gradebook:
    """nbgrader's process, started when it is needed, and again if it is lost."""

    def __init__(self, out, python):
        self.out, self.python, self.process = out, python, None

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.end()

    def do(self, op, **what):
        """What a job of `grading.gradebook` gives. Raises AssignmentError if it fails."""
        if self.process is None:
            script = ROOT / "tools" / "grading" / "gradebook.py"
            command = [str(part) for part in (self.python, script, self.out, os.getpid())]
            with open(self.out / "nbgrader.log", "ab") as log:
                pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
                self.process = subprocess.Popen(command, cwd=self.out, text=True, **pipes)
        line = line_for(self.process, {"op": op, **what}, FORGOTTEN)
        answer = json.loads(line) if line else {"error": "nbgrader's process ended"}
        if not line:
            self.end()
        if "error" in answer:
            raise AssignmentError(f"nbgrader: {answer['error']}")
        return answer["result"]

    def end(self):
        """End the process."""
        if self.process:
            process, self.process = self.process, None
            try:
                process.communicate(timeout=ENDING)  # it ends after the job that it is at
            except (subprocess.TimeoutExpired, OSError, ValueError):
                process.kill()
                process.communicate()


def back_up(out):
    """Copy gradebook.db, if it is there, and keep the last thirty; return the copy or None."""
    path = out / "gradebook.db"
    if not path.exists():
        return None
    folder = out / "backups"
    folder.mkdir(exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    target, part = folder / f"gradebook-{stamp}.db", folder / "backup.tmp"
    part.unlink(missing_ok=True)  # of a run that was killed
    with (
        contextlib.closing(sqlite3.connect(path)) as one,
        contextlib.closing(sqlite3.connect(part)) as other,
    ):
        one.backup(other)
    part.replace(target)
    for old in sorted(folder.glob("gradebook-*.db"))[:-BACKUPS]:
        old.unlink()
    return target


def save(path, thing):
    """Write a thing as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.tmp")
    part.write_text(json.dumps(thing, indent=1), encoding="utf-8")
    part.replace(path)


def load(path):
    """What `save` wrote, or {}."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


class Run:
    """One run of the grader over a course."""

    def __init__(self, out, gradebook, reader, again=False, only=ALL, what_counts=None):
        self.out, self.gradebook, self.reader = out, gradebook, reader
        self.again, self.only = again or bool(only), only
        self.rules = what_counts or {}  # {chapter: Rule}
        self.roster = read_roster(out / "roster.csv")
        self.students = self.roster.details()
        self.due = deadlines.read(out, self.roster)
        self.seed = assignment.seed_of(out)
        names = [one.name for chapter in chapters_of(out, ()) for one in chapter.exercises]
        self.comments = comments.read(out / comments.FILE, names)
        self.checks = package_digest() + submissions.how_rebuilt() + own_exercises.digest(out)
        self.own = own_exercises.tests(out)
        self.known = {}  # {chapter: the students whose answers the gradebook has}
        self.n_judged = 0

    def share(self, chapter):
        """The share of its points that an answer gets that is partly right."""
        return float(self.rules[chapter.name].partial) if chapter.name in self.rules else 0.0

    def said(self, chapters):
        """Lines on the tables: names that were changed, when chapters are due."""
        known = {path.name for path in (self.out / "release").glob("*") if path.is_dir()}
        due = deadlines.said(self.due, known | {chapter.name for chapter in chapters})
        names = [f"NB: {line}" for line in self.roster.notes]
        return [*course_files.changed(self.out), *names, *due]

    def requests(self):
        """What students ask for in requests.csv: {(student, exercise): Request}."""
        names = [one.name for chapter in chapters_of(self.out, ()) for one in chapter.marked]
        return regrading.read_requests(self.out / regrading.REQUESTS, list(self.students), names)

    def strangers(self):
        """The names of folders in submitted/ that are no student of the roster."""
        folders = (self.out / "submitted").iterdir()
        return sorted(p.name for p in folders if p.name not in self.students and p.name[0] != ".")

    def hint(self, name):
        """What may be behind a name that is no student's."""
        short = name.lstrip("0")
        if short != name and short in self.students:
            return f"; there it is {short}: has Excel dropped the zeros?"
        return ""

    def read(self, chapter, student):
        """A student's Submission. Raises Refused with its status."""
        folder = self.out / "submitted" / student / chapter.name
        path, remarks = submissions.find_file(folder, chapter.name)
        found = self.reader.read(path, chapter.exercises, chapter.locked)
        found.remarks = remarks + found.remarks
        remark = self.due.lateness(student, chapter.name, folder, path)
        found.remarks = [remark, *found.remarks] if remark else found.remarks
        return found

    def grade(self, chapter, student, package):
        """Judge and enter a student's answers, unless that was done before.

        Returns the record: {status, remarks, results …}.
        """
        record = self.record(chapter, student)
        before = load(record)
        try:
            found = self.read(chapter, student)
        except Refused as why:
            self.withdraw(chapter, student, before)
            now = {"status": str(why), "remarks": [], "entered": False}
            save(record, now)
            return now
        answers = {one.name: found.answers.get(one.grade_id) for one in chapter.exercises}
        share = self.share(chapter)
        known = [chapter.digest, self.seed, self.checks, FORMAT, *([share] if share else [])]
        key = digest_of(answers, found.attachments, *known)
        given, names = digest_of(answers, found.attachments), self.only.exercises
        if names and before.get("entered") and before.get("given") == given:
            # the others' verdicts stay, so that a mark by hand isn't to be looked at again
            key = before["key"]
            results = before["results"] | self.judge(chapter, answers, package, names)
            same = results == before["results"]
        else:
            same = before.get("key") == key and before.get("entered") and not self.again
            results = None
        same = same and student in self.entered(chapter)
        if same and (self.out / "autograded" / student / chapter.name).exists():
            kept = [remark for remark in before["remarks"] if remark in REMARKS]
            before["remarks"], before["missing"] = found.remarks + kept, sorted(found.missing)
            return before
        results = results or self.judge(chapter, answers, package)
        now = {"key": key, "given": given, "status": "graded", "results": results, "entered": False}
        now |= {"remarks": found.remarks, "missing": sorted(found.missing)}
        save(record, now)
        self.enter(chapter, student, found, results)
        now |= {"entered": True, "remarks": found.remarks}
        save(record, now)
        self.n_judged += 1
        return now

    def entered(self, chapter):
        """The students whose answers the gradebook has, as the run finds it."""
        if chapter.name not in self.known:
            self.known[chapter.name] = set(self.gradebook.do("marks", chapter=chapter.name))
        return self.known[chapter.name]

    def judge(self, chapter, answers, package, names=()):
        """{exercise: [status, message]} of answers, from processes of their own.

        Those that are for practice come after the others, so that they take no time from them.

        names: of the exercises to judge, all where there are none
        """
        results = {}
        for practice, waiting in ((False, judge.WAITING), (True, PRACTICE)):
            wanted, too_long = to_judge(chapter.exercises, answers, practice)
            wanted = {name: job for name, job in wanted.items() if not names or name in names}
            if wanted:
                results |= self.verdicts(chapter, wanted, package, waiting)
            results |= too_long
        return results

    def verdicts(self, chapter, wanted, package, waiting):
        """{exercise: [status, message]} of what `to_judge` gives, from a process of its own."""
        job = {"answers": wanted, "setting": chapter.setting, "seed": self.seed}
        job |= {"package": str(package), "grader": os.getpid(), "waiting": waiting}
        job["own"] = self.own
        job |= {"partial": bool(self.share(chapter))}
        command = [sys.executable, "-m", "tools.grading.judge"]
        limit = 120 + 2 * waiting + 30 * len(wanted)  # the judge has limits of its own
        try:
            done = subprocess.run(
                command, input=json.dumps(job), capture_output=True, text=True, cwd=ROOT,
                timeout=limit,
            )  # fmt: skip
            return json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            failed = ["timed out", "It didn't end in time."]
        except ValueError:
            failed = ["crashed", "It ended the judge's own process."]
        return dict.fromkeys(wanted, failed)

    def enter(self, chapter, student, found, results):
        """Have nbgrader enter a student's answers."""
        notebook = self.reader.rebuild(chapter.release, found, chapter.exercises)
        save(self.out / "rebuilt" / student / chapter.name / f"{chapter.name}.ipynb", notebook)
        released, outputs = {one.name: one.points for one in chapter.released}, {}
        for one in chapter.exercises:  # also of what is dropped, which may come back
            if one.marked_by == "tests":
                absent = ["cell deleted", "The cell of this answer is not in the notebook."]
                status, message = results.get(one.name, absent)
                outputs[one.graded_id] = [status, message]
                if status == judge.PARTLY:
                    share = self.share(chapter)
                    outputs[one.graded_id].append(round(share * released[one.name], 2))
            elif one.expression and one.name in results:
                outputs[one.check_id] = results[one.name]
        self.gradebook.do("enter", chapter=chapter.name, student=student, outputs=outputs)

    def show(self, chapter, records):
        """Write the feedback of those whose marks or comments have changed since.

        Returns lines on keys in comments that nothing is known by.
        """
        marks = chapter.in_points(self.gradebook.do("marks", chapter=chapter.name))
        written = self.gradebook.do("comments", chapter=chapter.name)
        late = {student: self.lateness(chapter, student, records[student]) for student in records}
        beside.write(self.out, chapter.name, chapter.marked, late, self.comments)
        said = []
        for student, record in records.items():
            texts, unknown = self.written_out(chapter, written.get(student, {}))
            said += [f"NB: {student} {line}" for line in unknown]
            key = digest_of(record.get("key"), marks.get(student), texts, beside.rubric())
            if not record.get("entered"):
                due = self.due.of(student, chapter.name)
                refused.write(self.out, chapter.name, student, record["status"], due)
                continue
            try:
                if record.get("shown") != key:
                    job = {"chapter": chapter.name, "student": student, "comments": texts}
                    self.gradebook.do("feedback", **job)
                self.summarize(chapter, student, record, marks.get(student, {}))
            except (AssignmentError, OSError):
                record["remarks"].append("no feedback")
            else:
                record["shown"] = key
                save(self.record(chapter, student), record)
        return said

    def written_out(self, chapter, written):
        """({grade_id: comment} with texts for keys, lines on unknown ones) of a student."""
        texts, lines = {}, []
        names = {one.grade_id: one.name for one in chapter.exercises}
        for grade_id, comment in written.items():
            name = names.get(grade_id, "")
            texts[grade_id], unknown = self.comments.written_out(comment, name)
            known = ", ".join(f"#{key}" for key in self.comments.keys(name))
            lines += [
                f"{name}: the comment has #{key}, which {comments.FILE} hasn't; there are {known}"
                for key in unknown
            ]
        return texts, lines

    def lateness(self, chapter, student, record):
        """What whoever marks should know of when a student handed in, or ""."""
        folder, handed_in = self.out / "submitted" / student / chapter.name, None
        with contextlib.suppress(Refused, OSError):
            path, _ = submissions.find_file(folder, chapter.name)
            handed_in = deadlines.handed_in(folder, path)
        due = self.due.of(student, chapter.name)
        return beside.lateness(record["remarks"], due, handed_in)

    def summarize(self, chapter, student, record, marks):
        """Put a summary on top of a student's feedback."""
        path = self.out / "feedback" / student / chapter.name / f"{chapter.name}.html"
        found = [
            (one, *points_of(one, record, marks.get(one.graded_id)))
            if one.points
            else (one, *practice_of(one, record))
            for one in chapter.exercises
            if one in chapter.marked or one in chapter.practice
        ]
        due = self.due.of(student, chapter.name)
        text = path.read_text(encoding="utf-8")
        rule = self.rules.get(chapter.name)
        counts = rule.for_students({one.name: one.title for one in chapter.marked}) if rule else ""
        if counts:
            points = {one.name: "" if n is None else f"{n:g}" for one, n, _ in found}
            rows = [
                [student, chapter.name, one.name, points[one.name], f"{one.points:g}", ""]
                for one in chapter.marked
            ]
            counts += f" {totals.result_of(rows, rule).for_students}"
        page = summary.contents(chapter.name, found, record["remarks"], due, counts)
        new = summary.put(text, page)
        if new != text:
            write_whole(path, new.encode())

    def record(self, chapter, student):
        """Where the judge's verdicts on a student's answers are kept."""
        return self.out / "judged" / student / f"{chapter.name}.json"

    def withdraw(self, chapter, student, before):
        """Take out what an earlier, better file has left behind."""
        if before.get("entered"):
            self.gradebook.do("withdraw", chapter=chapter.name, student=student)
            for kind in ("rebuilt", "autograded", "feedback"):
                shutil.rmtree(self.out / kind / student / chapter.name, ignore_errors=True)

    def rows(self, chapter, records):
        """The rows of marks.csv for a chapter: {student: record} and nbgrader's marks."""
        marks = chapter.in_points(self.gradebook.do("marks", chapter=chapter.name))
        for student in self.only.of(self.students):
            record = records[student]
            for one in chapter.marked:
                mark = marks.get(student, {}).get(one.graded_id)
                points, status = points_of(one, record, mark)
                status = "; ".join([status, *record["remarks"]])
                points = f"{points:g}" if points is not None else ""
                row = [student, chapter.name, one.name, points]
                yield [*row, f"{one.points:g}", status]


def to_judge(exercises, answers, practice=False):
    """(what the judge is to be given of each answer, the verdicts on those that are too long).

    practice: of those without points that were tried, instead of those with points
    """
    wanted, too_long, before = {}, {}, []
    for one in exercises:
        text = answers[one.name]
        if not one.expression or text is None:
            continue
        asked = bool(one.points) != practice
        if practice and submissions.same(text, one.stub_text):
            asked = False
        if len(text) <= submissions.JUDGED:
            if asked:
                wanted[one.name] = [one.expression, [text], list(before)]
            before.append(text)
        elif asked:
            said = f"It has {len(text):,} characters, of at most {submissions.JUDGED:,}."
            too_long[one.name] = ["too long", said]
    return wanted, too_long


def points_of(exercise, record, mark):
    """(points, status) of an answer, from the judge's verdict and nbgrader's mark."""
    if record["status"] != "graded" or mark is None:
        return 0, record["status"]
    points, by_hand, waiting = mark
    if by_hand is not None:
        return points, "marked by hand, to be looked at again" if waiting else "marked by hand"
    if exercise.grade_id in record["missing"]:
        return 0, "cell deleted"
    if exercise.marked_by == "tests":
        return points, record["results"][exercise.name][0]
    if waiting:
        return None, "to be marked by hand"
    return 0, "not tried"


def practice_of(exercise, record):
    """(0, status) of an answer without points, from the judge's verdict."""
    if exercise.grade_id in record["missing"]:
        return 0, "cell deleted"
    return 0, record["results"].get(exercise.name, ["not tried"])[0]


def isolation_in_words(closed):
    """Lines that say what an answer can't do on this machine, and what it can."""
    shut = [what for what, is_closed in closed.items() if is_closed]
    lines = [f"answers run isolated; closed off: {', '.join(shut) or 'nothing'}"]
    lines += [f"NB: {isolation.OUTSIDE[what]}" for what in closed if not closed[what]]
    return lines


def chapters_of(out, wanted):
    """The Chapters to grade. Raises AssignmentError where there are none."""
    if not (out / "nbgrader_config.py").exists():
        raise AssignmentError(f"{out}: no course here; make assignment makes one")
    there = sorted(path.name for path in (out / "release").glob("*") if path.is_dir())
    for name in wanted:
        if name not in there:
            raise AssignmentError(f"{name}: not released; there are {', '.join(there)}")
    return [Chapter(out, name) for name in wanted or there]


def grade(out, wanted=(), again=False, say=print, only=ALL):
    """Grade all that is new, or only a Choice, and write marks.csv; return the rows of these."""
    before = kept(out, ())
    chapters = chapters_of(out, only.chapters(wanted, before))
    marked = {chapter.name: chapter.marked for chapter in chapters_of(out, ())}
    counting = rules.read(out / rules.FILE, marked)
    class_settings.check_chapters(
        out / class_settings.FILE, {*marked, *assignment.known_chapters(out)}
    )
    python = setup(*assignment.ENVIRONMENT)
    assignment.check_gradebook(out)
    back_up(out)
    with scratch_of(out) as folder, Gradebook(out, python) as gradebook, Reader() as reader:
        run = Run(out, gradebook, reader, again, only, counting.chapters)
        package = folder / "package"
        only.check(run.students, chapters)
        requests = run.requests() if run.again else {}
        judge.copy_package(package)
        for line in isolation_in_words(judge.probe(package)):
            say(line)
        for line in [*run.said(chapters), *counting.said()]:
            say(line)
        for name in run.strangers():
            say(f"NB: submitted/{name!a} is no student of roster.csv; left out{run.hint(name)}")
        gradebook.do("roster", students=run.students)
        rows = []
        for chapter in chapters:
            records = {}
            for student in only.of(run.students):
                start, n_before = time.perf_counter(), run.n_judged
                try:
                    records[student] = run.grade(chapter, student, package)
                except Exception as error:  # the others are graded all the same
                    records[student] = {"status": "grader failed", "remarks": []}
                    say(f"NB: {student}: {error}".encode("ascii", "backslashreplace").decode())
                said = "; ".join([records[student]["status"], *records[student]["remarks"]])
                took = f"{time.perf_counter() - start:.1f} s"
                took = took if run.n_judged > n_before else "nothing new"
                say(f"{student} {chapter.name}: {said}, {took}")
            for line in run.show(chapter, records):
                say(line)
            for line in give_back.write(out, chapter.name, run.students):
                say(line)
            rows += run.rows(chapter, records)
        if run.again:
            log = list(regrading.changes(before, rows, only, requests))
            regrading.write_log(out / regrading.LOG, log)
            say(f"{out / regrading.LOG}: {len(log) or 'nothing'} added")
        table = regrading.merged(before, rows) if only else [*kept(out, chapters), *rows]
        counted = {one.name for exercises in marked.values() for one in exercises}
        table = [row for row in table if row[1] not in marked or row[2] in counted]
        assignment.write_csv(out / "marks.csv", [COLUMNS, *table])
        lines = list(totals.lines(table, run.students, counting, run.due))
        assignment.write_csv(out / "totals.csv", totals.table(lines, counting))
        import_files.write(out, run.roster, lines, counting, say)
    return rows


def kept(out, chapters):
    """The rows of marks.csv for chapters that are not graded this time."""
    path = out / "marks.csv"
    if not path.exists():
        return []
    now = {chapter.name for chapter in chapters}
    rows = tables.rows_of(path, COLUMNS)
    return [[row[name] for name in COLUMNS] for row in rows if row["chapter"] not in now]


def stop_for_signals():
    """Take a closed terminal, or a polite kill, for a Ctrl-C, after which things are tidied up."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)


def main(arguments=None):
    """Grade a course; return the exit status, 2 for a course that can't be graded."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading.grade")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    parser.add_argument("--chapter", action="append", default=[], help="all by default")
    parser.add_argument("--again", action="store_true", help="also what hasn't changed")
    parser.add_argument("--student", action="append", default=[], help="grade only theirs, again")
    parser.add_argument("--exercise", action="append", default=[], help="grade only this, again")
    parser.add_argument("--why", default="", help="what regraded.csv is to say of it")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        only = regrading.Choice(tuple(options.student), tuple(options.exercise), options.why)
        if options.why and not (only or options.again):
            raise AssignmentError(
                "a reason is only noted where you say what to grade again: give a student or an "
                "exercise too, or --again"
            )
        out = assignment.outside(options.out)
        chapters_of(out, options.chapter)
        say = functools.partial(print, flush=True)
        with alone_in(out):
            rows = grade(out, options.chapter, options.again, say, only)
    except (AssignmentError, Busy, RecordsError, RosterError, SourceError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; run it again, and it goes on where it stopped", file=sys.stderr)
        return INTERRUPTED
    waiting = sum("to be marked by hand" in row[-1] for row in rows)
    print(f"{out / 'marks.csv'}: {len(rows)} marks, {waiting} to be given by hand")
    print(f"graded in {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    stop_for_signals()
    sys.exit(main())
