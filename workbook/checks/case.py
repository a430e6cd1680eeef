"""The evidence on one wrong gradient, in the form in which hypotheses about it are tested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from workbook.checks.contract import Array
from workbook.checks.entries import Entries
from workbook.checks.subject import Key
from workbook.checks.trial import Trial

CLOSE = 1e-4  # relative difference below which a hypothesis explains an entry
NOISE = 1e-7  # of the largest entry: below it a measured entry is not trusted


@dataclass(frozen=True)
class Case:
    """One wrong gradient, some of its entries measured; hypotheses look at nothing else.

    Attributes:
        trial: the module at its base point and what `backward` claims.
        entries: the measured entries.
        second: what `backward` returned for -0.5 times the upstream gradient (inputs only).
        siblings: the measured entries of the module's other wrong gradients.
    """

    trial: Trial
    entries: Entries
    second: Mapping[Key, Array]
    siblings: Mapping[Key, Entries]

    def where_smooth(self) -> Case:
        """Return the case without the entries at kinks, where more than one answer is right.

        If nothing is wrong but at kinks, it is returned as it is.
        """
        smooth = ~self.entries.kinked
        if smooth.all() or not self.entries.wrong[smooth].any():
            return self
        return replace(self, entries=self.entries.part(smooth))

    @property
    def got(self) -> Array:
        """The claimed entries."""
        return self.entries.got

    @property
    def expected(self) -> Array:
        """The measured entries."""
        return self.entries.expected

    @property
    def jacobian(self) -> Array:
        """How every output moves with each measured entry."""
        return self.entries.jacobian

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the gradient."""
        return self.entries.slot.base.shape

    @cached_property
    def weights(self) -> Array:
        """The upstream gradient, flat."""
        return self.trial.weights

    @property
    def has_upstream(self) -> bool:
        """Whether `backward` takes an upstream gradient (a loss's doesn't)."""
        return self.trial.upstream is not None

    @cached_property
    def zero(self) -> NDArray[np.bool_]:
        """Where the expected gradient is nothing."""
        return np.abs(self.expected) <= 1e-6 * self.scale

    @cached_property
    def scale(self) -> float:
        """Size of the largest entry, expected or got."""
        return float(max(np.max(np.abs(self.expected)), np.max(np.abs(self.got))))

    def fits(self, candidate: Array) -> bool:
        """Say whether a hypothesis computes just what `backward` claims, and not what it should."""
        if candidate.shape != self.got.shape or not np.isfinite(candidate).all():
            return False
        return self.agree(candidate, self.got) and not self.agree(candidate, self.expected)

    def agree(self, a: Array, b: Array) -> bool:
        """Say whether two versions of the measured entries are the same, entry by entry."""
        allowed = CLOSE * np.maximum(np.abs(a), np.abs(b)) + NOISE * self.scale
        return bool(np.all(np.abs(a - b) <= allowed))

    def at(self, whole: Array) -> Array:
        """Return the measured entries of an array that has the gradient's shape."""
        picked: Array = np.broadcast_to(whole, self.shape).ravel()[self.entries.index]
        return picked

    @cached_property
    def aligned(self) -> bool:
        """Whether input and output have one shape, so that entry i of one belongs to entry i of the other."""
        outputs = self.trial.outputs
        return len(outputs) == 1 and outputs[0].shape == self.shape and not isinstance(self.key, str)

    @property
    def key(self) -> Key:
        """Whose gradient it is."""
        return self.entries.slot.key

    @cached_property
    def diagonal(self) -> Array:
        """How each output moves with the input entry at its own place (if `aligned`)."""
        own: Array = self.jacobian[np.arange(self.got.size), self.entries.index]
        return own

    @cached_property
    def upstream_here(self) -> Array:
        """The upstream gradient at each entry's own place (if `aligned`)."""
        own: Array = self.weights[self.entries.index]
        return own

    @cached_property
    def upstream_whole(self) -> Array:
        """The upstream gradient in the gradient's shape (if `aligned`)."""
        return np.reshape(self.weights, self.shape)

    @cached_property
    def batch(self) -> int | None:
        """The batch size: the leading length of the first array that has two axes or more."""
        arrays = [x for x in self.trial.subject.inputs if isinstance(x, np.ndarray)] + list(
            self.trial.outputs
        )
        return next((len(a) for a in arrays if a.ndim >= 2), None)
