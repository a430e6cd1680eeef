"""What a course's sandbox is probably built from, where no run has kept it and nbgrader isn't imported."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Sequence

from autograder.course import CONFIG, Course
from autograder.desk.kept import SUBMITTED
from autograder.engine.fleet.ahead import written
from autograder.engine.wall.premises import premises_for
from autograder.engine.wire.limits import Limits
from autograder.hooks import load

HOOKS, LIMITS = "c.Autograder.course", "c.Limits"
HARMLESS = {"autograder", "nbgrader", "os", "pathlib", "sys"}  # to import one adds nothing to sys.path
OF_SYS = {"sys.executable", "sys.platform", "sys.version_info"}
OPAQUE = {"exec", "eval", "getattr", "__import__", "load_subconfig"}


def likely_premises(course: Course, assignments: Sequence[str]) -> str:
    """Return the premises of the first assignment as text; "" if nbgrader_config.py does more than usual.

    It isn't run for that: it imports nbgrader, or something that does. Once it has been, whoever began with
    these premises finds out whether they are the assignment's.

    Args:
        course: the course.
        assignments: which are to be graded; none: all that something was handed in for.
    """
    with contextlib.suppress(Exception):  # whatever is odd is told when the configuration is read
        hooks = _hooks_named(course)
        handed_in = (path.name for path in (course.root / SUBMITTED).glob("*/*"))
        assignment = assignments[0] if assignments else min(handed_in)
        around = load(hooks, course.root).surroundings(assignment=assignment)
        hidden = (str(course.root),)
        return written(premises_for(around, hooks, hidden=hidden, isolated=True, limits=Limits()))
    return ""


def _hooks_named(course: Course) -> str:
    """Return the text that names the course's hooks, "" if it has none.

    Raises:
        ValueError: if that can't be told, or limits are given, or modules may come from elsewhere.
    """
    tree = ast.parse((course.root / CONFIG).read_text(encoding="utf-8"))
    hooks, imported, named = "", set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and HOOKS in map(ast.unparse, node.targets):
            hooks = str(ast.literal_eval(node.value))
        elif isinstance(node, ast.Import):
            imported |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module if node.module and node.module != "sys" else "")
        elif isinstance(node, ast.Name | ast.Attribute):
            named.add(ast.unparse(node))
    theirs = hooks.partition(":")[0].partition(".")[0]
    of_sys = {name for name in named if name.startswith("sys.")}
    strange = {name.partition(".")[0] for name in imported} - HARMLESS - {theirs}
    if strange or named & {LIMITS, *OPAQUE} or of_sys - OF_SYS:
        raise ValueError("it has to be run")
    return hooks
