"""An IPython shell without a kernel: runs cells and keeps their outputs as a notebook would show them."""

from __future__ import annotations

import base64
import builtins
import contextlib
import getpass
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from IPython.core import pylabtools
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.engine.examinee.beside import Beside
from autograder.engine.examinee.recogniser import Recogniser
from autograder.engine.examinee.reserve import BROKEN_OFF, Reserve, let_go
from autograder.engine.wire.outputs import Outputs, Stream

PRINT = print
ENGINE = str(Path(__file__).resolve().parents[1])


def end_at_student(frame: TracebackType | None) -> None:
    """Cut off the engine's frames at the end of a traceback; one that has no others stays as it is."""
    last = None
    while frame is not None:
        if not frame.tb_frame.f_code.co_filename.startswith(ENGINE):
            last = frame
        frame = frame.tb_next
    if last is not None:
        last.tb_next = None


class ResultHook(DisplayHook):
    """Keeps a cell's last value as an `execute_result`."""

    shell: Any

    def write_output_prompt(self) -> None:
        """Print no `Out[3]:`."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the value's representations."""
        self.shell.outputs.add(
            {
                "output_type": "execute_result",
                "execution_count": self.prompt_count,
                "data": clean_data(format_dict),
                "metadata": clean_json(md_dict or {}),
            }
        )

    def finish_displayhook(self) -> None:
        """Print no newline."""


class Publisher(DisplayPublisher):
    """Keeps what `display` shows, and lets hooks add to it as a notebook's publisher does."""

    shell: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self._hooks: list[Callable[[dict[str, Any]], dict[str, Any] | None]] = []

    def register_hook(self, hook: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
        """Call `hook` with each message before it is shown (see ipykernel's `ZMQDisplayPublisher`)."""
        self._hooks.append(hook)

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **kwargs: Any,
    ) -> None:
        """Keep one display, or the update of an earlier one."""
        kind = "update_display_data" if update else "display_data"
        content = {"data": clean_data(data), "metadata": clean_json(metadata or {})}
        message: dict[str, Any] | None = {"header": {"msg_type": kind}, "content": content}
        for hook in self._hooks:
            message = hook(message) if message is not None else None
        if message is None:
            return
        content = message["content"]
        self.shell.outputs.add(
            {
                "output_type": kind,
                "data": clean_data(content["data"]),
                "metadata": clean_json(content["metadata"]),
                "display_id": str((transient or {}).get("display_id", "")),
            }
        )

    def clear_output(self, wait: bool = False) -> None:
        """Ask for an empty output area."""
        self.shell.outputs.add({"output_type": "clear_output", "wait": bool(wait)})


class ExamineeShell(InteractiveShell):
    """Runs the student's cells as ipykernel would, without a front end."""

    displayhook_class = ResultHook
    display_pub_class = Publisher
    recogniser: Recogniser
    kernel: Any = None  # another language's, if the notebook is of one
    course: Any = None  # the course's part in here (`Inside`), if it has one
    reserve = Reserve()  # memory to say that there is none
    layers: Mapping[str, Any] = {}  # which walls hold (see `confine.give_up_privileges`)

    def __init__(self, **kwargs: Any) -> None:
        self.outputs = Outputs()
        self.told: list[BaseException | None] = []  # the errors of the last cell
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop to integrate."""

    def ask_exit(self) -> None:
        """`exit` doesn't end a notebook that is being graded."""

    def set_custom_exc(self, exc_tuple: Any, handler: Any) -> None:
        """Let a handler of errors use the reserve: IPython drops one that fails, for good."""

        def with_reserve(*args: Any, **options: Any) -> Any:
            self.reserve.open()
            return handler(*args, **options)

        super().set_custom_exc(exc_tuple, handler and with_reserve)  # type: ignore[no-untyped-call]

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Show an error up to the student's own last line: what the grader did below it is no help."""
        self.reserve.open()
        with contextlib.suppress(ValueError):
            _, _, frame = self._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
            end_at_student(frame)
        super().showtraceback(exc_tuple, *args, **kwargs)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.outputs.add(
            {
                "output_type": "error",
                "ename": str(getattr(etype, "__name__", etype)),
                "evalue": _text(evalue),
                "traceback": [str(line)[:100_000] for line in stb][:200],
            }
        )

    def execute(self, source: str, count: int) -> bool:
        """Run one cell and say whether it ended without error; its outputs wait in `outputs`."""
        self.outputs.clear()
        if self.kernel is not None:
            items = self.kernel.run(source, count)
            self.outputs.take_over(items)
            return all(item["output_type"] != "error" for item in items)
        self.execution_count = count
        sys.stdout, sys.stderr = self.streams
        try:
            result = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        except BROKEN_OFF as error:  # another one, before the first could be shown
            self.reserve.open()
            self.showtraceback((type(error), error, error.__traceback__))
            self.told = [error]
            return False
        self.told = [result.error_before_exec, result.error_in_exec]
        return bool(result.success)

    def let_go(self) -> None:
        """Let go what the errors of the last cell hold."""
        told, self.told = self.told, []
        for error in told:
            let_go(error)

    def take_outputs(self) -> list[dict[str, Any]]:
        """Return what was put out since the last call, in order."""
        self._read_descriptors()
        return self.outputs.take()

    def student_traceback(self, error: BaseException) -> list[str]:
        """Return what the student should read about an error: their own lines and the message."""
        frame = error.__traceback__
        while frame is not None and frame.tb_frame.f_code.co_filename.startswith(ENGINE):
            frame = frame.tb_next
        end_at_student(frame)
        told = error.with_traceback(frame)
        lines: Any = None
        if self.course is not None:
            with contextlib.suppress(Exception):
                lines = self.course.explain(error=told)
        if lines is None:
            with contextlib.suppress(Exception):
                lines = "".join(traceback.format_exception(told)).rstrip().split("\n")
        return [str(line)[:20_000] for line in lines or ()][:200]

    def detail(self, error: BaseException) -> Any:
        """Return what the course says of an error to its own checks, as plain data."""
        tell = getattr(self.course, "detail", None)
        with contextlib.suppress(Exception):
            return tell(error=error) if tell is not None else None
        return None

    def begin(self, setting: dict[str, Any]) -> None:
        """Take this submission's folder, files and environment.

        Args:
            setting: "home" (a writable folder), "folder" (the working directory, below it), "files"
                (pairs of a path below home and bytes), "environment", "hung" (see `Hangs`), and "pictures":
                "ask" whether the examiner has one, "keep" what is drawn, "beside" what runs, if any of these.
        """
        home = Path(setting["home"])
        for name, content in setting["files"]:
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        folder = home / setting["folder"]
        folder.mkdir(parents=True, exist_ok=True)
        os.chdir(folder)
        os.environ.update(setting["environment"], TMPDIR=str(home), HOME=str(home))
        tempfile.tempdir = None
        sys.path.insert(0, str(folder))
        self.recogniser.keeping = "keep" in setting["pictures"]
        self.recogniser.beside = Beside() if "beside" in setting["pictures"] else None
        np.random.seed()
        self._redirect_descriptors(home)
        self.streams = Stream("stdout", self.outputs), Stream("stderr", self.outputs)
        sys.stdout, sys.stderr = self.streams
        builtins.input = refuse_input
        getpass.getpass = refuse_input

    def replace_builtin(self, name: str, function: Any) -> None:
        """Put a function of the examiner's in the place of `print` or `input`; None: the usual one again."""
        usual = {"print": PRINT, "input": refuse_input}
        setattr(builtins, name, usual[name] if function is None else function)

    def _redirect_descriptors(self, home: Path) -> None:
        """Let what C code and child processes write to file descriptors 1 and 2 be read after each cell."""
        self._logs = []
        for descriptor, name in ((1, "stdout"), (2, "stderr")):
            path = home / f".{name}"
            writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o600)
            os.dup2(writer, descriptor)
            os.close(writer)
            self._logs.append((name, os.open(path, os.O_RDONLY)))

    def _read_descriptors(self) -> None:
        for name, descriptor in self._logs:
            try:
                data = os.read(descriptor, self.outputs.limits.stream)
            except OSError:
                continue
            if data:
                self.outputs.write(name, data.decode("utf-8", "replace"))


def make_shell() -> ExamineeShell:
    """Return the process's shell, without history on disk and with figures inline."""
    recogniser = Recogniser(pylabtools.print_figure)
    pylabtools.print_figure = recogniser
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "Linux"
    shell: ExamineeShell = ExamineeShell.instance(config=config)
    shell._logs = []
    shell.recogniser = recogniser
    return shell


def refuse_input(*args: Any, **kwargs: Any) -> str:
    """Stand in for `input` and `getpass`, which nobody would answer."""
    raise StdinNotImplementedError(
        "input() can't be answered while your notebook is graded. Put the value into a variable instead."
    )


def clean_data(data: Any) -> dict[str, Any]:
    """Return a display's representations as text (bytes in base64) or, for JSON types, as JSON."""
    cleaned: dict[str, Any] = {}
    for kind, content in dict(data).items():
        if isinstance(content, bytes):
            content = base64.b64encode(content).decode("ascii")
        if not isinstance(content, str):
            content = clean_json(content)
        cleaned[str(kind)] = content
    return cleaned


def clean_json(value: Any) -> Any:
    """Return a value with everything that isn't JSON turned into text."""
    try:
        return json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError, RecursionError):
        return str(value)


def _text(value: Any) -> str:
    try:
        return str(value)[:20_000]
    except Exception:
        return "<unreadable>"
