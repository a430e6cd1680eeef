"""The student's side of known figures: each is described, and drawn only if the grader doesn't have it."""

from __future__ import annotations

import base64
import copyreg
import hashlib
import io
import pickle
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import matplotlib
from matplotlib.figure import Figure
from matplotlib.transforms import TransformNode

from autograder.engine.wire.figures import MADE, MARK

Drawn = TypeVar("Drawn")


class _Describer(pickle.Pickler):
    """Pickles a figure without what differs from process to process: addresses of transforms."""

    def reducer_override(self, thing: Any) -> Any:
        """Leave out who depends on a transform: a table keyed by addresses."""
        if isinstance(thing, TransformNode):
            state = {key: value for key, value in vars(thing).items() if key != "_parents"}
            return copyreg.__newobj__, (type(thing),), state  # type: ignore[attr-defined]
        return NotImplemented


def figure_key(figure: Figure, how: Any) -> str | None:
    """Return a hash of a figure and of how it is to be drawn; None if it can't be hashed."""
    buffer = io.BytesIO()
    try:
        _Describer(buffer, 5).dump((figure, sorted(matplotlib.rcParams.items(), key=lambda p: p[0]), how))
    except Exception:  # a figure of a class that can't be pickled is drawn
        return None
    return hashlib.sha256(buffer.getvalue()).hexdigest()


class Recogniser:
    """Takes the place of IPython's `print_figure`, and of functions whose pictures a course puts aside.

    Args:
        draw: the original `print_figure`.

    Attributes:
        known: hashes of the pictures that the grader has.
        aside: pictures put aside, in base64, by their hashes.
        keeping: whether the grader wants what is drawn.
    """

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.known: frozenset[str] = frozenset()
        self.aside: dict[str, str] = {}
        self.keeping = False

    def expect(self, known: Iterable[str], aside: Mapping[str, str], keeping: bool) -> None:
        """Take what is known about one submission's pictures."""
        self.known, self.aside, self.keeping = frozenset(known), dict(aside), keeping

    def put_aside(
        self, draw: Callable[[Drawn], bytes], figure: Callable[[Drawn], Figure | None]
    ) -> Callable[[Drawn], bytes]:
        """Return what takes the place of a function that draws: it need not draw what the grader has.

        Args:
            draw: returns the picture of something as PNG.
            figure: returns the figure that would be drawn, or None where it has to be drawn now.
        """

        def png(thing: Drawn) -> bytes:
            shown = figure(thing) if self.aside or self.keeping else None
            if shown is None:
                return draw(thing)
            key = figure_key(shown, None)
            if key in self.aside:
                return base64.b64decode(self.aside[key])
            picture = draw(thing)
            if self.keeping and key is not None:
                self.aside[key] = base64.b64encode(picture).decode()
            return picture

        return png

    def __call__(self, fig: Figure, fmt: str = "png", *args: Any, **kwargs: Any) -> Any:
        """Draw a figure, or return the mark of one that is known."""
        if fmt != "png" or not (self.known or self.keeping):
            return self.draw(fig, fmt, *args, **kwargs)
        key = figure_key(fig, (args, sorted(kwargs.items(), key=lambda pair: pair[0])))
        if key in self.known:
            return f"{MARK}{key}"
        picture = self.draw(fig, fmt, *args, **kwargs)
        keep = self.keeping and key is not None and isinstance(picture, str)
        return f"{MADE}{key}:{picture}" if keep else picture
