"""The usual errors of NumPy and Python come with what they mean in the student's line."""

from __future__ import annotations

import linecache
import warnings

import numpy as np
import pytest

from workbook import display

X = np.array([[1.0, -2.0, 1000.0], [0.0, 3.0, -1000.0]])


def said(line, **names):
    """What a student reads about a line that fails."""
    file = f"<line {line}>"
    linecache.cache[file] = len(line), None, [line + "\n"], file
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(line, file, "exec"), {"np": np, "x": X, **names})
    except Exception as error:
        return "\n".join(display.explain(type(error), error, error.__traceback__))
    finally:
        del linecache.cache[file]
    pytest.fail(f"{line} passes")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("np.max(x, x)", "np.maximum(a, b) compares"),
        ("y = x if x > 0 else 0", "np.where(condition, a, b)"),
        ("[v for v in x.sum()]", "x.flat goes through the entries"),
        ("[v for v in np.array(3.0)]", "x.flat goes through the entries"),
        ("len(np.array(3.0))", "no length"),
        ("np.ones(10**14)", "The memory is full. Does a loop go on without end"),
        ("max(x, 0 * x)", "np.where(condition, a, b)"),
        ("y = np.exp(x)", "here x goes from -1000 to 1000"),
        ("y = np.where(x > 0, 1, np.exp(-x))", "computes both sides"),
        ("y = np.log(np.abs(x))", "became 0 before its logarithm"),
        ("y = np.zeros(3) / np.zeros(3)", "0/0"),
        ("y = 1 / x", "divided by 0; here x goes"),
        ("y = np.log(-np.abs(x) - 1)", "A negative number has no logarithm"),
        ("class ReLU:\n    def __init__(self): pass\nReLU(x)", "ReLU()(x)"),
        ("n = np.zeros(3, dtype=int); n += 0.5", "np.zeros(shape)"),
        ("for a in reversed(zip(x, x)): pass", "reversed(list(...))"),
        ("x[np.array([0, 1]), np.array([3, 0])]", "Are two of them exchanged?"),
        ("x[np.array([0.0])]", "whole numbers or a mask"),
        ("y = None; y.shape", "does the function that made it end with return?"),
        ("class Loss:\n    def backward(self, g): pass\nLoss().backward()", "nothing but self"),
        ("y = x @ w", "With w transposed they would."),
        ("y = w.T @ x.T", "(3, 2)."),
        ("y = x + w", "lined up from the right"),
        ("y = np.zeros((3, 2)); y += x", "What is added to y has another shape: it is transposed"),
        ("y = np.zeros(3); y += x", "added to y has another shape: axis 0 (length 2) is left: a sum or mean"),
        ("y = np.zeros(3); y -= x.sum(axis=0, keepdims=True)", "the axes of length 1 differ"),
        ("x.reshape(3)", "doesn't add any up"),
        ("x.sum(axis=2)", "counted from 0"),
        ("y = np.broadcast_to(x, (2, 2, 3)); y += 1", ".copy()"),
        ("x[0, 0] = [1.0, 2.0]", "Rows of different lengths"),
        ("import math; math.exp(x)", "takes one number; np.exp"),
        ("y = [2, 1].sort(); sorted(y)", "sorted(...) and reversed(...) return what they make"),
        ("a, b = None", "does the function that made it end with return?"),
        ("y = 2.0 + None", "does the function that made it end with return?"),
        ("y = np.broadcast_to(x, (3,))", "adds nothing up, and takes no axis away"),
        ("x[0].shape[1]", ".size counts all entries"),
        ("[1, 2][2]", "len(...) - 1"),
        ("x.sum(0, False)", "keepdims=keepdims"),
        ("x.zero_()", "PyTorch's"),
        ("def norm(a): pass\nclass Net: pass\nNet().norm()", "There is a function norm, no method"),
        ("for a, b in [1.0]: pass", "of type float, where a pair"),
        ("a, b, c = x", "3 things are taken out of something that has 2"),
        ("a, b = w", "2 things are taken out of something that has more"),
        ("a, b = x[0].shape", "A shape has one number for each axis"),
        ("def f(x, y): pass\nf(1)", "f is called with other arguments than it takes: without 'y'"),
        ("y = x (2)", "Entries are picked with square brackets"),
        ("f = 1; y = f(x)", "of type int, no function"),
        ("y = np.abs(np.array(1.0)); y[y > 0] = 2", "There are no entries to set in a number"),
        ("y = x.value", "an object is expected that has .value"),
        ("y = [x].value", "of type list stands where an object is expected that has .value"),
        ("def f(x): pass\nf(y=1)", "called with y=..."),
        ("def f(x): pass\nf(1, 2)", "f is called with other arguments than it takes"),
        ("class T: __array_ufunc__ = None\nnp.exp(T())", "of type T"),
        ("sorted([object(), object()])", "take key=..."),
        ("y = {x: 1}", "of type numpy.ndarray can't be a dict's key"),
        ("y = (v for v in x); y[0]", "make a list of it first"),
        ("d = {1: 2}\nfor k in d: d[k + 1] = 3", "loop over list(...)"),
        ("def f():\n    y += 1\nf()", "y is set somewhere in this function"),
        ("y = [1.0] * 0.5", "make an array of it first"),
        ("d = {'weight': x}; d['Weight']", "no such key in d: it has 'weight'"),
        ("def f(self):\n    return rate\nclass S: rate = 1\nf(S())", "Is it self.rate"),
        ("y = missing_from_above", "run all the cells above"),
    ],
)
def test_what_it_means_is_said(line, words):
    text = said(line, w=np.ones((4, 3)))
    assert words in text.replace("\n    ", " ")
    assert max(map(len, text.split("\n"))) <= 120


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-(x > 0)", "True and False have no minus sign"),
        ("np.einsum('...,...->', x, x)", "np.einsum and its text don't fit: output has more dimensions"),
    ],
)
def test_what_numpy_says_at_length_is_explained(line, words):
    assert words in said(line).replace("\n    ", " ")


def test_an_error_of_the_students_own_gets_no_advice():
    assert said("raise ValueError('a cycle')").endswith("ValueError: a cycle")
    assert said("raise KeyError('weight')").endswith("KeyError: 'weight'")
