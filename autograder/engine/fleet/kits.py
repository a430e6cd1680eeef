"""What travels to a worker and back: what all submissions of a notebook share goes once, the rest is small.

A *kit* is the paper, the premises, the known figures and their standing: some 300 kB, named by a hash of its
content. A *slip* is what a submission has besides. In a result, a known figure is named by its key.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from autograder.engine.examiner.job import Job, Result
from autograder.engine.wall.premises import Premises
from autograder.marking.paper import Paper
from autograder.marking.standing import Standing

SHARED = ("paper", "figures", "standing")
KEPT = 8  # kits in memory at a time: those of the assignments that are graded now
SHORT = 100  # characters: what is as short as its mark may as well travel
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


def folded(result: Result, figures: Mapping[str, str]) -> bytes:
    """Return a result as bytes, in which known figures are named by their keys."""
    text = result.notebook
    for key, picture in figures.items():
        if len(picture) > SHORT:
            text = text.replace(_written(picture), f"{MARK}{key}{MARK}")
    facts = json.loads(result.to_json()) | {"notebook": text}
    return zlib.compress(json.dumps(facts).encode(), 1)


def unfolded(data: bytes, figures: Mapping[str, str]) -> Result:
    """Return the result that was folded, with its figures."""
    result = Result.from_json(zlib.decompress(data))
    if MARK not in result.notebook:
        return result
    text = re.sub(f"{MARK}([^{MARK}]*){MARK}", lambda mark: _written(figures[mark[1]]), result.notebook)
    return Result(**{each.name: getattr(result, each.name) for each in fields(result)} | {"notebook": text})


def _written(picture: str) -> str:
    """Return a picture as it stands in a notebook's JSON, in an output of its own or within HTML."""
    return json.dumps(picture.strip())[1:-1]
