"""What a sandbox is built from, and what is raised where there is none."""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from autograder.engine.wire.limits import Limits
from autograder.marking.surroundings import Surroundings

CONFIG = "nbgrader_config.py"  # a folder that has it is a course


class SandboxError(Exception):
    """The sandbox can't be used here; the message says why and what to do."""


class SandboxLost(SandboxError):  # noqa: N818 - what happened, and no mistake of the submission's
    """The sandbox failed while a submission ran in it; a new one may do."""


class OtherCode(SandboxError):  # noqa: N818 - what was found
    """What grades here isn't what the grader believes that it is, and a gradebook would rely on."""


@dataclass(frozen=True)
class Premises:
    """What a sandbox and its worker are built from: the same for all submissions of an assignment.

    Attributes:
        hidden: folders of this machine that a submission must not see even if they lie inside one that it
            sees: the course.
        hooks: the text that names the course's hooks: the package that they are in is hidden, too, wherever
            it is installed.
        isolated: False only on the instructor's explicit word (--no-sandbox).
        limits: what one submission may use.
        shown: packages and folders that it may read besides (see `Surroundings`).
        inside: the text that names the course's part in the sandbox, or "".
        preload: modules that the worker imports before its first submission.
        version: of the code that grades (see `version_of`); a process that outlives a run may have another.
    """

    hidden: tuple[str, ...] = ()
    hooks: str = ""
    isolated: bool = True
    limits: Limits = field(default_factory=Limits)
    shown: tuple[str, ...] = ()
    inside: str = ""
    preload: tuple[str, ...] = ()
    version: str = ""


def premises_for(
    around: Surroundings, hooks: str, *, hidden: tuple[str, ...], isolated: bool, limits: Limits
) -> Premises:
    """Return what the submissions of an assignment need.

    Args:
        around: what the course's hooks say.
        hooks: the text that names them.
        hidden: what has to be hidden: the course.
        isolated: False for --no-sandbox.
        limits: what one submission may use.
    """
    return Premises(
        hidden,
        hooks,
        isolated,
        limits,
        shown=around.shown,
        inside=around.inside,
        preload=around.preload,
        version=version_of(hooks),
    )


def version_of(hooks: str) -> str:
    """Return a hash of the grader's own code and of the course's, as they are here.

    Args:
        hooks: the text that names the course's.
    """
    return hashlib.sha256(f"{code_of('autograder')} {code_of(hooks.partition(':')[0])}".encode()).hexdigest()


@cache
def code_of(module: str) -> str:
    """Return a hash of the code of the package that a module belongs to; "" if there is none."""
    package = module.partition(".")[0]
    spec = importlib.util.find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return ""
    here = Path(spec.origin)
    files = sorted(here.parent.rglob("*.py")) if spec.submodule_search_locations else [here]
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(here.parent)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def elsewhere(premises: Premises) -> Premises:
    """Return premises as they are for other machines: without the paths of this one."""
    return replace(premises, hidden=())


def hidden_here(premises: Premises) -> list[Path]:
    """Return what a submission must not see on this machine.

    That is what the premises name, the package of the course's hooks, and any course that this process or
    that package lies in.
    """
    package = folder_of(premises.hooks.partition(":")[0].partition(".")[0])
    around = [*([package] if package else []), Path.cwd() / "any"]
    courses = [folder for place in around for folder in place.parents if (folder / CONFIG).is_file()]
    return [*map(Path, premises.hidden), *([package] if package else []), *dict.fromkeys(courses)]


def folder_of(package: str) -> Path | None:
    """Return the folder of an installed package; None for no name, or none that is installed."""
    spec = importlib.util.find_spec(package) if package else None
    return Path(spec.origin).resolve().parent if spec and spec.origin else None
