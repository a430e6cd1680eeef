"""Answers that are right except in one region of their inputs, for any function or method."""

from __future__ import annotations

import ast
from collections.abc import Iterator

NUMBERS = {
    "a number above 6": "any(np.abs(a).max() > 6 for a in arrays)",
    "a number above 50": "any(np.abs(a).max() > 50 for a in arrays)",
    "a number above 500": "any(np.abs(a).max() > 500 for a in arrays)",
    "all below 0.01": "any(0 < np.abs(a).max() < 0.01 for a in arrays)",
    "all positive": "any((a > 0).all() for a in arrays)",
    "all negative": "any((a < 0).all() for a in arrays)",
    "an exact zero": "any((a == 0).any() for a in arrays)",
    "a tie": "any(np.unique(a).size < a.size for a in arrays)",
    "no dimension": "any(a.ndim == 0 for a in arrays)",
    "one dimension": "any(a.ndim == 1 for a in arrays)",
    "three dimensions": "any(a.ndim == 3 for a in arrays)",
    "four dimensions": "any(a.ndim == 4 for a in arrays)",
    "first axis 1": "any(a.ndim and a.shape[0] == 1 for a in arrays)",
    "first axis 5": "any(a.ndim and a.shape[0] == 5 for a in arrays)",
    "first axis above 8": "any(a.ndim and a.shape[0] > 8 for a in arrays)",
    "last axis 1": "any(a.ndim and a.shape[-1] == 1 for a in arrays)",
    "last axis 4": "any(a.ndim and a.shape[-1] == 4 for a in arrays)",
    "last axis above 12": "any(a.ndim and a.shape[-1] > 12 for a in arrays)",
    "not in rows": "any(not a.flags.c_contiguous for a in arrays)",
}
COUNTS = {
    "a count of 4": "4 in counts",
    "a count of 7": "7 in counts",
    "a count above 10": "max(counts, default=0) > 10",
    "a count above 30": "max(counts, default=0) > 30",
}
CALLS = {
    "the third call on": "calls[0] > 2",
    "the fiftieth call": "calls[0] == 50",
}
FIVE = {"five arguments": "len(args) >= 5"}
MODES = {"evaluation mode": "any(getattr(a, 'training', True) is False for a in args)"}

TOOLS = """

def _holds(value, kinds, depth):
    if isinstance(value, kinds) and not isinstance(value, bool):
        yield value
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _holds(part, kinds, depth)
    elif isinstance(value, dict):
        yield from _holds(list(value.values()), kinds, depth)
    elif depth and hasattr(value, "__dict__"):
        kept = [part for name, part in vars(value).items() if not name.startswith("grad")]
        yield from _holds(kept, kinds, depth - 1)


def _spoiled(value):
    if isinstance(value, (tuple, dict)):
        return _like(value)
    if isinstance(value, list):
        numbers = all(isinstance(part, float) for part in value)
        return [_spoiled(part) for part in value] if numbers else value[::-1]
    if isinstance(value, (float, np.floating, np.ndarray)):
        return value + 1 if np.asarray(value).dtype.kind in "iu" else value * 1.5 + 0.1
    if isinstance(value, int) and not isinstance(value, bool):
        return value + 1
    if hasattr(value, "__next__"):
        return (_spoiled(part) for part in value)
    if hasattr(value, "params"):
        for param in value.params.values():
            param[...] = _spoiled(param)
    if hasattr(value, "sources") and {rules}:
        value.sources = tuple((each, lambda g, rule=rule: _spoiled(rule(g))) for each, rule in value.sources)
    elif hasattr(value, "sources"):
        value.value = _spoiled(value.value)
    return value


def _like(value):
    if isinstance(value, dict):
        return {name: _spoiled(part) for name, part in value.items()}
    return tuple(_spoiled(part) for part in value)


def _wrong_in_a_region(function):
    calls = [0]

    def wrapped(*args, **kwargs):
        parts = [*args[{method}:], *kwargs.values()]
        arrays = [np.asarray(a) for a in _holds(parts, (float, np.ndarray), 0)]
        if not any(True for _ in _holds(parts, np.ndarray, 0)):
            arrays = list(_holds([*args], np.ndarray, 2)) or arrays
        arrays = [a for a in arrays if a.size and a.dtype.kind == "f"] or [a for a in arrays if a.size]
        counts = [*_holds(parts, int, 0), *_holds([*args[:{method}]], int, 1)]
        several = [*parts, *_parts(*args[:{method}])]
        counts += [len(each) for each in several if isinstance(each, (list, tuple, dict))]
        calls[0] += 1
        if not ({region}):
            return function(*args, **kwargs)
        return _spoiled({wrong})

    return wrapped


def _parts(*values):
    return [part for value in values for name, part in vars(value).items() if not name.startswith("grad")]


def _noting(function):
    def wrapped(self, *args):
        self.noted = args
        return function(self, *args)

    return wrapped


"""


def regional(body: str) -> Iterator[tuple[str, str, str]]:
    """Let each function and method of a cell be wrong in one region of its inputs, and right everywhere else.

    A function that returns nothing does nothing there. Where a method takes no argument, it is what the last
    `forward` took that decides.

    Yields:
        What is wrong, in words; the function; the cell's text.
    """
    tree = ast.parse(body)
    for owner, node in _targets(tree):
        target = f"{owner.name}.{node.name}" if owner else node.name
        regions = NUMBERS | COUNTS | CALLS | (FIVE if node.args.vararg else {})
        if (owner and _has(owner, "forward")) or node.args.args[0].arg in ("module", "model"):
            regions = regions | MODES
        for what, region in regions.items():
            for rules in (False, True) if _makes_tensors(node) else (False,):
                tail = _tail(owner, node, target, region, rules)
                yield f"{'gradient ' * rules}wrong for {what}", target, body + tail


def _tail(owner: ast.ClassDef | None, node: ast.FunctionDef, target: str, region: str, rules: bool) -> str:
    wrong = "function(*args, **kwargs)" if _returns(node) else "None"
    text = TOOLS
    for field, value in {
        "{region}": region,
        "{method}": str(int(owner is not None)),
        "{rules}": str(rules),
        "{wrong}": wrong,
    }.items():
        text = text.replace(field, value)
    text += f"{target} = _wrong_in_a_region({target})\n"
    if owner and not node.args.vararg and len(node.args.args) == 1 and _has(owner, "forward"):
        text += f"{owner.name}.forward = _noting({owner.name}.forward)\n"
    return text


def _targets(tree: ast.Module) -> Iterator[tuple[ast.ClassDef | None, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield None, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield node, inner


def _has(owner: ast.ClassDef, name: str) -> bool:
    return any(isinstance(inner, ast.FunctionDef) and inner.name == name for inner in owner.body)


def _returns(node: ast.FunctionDef) -> bool:
    return any(isinstance(inner, ast.Return | ast.Yield | ast.YieldFrom) for inner in ast.walk(node))


def _makes_tensors(node: ast.FunctionDef) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id == "Tensor" for inner in ast.walk(node))
