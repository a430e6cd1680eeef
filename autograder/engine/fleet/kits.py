"""What travels to a worker and back: what all submissions of a notebook share goes once, the rest is small.

A *kit* is the paper, the premises, the known figures and their standing: some 300 kB, named by a hash of its
content. A *slip* is what a submission has besides. A result names what both ends have by its key: figures of
the kit, and cells of the paper and of the submission itself.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

from autograder.engine.examiner.job import Job, Result
from autograder.engine.wall.premises import Premises
from autograder.marking.paper import Paper
from autograder.marking.standing import Standing

SHARED = ("paper", "figures", "standing")
KEPT = 8  # kits in memory at a time: those of the assignments that are graded now
SHORT = 100  # characters: what is as short as its mark may as well travel
SOURCE = re.compile(r'^( *"source": ")(.*)(",?)$', re.MULTILINE)  # of a cell, in a notebook's JSON
MARK = "\0"  # JSON has none as it is, so nothing that a submission puts out can be taken for a mark


@dataclass(frozen=True)
class Kit:
    """What all submissions of a notebook share."""

    paper: Paper
    premises: Premises
    figures: Mapping[str, str]
    standing: Standing


@dataclass(frozen=True)
class Packed:
    """A kit as it travels, with its name."""

    key: str
    data: bytes
    kit: Kit

    @classmethod
    def of(cls, kit: Kit) -> Packed:
        """Pack it."""
        data = pickle.dumps(kit)
        return cls(hashlib.sha256(data).hexdigest(), zlib.compress(data, 1), kit)


def unpacked(data: bytes) -> Kit:
    """Return a kit that has travelled."""
    kit = pickle.loads(zlib.decompress(data))
    assert isinstance(kit, Kit)
    return kit


class Shelf:
    """Kits by key, the latest few."""

    def __init__(self) -> None:
        self._kits: OrderedDict[str, Kit] = OrderedDict()

    def __contains__(self, key: str) -> bool:
        return key in self._kits

    def get(self, key: str, fetch: Callable[[], bytes]) -> Kit:
        """Return a kit, fetched if it isn't here."""
        if key not in self._kits:
            self._kits[key] = unpacked(fetch())
        self._kits.move_to_end(key)
        while len(self._kits) > KEPT:
            self._kits.popitem(last=False)
        return self._kits[key]


class Bench:
    """Packs kits where jobs are handed out, each once."""

    def __init__(self) -> None:
        self._packed: OrderedDict[tuple[int, int, int, Premises], Packed] = OrderedDict()

    def kit_of(self, job: Job, premises: Premises) -> Packed:
        """Return the kit of a job; jobs with the same paper, figures and standing (objects) share it."""
        name = id(job.paper), id(job.figures), id(job.standing), premises  # which the kit keeps alive
        if name not in self._packed:
            self._packed[name] = Packed.of(Kit(job.paper, premises, job.figures, job.standing))
        self._packed.move_to_end(name)
        while len(self._packed) > KEPT:
            self._packed.popitem(last=False)
        return self._packed[name]


def slip_of(job: Job) -> bytes:
    """Return what a job has besides its kit."""
    own = {each.name: getattr(job, each.name) for each in fields(job) if each.name not in SHARED}
    return zlib.compress(pickle.dumps(own), 1)


def job_of(kit: Kit, slip: bytes) -> Job:
    """Put a job together again."""
    own = pickle.loads(zlib.decompress(slip))
    return Job(paper=kit.paper, figures=dict(kit.figures), standing=kit.standing, **own)


@dataclass(frozen=True)
class Known:
    """What both ends have of a job, by the keys that a result names it by.

    Attributes:
        figures: pictures, which may stand anywhere in a notebook.
        cells: sources of cells.
    """

    figures: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job) -> Known:
        """Return what is known wherever a job is."""
        sources = [cell.source for cell in job.paper.cells] + _sources(job.notebook)
        return cls(job.figures, {f"cell {number}": source for number, source in enumerate(sources)})


def folded(result: Result, known: Known) -> bytes:
    """Return a result as bytes, in which what is known is named by its key."""
    keys = {_written(source): key for key, source in known.cells.items() if len(source) > SHORT}

    def named(line: re.Match[str]) -> str:
        before, source, after = line.groups()
        return f"{before}{MARK}{keys[source]}{MARK}{after}" if source in keys else line[0]

    text = SOURCE.sub(named, result.notebook)
    for key, picture in known.figures.items():
        if len(picture) > SHORT:
            text = text.replace(_written(picture.strip()), f"{MARK}{key}{MARK}")
    facts = json.loads(result.to_json()) | {"notebook": text}
    return zlib.compress(json.dumps(facts).encode())


def unfolded(data: bytes, known: Known) -> Result:
    """Return the result that was folded."""
    result = Result.from_json(zlib.decompress(data))
    if MARK not in result.notebook:
        return result

    def whole(mark: re.Match[str]) -> str:
        key = mark[1]
        return _written(known.cells[key] if key in known.cells else known.figures[key].strip())

    text = re.sub(f"{MARK}([^{MARK}]*){MARK}", whole, result.notebook)
    return Result(**{each.name: getattr(result, each.name) for each in fields(result)} | {"notebook": text})


def _sources(notebook: bytes) -> list[str]:
    """Return the sources of a submission's cells; of one that can't be read, none."""
    try:
        return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"]]
    except (ValueError, LookupError, TypeError, RecursionError):  # grading says what is wrong
        return []


def _written(text: str) -> str:
    """Return a text as it stands in a notebook's JSON, in a string of its own or within another."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
