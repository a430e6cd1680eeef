"""What students import in a tab: this tree's workbook with its data, and nothing of the instructor's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.course import Course
from backprop.site import tab, wheels


@pytest.fixture(scope="module")
def packed(course: Course, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("wheels")
    return folder, wheels.pack(course.root, Path(sys.prefix), folder)


def test_the_wheel_holds_workbook_and_its_data_alone(packed: Any, course: Course) -> None:
    folder, entries = packed
    with zipfile.ZipFile(folder / entries["workbook"]["file_name"]) as wheel:
        names = [name for name in wheel.namelist() if ".dist-info/" not in name]
        tree = list((course.root / "workbook").rglob("*.py"))
        assert {name.split("/")[0] for name in names} == {"workbook"}
        for path in tree:
            assert wheel.read(str(path.relative_to(course.root))) == path.read_bytes()
    assert "workbook/_data/digits.npz" in names


def test_every_entry_is_of_its_file(packed: Any) -> None:
    folder, entries = packed
    for name, entry in entries.items():
        content = (folder / entry["file_name"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest(), name


def test_what_the_kernel_loads_is_pinned_or_packed(packed: Any) -> None:
    from backprop.site import runtime

    known = {*runtime.PINS["lock"]["packages"], *packed[1]}
    assert {name.replace("_", "-") for name in tab.LOADED} <= known
    for entry in [*runtime.PINS["lock"]["packages"].values(), *packed[1].values()]:
        assert {name.replace("_", "-").lower() for name in entry["depends"]} <= known, entry["name"]


def test_a_packed_wheel_can_be_imported(packed: Any) -> None:
    folder, entries = packed
    path = folder / entries["comm"]["file_name"]
    code = f"import sys; sys.path.insert(0, {str(path)!r}); import comm; print(comm.__file__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert str(path) in done.stdout


def test_what_a_student_gets_holds_no_work_of_somebody_else(course: Course, tmp_path: Path) -> None:
    tab.released(course, tmp_path / "files")
    found = {str(path.relative_to(tmp_path / "files")) for path in (tmp_path / "files").rglob("*.*")}
    assert {name for name in found if name.startswith("mynn")} == {"mynn/__init__.py"}
    assert not [name for name in found if Path(name).name.startswith(".")]
    assert "02-modules/clues.json" in found
