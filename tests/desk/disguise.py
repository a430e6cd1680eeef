"""What people do to an answer that isn't theirs: other names, another order, other comments and layout."""

from __future__ import annotations

import ast
import random
from typing import Any


class Renamed(ast.NodeTransformer):
    """Gives every name that the answer makes itself another one, but for what tests call."""

    def __init__(self, tree: ast.Module, rng: random.Random) -> None:
        public = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                public |= {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        made: set[str] = set()
        for each in ast.walk(tree):
            if isinstance(each, ast.arg):
                made.add(each.arg)
            elif isinstance(each, ast.FunctionDef):
                made.add(each.name)
            elif isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store):
                made.add(each.id if isinstance(each, ast.Name) else f".{each.attr}")
        keep = public | {"self", ".params", ".grads", ".training"}
        self.other = {name: f"x{rng.randrange(10**6)}" for name in sorted(made - keep)}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.other.get(node.id, node.id)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self.other.get(node.arg, node.arg)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = self.other.get(f".{node.attr}", node.attr)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.name = self.other.get(node.name, node.name)
        return node


class Reordered(ast.NodeTransformer):
    """Shuffles methods, and swaps neighbouring statements that share no name."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def generic_visit(self, node: ast.AST) -> Any:
        super().generic_visit(node)
        if isinstance(node, ast.ClassDef):
            self.rng.shuffle(node.body)
        elif isinstance(node, ast.FunctionDef | ast.For | ast.If | ast.With):
            for at in range(len(node.body) - 1):
                one, other = node.body[at : at + 2]
                simple = all(isinstance(each, ast.Assign | ast.AugAssign) for each in (one, other))
                if simple and not _names(one) & _names(other):
                    node.body[at : at + 2] = [other, one]
        return node


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def disguised(source: str, seed: int) -> str:
    """Return an answer that does the same and looks like another: comments and layout go by themselves."""
    rng, tree = random.Random(seed), ast.parse(source)
    tree = Reordered(rng).visit(Renamed(tree, rng).visit(tree))
    return ast.unparse(ast.fix_missing_locations(tree))
