"""What the usual errors of NumPy and Python mean in a student's line, and what to do about them."""

from __future__ import annotations

import re
from types import FunctionType, TracebackType

import numpy as np

from workbook import operands
from workbook.checks import contract
from workbook.checks.looks import like_shape

MEANT: tuple[tuple[str, str], ...] = (
    (
        r"only integer scalar arrays can be converted"
        r"|'numpy.ndarray' object cannot be interpreted as an integer",
        "An array stands where one whole number belongs, an axis or a size. np.max(a, b) takes b for "
        "the axis: np.maximum(a, b) compares two arrays entry by entry.",
    ),
    (
        r"truth value of an array .* is ambiguous",
        "One True or False is wanted by if, and, or and max(), and this has one for each entry. For a choice "
        "entry by entry: np.where(condition, a, b), np.maximum, or a product with the condition. To "
        "ask whether something was given: x is None.",
    ),
    (
        r"overflow encountered in exp|overflow encountered in scalar exp",
        "exp is more than float64 can hold from exp(710) on{reach}. Rewrite it so that exp only gets "
        "numbers that aren't positive. np.where doesn't help: it computes both sides everywhere "
        "before it chooses.",
    ),
    (
        r"divide by zero encountered in (scalar )?log",
        "The log of 0 is minus infinity: a number became 0 before its logarithm was taken. Put the "
        "logarithm into the formula on paper, so that it needn't be taken of something so small.",
    ),
    (
        r"invalid value encountered in (scalar )?(divide|true_divide)",
        "0/0 or infinity/infinity: everything that is divided by became 0, or overflowed.",
    ),
    (
        r"shapes \((\d+),(\d+)\) \(\1,\)",
        "One of them has one number for each row. A sum or maximum with keepdims=True stays a "
        "column, and fits.",
    ),
    (
        r"invalid value encountered in (scalar )?log",
        "A negative number has no logarithm. Are these logarithms already, or has a sign been lost?",
    ),
    (
        r"divide by zero encountered in",
        "Something is divided by 0{reach}.",
    ),
    (
        r"invalid value encountered in (scalar )?(subtract|add)",
        "Infinity less infinity: both sides overflowed before.",
    ),
    (
        r"Cannot cast ufunc .* from dtype\('float64'\) to dtype\('u?int",
        "An array of whole numbers can't take fractions in place. Make it one of floats: "
        "np.zeros(shape), x.astype(float).",
    ),
    (
        r"'(zip|map|enumerate|generator)' object is not reversible",
        "Make a list of it first: reversed(list(...)).",
    ),
    (
        r"index -?\d+ is out of bounds for axis \d+ with size \d+",
        "The first axis counts examples, the last one classes or features; indices start at 0. Are "
        "two of them exchanged?",
    ),
    (
        r"too many indices for array",
        "There are more indices than the array has axes.",
    ),
    (
        r"arrays used as indices must be of integer",
        "Indices are whole numbers or a mask of True and False: .astype(int), or compare with something.",
    ),
    (
        r"'NoneType' object is not (iterable|reversible|an iterator)|non-iterable NoneType",
        "Something is None where a list or a tuple belongs: does the function that made it end with return? "
        "list.sort() and list.reverse() return None; sorted(...) and reversed(...) return what they make.",
    ),
    (
        r"'NoneType' object has no attribute"
        r"|'NoneType' object is not (subscriptable|callable)|'NoneType' and '|NoneType'$",
        "Something is None: does the function that made it end with return? Has forward run, and kept it?",
    ),
    (
        r"'[A-Z]\w*' object has no attribute '(?P<name>\w+)'",
        "Nothing has been stored as {name}. What backward needs, forward has to keep, under the same "
        "name; the attributes that __init__ makes need super().__init__() first.",
    ),
    (
        r"Loss\.backward\(\) missing \d+ required positional argument",
        "A loss is where the way back begins: its backward takes nothing but self.",
    ),
    (
        r"maximum recursion depth exceeded",
        "A function calls itself without end, perhaps through another one, or more often than Python "
        "allows: about a thousand calls within calls.",
    ),
    (
        r"broadcast together with remapped shapes|more dimensions than allowed by the axis remapping",
        "np.broadcast_to stretches axes of length 1 and puts new ones in front. It adds nothing up, and "
        "takes no axis away.",
    ),
    (
        r"operands could not be broadcast together|non-broadcastable output operand",
        "{added}Shapes are lined up from the right, and two lengths go together if they are equal or one "
        "is 1.",
    ),
    (
        r"cannot reshape array of size",
        "reshape keeps the number of entries: it doesn't add any up, and doesn't copy any.",
    ),
    (
        r"could not broadcast input array from shape",
        "What is written into an array has to have the shape of the place that it is written to.",
    ),
    (
        r"axis -?\d+ is out of bounds for array of dimension",
        "Axes are counted from 0, or from the end with -1, and there are only as many as the shape has "
        "numbers.",
    ),
    (
        r"assignment destination is read-only|output array is read-only",
        "np.broadcast_to gives a picture of an array, not a new one: make one with .copy() before you "
        "change it.",
    ),
    (
        r"setting an array element with a sequence|inhomogeneous shape",
        "Rows of different lengths, or an array where one number belongs, don't make an array.",
    ),
    (
        r"only (length-1|0-dimensional|size-1) arrays can be converted",
        "A function such as float(), int() or math.exp takes one number; np.exp, np.sqrt and the like take "
        "arrays.",
    ),
    (
        r"cannot unpack non-iterable (?P<name>[\w.]+) object",
        "Something is taken apart that has no parts: it is of type {name}, where a pair or another tuple "
        "belongs. What makes it?",
    ),
    (
        r"not enough values to unpack \(expected (?P<want>\d+), got (?P<name>\d+)\)",
        "{want} things are taken out of something that has {name}. {parts}",
    ),
    (
        r"too many values to unpack \(expected (?P<want>\d+)",
        "{want} things are taken out of something that has more. {parts}",
    ),
    (
        r"'numpy\.ndarray' object is not callable",
        "An array is called as if it were a function. Entries are picked with square brackets, a product "
        "needs its sign, and a rule that is called later is a function: lambda g: ...",
    ),
    (
        r"'(?P<name>[\w.]+)' object is not callable",
        "What is called there is of type {name}, no function. Should a function have been kept, such as "
        "lambda g: g?",
    ),
    (
        r"'numpy\.ndarray' object has no attribute '(?P<name>grad|zero_|backward|detach|unsqueeze|mm|numpy|"
        r"data_ptr|requires_grad|sub_|add_|mul_|norm|relu|exp|log|sigmoid|size_)'",
        "NumPy's arrays have no .{name}, as PyTorch's tensors do. Functions of np take the place of methods, "
        "and a gradient lies beside its array, not in it.",
    ),
    (
        r"'numpy\.ndarray' object has no attribute '(?P<name>\w+)'",
        "A plain array stands where an object is expected that has .{name}. What made it?",
    ),
    (
        r"'(?P<kind>int|float|str|list|tuple|dict|set|generator|function|numpy\.float64)' object has no "
        r"attribute '(?P<name>\w+)'",
        "Something of type {kind} stands where an object is expected that has .{name}. What made it?",
    ),
    (
        r"unexpected keyword argument '(?P<name>\w+)'",
        "It is called with {name}=..., as the notebook's own line has it: keep the arguments of that line.",
    ),
    (
        r"\w+\.__init__\(\) takes 1 positional argument but",
        "It is made without arguments, and called afterwards, in brackets of their own: ReLU()(x).",
    ),
    (
        r"(?P<name>[\w.]+)\(\) missing \d+ required (positional|keyword-only) arguments?: (?P<want>.+)",
        "{name} is called with other arguments than it takes: without {want}. Either this call hands over "
        "too little, or the def line asks for more than the notebook's own.",
    ),
    (
        r"(?P<name>[\w.]+)\(\) (takes \d+ positional|takes from)",
        "{name} is called with other arguments than it takes: with more of them. Either this call hands over "
        "too many, or the def line lacks one that the notebook's own has, self among them.",
    ),
    (
        r"numpy boolean (negative|subtract|positive)",
        "True and False have no minus sign: make numbers of them first, as mask.astype(float) does.",
    ),
    (
        r"(?P<name>.*einstein sum.*?)\.*$",
        "np.einsum and its text don't fit: {name}.",
    ),
    (
        r"operand '(?P<name>\w+)' does not support ufuncs",
        "A function of NumPy's was given an object of type {name}: it wants the array inside.",
    ),
    (
        r"iteration over a 0-d array|len\(\) of unsized object|'(numpy\.)?float(64)?' object is not iterable",
        "An array without axes, one number, has no length and no rows to loop over. What NumPy does entry "
        "by entry, as np.exp(x), needs no loop, whatever the shape; x.flat goes through the entries of any "
        "array.",
    ),
    (
        r"tuple index out of range",
        "A tuple has fewer parts than that: a shape has one number for each axis. .size counts all entries.",
    ),
    (
        r"list index out of range|pop from empty list",
        "A list has fewer parts than that. Indices start at 0, so the last one is len(...) - 1.",
    ),
    (
        r"Cannot interpret '.*' as a data type",
        "An argument stands in the place of another: after the axis comes the dtype. Name it, as in "
        "keepdims=keepdims.",
    ),
    (
        r"'[<>]=?' not supported between instances of",
        "These have no order of their own: sorted, min and max take key=..., which says by what.",
    ),
    (
        r"unhashable type: '(?P<name>[\w.]+)'",
        "What is of type {name} can't be a dict's key or lie in a set: use something that doesn't change, "
        "such as a name.",
    ),
    (
        r"'numpy\.float64' object does not support item assignment",
        "There are no entries to set in a number: of an array without axes NumPy makes one as soon as it "
        "computes with it. np.where chooses without setting, and np.asarray makes an array of it again.",
    ),
    (
        r"'(generator|zip|map|filter)' object is not subscriptable|object of type '(generator|zip)' has",
        "A generator hands out one thing after another, and has neither places nor a length: make a list "
        "of it first.",
    ),
    (
        r"dictionary changed size during iteration|dictionary keys changed during iteration",
        "A dict can't grow or shrink while a loop goes through it: loop over list(...) of it.",
    ),
    (
        r"cannot access local variable '(?P<name>\w+)'",
        "{name} is set somewhere in this function, so it is the function's own, and here it isn't set yet.",
    ),
    (
        r"can't multiply sequence by non-int",
        "A list or tuple times a number repeats it: make an array of it first, np.array(...).",
    ),
)


def advice(error: BaseException, trace: TracebackType | None) -> str:
    """Return what a usual error means and what to do; "" for any other.

    Args:
        error: what was raised.
        trace: the student's innermost frame.
    """
    text = str(error)
    if isinstance(error, NameError) and (said := _name(error, trace)):
        return said
    if isinstance(error, AttributeError) and (said := _function(error, trace)):
        return said
    if isinstance(error, MemoryError):
        return (
            "The memory is full. Does a loop go on without end, and keep what it makes? Or has an array more "
            "axes, or longer ones, than it should?"
        )
    for pattern, sentence in MEANT:
        if found := re.search(pattern, text):
            filled = {
                "reach": _reach(trace),
                "added": _added(trace),
                "parts": _parts(trace),
                **found.groupdict(default=""),
            }
            return sentence.format(**filled)
    return _missing(trace) if isinstance(error, KeyError) and trace is not None else ""


def _added(trace: TracebackType | None) -> str:
    """Say what is the matter with the shape of what a line was to add to an array."""
    found = operands.added(trace) if trace is not None else None
    looks = like_shape(found[2], found[1]) if found else ""
    return f"What is added to {found[0]} has another shape: {looks} " if found and looks else ""


def _parts(trace: TracebackType | None) -> str:
    """Say what decides how many parts there are: a shape's are its axes."""
    line = operands.line(trace) if trace is not None else ""
    if re.search(r"\.shape\b|np\.shape\(", line):
        return (
            "A shape has one number for each axis. May the array have any number of axes? .size counts all "
            "entries, and len(x) those of the first axis."
        )
    return "How many does the function return?"


def _missing(trace: TracebackType) -> str:
    """Say what a dict has that was asked for something else."""
    found = operands.looked_up(trace)
    if found is None:
        return ""
    text, keys = found
    known = [repr(key) for key in keys if isinstance(key, str | int)]
    there = f"it has {contract.listed(known)}" if known else f"it has {len(keys) or 'no'} keys"
    return (
        f"There is no such key in {text}: {there}. Is it put in before it is asked for, under the same name?"
    )


def _name(error: NameError, trace: TracebackType | None) -> str:
    """Say where a name that isn't defined may be meant to come from."""
    frame = trace.tb_frame if trace is not None else None
    if frame is None or not error.name:
        return ""
    if hasattr(frame.f_locals.get("self"), error.name):
        return f"Is it self.{error.name} that you mean?"
    if frame.f_code.co_name == "<module>":
        return "A cell above makes it: run all the cells above this one, from the top."
    return ""


def _function(error: AttributeError, trace: TracebackType | None) -> str:
    """Say whether a function of that name stands by itself."""
    name = str(error.name)
    found = trace.tb_frame.f_globals.get(name) if trace is not None else None
    if not isinstance(found, FunctionType):
        return ""
    return f"There is a function {name}, no method: what it works on stands in its brackets, {name}(...)."


def turned(trace: TracebackType) -> str:
    """Return which factor of a matrix product has to be transposed for its shape to fit, if one does it."""
    found = operands.product(trace)
    if found is None or not found.matrix:
        return ""
    (left, a), (right, b) = found.sides
    if a.ndim != 2 or b.ndim != 2 or (a.shape[1] == b.shape[1]) == (a.shape[0] == b.shape[0]):
        return ""
    return f" With {right if a.shape[1] == b.shape[1] else left} transposed they would."


def _reach(trace: TracebackType | None) -> str:
    """Say how far the largest array of the line that failed reaches."""
    if trace is None:
        return ""
    arrays = operands.arrays(operands.failed_expression(trace), trace)
    sizes = {name: float(np.max(np.abs(a))) for name, a in arrays.items() if a.size and a.dtype.kind in "fiu"}
    if not sizes:
        return ""
    name = max(sizes, key=lambda key: sizes[key])
    low, high = float(np.min(arrays[name])), float(np.max(arrays[name]))
    return f"; here {name} goes from {low:.6g} to {high:.6g}"
