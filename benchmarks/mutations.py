"""Wrong answers made by rule: one operator changed, or right except in one region of the inputs."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from regions import regional

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
    for kind, where, text in [*_edited(body), *_shared(body), *regional(body)]:
        mutant = Mutant(exercise, kind, where, f"{directive}\n{text}")
        count = 1
        while mutant.name in found:  # the same change at another place of the line
            count += 1
            mutant = replace(mutant, where=f"{where} ({count})")
        found[mutant.name] = mutant
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


def _shared(body: str) -> Iterator[tuple[str, str, str]]:
    """Let the class keep what each object should keep for itself: whoever sets it last sets it for all."""
    for owner in [node for node in ast.parse(body).body if isinstance(node, ast.ClassDef)]:
        for name in sorted({node.attr for node in _of_self(owner) if isinstance(node.ctx, ast.Store)}):
            twin = ast.parse(body)
            for place in [
                node for node in twin.body if isinstance(node, ast.ClassDef) and node.name == owner.name
            ]:
                for node in _of_self(place):
                    if node.attr == name:
                        node.value = ast.Name(owner.name, ast.Load())
            yield f"{name} kept by the class", owner.name, ast.unparse(ast.fix_missing_locations(twin))


def _of_self(owner: ast.ClassDef) -> Iterator[ast.Attribute]:
    """Yield each place where a class's methods set or read an attribute of their object."""
    for node in ast.walk(owner):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            yield node


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
