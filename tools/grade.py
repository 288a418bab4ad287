"""Grade what was handed in: `python -m tools.grade --out DIR [--chapter train1] [--again]`.

DIR is a course that `tools.assignment` made, with each student's notebook in
submitted/STUDENT/CHAPTER/CHAPTER.ipynb, the students in roster.csv and due dates in due.csv. Out
come marks.csv (student, chapter, exercise, points, maximum, status) and feedback/.

One student and one chapter at a time: the answers are taken out of the notebook
(`tools.submissions`), judged by processes of their own (`tools.judge`), and entered in nbgrader's
gradebook as a rebuilt notebook (`tools.gradebook`). What was judged before and hasn't changed is
not judged again, so an interrupted run goes on where it stopped.
"""

import argparse
import datetime
import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, suppress

from tools import assignment, judge, submissions
from tools.assignment import AssignmentError
from tools.setup import ROOT, setup
from tools.submissions import Refused, RosterError

COLUMNS = ["student", "chapter", "exercise", "points", "maximum", "status"]
OUTSIDE = {  # of an answer's process, and what to say where it is open
    "network": "an answer can reach the network",
    "writing": "an answer can write files",
    "reading": "an answer can read files, this course's among them",
    "programs": "an answer can start programs",
    "memory": "an answer can take all memory",
}
FORGOTTEN = 400  # seconds after which nbgrader's process is taken for lost
BACKUPS = 30


class Chapter:
    """A chapter as it was released: its cells, and what in it bears points."""

    def __init__(self, out, name):
        self.name = name
        read = {}
        for kind in ("source", "release"):
            path = out / kind / name / f"{name}.ipynb"
            if not path.exists():
                raise AssignmentError(f"{path}: missing; run make assignment CHAPTERS={name}")
            read[kind] = json.loads(path.read_text(encoding="utf-8"))
        self.release = read["release"]
        cells = {c["metadata"]["nbgrader"]["grade_id"]: c for c in self.release["cells"]}
        texts = {name: "".join(cell["source"]) for name, cell in cells.items()}
        tests = {
            c["metadata"]["nbgrader"]["grade_id"]: "".join(c["source"])
            for c in read["source"]["cells"]
            if c["metadata"]["nbgrader"]["grade"] and c["cell_type"] == "code"
        }
        solvable = [n for n, c in cells.items() if c["metadata"]["nbgrader"]["solution"]]
        self.parts = [self.part(n, cells, texts) for n in solvable]
        self.locked = {n: text for n, text in texts.items() if n not in solvable}
        self.setting = [texts[f"{name}-start"].replace(assignment.CHECKING, "")]
        self.digest = digest_of(texts, tests)

    def part(self, name, cells, texts):
        """What is known of the answer in a cell: {grade_id, id, answer, stub, task, points …}."""
        exercise = name.replace("-", ".", 1)
        test = f"{name}-test" if f"{name}-test" in texts else f"{name}-check"
        call = texts.get(test, "").partition("\n")[0]
        graded = f"{name}-test" if f"{name}-test" in texts else name
        return {
            "grade_id": name,
            "graded": graded,
            "exercise": exercise,
            "id": cells[name].get("id", ""),
            "answer": call.partition(", ")[2].removesuffix(")") if call else None,
            "stub": texts[name],
            "task": texts[f"{name}-task"],
            "points": cells[graded]["metadata"]["nbgrader"].get("points", 0),
        }

    @property
    def marked(self):
        """The parts that bear points."""
        return [part for part in self.parts if part["points"]]


def digest_of(*things):
    """A hash of things that JSON can hold."""
    return hashlib.sha256(json.dumps(things, sort_keys=True).encode()).hexdigest()[:20]


def package_digest():
    """A hash of the checks and the package, so that a corrected check is graded again."""
    paths = sorted((ROOT / "microgpt_ref").rglob("*.py"))
    paths += [ROOT / "tools" / f"{n}.py" for n in ("judge", "wire", "answering", "isolation")]
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
        """What a job of `tools.gradebook` gives. Raises AssignmentError if it fails."""
        if self.process is None:
            command = [str(self.python), str(ROOT / "tools" / "gradebook.py"), str(self.out)]
            with open(self.out / "nbgrader.log", "ab") as log:
                pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
                self.process = subprocess.Popen(command, cwd=self.out, text=True, **pipes)
        lost = threading.Timer(FORGOTTEN, self.process.kill)
        lost.start()
        try:
            self.process.stdin.write(json.dumps({"op": op, **what}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except OSError:
            line = ""
        finally:
            lost.cancel()
        answer = json.loads(line) if line else {"error": "nbgrader's process ended"}
        if not line:
            self.end()
        if "error" in answer:
            raise AssignmentError(f"nbgrader: {answer['error']}")
        return answer["result"]

    def end(self):
        """Nothing; ends the process."""
        if self.process:
            process, self.process = self.process, None
            with suppress(OSError):  # what was not written yet can't be, if it is lost
                process.stdin.close()
            process.stdout.close()
            process.wait(timeout=60)


def back_up(out):
    """The copy that was made of gradebook.db, or None; the last thirty are kept."""
    path = out / "gradebook.db"
    if not path.exists():
        return None
    folder = out / "backups"
    folder.mkdir(exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    target = folder / f"gradebook-{stamp}.db"
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
    for old in sorted(folder.glob("gradebook-*.db"))[:-BACKUPS]:
        old.unlink()
    return target


def save(path, thing):
    """Nothing; writes a thing as JSON, whole or not at all."""
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

    def __init__(self, out, gradebook, again=False):
        self.out, self.gradebook, self.again = out, gradebook, again
        self.students = submissions.read_roster(out / "roster.csv")
        self.due = submissions.read_due(out / "due.csv")
        self.seed = assignment.seed_of(out)
        self.checks = package_digest()
        self.judged = 0

    def strangers(self):
        """The names of folders in submitted/ that are no student of the roster."""
        folders = (self.out / "submitted").iterdir()
        return sorted(p.name for p in folders if p.name not in self.students and p.name[0] != ".")

    def read(self, chapter, student):
        """A student's Submission. Raises Refused with its status."""
        folder = self.out / "submitted" / student / chapter.name
        path, remarks = submissions.find_file(folder, chapter.name)
        found = submissions.take(submissions.read_cells(path), chapter.parts, chapter.locked)
        found.remarks = remarks + found.remarks
        due = self.due.get(chapter.name)
        if due and submissions.handed_in(folder, path) > due:
            found.remarks.insert(0, "late")
        return found

    def grade(self, chapter, student, package):
        """{status, remarks, results …} of a student; judged now, or as it was before."""
        record = self.record(chapter, student)
        before = load(record)
        try:
            found = self.read(chapter, student)
        except Refused as refused:
            self.withdraw(chapter, student, before)
            now = {"status": str(refused), "remarks": [], "entered": False}
            save(record, now)
            return now
        answers = {p["exercise"]: found.answers.get(p["grade_id"]) for p in chapter.parts}
        key = digest_of(answers, found.attachments, chapter.digest, self.seed, self.checks)
        same = before.get("key") == key and before.get("entered") and not self.again
        if same and (self.out / "autograded" / student / chapter.name).exists():
            before["remarks"], before["missing"] = found.remarks, sorted(found.missing)
            return before
        results = self.judge(chapter, answers, package)
        now = {"key": key, "status": "graded", "results": results, "entered": False}
        now |= {"remarks": found.remarks, "missing": sorted(found.missing)}
        save(record, now)
        self.enter(chapter, student, found, results)
        now |= {"entered": True, "remarks": found.remarks}
        save(record, now)
        self.judged += 1
        return now

    def judge(self, chapter, answers, package):
        """{exercise: [status, message]} of what tests mark, from a process of its own."""
        wanted, others = {}, []
        for part in chapter.parts:
            text = answers[part["exercise"]]
            if part["answer"] and text is not None:
                if part["points"]:
                    wanted[part["exercise"]] = [part["answer"], [text], list(others)]
                others.append(text)
        job = {"answers": wanted, "setting": chapter.setting, "seed": self.seed}
        job["package"] = str(package)
        command = [sys.executable, "-m", "tools.judge"]
        limit = 120 + 300 * len(wanted)  # each has limits of its own
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
        """Nothing; has nbgrader enter a student's answers."""
        notebook = submissions.rebuild(chapter.release, found, chapter.parts)
        save(self.out / "rebuilt" / student / chapter.name / f"{chapter.name}.ipynb", notebook)
        outputs = {}
        for part in chapter.marked:
            if part["answer"]:
                absent = ["cell deleted", "The cell of this answer is not in the notebook."]
                outputs[part["graded"]] = results.get(part["exercise"], absent)
        self.gradebook.do("enter", chapter=chapter.name, student=student, outputs=outputs)

    def show(self, chapter, records):
        """Nothing; writes the feedback of those whose marks or comments have changed since."""
        marks = self.gradebook.do("marks", chapter=chapter.name)
        comments = self.gradebook.do("comments", chapter=chapter.name)
        for student, record in records.items():
            key = digest_of(record.get("key"), marks.get(student), comments.get(student))
            if not record.get("entered") or record.get("shown") == key:
                continue
            try:
                self.gradebook.do("feedback", chapter=chapter.name, student=student)
            except AssignmentError:
                record["remarks"].append("no feedback")
            else:
                record["shown"] = key
                save(self.record(chapter, student), record)

    def record(self, chapter, student):
        """Where it is kept what the judge has found."""
        return self.out / "judged" / student / f"{chapter.name}.json"

    def withdraw(self, chapter, student, before):
        """Nothing; takes out what an earlier, better file has left behind."""
        if before.get("entered"):
            self.gradebook.do("withdraw", chapter=chapter.name, student=student)
            for kind in ("rebuilt", "autograded", "feedback"):
                shutil.rmtree(self.out / kind / student / chapter.name, ignore_errors=True)

    def rows(self, chapter, records):
        """The rows of marks.csv for a chapter: {student: record} and nbgrader's marks."""
        marks = self.gradebook.do("marks", chapter=chapter.name)
        for student in self.students:
            record = records[student]
            for part in chapter.marked:
                mark = marks.get(student, {}).get(part["graded"])
                points, status = points_of(part, record, mark)
                status = "; ".join([status, *record["remarks"]])
                points = f"{points:g}" if points is not None else ""
                row = [student, chapter.name, part["exercise"], points]
                yield [*row, f"{part['points']:g}", status]


def points_of(part, record, mark):
    """(points, status) of a part, from the judge's record and nbgrader's mark."""
    if record["status"] != "graded" or mark is None:
        return 0, record["status"]
    points, by_hand, waiting = mark
    if by_hand is not None:
        return points, "marked by hand, to be looked at again" if waiting else "marked by hand"
    if part["grade_id"] in record["missing"]:
        return 0, "cell deleted"
    if part["answer"]:
        return points, record["results"][part["exercise"]][0]
    if waiting:
        return None, "to be marked by hand"
    return 0, "not tried"


def isolation_in_words(closed):
    """Lines that say what an answer can't do on this machine, and what it can."""
    shut = [what for what, is_closed in closed.items() if is_closed]
    lines = [f"answers run shut in, closed to them: {', '.join(shut) or 'nothing'}"]
    lines += [f"NB: {OUTSIDE[what]}" for what, is_closed in closed.items() if not is_closed]
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


def grade(out, wanted=(), again=False, say=print):
    """The rows of marks.csv, which is written; grades all that is new."""
    chapters = chapters_of(out, wanted)
    python = setup(*assignment.ENVIRONMENT)
    back_up(out)
    with Gradebook(out, python) as gradebook, tempfile.TemporaryDirectory() as package:
        run = Run(out, gradebook, again)
        judge.copy_package(package)
        for line in isolation_in_words(judge.probe(package)):
            say(line)
        for name in run.strangers():
            say(f"NB: submitted/{name!a} is no student of roster.csv; left out")
        gradebook.do("roster", students=run.students)
        rows = []
        for chapter in chapters:
            records = {}
            for student in run.students:
                start, before = time.perf_counter(), run.judged
                try:
                    records[student] = run.grade(chapter, student, package)
                except Exception as error:  # the others are graded all the same
                    records[student] = {"status": "grader failed", "remarks": []}
                    say(f"NB: {student}: {error}".encode("ascii", "backslashreplace").decode())
                said = "; ".join([records[student]["status"], *records[student]["remarks"]])
                took = f"{time.perf_counter() - start:.1f} s"
                say(f"{student} {chapter.name}: {said}, {took if run.judged > before else '-'}")
            run.show(chapter, records)
            rows += run.rows(chapter, records)
        assignment.write_csv(out / "marks.csv", [COLUMNS, *kept(out, chapters), *rows])
    return rows


def kept(out, chapters):
    """The rows of marks.csv for chapters that are not graded this time."""
    path = out / "marks.csv"
    if not path.exists():
        return []
    now = {chapter.name for chapter in chapters}
    rows = submissions.rows_of(path, COLUMNS)
    return [[row[name] for name in COLUMNS] for row in rows if row["chapter"] not in now]


def main(arguments=None):
    """The exit status: 2 for a course that can't be graded."""
    parser = argparse.ArgumentParser(prog="python -m tools.grade")
    parser.add_argument("--out", default="", metavar="DIR", help="the course's folder")
    parser.add_argument("--chapter", action="append", default=[], help="all by default")
    parser.add_argument("--again", action="store_true", help="also what hasn't changed")
    options = parser.parse_args(arguments)
    start = time.perf_counter()
    try:
        out = assignment.outside(options.out)
        rows = grade(out, options.chapter, options.again, say=lambda text: print(text, flush=True))
    except (AssignmentError, RosterError) as error:
        print(error, file=sys.stderr)
        return 2
    waiting = sum("to be marked by hand" in row[-1] for row in rows)
    print(f"{out / 'marks.csv'}: {len(rows)} marks, {waiting} to be given by hand")
    print(f"graded in {time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
