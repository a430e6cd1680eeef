"""A conversation with one examinee, as a test cell has it."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.engine.examiner.examiner import Examiner
from autograder.engine.examiner.patience import Patience
from autograder.engine.examiner.room import Room
from autograder.engine.wall.sandbox import Sandbox
from autograder.engine.wire.frames import Channel


class Conversation:
    """One examinee, the examiner's room, and what the student's cells put out."""

    def __init__(
        self,
        sandbox: Sandbox,
        patience: float = 5.0,
        *,
        known: Mapping[str, str] = {},
        keeping: bool = False,
        beside: bool = False,
    ) -> None:
        channel = Channel(sandbox.connect(draws=beside), sandbox.premises.limits)
        self.examiner = Examiner(channel, sandbox.interrupt, Patience(patience), pictures=known)
        self.room = Room(self.examiner)
        setting = {"home": sandbox.home, "folder": "work", "files": [], "environment": {}, "hung": []}
        pictures = ["ask"] * bool(known) + ["keep"] * keeping + ["beside"] * beside
        self.examiner.ask("begin", {**setting, "pictures": pictures})

    def student(self, source: str) -> list[dict[str, object]]:
        """Run a cell of the student's and return its outputs."""
        outputs: list[dict[str, object]] = []
        with self.examiner.collecting(outputs.extend):
            self.examiner.run_cell(source, 1)
        return outputs

    def passes(self, source: str) -> bool:
        """Run a test cell and say whether it passed."""
        return self.room.test("test", source, 1.0).score(1.0) == 1.0

    def fails_with(self, source: str) -> str:
        """Run a test cell that has to fail, and return the message."""
        verdict = self.room.test("test", source, 1.0)
        assert verdict.failed
        return str(next(o["evalue"] for o in verdict.outputs if o["output_type"] == "error"))
