"""Figures that the instructor's own notebook draws too are recognised before they are drawn again.

Drawing a figure takes a hundred times as long as describing it. A class runs the same demonstration cells, so
most of its figures are, artist by artist, those of the solution notebook, whose pictures the examiner has. It
hands one over to whoever names the hash of the figure's description: to code that has built that figure.
"""

from __future__ import annotations

import base64
import copyreg
import hashlib
import io
import pickle
from collections.abc import Callable
from typing import Any, TypeVar

import matplotlib
from matplotlib.figure import Figure
from matplotlib.transforms import TransformNode

from autograder.engine.examinee.beside import Beside
from autograder.engine.examinee.pictures import smaller

Drawn = TypeVar("Drawn")
BLANK = (  # a picture of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)


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
        room: characters of pictures that are kept in a rehearsal.

    Attributes:
        ask: returns the examiner's picture, in base64, of a figure whose hash it is given, or None.
        keeping: whether the grader wants what is drawn.
        beside: draws what it wants, where nobody looks at what is shown: everybody sees a blank picture.
        kept: what has been drawn for it so far: pictures in base64, by the hashes of their figures.
    """

    def __init__(self, draw: Callable[..., Any], room: int = 2**24) -> None:
        self.draw = draw
        self.room = room
        self.ask: Callable[[str], str | None] | None = None
        self.keeping = False
        self.beside: Beside | None = None
        self.kept: dict[str, str] = {}

    @property
    def idle(self) -> bool:
        """Whether there is nobody to ask, and nobody who wants what is drawn."""
        return self.ask is None and not self.keeping

    def put_aside(
        self, draw: Callable[[Drawn], bytes], figure: Callable[[Drawn], Figure | None]
    ) -> Callable[[Drawn], bytes]:
        """Return what takes the place of a function that draws: it need not draw what the grader has.

        Args:
            draw: returns the picture of something as PNG.
            figure: returns the figure that would be drawn, or None where it has to be drawn now.
        """

        def png(thing: Drawn) -> bytes:
            shown = None if self.idle else figure(thing)
            if shown is None:
                return draw(thing)
            return base64.b64decode(
                self._picture(shown, None, lambda: base64.b64encode(draw(thing)).decode())
            )

        return png

    def __call__(self, fig: Figure, fmt: str = "png", *args: Any, **kwargs: Any) -> Any:
        """Draw a figure, unless its picture is at hand."""
        if fmt != "png" or not kwargs.get("base64") or self.idle:
            return self.draw(fig, fmt, *args, **kwargs)
        how = args, sorted(kwargs.items(), key=lambda pair: pair[0])
        return self._picture(fig, how, lambda: self.draw(fig, fmt, *args, **kwargs))

    def pictures(self, patience: float) -> dict[str, str]:
        """Return all that the grader gets, in base64, by the hashes of the figures.

        Args:
            patience: seconds to wait for what is still being drawn.
        """
        if self.beside is not None:
            for key, picture in self.beside.all(patience):
                self._keep(key, picture)
        return self.kept

    def _picture(self, figure: Figure, how: Any, draw: Callable[[], str]) -> str:
        key = figure_key(figure, how)  # first: drawing changes a figure
        known = self.ask(key) if key is not None and self.ask is not None else None
        if known is not None:
            return known
        if key is not None and self.beside is not None and self.beside.begin(key, lambda: smaller(draw())):
            return BLANK
        picture = smaller(draw())
        if self.keeping and key is not None:
            self._keep(key, picture)
        return picture

    def _keep(self, key: str, picture: str) -> None:
        if len(picture) < self.room:
            self.room -= len(picture)
            self.kept[key] = picture
