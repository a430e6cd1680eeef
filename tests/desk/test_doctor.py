"""`autograder doctor` says which walls hold here."""

from __future__ import annotations

from autograder.desk.doctor import examine
from autograder.engine.examinee import confine, landlock


def test_each_layer_is_shown_as_a_submission_finds_it() -> None:
    found = list(examine(None))
    assert not [finding.text for finding in found if finding.good is False]
    said = "\n".join(finding.text for finding in found)
    assert "process 1 of its own, without network" in said
    assert "only the system calls that are on a list" in said
    version = landlock.version(confine.libc)
    assert (f"Landlock (version {version})" if version else "no Landlock") in said
    assert "counts the memory" in said
