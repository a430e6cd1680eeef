"""Figures that change while a long cell runs, in the place where they stand."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]
CLASSES = (("o", "white", "black"), ("s", "black", "white"))  # marker, inside and edge: apart in grey, too
DPI = 100  # of the page; the picture has twice as many, as sharp as the text beside it
CELLS = 90  # of the plane, in each direction


class Live:
    """Shows a figure again and again in one place: draw into it, then call this.

    The last picture stays, and so does its alt text (the cell's `#| fig-alt:` line).

    Args:
        figure: a figure of pyplot's; it is taken from pyplot, or the end of the cell would show it once more.
    """

    def __init__(self, figure: Figure) -> None:
        import matplotlib.pyplot as plt

        self.figure = figure
        self._place: Any = None
        plt.close(figure)

    def __call__(self) -> None:
        """Show the figure as it is now."""
        from IPython.display import DisplayHandle

        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=2 * DPI)
        words = self.figure.axes[0].get_title() if self.figure.axes else ""
        picture = {"image/png": base64.b64encode(buffer.getvalue()).decode(), "text/plain": words}
        about = {"image/png": {"width": round(self.figure.get_figwidth() * DPI)}}
        if self._place is None:
            self._place = DisplayHandle()  # type: ignore[no-untyped-call]
            self._place.display(picture, raw=True, metadata=about)
        else:
            self._place.update(picture, raw=True, metadata=about)


class Regions:
    """The plane, and which of two classes a network gives to each place, as it learns.

    Args:
        points: (n, 2), between -1.2 and 1.2.
        labels: (n,), class 0 or 1 of each point.
    """

    def __init__(self, points: Array, labels: Array) -> None:
        import matplotlib.pyplot as plt

        figure, self._ax = plt.subplots(figsize=(5.2, 5.4), layout="constrained")
        self._ax.set(xlabel="first coordinate (dimensionless)", ylabel="second coordinate (dimensionless)")
        self._ax.set_aspect("equal")
        self._edges = np.linspace(-1.2, 1.2, CELLS)
        self._plane = np.stack(np.meshgrid(self._edges, self._edges), axis=-1).reshape(-1, 2)
        for label, (marker, inside, edge) in enumerate(CLASSES):
            x, y = points[labels == label].T
            self._ax.plot(x, y, marker, mfc=inside, mec=edge, ms=4.5, mew=0.7, label=f"class {label}")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        self._filled: Any = None
        self._live = Live(figure)

    def show(self, logits: Callable[[Array], Array], title: str) -> None:
        """Show the regions as they are now.

        Args:
            logits: the network as it is now: (m, 2) places -> (m, 2), one number for each class.
            title: what to say of it, for example step, cost and share of points that are right.
        """
        found = np.asarray(logits(self._plane))
        leaning = np.tanh((found[:, 0] - found[:, 1]) / 4).reshape(CELLS, CELLS)
        if self._filled is not None:
            self._filled.remove()
        self._filled = self._ax.contourf(
            self._edges,
            self._edges,
            leaning,
            levels=np.linspace(-1, 1, 9),
            cmap="cividis",
            alpha=0.7,
            zorder=0,
        )
        self._ax.set_title(title)
        self._live()
