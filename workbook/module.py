"""The base classes of everything that students build: a module, and a module made of modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Module:
    """One node of a network: `forward` computes, `backward` sends gradients back.

    PyTorch's names and shapes: the batch comes first, arrays are NumPy float64.

    Attributes:
        params: parameter name -> array, for example ``{"weight": (out, in), "bias": (out,)}``.
        grads: the same names and shapes; `backward` *adds* dC/dparameter here.
        training: True after `train()`, False after `eval()`.
    """

    params: dict[str, Array]
    grads: dict[str, Array]
    training: bool

    def __init__(self) -> None:
        self.params = {}
        self.grads = {}
        self.training = True

    def forward(self, *inputs: Any) -> Any:
        """Compute the output, and keep what `backward` will need.

        Raises:
            NotImplementedError: until a subclass defines it.
        """
        raise NotImplementedError

    def backward(self, *grad_outputs: Any) -> Any:
        """Turn dC/doutput into dC/dinput (a tuple, one per input, if there are several).

        Takes one gradient for each output (a loss takes none), adds each dC/dparameter into `grads`
        and changes none of its arguments.

        Raises:
            NotImplementedError: until a subclass defines it.
        """
        raise NotImplementedError

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`."""
        return self.forward(*inputs)

    def zero_grad(self) -> None:
        """Set every gradient to zeros: the arrays in `grads` themselves, so that a second name sees it.

        Where there is none yet, or none of its parameter's shape, a new array of zeros is made.
        """
        for name in self.grads.keys() - self.params.keys():
            del self.grads[name]
        for name, param in self.params.items():
            grad = self.grads.get(name)
            if grad is not None and _can_hold(grad, param):
                grad[...] = 0
            else:
                self.grads[name] = np.zeros_like(param)

    def train(self) -> None:
        """Switch to training mode (dropout drops)."""
        self.training = True

    def eval(self) -> None:
        """Switch to evaluation mode (dropout does nothing)."""
        self.training = False


def _can_hold(grad: Any, param: Array) -> bool:
    """Say whether an array can be cleared and used as a parameter's gradient."""
    return (
        isinstance(grad, np.ndarray)
        and (grad.shape, grad.dtype) == (param.shape, param.dtype)
        and grad.flags.writeable
        and not np.may_share_memory(grad, param)
    )


class Container(Module):
    """A module made of modules; their parameters and gradients are its own, as ``"linear.weight"`` and so on.

    Attributes:
        children: name -> module. `params` and `grads` show the children's own arrays, not copies.
    """

    def __init__(self, children: Mapping[str, Module]) -> None:
        self.children = dict(children)
        self.training = True

    @property
    def params(self) -> dict[str, Array]:  # type: ignore[override]
        """Every child's parameters."""
        return {
            f"{name}.{key}": p for name, child in self.children.items() for key, p in child.params.items()
        }

    @property
    def grads(self) -> dict[str, Array]:  # type: ignore[override]
        """Every child's gradients."""
        return {f"{name}.{key}": g for name, child in self.children.items() for key, g in child.grads.items()}

    def zero_grad(self) -> None:
        """Set every child's gradients to zeros."""
        for child in self.children.values():
            child.zero_grad()

    def train(self) -> None:
        """Switch this module and every child to training mode."""
        super().train()
        for child in self.children.values():
            child.train()

    def eval(self) -> None:
        """Switch this module and every child to evaluation mode."""
        super().eval()
        for child in self.children.values():
            child.eval()
