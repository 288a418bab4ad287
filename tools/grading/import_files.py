"""Marks as learning management systems import them: moodle.csv and canvas.csv, a line per student.

Both hold percentages, 100 being the most, as the maximum in points may differ between students. A
cell is empty where a mark is still to be given or nothing counts yet.

Moodle (Grades, Import, CSV file): whoever imports says which column names the student, by ID
number, user name or e-mail address, and which grade each other column is.
Canvas (Grades, Import): Student, ID, then SIS User ID and SIS Login ID or only the latter, Section,
and a column for each assignment, found by its title; a row Points Possible comes before the
students. A student is found by ID, else by SIS User ID, SIS Login ID, or name. What Canvas adds up
itself can't be imported; so the total is a column only if rules.toml names an assignment for it.
"""

from tools.grading.assignment import write_csv
from tools.grading.roster import EMAIL, IDS, first_of

MOODLE = {  # columns by which Moodle finds a student: the headings that the roster has for them
    "ID number": [*IDS[0].split(), "number"],
    "Username": ["username", "user", "login", "loginid", "benutzername", "anmeldename"],
    "Email address": EMAIL,
}
SIS_USER, SIS_LOGIN = ["sisuserid", "sisid"], ["sisloginid"]
FORMULA = "=+-@\t\r＝＋－＠"  # what makes a spreadsheet take a cell for a formula
MOST = "100"


def write(out, roster, lines, rules, say=print):
    """Write the import files of a course, and say what can't be filled in.

    lines: of `grading.totals`, one for each student; rules: Rules
    """
    shown = [name for name in rules.chapters if any(name in line.results for line in lines)]
    made = {
        "moodle.csv": for_moodle(roster, lines, shown),
        "canvas.csv": for_canvas(roster, lines, shown, rules.canvas_total),
    }
    for name, (rows, notes) in made.items():
        for note in notes:
            say(f"NB: {name}: {note}")
        if rows is None:
            (out / name).unlink(missing_ok=True)  # an earlier one, which would be out of date
        else:
            write_csv(out / name, [[defused(cell) for cell in row] for row in rows])


def defused(text):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text and text[0] in FORMULA else text


def grades(line, chapters):
    """A student's percentages in these chapters; "" where there is none yet."""
    results = (line.results.get(name) for name in chapters)
    return [grade_of(result) for result in results]


def grade_of(result):
    """A Result in percent, or "" where something is still to be marked."""
    return "" if result is None or result.waiting else result.percent


def for_moodle(roster, lines, chapters):
    """(rows or None, what there is to say)."""
    students = list(roster.students.values())
    columns, notes = {}, []
    for heading, keys in MOODLE.items():
        values = {one.id: first_of(one.row, keys) for one in students}
        without = [name for name, value in values.items() if not value]
        if not without:
            columns[heading] = values
        elif len(without) < len(students):
            notes.append(f"no column {heading}, as roster.csv has none for {without[0]}")
    if not columns:
        notes.append("not written: roster.csv needs an ID number, user name or e-mail for everyone")
        return None, notes
    rows = [[*columns, *chapters, "total"]]
    for line in lines:
        found = [values[line.student] for values in columns.values()]
        notes += [f"{value!a} gets a ' in front" for value in found if defused(value) != value]
        rows.append([*found, *grades(line, chapters), grade_of(line.total)])
    return rows, notes


def for_canvas(roster, lines, chapters, total=""):
    """(rows or None, what there is to say).

    total: the title of the assignment that the total goes to, if there is one
    """
    students = roster.students
    headings, known = canvas_columns(list(students.values()))
    unknown = [name for name in students if not any(known[name][1:-1])]
    names = [known[name][0] for name in unknown]
    lost = [name for name in unknown if not known[name][0] or names.count(known[name][0]) > 1]
    if lost:
        return None, [
            f"not written: Canvas can't tell who {lost[0]} is; take the roster from Canvas "
            "(Grades, Export), or add a column SIS User ID, SIS Login ID or name"
        ]
    notes = []
    if unknown:
        notes.append(
            f"Canvas will know {unknown[0]}{' and others' if unknown[1:] else ''} by name alone; "
            "to be sure, take the roster from Canvas (Grades, Export)"
        )
    titles = [*chapters, total] if total else chapters
    possible = ["Points Possible", *[""] * (len(headings) - 1), *[MOST] * len(titles)]
    rows = [[*headings, *titles], possible]
    for line in lines:
        found = [*grades(line, chapters), grade_of(line.total)]
        rows.append([*known[line.student], *found[: len(titles)]])
    return rows, notes


def canvas_columns(students):
    """(headings, {student: fields}) of the columns by which Canvas finds a student."""
    found = {}
    for one in students:
        from_canvas = {"student", "section"} <= one.row.keys()  # else an id is another number
        found[one.id] = {
            "Student": one.row.get("student") or one.name,
            "ID": one.row.get("id", "") if from_canvas else "",
            "SIS User ID": first_of(one.row, SIS_USER),
            "SIS Login ID": first_of(one.row, SIS_LOGIN),
            "Section": one.row.get("section", ""),
        }
    headings = list(next(iter(found.values())))
    if not any(fields["SIS User ID"] for fields in found.values()):
        headings.remove("SIS User ID")
        if not any(fields["SIS Login ID"] for fields in found.values()):
            headings.remove("SIS Login ID")
    return headings, {name: [fields[h] for h in headings] for name, fields in found.items()}
