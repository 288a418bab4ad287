"""What a course's folder begins with, and what is said of an older one."""

from tools.grading import assignment, course_files


def test_a_course_has_nbgrader_s_settings_and_templates(tmp_path):
    assignment.begin(tmp_path)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    templates = {f"templates/{name}/mathjax.html.j2" for name in ("feedback", "formgrade")}
    assert {"nbgrader_config.py", "nbgrader_exchange.py", *templates} <= names
    assert not [name for name in names if name.endswith(".pyc")]
    assert course_files.changed(tmp_path) == []


def test_what_is_there_is_kept_and_said_to_be_another(tmp_path):
    assignment.begin(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("# mine")
    (tmp_path / "templates" / "feedback" / "mathjax.html.j2").unlink()
    said = course_files.changed(tmp_path)
    assert len(said) == 2 and all("delete it and run make assignment" in line for line in said)
    assignment.begin(tmp_path)
    assert (tmp_path / "nbgrader_config.py").read_text() == "# mine"
    assert len(course_files.changed(tmp_path)) == 1


def test_a_course_whose_settings_were_deleted_gets_them_again(tmp_path):
    assignment.begin(tmp_path)
    assignment.seed_of(tmp_path)
    (tmp_path / "nbgrader_config.py").unlink()
    assignment.begin(tmp_path)
    assert course_files.changed(tmp_path) == []
