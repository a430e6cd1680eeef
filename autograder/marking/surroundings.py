"""What lies around a submission while it is graded, as plain data: files, variables, packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class File:
    """A file beside a notebook: its path below some folder, and its content."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Surroundings:
    """What the submissions of an assignment need around them.

    Attributes:
        version: changes whenever the course's own code could change a score or a finding.
        files: what lies beside every submission, below the one folder that it may write to (its home).
        student_packages: imports from these packages stay in the student's process.
        shown: what a submission may read: packages by name, and folders as seen from a package, where they
            exist ("package/../data"). In the sandbox all of them lie side by side.
        preload: modules that workers import before the first submission; what `inside` imports, sandboxes do.
        variables: environment of the student's process; {home} and {student} are filled in.
        secrets: environment of the examiner only; {student} is filled in, and {secret}: 64 hexadecimal digits
            of this student's, the same at each regrade.
        inside: the text that names the course's part in the sandbox (`autograder.hooks.Inside`), or "".
        course: files of the course that its namer reads: on a worker they are laid out in a folder, which is
            the course's root there. Submissions never see them.
    """

    version: str = ""
    files: tuple[File, ...] = ()
    student_packages: frozenset[str] = frozenset()
    shown: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    inside: str = ""
    course: tuple[File, ...] = ()


def filled_in(variables: Mapping[str, str], **places: str) -> dict[str, str]:
    """Return variables with such places as {home} and {student} replaced, every other brace as it is."""
    filled = dict(variables)
    for place, value in places.items():
        filled = {name: text.replace(f"{{{place}}}", value) for name, text in filled.items()}
    return filled
