"""`zero_grad` clears the arrays that are there, whoever else holds them."""

from __future__ import annotations

import numpy as np

from workbook import Container, Module


class Scale(Module):
    def __init__(self):
        super().__init__()
        self.params["factor"] = np.ones(3)
        self.zero_grad()
        self.second_name = self.grads["factor"]


def test_an_array_with_a_second_name_is_cleared_in_place():
    module = Scale()
    module.second_name += 2
    module.zero_grad()
    assert module.grads["factor"] is module.second_name
    assert not module.second_name.any()


def test_what_has_not_the_parameters_shape_or_name_is_replaced():
    module = Scale()
    module.grads = {"factor": np.ones((3, 3)), "stray": np.ones(2)}
    module.zero_grad()
    assert module.grads.keys() == {"factor"}
    assert module.grads["factor"].shape == (3,)
    module.grads["factor"] = np.broadcast_to(1.0, 3)
    module.zero_grad()
    assert not module.grads["factor"].any()


def test_a_container_clears_its_parts_in_place():
    part = Scale()
    part.second_name += 1
    Container({"part": part}).zero_grad()
    assert not part.second_name.any()
