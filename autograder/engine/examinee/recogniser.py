"""The student's side of known figures: each is described, and drawn only if the grader doesn't have it."""

from __future__ import annotations

import base64
import copyreg
import hashlib
import io
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.transforms import TransformNode

from autograder.engine.wire.figures import MADE, MARK
from workbook.widgets.canvas import Canvas


class _Describer(pickle.Pickler):
    """Pickles a figure without what differs from process to process: addresses of transforms."""

    def reducer_override(self, thing: Any) -> Any:
        """Leave out who depends on a transform: a table keyed by addresses."""
        if isinstance(thing, TransformNode):
            state = {key: value for key, value in vars(thing).items() if key != "_parents"}
            return copyreg.__newobj__, (type(thing),), state  # type: ignore[attr-defined]
        return NotImplemented


def describe(figure: Figure, how: Any) -> str | None:
    """Return a hash of a figure and of how it is to be drawn; None if it can't be described."""
    buffer = io.BytesIO()
    try:
        _Describer(buffer, 5).dump((figure, sorted(matplotlib.rcParams.items(), key=lambda p: p[0]), how))
    except Exception:  # a figure of a class that can't be pickled is drawn
        return None
    return hashlib.sha256(buffer.getvalue()).hexdigest()


class Recogniser:
    """Takes the place of IPython's `print_figure`, and of how an explorer draws its first picture.

    Args:
        draw: the original `print_figure`.

    Attributes:
        known: hashes of the pictures that the grader has.
        explorers: explorers' first pictures in base64, by their hashes.
        keeping: whether the grader wants what is drawn.
    """

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.known: frozenset[str] = frozenset()
        self.explorers: dict[str, str] = {}
        self.keeping = False

    def prepare(self, known: Iterable[str], explorers: Mapping[str, str], keeping: bool) -> None:
        """Take what is known about one submission's pictures."""
        self.known, self.explorers, self.keeping = frozenset(known), dict(explorers), keeping

    def explorer(self, draw: Callable[[Canvas], bytes]) -> Callable[[Canvas], bytes]:
        """Return what takes the place of `Canvas.png`: an explorer isn't drawn until it is moved."""

        def png(canvas: Canvas) -> bytes:
            if canvas.drawn or not (self.explorers or self.keeping):
                return draw(canvas)
            key = describe(canvas.figure, None)
            if key in self.explorers:
                return base64.b64decode(self.explorers[key])
            picture = draw(canvas)
            if self.keeping and key is not None:
                self.explorers[key] = base64.b64encode(picture).decode()
            return picture

        return png

    def __call__(self, fig: Figure, fmt: str = "png", *args: Any, **kwargs: Any) -> Any:
        """Draw a figure, or return the mark of one that is known."""
        if fmt != "png" or not (self.known or self.keeping):
            return self.draw(fig, fmt, *args, **kwargs)
        key = describe(fig, (args, sorted(kwargs.items(), key=lambda pair: pair[0])))
        if key in self.known:
            return f"{MARK}{key}"
        picture = self.draw(fig, fmt, *args, **kwargs)
        keep = self.keeping and key is not None and isinstance(picture, str)
        return f"{MADE}{key}:{picture}" if keep else picture
