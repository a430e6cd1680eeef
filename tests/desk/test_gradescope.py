"""The zip for Gradescope, unpacked and run as its documentation says that Gradescope does.

https://gradescope-autograders.readthedocs.io: the zip's files go to /autograder/source, where `setup.sh` runs
once; `run_autograder` is copied to /autograder and runs there for each submission, which lies in
/autograder/submission; it has to write /autograder/results/results.json.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest
from command import autograder, refuses
from small_course import ASSIGNMENT, RIGHT, answered, make_small_course

from autograder.course import Course

SEES_ONE = {**RIGHT, "twice": "def twice(f, x):\n    return 18"}  # what the visible test asks, and no more
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
WORDS = ("HIDDEN", "examiner_rng", "another sum")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_small_course(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="module")
def image(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Gradescope has after it built the image; what pip would fetch is installed already."""
    root = tmp_path_factory.mktemp("autograder")
    file = root / "upload.zip"
    ended = autograder(
        "export", "gradescope", ASSIGNMENT, "--autograder", "--to", file, "--course", course.root
    )
    assert ended.returncode == 0, ended.stderr
    source = root / "source"
    with zipfile.ZipFile(file) as archive:
        assert {"setup.sh", "run_autograder"} <= set(archive.namelist()), "at the root of the archive"
        archive.extractall(source)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", source / "venv"], check=True)
    (packages,) = (source / "venv" / "lib").glob("python*/site-packages")
    (packages / "here.pth").write_text(sysconfig.get_paths()["purelib"])
    run(["bash", source / "setup.sh"], cwd=source)
    shutil.copy(source / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    return root


def run(command: list[Any], cwd: Path) -> str:
    """Run a script as Gradescope does: nothing of this environment but the PATH."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(cwd),
        "LANG": "C.UTF-8",
        "PIP_NO_INDEX": "1",
    }
    ended = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def graded(image: Path, notebook: Any) -> dict[str, Any]:
    submission, results = image / "submission", image / "results"
    for folder in (submission, results):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    text = notebook if isinstance(notebook, str) else json.dumps(notebook)
    (submission / "my homework (3).ipynb").write_text(text)
    about = {
        "id": 1,
        "users": [{"email": "ada@example.org", "id": 2, "name": "Ada"}],
        "previous_submissions": [],
    }
    (image / "submission_metadata.json").write_text(json.dumps(about))
    run([image / "run_autograder"], cwd=image)
    found: dict[str, Any] = json.loads((results / "results.json").read_text())
    return found


@pytest.mark.slow
def test_the_zip_knows_no_student_and_no_secret_of_the_course(course: Course, image: Path) -> None:
    key = course.root / "autograder.key"
    course.secret("")
    names = [path.name for path in (image / "source" / "course").iterdir()]
    assert not {"submitted", "autograded", "feedback"} & set(names)
    assert key.read_bytes() != (image / "source" / "course" / "autograder.key").read_bytes()


@pytest.mark.slow
def test_a_submission_gets_its_results(course: Course, image: Path) -> None:
    results = graded(image, answered(course, SEES_ONE))
    assert results["score"] == 8
    assert results["visibility"] in VISIBILITY
    assert isinstance(results["execution_time"], int)
    tests = {test["name"]: test for test in results["tests"]}
    for test in tests.values():
        assert test["visibility"] in VISIBILITY
        assert test["status"] in ("passed", "failed")
    seen, points = tests["twice-values"], tests["twice-values: points"]
    assert (seen["status"], seen["visibility"]) == ("passed", "visible")
    assert "score" not in seen
    assert (points["score"], points["max_score"], points["status"]) == (0, 2, "failed")
    assert points["visibility"] == "after_published"
    assert sum(test.get("max_score", 0) for test in tests.values()) == 10
    told = (
        json.dumps([test for test in tests.values() if test["visibility"] == "visible"]) + results["output"]
    )
    assert not [word for word in WORDS if word in told]


@pytest.mark.slow
def test_what_can_not_be_graded_says_why(image: Path) -> None:
    results = graded(image, "no notebook")
    assert results["score"] == 0
    assert "not a notebook" in results["output"]


def test_it_is_for_one_assignment_of_gradescopes(course: Course) -> None:
    for arguments in (["canvas", ASSIGNMENT], ["gradescope"]):
        ended = autograder("export", *arguments, "--autograder", "--course", course.root)
        assert ended.returncode == 2
        assert "one assignment" in ended.stderr
    refuses(autograder("export", "gradescope", "none", "--autograder", "--course", course.root), "'none'")
