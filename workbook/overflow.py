"""Warnings of overflow, where NumPy can't give them: WebAssembly has no flags for what a float runs into.

The notebooks make `exp` of 1000 and `log` of 0 an error, by a filter for NumPy's warnings. In a browser tab
NumPy never warns. Here functions of one number look at what came out, and say what NumPy would have said.
What operators run into (0 / 0) isn't said; it comes out as NaN, which checks name.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

WATCHED = ("exp", "exp2", "expm1", "sinh", "cosh", "log", "log2", "log10", "log1p", "sqrt")


class Watched:
    """A function of NumPy that warns, or raises, as `np.errstate` wants it, by looking at what came out."""

    def __init__(self, ufunc: np.ufunc):
        self._ufunc = ufunc

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Call it.

        Raises:
            FloatingPointError: where `np.errstate` says so.
        """
        with np.errstate(all="ignore"):
            result = self._ufunc(*arguments, **options)
        if isinstance(result, np.ndarray | np.floating) and not np.isfinite(result).all():
            self._tell(np.asarray(arguments[0]), np.asarray(result), options.get("where", True))
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ufunc, name)

    def __repr__(self) -> str:
        return repr(self._ufunc)

    def _tell(self, given: Any, result: Any, where: Any) -> None:
        name, wanted = self._ufunc.__name__, np.geterr()
        endless = "divide by zero" if name.startswith("log") else "overflow"
        with np.errstate(all="ignore"):
            found = {
                endless: np.isinf(result) & np.isfinite(given) & where,
                "invalid value": np.isnan(result) & ~np.isnan(given) & where,
            }
        kinds = {"divide by zero": "divide", "overflow": "over", "invalid value": "invalid"}
        for what, places in found.items():
            do = wanted[kinds[what]]  # type: ignore[literal-required]
            if do == "ignore" or not places.any():
                continue
            if do == "raise":
                raise FloatingPointError(f"{what} encountered in {name}")
            warnings.warn(f"{what} encountered in {name}", RuntimeWarning, stacklevel=3)


def watch(module: Any = np) -> None:
    """Put watched functions into a module in the place of its own."""
    for name in WATCHED:
        ufunc = getattr(module, name)
        if isinstance(ufunc, np.ufunc):
            setattr(module, name, Watched(ufunc))
