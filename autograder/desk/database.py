"""The gradebook's database: the indexes that nbgrader lacks, and transactions that outlive a restart."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

# each of them is looked up for every submission; without an index, in the whole table
INDEXES = {"grade": "notebook_id", "comment": "notebook_id", "submitted_notebook": "assignment_id"}
PATIENCE = 60.0  # seconds that a database may take to come back
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 5.0

Value = TypeVar("Value")


class Database:
    """What writes to a gradebook goes through here.

    Args:
        engine: nbgrader's own.
    """

    def __init__(self, engine: Any) -> None:
        self.engine: Engine = engine
        with contextlib.suppress(
            DBAPIError
        ):  # without them it is slow; who can't write hears of it elsewhere
            add_indexes(self.engine)

    def transact(self, work: Callable[[Connection], Value]) -> Value:
        """Do something in one transaction; again, if the database's server goes away and comes back.

        Args:
            work: what to do. It may be done twice where the server ended between commit and answer, so it
                has to look at what is there first.

        Raises:
            SQLAlchemyError: whatever the database complains of, or that it didn't come back.
        """
        for pause in _pauses():
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if pause is None or not self._away(error):
                    raise
                self.engine.dispose()
            time.sleep(pause)
        raise AssertionError("unreachable")

    def _away(self, error: DBAPIError) -> bool:
        """Say whether a server has closed the connection, or takes none just now."""
        if self.engine.dialect.name == "sqlite":
            return False
        return error.connection_invalidated or error.statement is None


def _pauses() -> Iterator[float | None]:
    """Yield how long to wait after each attempt; None after the last."""
    end, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
    while time.monotonic() < end:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
    yield None


def add_indexes(engine: Engine) -> None:
    """Make the indexes that are missing; nbgrader reads, writes and upgrades the same database with them."""
    looked_at = inspect(engine)
    for table, column in INDEXES.items():
        if any(index["column_names"][:1] == [column] for index in looked_at.get_indexes(table)):
            continue
        with engine.begin() as connection:
            connection.execute(text(f"CREATE INDEX IF NOT EXISTS ix_{table}_{column} ON {table} ({column})"))
