"""A given cell's own variables are kept apart from an answer's helpers of the same name."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

from workbook import reads


class Apart(ast.NodeTransformer):
    """One of IPython's `ast_transformers`: in the cell that runs next, variables of these names get others.

    A check says ``batches = list(minibatches(...))``, and the student's minibatches may call a helper named
    batches. Line numbers, attributes, parameters and keywords stay as they are.

    Attributes:
        taken: names that belong to the student while the cell runs.
        renamed: the names that the cell's variables have instead.
    """

    def __init__(self) -> None:
        self.taken: Set[str] = frozenset()
        self.renamed: dict[str, str] = {}

    def visit(self, node: ast.AST) -> Any:
        """Rename, in a whole cell, what it binds and somebody else owns."""
        if isinstance(node, ast.Module):
            both = bound_by(ast.unparse(node)) & self.taken if self.taken else set()
            self.renamed = {name: f"_{name}_of_the_cell" for name in both}
        return super().visit(node) if self.renamed else node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A variable that is read or bound."""
        node.id = self.renamed.get(node.id, node.id)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        """A function of the cell's that binds a variable of the cell's."""
        node.names = [self.renamed.get(name, name) for name in node.names]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """The error that was caught is a variable, too."""
        node.name = self.renamed.get(node.name, node.name) if node.name else None
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Parameters keep their names, and hide what has that name outside; not in their default values."""
        node.name = self.renamed.get(node.name, node.name)
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        own = self._parameters(node.args)
        node.body = self._hiding(own, node.body)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """As a function that has a name."""
        own = self._parameters(node.args)
        (node.body,) = self._hiding(own, [node.body])
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Attributes keep their names."""
        node.name = self.renamed.get(node.name, node.name)
        node.bases = [self.visit(each) for each in node.bases]
        node.body = self._hiding(bound_by("\n".join(ast.unparse(line) for line in node.body)), node.body)
        return node

    def _parameters(self, arguments: ast.arguments) -> set[str]:
        self.generic_visit(arguments)  # default values are worked out outside
        return {each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg)}

    def _hiding(self, own: Collection[str], nodes: list[Any]) -> list[Any]:
        outside = self.renamed
        self.renamed = {name: other for name, other in outside.items() if name not in own}
        try:
            return [self.visit(node) for node in nodes]
        finally:
            self.renamed = outside


def bound_by(source: str) -> set[str]:
    """Return the names that Python text binds where it stands, imports apart."""
    symbols = symtable.symtable(source, "<cell>", "exec").get_symbols()
    return {each.get_name() for each in symbols if each.is_assigned() and not each.is_imported()}


def helpers(exported: Iterable[str], names: Mapping[str, object]) -> set[str]:
    """Return which of the names that a notebook has exported are read by functions that it has exported."""
    own = set(exported) & names.keys()
    return own & {name for each in own for name in reads.names_read(names[each])}
