"""The base class of everything that students build: state, and two methods to fill in."""

from __future__ import annotations

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

    def backward(self, grad_output: Any) -> Any:
        """Turn dC/doutput into dC/dinput (a tuple, one per input, if there are several).

        Adds each dC/dparameter into `grads` and changes none of its arguments.

        Raises:
            NotImplementedError: until a subclass defines it.
        """
        raise NotImplementedError

    def __call__(self, *inputs: Any) -> Any:
        """Run `forward`."""
        return self.forward(*inputs)

    def zero_grad(self) -> None:
        """Set every gradient to zeros of its parameter's shape."""
        self.grads = {name: np.zeros_like(param) for name, param in self.params.items()}

    def train(self) -> None:
        """Switch to training mode (dropout drops)."""
        self.training = True

    def eval(self) -> None:
        """Switch to evaluation mode (dropout does nothing)."""
        self.training = False
