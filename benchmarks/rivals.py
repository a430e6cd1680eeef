"""How others check a gradient, for the same modules: element loop, one entry, ones, HIPS autograd, torch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
from autograd.extend import defvjp, primitive
from autograd.test_util import check_grads


class View:
    """A module as one function of a list of arrays: its float inputs, then its parameters."""

    def __init__(self, module: Any, inputs: tuple[Any, ...]) -> None:
        self.make = module if not hasattr(module, "forward") else None
        self.module = module() if self.make else module
        self.inputs = inputs
        self.floats = [i for i, x in enumerate(inputs) if x.dtype == np.float64]
        params = self.module.params
        self.arrays = [inputs[i].copy() for i in self.floats] + [p.copy() for p in params.values()]
        self.several = isinstance(self.run(self.arrays), tuple)

    def run(self, arrays: list[Any]) -> Any:
        if self.make:
            self.module = self.make()
        inputs = list(self.inputs)
        for i, x in zip(self.floats, arrays, strict=False):
            inputs[i] = np.array(x)
        for p, value in zip(self.module.params.values(), arrays[len(self.floats) :], strict=True):
            p[...] = value
        return self.module.forward(*inputs)

    def cost(self, arrays: list[Any], upstream: list[Any]) -> float:
        """C = sum(upstream * outputs)."""
        outputs = self.run(arrays)
        parts = outputs if self.several else [outputs]
        return float(sum(np.sum(g * y) for g, y in zip(upstream, parts, strict=True)))

    def upstream(self, draw: Callable[..., Any]) -> list[Any]:
        """Draw an upstream gradient; a loss's is 1."""
        outputs = self.run(self.arrays)
        if not self.several and np.ndim(outputs) == 0:
            return [1.0]
        return [draw(size=y.shape) for y in (outputs if self.several else [outputs])]

    def gradients(self, upstream: list[Any]) -> list[Any]:
        """What backward says, for the list of arrays."""
        outputs = self.run(self.arrays)
        self.module.zero_grad()
        is_loss = not self.several and np.ndim(outputs) == 0
        returned = self.module.backward() if is_loss else self.module.backward(*upstream)
        parts = list(returned) if isinstance(returned, tuple | list) else [returned]
        return [*parts[: len(self.floats)], *self.module.grads.values()]


def slope(view: View, upstream: list[Any], k: int, place: int, h: float) -> float:
    """A central difference of one entry."""
    sides = []
    for step in (h, -h):
        arrays = [a.copy() for a in view.arrays]
        arrays[k].flat[place] += step
        sides.append(view.cost(arrays, upstream))
    return (sides[0] - sides[1]) / (2 * h)


def _shapes_fit(view: View, gradients: list[Any]) -> bool:
    return [np.shape(g) for g in gradients] == [a.shape for a in view.arrays]


def element_loop(view: View, rng: np.random.Generator) -> bool:
    """CS231n: every entry, random upstream gradient, relative error below 1e-2."""
    upstream = view.upstream(rng.normal)
    gradients = view.gradients(upstream)
    if not _shapes_fit(view, gradients):
        return False
    for k, gradient in enumerate(gradients):
        for place, got in enumerate(gradient.ravel()):
            expected = slope(view, upstream, k, place, 1e-5)
            if not abs(got - expected) / max(1e-8, abs(got) + abs(expected)) < 1e-2:
                return False
    return True


def one_entry(view: View, rng: np.random.Generator) -> bool:
    """minitorch: one random entry of each array, ones upstream, tolerance 1e-2."""
    upstream = view.upstream(lambda size: np.ones(size))
    gradients = view.gradients(upstream)
    if not _shapes_fit(view, gradients):
        return False
    for k, gradient in enumerate(gradients):
        place = int(rng.integers(gradient.size))
        expected = slope(view, upstream, k, place, 1e-6)
        if not np.allclose(gradient.flat[place], expected, rtol=1e-2, atol=1e-2):
            return False
    return True


def ones_upstream(view: View, rng: np.random.Generator) -> bool:
    """dlsys: every entry, ones upstream, a sharp tolerance."""
    upstream = view.upstream(lambda size: np.ones(size))
    gradients = view.gradients(upstream)
    if not _shapes_fit(view, gradients):
        return False
    return all(
        np.isclose(got, slope(view, upstream, k, place, 1e-5), rtol=1e-4, atol=1e-6)
        for k, gradient in enumerate(gradients)
        for place, got in enumerate(gradient.ravel())
    )


def as_primitive(view: View) -> Callable[..., Any]:
    """The module as a function that HIPS autograd can check: outputs flat, backward as its vjp."""

    @primitive
    def function(*arrays: Any) -> Any:
        outputs = view.run([np.array(a) for a in arrays])
        parts = outputs if view.several else [outputs]
        return np.concatenate([np.ravel(y) for y in parts])

    def vjp(k: int) -> Callable[..., Any]:
        def of(answer: Any, *arrays: Any) -> Callable[[Any], Any]:
            def back(g: Any) -> Any:
                shapes = [np.shape(u) for u in view.upstream(lambda size: np.zeros(size))]
                ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
                upstream = [part.reshape(s) for part, s in zip(np.split(g, ends), shapes, strict=True)]
                gradient = view.gradients(upstream)[k]
                return gradient * g[0] if shapes == [()] else gradient

            return back

        return of

    defvjp(function, *(vjp(k) for k in range(len(view.arrays))))
    return function


def hips(view: View, rng: np.random.Generator) -> bool:
    """HIPS autograd's check_grads, reverse mode, first order; it draws from NumPy's global state."""
    np.random.seed(int(rng.integers(2**31)))
    function = as_primitive(view)
    for k in range(len(view.arrays)):
        check_grads(function, k, modes=["rev"], order=1)(*view.arrays)
    return True


def torch_gradcheck(view: View, rng: np.random.Generator) -> bool:
    """torch.autograd.gradcheck, with the module as an autograd Function."""
    import torch

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, *tensors: Any) -> Any:
            context.arrays = [t.detach().numpy().copy() for t in tensors]
            outputs = view.run(context.arrays)
            made = tuple(torch.tensor(np.array(y)) for y in (outputs if view.several else [outputs]))
            return made if view.several else made[0]

        @staticmethod
        def backward(context: Any, *upstream: Any) -> Any:
            view.arrays = context.arrays
            gradients = view.gradients([g.detach().numpy() for g in upstream])
            scale = float(upstream[0]) if upstream[0].ndim == 0 else 1.0
            return tuple(torch.tensor(scale * np.array(g)) for g in gradients)

    tensors = [torch.tensor(a, requires_grad=True) for a in view.arrays]
    return bool(torch.autograd.gradcheck(Function.apply, tensors))


RIVALS: dict[str, Callable[[View, np.random.Generator], bool]] = {
    "element loop, 1e-2": element_loop,
    "one random entry, ones, 1e-2": one_entry,
    "all entries, ones upstream": ones_upstream,
    "HIPS autograd check_grads": hips,
}
with contextlib.suppress(ImportError):
    import torch  # noqa: F401

    RIVALS["torch gradcheck"] = torch_gradcheck


def accepts(rival: Callable[[View, np.random.Generator], bool], instance: Any, seed: int) -> bool:
    """Say whether a checker passes a module; an exception of any kind is a rejection."""
    module, inputs = instance
    try:
        return rival(View(module, inputs), np.random.default_rng(seed))
    except Exception:
        return False
