"""What hidden tests ask: shapes, numbers and counts, drawn from all that an exercise's text allows.

A test that looks at chosen points is passed by whatever is right there. So hidden tests draw: for every
student others, and each *deck* (of counts, of kinds of numbers, of memory layouts) is dealt to its last
card before it is shuffled again, so that a few dozen questions visit every card. Each place in a test
that draws has decks of its own. A test reads::

    ask = questions("relu-forward")
    for _ in range(40):
        x = ask.numbers(ask.shape())
        ask.expect(ReLU()(ask.copy(x)), np.where(x < 0, 0.0, x))
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbook.ask import ask_each
from workbook.checks.values import check_close
from workbook.seeds import examiner_rng

Array = NDArray[np.float64]
T = TypeVar("T")
LEAST, MOST = 1e-6, 1e3  # magnitudes of what is asked, unless a test says otherwise
MANY = 2000  # entries of an array at the most


def questions(name: str) -> Questions:
    """Return the questions of one hidden test, for the student who is being graded.

    Args:
        name: the test's grade_id, or any text that no other test uses.
    """
    return Questions(examiner_rng(name))


class Questions:
    """Draws what a hidden test asks.

    Attributes:
        rng: the generator behind it. Never hand it to a student's code, which could foresee what comes: see
            `spawn`.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._decks: dict[object, list[Any]] = {}

    def one_of(self, options: Iterable[T]) -> T:
        """Return one of these; every one comes once before any comes again."""
        cards = list(options)
        deck = self._decks.setdefault((repr(cards), _places()), [])
        if not deck:
            deck += [cards[n] for n in self.rng.permutation(len(cards))]
        card: T = deck.pop()
        return card

    def count(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included: of branches, classes, layers, steps."""
        return self.one_of(range(low, high + 1))

    def batch(self, low: int = 1, high: int = 40) -> int:
        """Return a number of examples: as often one of the three smallest as another up to `high`.

        None at all is no batch, unless an exercise says so: a list of no rows has lost their length.
        """
        if self.one_of([True, False]):
            return self.size(max(low, 3), high)
        return self.count(low, min(low + 2, high))

    def size(self, low: int = 1, high: int = 40) -> int:
        """Return the size of an axis: of a dozen, the smallest eight all come, and four of the others."""
        if self.one_of([True] * 8 + [False] * 4) or high < low + 8:
            return self.count(low, min(low + 7, high))
        return self.count(low + 8, high)

    def between(self, low: float, high: float) -> float:
        """Return a positive number, its logarithm uniform from log(low) to log(high)."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))

    def coin(self) -> bool:
        """Return True as often as False."""
        return self.one_of([True, False])

    def seed(self) -> int:
        """Return a seed, for example for `check_gradients(..., seed=...)`."""
        return int(self.rng.integers(2**63))

    def spawn(self) -> np.random.Generator:
        """Return a generator that may be handed to a student's code: it foretells nothing of what comes."""
        return np.random.default_rng(self.rng.integers(2**63, size=4))

    def shape(self, low: int = 1, high: int = 4, *, last: tuple[int, int] = (1, 40)) -> tuple[int, ...]:
        """Return a shape of `low` to `high` dimensions, of at most 2,000 entries.

        Args:
            low: the fewest dimensions (0: a number).
            high: the most dimensions.
            last: smallest and largest size of the last axis.
        """
        dimensions = self.count(low, high)
        if dimensions == 0:
            return ()
        sizes = [self.size(*last)]
        while len(sizes) < dimensions:
            left = MANY // int(np.prod(sizes))
            sizes.insert(0, self.size(1, max(1, min(left, 40 if dimensions == 2 else 7))))
        return tuple(sizes)

    def numbers(
        self,
        shape: int | Sequence[int],
        *,
        least: float = LEAST,
        most: float = MOST,
        kinds: Sequence[str] | None = None,
    ) -> Array:
        """Return numbers of a kind that is drawn: of all magnitudes, of one sign, with zeros, with ties, ...

        Args:
            shape: of the array, float64. Its layout in memory is drawn too: rows, columns, or a view.
            least: the smallest magnitude of numbers that aren't zero.
            most: the largest magnitude.
            kinds: of `KINDS`, those that are meant; by default all.
        """
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        drawn = KINDS[self.one_of(kinds or list(KINDS))](self.rng, shape, least, most)
        return LAYOUTS[self.one_of(LAYOUTS)](np.asarray(drawn, dtype=float))

    def copy(self, array: Array) -> Array:
        """Return a copy to hand over, which lies in memory as the array does (`array.copy()` does not).

        It is an array also where NumPy has made a number of one without axes, as `-x` does.
        """
        array = np.asarray(array)
        layout = "rows" if array.flags.c_contiguous else "columns" if array.flags.f_contiguous else "view"
        return LAYOUTS[layout](array)

    def near(self, array: Array) -> Array:
        """Return numbers close by, or the same in another order: kept answers are found out."""
        if self.coin():
            return np.asarray(array + 0.001 * self.rng.normal(size=array.shape))
        return np.asarray(array.ravel()[self.rng.permutation(array.size)].reshape(array.shape))

    def mode(self, *modules: Any) -> None:
        """Put modules, which may be a student's, into training or evaluation mode, each into its own."""
        drawn = [(module, "train" if self.coin() else "eval") for module in modules]
        for mode in ("train", "eval"):
            chosen = [module for module, one in drawn if one == mode]
            ask_each(chosen, [()] * len(chosen), mode)

    def modes(self, module: Any, several: Sequence[T]) -> Iterator[Sequence[T]]:
        """Yield one half of some questions with a module in one mode, then the other half in the other."""
        middle, modes = len(several) // 2, [module.train, module.eval]
        for half in (several[:middle], several[middle:]):
            modes.pop(self.rng.integers(len(modes)))()
            yield half

    def tied(self, array: Array) -> Array:
        """Return numbers of the same shape, of which a third are the array's own."""
        return np.where(self.rng.random(array.shape) < 1 / 3, array, self.numbers(array.shape))

    def upstream(self, shape: int | Sequence[int], *, least: float = LEAST, most: float = MOST) -> Array:
        """Return a gradient that comes from above: any kind of numbers, of the output's shape."""
        return self.numbers(shape, least=least, most=most)

    def labels(self, batch: int, classes: int) -> NDArray[np.int64]:
        """Return class numbers, shape (batch,): any, all the same, or the first and the last only."""
        kind = self.one_of(["any", "any", "same", "ends"])
        if kind == "same":
            return np.full(batch, self.rng.integers(classes))
        if kind == "ends":
            return self.rng.integers(2, size=batch) * (classes - 1)
        return self.rng.integers(classes, size=batch)

    def fill(
        self,
        module: Any,
        shapes: Mapping[str, tuple[int, ...]] | None = None,
        *,
        least: float = LEAST,
        most: float = MOST,
        kinds: Sequence[str] | None = None,
    ) -> tuple[dict[str, Array], dict[str, Array]]:
        """Write drawn numbers into a module's parameters and gradients, in place; return copies by name.

        Args:
            module: follows the module contract; it may be a student's, in another process.
            shapes: of its parameters, by name. Where its class can be another than the one that was given,
                a module without parameters would ask nothing.
            least: the smallest magnitude of numbers that aren't zero.
            most: the largest magnitude.
            kinds: of `KINDS`, those that are meant; by default all.

        Raises:
            AssertionError: if the parameters have other names or shapes.
        """
        written: list[dict[str, Array]] = []
        for arrays in (module.params, module.grads):
            found = {name: np.shape(arrays[name]) for name in arrays}
            assert shapes in (None, found), (
                f"a module has {found} where {shapes} belong: is its class redefined?"
            )
            written.append({})
            for name in list(arrays):
                drawn = self.numbers(np.shape(arrays[name]), least=least, most=most, kinds=kinds)
                written[-1][name] = np.array(drawn)
                arrays[name][...] = drawn
        return written[0], written[1]

    def expect(self, got: Any, want: Any, terms: float = 0.0) -> None:
        """Check an answer to seven digits, with its scale in mind.

        Args:
            got: what the student's code returned.
            want: what it should be: a number, an array, or a tuple of arrays.
            terms: the largest magnitude that was added up on the way, where it is larger than the result's.

        Raises:
            ValueMismatch: if they differ.
        """
        check_close(got, want, rtol=1e-7, atol=1e-13 * max(terms, largest(want)))


def _places() -> tuple[int, ...]:
    """Return which of this module's calls, and which place outside of it, asks for a card."""
    frame, places = sys._getframe(1), []
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
        places.append(frame.f_lasti)
    return tuple(places)


def largest(value: Any) -> float:
    """Return the largest finite magnitude in numbers, arrays, or tuples of them; 0 where there is none."""
    if isinstance(value, tuple | list):
        return max((largest(part) for part in value), default=0.0)
    numbers = np.abs(np.asarray(value, dtype=float))
    most = float(numbers.max(initial=0.0))
    return most if np.isfinite(most) else float(np.max(numbers[np.isfinite(numbers)], initial=0.0))


Drawer = Callable[[np.random.Generator, tuple[int, ...], float, float], Array]


def _magnitudes(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    drawn = np.exp(rng.uniform(np.log(least), np.log(most), size=shape))
    return np.asarray(drawn)


def _signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.choice([-1.0, 1.0], size=shape))


def _moderate(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return np.clip(rng.normal(size=shape), -most, most)


def _any_magnitude(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return _magnitudes(rng, shape, least, most) * _signs(rng, shape)


def _one_magnitude(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return np.clip(rng.normal(size=shape) * _magnitudes(rng, (), least, most), -most, most)


def _tiny(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return _any_magnitude(rng, shape, least, min(100 * least, most))


def _positive(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return _magnitudes(rng, shape, least, most)


def _negative(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return -_magnitudes(rng, shape, least, most)


def _zeros(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    drawn = _any_magnitude(rng, shape, least, most)
    kind = rng.choice(3, p=[0.6, 0.2, 0.2], size=shape)
    return np.where(kind == 1, 0.0, np.where(kind == 2, -0.0, drawn))


def _ties(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return np.asarray(rng.choice(np.append(_any_magnitude(rng, (2,), least, most), 0.0), size=shape))


def _extremes(rng: np.random.Generator, shape: tuple[int, ...], least: float, most: float) -> Array:
    return np.asarray(rng.choice([-most, most, 0.3 * most, -least], size=shape))


KINDS: dict[str, Drawer] = {
    "moderate": _moderate,
    "any magnitude": _any_magnitude,
    "one magnitude": _one_magnitude,
    "tiny": _tiny,
    "positive": _positive,
    "negative": _negative,
    "zeros": _zeros,
    "ties": _ties,
    "extremes": _extremes,
}


def _strided(drawn: Array) -> Array:
    """Return a view of every second entry of a larger array."""
    wide = np.full((*drawn.shape[:-1], 2 * drawn.shape[-1]), np.nan)
    wide[..., ::2] = drawn
    return wide[..., ::2]


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "rows": lambda drawn: drawn.copy(order="C"),
    "columns": lambda drawn: drawn.copy(order="F"),
    "view": lambda drawn: _strided(drawn) if drawn.ndim else drawn,
}
