"""What stands in the table: a line that keeps a rule, and the test that fails without it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
PACKAGE = "gitcoord"


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the code that keeps a rule.

    `rule` is the number in docs/protocol.md.
    `file` is below `gitcoord/`. `line` stands there exactly once; with `without` in its place the rule is broken, and
    `test` (a node id of pytest) fails.
    """

    rule: str
    file: str
    line: str
    without: str
    test: str

    @property
    def function(self) -> str:
        """The qualified name of the function that holds the line; '' for a line of the module itself."""
        text = (TOP / PACKAGE / self.file).read_text()
        return _around(ast.parse(text), text[: text.index(self.line)].count("\n") + 1)

    def broken(self) -> str:
        """The text of the file without the rule."""
        text = (TOP / PACKAGE / self.file).read_text()
        assert text.count(self.line) == 1, f"{self.file} does not have this exactly once: {self.line}"
        return text.replace(self.line, self.without)


def _around(tree: ast.AST, line: int) -> str:
    names: list[str] = []
    node: ast.AST | None = tree
    while node is not None:
        inner = None
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt) and child.lineno <= line <= (child.end_lineno or 0):
                inner = child
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    names.append(child.name)
        node = inner
    return ".".join(names)
