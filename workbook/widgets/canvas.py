"""One figure that stays: its moving artists are painted over a kept background, and nothing flickers."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from PIL import Image

DPI, DENSITY = 100, 2  # of the page, and of the picture: as sharp as the text beside it
COLOURS = 256  # a palette is found and packed in half the time that three bytes a dot take
BLUE, VERMILLION, GREEN, ORANGE, GREY = "#0072B2", "#D55E00", "#009E73", "#E69F00", "#595959"  # Okabe-Ito


class Canvas:
    """A matplotlib figure without pyplot, so that no notebook backend shows it a second time.

    What never changes is drawn and laid out once, and kept as pixels. A redraw restores those pixels and
    paints the moving artists on top, which costs a fraction of a whole draw.
    """

    def __init__(self, width: float, height: float, panels: Sequence[float]) -> None:
        room = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.08)  # a margin, for longer tick labels later
        self.figure = Figure(figsize=(width, height), dpi=DENSITY * DPI, layout=room)
        self._canvas: Any = FigureCanvasAgg(self.figure)
        axes = self.figure.subplots(1, len(panels), width_ratios=list(panels), squeeze=False)
        self.axes: list[Axes] = list(axes[0])
        self._moving: list[Artist] = []
        self._resting: list[Artist] = []
        self._background: object = None
        self._rested: object = None
        for ax in self.axes:
            ax.spines[["top", "right"]].set_visible(False)
            ax.tick_params(labelsize=10)

    @property
    def drawn(self) -> bool:
        """Say whether this has been drawn before."""
        return self._background is not None

    def moving(self, *artists: Artist) -> None:
        """Declare artists that change from one redraw to the next."""
        self._moving += artists

    def resting(self, *artists: Artist) -> None:
        """Declare artists that change seldom, and stand behind those that move; say so with `stir`."""
        self._resting += artists

    def stir(self) -> None:
        """Have the resting artists drawn anew, as they are now."""
        self._rested = None

    def png(self) -> bytes:
        """Redraw, and return the picture as PNG."""
        if not self.drawn:
            self._lay_out()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
        if self._rested is None:
            self._rested = self._painted(self._background, self._resting)
        self._canvas.restore_region(self._rested)
        for artist in self._moving:
            self.figure.draw_artist(artist)
        buffer = io.BytesIO()
        picture = Image.fromarray(np.asarray(self._canvas.buffer_rgba())).convert("RGB")
        few = picture.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(buffer, format="png", compress_level=1)
        return buffer.getvalue()

    def _painted(self, ground: object, artists: Sequence[Artist]) -> object:
        self._canvas.restore_region(ground)
        for artist in artists:
            self.figure.draw_artist(artist)
        region: object = self._canvas.copy_from_bbox(self.figure.bbox)
        return region

    def _lay_out(self) -> None:
        """Find room for everything; then, with the places fixed, draw what never changes."""
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")
        for artist in (*self._resting, *self._moving):
            artist.set_animated(True)
        self._canvas.draw()
