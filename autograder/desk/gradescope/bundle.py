"""The zip that an instructor uploads to Gradescope: scripts, packages, and what is needed of the course."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path

from nbgrader.api import Gradebook
from packaging.requirements import InvalidRequirement, Requirement

from autograder.course import CONFIG, Course, CourseError

DISTRIBUTION = "backprop-workbook"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".ipynb_checkpoints", ".git", ".venv")
SCRIPTS = ("setup.sh", "run_autograder")


def make_zip(
    course: Course, assignment: str, to: Path, *, requirements: Path | None, sandbox: bool, tell_all: bool
) -> None:
    """Write the zip of one assignment.

    Args:
        course: which.
        assignment: which.
        to: the file to write.
        requirements: what else has to be installed for the course's own notebooks, as pip reads it.
        sandbox: False on the instructor's word that submissions may run without one.
        tell_all: students see the marks of hidden tests, too.

    Raises:
        CourseError: if there is no such assignment, or it can't be released.
    """
    course.notebooks(assignment)
    with tempfile.TemporaryDirectory(prefix="gradescope-") as folder:
        root = Path(folder)
        _copy_course(course, assignment, root / "course")
        for name, source in _packages(course, assignment):
            place = root / "packages" / name
            if source.is_dir():
                shutil.copytree(source, place, ignore=LEFT_OUT, dirs_exist_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, place)
        more = requirements.read_text(encoding="utf-8") if requirements else ""
        (root / "requirements.txt").write_text("\n".join([*sorted(_pinned()), more]), encoding="utf-8")
        settings = {"assignment": assignment, "sandbox": sandbox, "tell_all": tell_all}
        (root / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
        for script in SCRIPTS:
            (root / script).write_text(files(__package__).joinpath(script).read_text(encoding="utf-8"))
            (root / script).chmod(0o755)
        to.write_bytes(_zipped(root))


def _copy_course(course: Course, assignment: str, place: Path) -> None:
    """Copy configuration and sources, and release the assignment there: its gradebook knows no student."""
    place.mkdir(parents=True)
    for name in (CONFIG, Path(CONFIG).with_suffix(".json").name):
        if (course.root / name).is_file():
            shutil.copy(course.root / name, place / name)
    source = course.folder("source")
    shutil.copytree(source, place / source.relative_to(course.root), ignore=LEFT_OUT)
    copy = Course(place)
    result = copy.application().generate_assignment(assignment)
    if not result["success"]:
        raise CourseError(f"nbgrader can't release '{assignment}': {result['log'].strip().splitlines()[-1]}")
    with Gradebook(copy.db_url, copy.course_id) as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=None)  # Gradescope knows who is late
    copy.secret("")  # a key of the zip's own


def _packages(course: Course, assignment: str) -> Iterator[tuple[str, Path]]:
    """Yield what no registry has: this package, the course's hooks, what submissions are shown."""
    around = course.surroundings(assignment)
    named = [course.named_hooks, around.inside, *around.preload]
    tops = {re.split(r"[.:]", each)[0] for each in named if each} | {"autograder"}
    for shown in around.shown:
        top, _, below = shown.partition("/")
        tops.add(top)
        origin = _folder(top)
        if below and origin is not None and (origin / below).exists():
            yield Path(top, below).as_posix().replace(f"{top}/../", ""), (origin / below).resolve()
    for top in sorted(tops):
        found = _folder(top)
        if found is not None:
            yield top, found


def _folder(package: str) -> Path | None:
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            return Path(next(iter(spec.submodule_search_locations))).resolve()
    return None


def _pinned() -> set[str]:
    """Return what this package needs for grading, at the versions that are installed here."""
    found: dict[str, str] = {}
    todo = [Requirement(f"{DISTRIBUTION}[grade]")]
    while todo:
        wanted = todo.pop()
        with contextlib.suppress(PackageNotFoundError, InvalidRequirement):
            about = distribution(wanted.name)
            key = re.sub(r"[-_.]+", "-", about.metadata["Name"]).lower()
            extras = {"", *wanted.extras}
            if key in found and not wanted.extras:
                continue
            found[key] = about.version
            for text in about.requires or ():
                needed = Requirement(text)
                if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                    todo.append(needed)
    found.pop(DISTRIBUTION, None)
    return {f"{name}=={version}" for name, version in found.items()}


def _zipped(root: Path) -> bytes:
    """Return a folder as a zip whose files lie at its root, as Gradescope wants it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                about = zipfile.ZipInfo.from_file(path, path.relative_to(root).as_posix())
                archive.writestr(about, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return data.getvalue()
