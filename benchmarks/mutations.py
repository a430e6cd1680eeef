"""Wrong answers made by rule: one operator changed, or right except in one region of the inputs."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.USub: ast.UAdd,
}

REGIONS = {
    "a number above 6": "any(np.abs(a).max(initial=0) > 6 for a in arrays)",
    "a number above 50": "any(np.abs(a).max(initial=0) > 50 for a in arrays)",
    "a number above 500": "any(np.abs(a).max(initial=0) > 500 for a in arrays)",
    "all below 0.01": "any(0 < np.abs(a).max(initial=0) < 0.01 for a in arrays)",
    "all positive": "any(a.size and (a > 0).all() for a in arrays)",
    "all negative": "any(a.size and (a < 0).all() for a in arrays)",
    "an exact zero": "any((a == 0).any() for a in arrays)",
    "a tie": "any(a.size > 1 and np.unique(a).size < a.size for a in arrays)",
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
    "a count of 4": "any(n == 4 for n in counts)",
    "a count of 7": "any(n == 7 for n in counts)",
    "a count above 10": "any(n > 10 for n in counts)",
    "five arguments": "len(args) >= 5",
    "the third call on": "calls[0] > 2",
    "the fiftieth call": "calls[0] == 50",
}

WRAPPER = """

def _wrong_in_a_region(function):
    calls = [0]

    def spoiled(value):
        if isinstance(value, tuple):
            return tuple(spoiled(part) for part in value)
        if isinstance(value, list):
            return value[::-1]
        if isinstance(value, (float, np.floating, np.ndarray)):
            return value * 1.001 + 1e-3
        return value

    def wrapped(*args, **kwargs):
        parts = [*args, *kwargs.values()]
        parts += [each for part in parts if isinstance(part, (list, tuple)) for each in part]
        arrays = [np.asarray(a) for a in parts if isinstance(a, (float, np.ndarray)) and np.size(a)]
        counts = [n for n in parts if type(n) is int]
        calls[0] += 1
        there = {region}
        result = function(*args, **kwargs)
        if there and result is None and {acts}:
            function(*args, **kwargs)
        return spoiled(result) if there else result

    return wrapped


{target} = _wrong_in_a_region({target})
"""


@dataclass(frozen=True)
class Mutant:
    """A wrong answer to an exercise.

    Attributes:
        exercise: grade_id of the exercise.
        kind: what was changed, in words.
        where: the line, or the function, that was changed.
        source: the whole cell.
    """

    exercise: str
    kind: str
    where: str
    source: str

    @property
    def name(self) -> str:
        """What stands for it in a list: the same as long as the line stays as it is."""
        return f"{self.exercise} | {self.kind} | {self.where}"

    @property
    def student(self) -> str:
        """An id to hand it in under."""
        return "m" + hashlib.sha256(self.name.encode()).hexdigest()[:12]


def mutants(exercise: str, source: str) -> list[Mutant]:
    """Return every mutant of an exercise's solution cell, each once."""
    directive, _, body = source.partition("\n")
    found: dict[str, Mutant] = {}
    for kind, where, text in [*_edited(body), *_regional(body)]:
        mutant = Mutant(exercise, kind, where, f"{directive}\n{text}")
        found.setdefault(mutant.name, mutant)
    return list(found.values())


def _edited(body: str) -> Iterator[tuple[str, str, str]]:
    """Change one operator, constant, call or statement at a time."""
    lines = body.split("\n")
    tree = ast.parse(body)
    for number, node in enumerate(ast.walk(tree)):
        for kind, changed in _changes(node):
            twin = copy.deepcopy(tree)
            place = list(ast.walk(twin))[number]
            _replace(twin, place, changed)
            text = ast.unparse(ast.fix_missing_locations(twin))
            if text != ast.unparse(tree):
                yield kind, lines[getattr(node, "lineno", 1) - 1].strip(), text


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp | ast.UnaryOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
        other = copy.copy(node)
        other.op = SWAPS[type(node.op)]()  # type: ignore[assignment]
        yield f"{type(node.op).__name__} becomes {type(other.op).__name__}", other
    if isinstance(node, ast.AugAssign):
        yield "assigned, not added", ast.Assign([node.target], node.value, lineno=node.lineno)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        other = copy.copy(node)
        other.ops = [SWAPS[type(node.ops[0])](), *node.ops[1:]]  # type: ignore[list-item]
        yield f"{type(node.ops[0]).__name__} becomes {type(other.ops[0]).__name__}", other
    if isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
        value = not node.value if type(node.value) is bool else node.value + 1
        yield f"{node.value} becomes {value}", ast.Constant(value)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        other = copy.copy(node)
        other.test = ast.UnaryOp(ast.Not(), node.test)
        yield "condition the wrong way round", other
    if isinstance(node, ast.Call):
        yield from _calls(node)
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "not transposed", node.value
    if isinstance(node, ast.Assign | ast.AugAssign) or _acts(node):
        yield "left out", ast.Pass()


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    for n, keyword in enumerate(node.keywords):
        other = copy.copy(node)
        other.keywords = node.keywords[:n] + node.keywords[n + 1 :]
        yield f"without {keyword.arg}", other
    if len(node.args) == 2:
        other = copy.copy(node)
        other.args = node.args[::-1]
        yield "arguments swapped", other
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("copy", "sum", "mean"):
        yield f"without {node.func.attr}", node.func.value


def _acts(node: ast.AST) -> bool:
    """Whether a statement is there for what it does, and isn't a docstring."""
    return isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)


def _replace(tree: ast.AST, old: ast.AST, new: ast.AST) -> None:
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, field, new)
            elif isinstance(value, list):
                setattr(parent, field, [new if item is old else item for item in value])


def _regional(body: str) -> Iterator[tuple[str, str, str]]:
    """Let each function and method be wrong in one region of its inputs, and right everywhere else."""
    for target, node in _targets(ast.parse(body)):
        for region, condition in REGIONS.items():
            if "counts" in condition and "." in target:
                continue  # no method takes a count; the constructors that do are not wrapped
            if "len(args)" in condition and node.args.vararg is None:
                continue
            acts = str(node.name == "step")
            tail = WRAPPER.replace("{region}", condition).replace("{target}", target).replace("{acts}", acts)
            yield f"wrong for {region}", target, body + tail


def _targets(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not _generates(node):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                    yield f"{node.name}.{inner.name}", inner


def _generates(node: ast.FunctionDef) -> bool:
    return any(isinstance(inner, ast.Yield | ast.YieldFrom) for inner in ast.walk(node))
