"""Plain data as messages: what crosses by value, and how it is checked when it arrives."""

from __future__ import annotations

import builtins
from functools import lru_cache
from typing import Any

import numpy as np

MAX_DEPTH = 40
MAX_INTEGER_BITS = 4096
PLAIN_KINDS = "biufcSUmM"
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
BUILTIN_TYPES = ("bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set", "object")
NUMPY_TYPES = (
    *("bool_", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64", "complex64", "complex128"),
)


class NotPlain(TypeError):  # noqa: N818 - read as a property of a value
    """A value that can't be handed over as data; the message says what it is."""


class BadValue(ValueError):  # noqa: N818
    """A message that stands for no value."""


def plain_array(value: Any) -> bool:
    """Say whether a value is an array of numbers, dates or strings (no objects, no records)."""
    return (
        issubclass(type(value), np.ndarray) and value.dtype.kind in PLAIN_KINDS and not value.dtype.hasobject
    )


def pack_array(array: np.ndarray[Any, Any]) -> list[Any]:
    """Return an array as a message: type, shape, writable or not, layout, bytes in C order."""
    base = np.asarray(array)
    flags = base.flags
    layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "view"
    return ["a", base.dtype.str, list(base.shape), bool(flags.writeable), layout, base.tobytes()]


def unpack_array(message: Any) -> np.ndarray[Any, Any]:
    """Return the array that a message stands for, as a fresh, exact `numpy.ndarray`.

    Raises:
        BadValue: unless type, shape and number of bytes fit together.
    """
    _, kind, shape, writable, layout, data = _fields(message, 6)
    if not (isinstance(kind, str) and len(kind) < 32 and isinstance(data, bytes) and isinstance(shape, list)):
        raise BadValue("not an array")
    dtype = _dtype(kind)
    if len(shape) > 32 or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise BadValue("not a shape")
    count = 1
    for n in shape:
        count *= n
    if count * dtype.itemsize != len(data):
        raise BadValue("array of the wrong length")
    array = _laid_out(np.frombuffer(data, dtype).reshape(shape), layout)
    array.flags.writeable = bool(writable)
    return array


def _laid_out(array: np.ndarray[Any, Any], layout: Any) -> np.ndarray[Any, Any]:
    """Return a copy that lies in memory as the other side's does: code that reads bytes can tell."""
    if layout == "F":
        return array.copy(order="F")
    if layout == "view" and array.ndim:
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    return array.copy()


def pack_atom(value: Any) -> Any:
    """Return a number, string, range, slice, type, dtype or random generator as a message.

    Raises:
        NotPlain: if the value is none of these; NotImplemented is never returned.
    """
    kind = type(value)
    if value is None or kind is bool or kind is float or kind is str or kind is bytes:
        return value
    if kind is int:
        if -(2**63) <= value < 2**63:
            return value
        if value.bit_length() > MAX_INTEGER_BITS:
            raise NotPlain(f"an integer of {value.bit_length()} bits")
        return ["i", hex(value)]
    if kind is complex:
        return ["c", value.real, value.imag]
    if issubclass(kind, np.generic):
        if value.dtype.kind not in PLAIN_KINDS:
            raise NotPlain(f"a {kind.__name__}")
        return ["n", value.dtype.str, value.tobytes()]
    if kind is range or kind is slice:
        return ["r" if kind is range else "s", *map(pack_atom, (value.start, value.stop, value.step))]
    if value is Ellipsis:
        return ["e"]
    if issubclass(kind, np.dtype) and value.kind in PLAIN_KINDS:
        return ["y", value.str]
    if issubclass(kind, type):
        return _pack_type(value)
    if kind is np.random.Generator:
        return ["g", _pack_state(value.bit_generator.state)]
    raise NotPlain(f"a {kind.__name__}")


def unpack_atom(message: Any) -> Any:
    """Return the value that `pack_atom` packed.

    Raises:
        BadValue: if the message is none of its products.
    """
    if message is None or type(message) in (bool, int, float, str, bytes):
        return message
    if type(message) is not list or not message or type(message[0]) is not str:
        raise BadValue("not a value")
    tag = message[0]
    if tag == "i":
        text = _text(message, MAX_INTEGER_BITS // 4 + 4)
        return int(text, 16)
    if tag == "c":
        real, imaginary = _fields(message, 3)[1:]
        if type(real) is not float or type(imaginary) is not float:
            raise BadValue("not a complex number")
        return complex(real, imaginary)
    if tag == "n":
        kind, data = _fields(message, 3)[1:]
        return unpack_array(["a", kind, [], True, "C", data])[()]
    if tag in ("r", "s"):
        parts = [unpack_atom(part) for part in _fields(message, 4)[1:]]
        if not all(part is None or type(part) is int for part in parts):
            raise BadValue("not a range")
        try:
            return range(*parts) if tag == "r" else slice(*parts)
        except (TypeError, ValueError):
            raise BadValue("not a range") from None
    if tag == "e":
        return Ellipsis
    if tag == "y":
        return _dtype(_text(message, 32))
    if tag == "t":
        return _unpack_type(_text(message, 32))
    if tag == "g":
        return np.random.Generator(_unpack_generator(_fields(message, 2)[1]))
    raise BadValue(f"no value is tagged {tag[:20]!r}")


def _fields(message: Any, count: int) -> list[Any]:
    if type(message) is not list or len(message) != count:
        raise BadValue("not a value")
    return message


def _text(message: Any, limit: int) -> str:
    text = _fields(message, 2)[1]
    if type(text) is not str or len(text) > limit:
        raise BadValue("not a name")
    return text


@lru_cache(maxsize=64)
def _dtype(kind: str) -> np.dtype[Any]:
    try:
        dtype = np.dtype(kind) if kind[1:] and kind[1] in PLAIN_KINDS else None
    except (TypeError, ValueError, SyntaxError):
        dtype = None
    if dtype is None or dtype.hasobject or dtype.itemsize > 2**20 or dtype.fields or dtype.subdtype:
        raise BadValue("no type of numbers")
    return dtype


def _pack_type(value: type) -> Any:
    if value.__name__ in BUILTIN_TYPES and getattr(builtins, value.__name__) is value:
        return ["t", value.__name__]
    for name in NUMPY_TYPES:
        if getattr(np, name) is value:
            return ["t", f"np.{name}"]
    raise NotPlain(f"the class {value.__name__}")


def _unpack_type(name: str) -> Any:
    if name in BUILTIN_TYPES:
        return getattr(builtins, name)
    if name.startswith("np.") and name[3:] in NUMPY_TYPES:
        return getattr(np, name[3:])
    raise BadValue("no known type")


def _pack_state(state: Any) -> Any:
    if isinstance(state, dict):
        return {str(key): _pack_state(part) for key, part in state.items()}
    return pack_array(state) if isinstance(state, np.ndarray) else pack_atom(state)


def _unpack_state(message: Any, depth: int = 0) -> Any:
    if isinstance(message, dict) and depth < 3:
        return {key: _unpack_state(part, depth + 1) for key, part in message.items()}
    is_array = type(message) is list and message and message[0] == "a"
    return unpack_array(message) if is_array else unpack_atom(message)


def _unpack_generator(message: Any) -> np.random.BitGenerator:
    state = _unpack_state(message)
    name = state.get("bit_generator") if isinstance(state, dict) else None
    if name not in GENERATORS:
        raise BadValue("no known random generator")
    generator: np.random.BitGenerator = getattr(np.random, name)()
    try:
        generator.state = state
    except (TypeError, ValueError, KeyError, OverflowError) as error:
        raise BadValue(f"no state of {name}: {error}") from None
    return generator
