"""What stands in the table: a line that keeps a rule, and the test that fails without it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parents[2]
PACKAGE = "gitcoord"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of `file`, which is below `gitcoord/`, and what is put in its place.

    `function` is the qualified name of the function in which the line stands exactly once, or the name of a constant
    of the module.
    """

    file: str
    function: str
    line: str
    without: str

    def broken_in(self, text: str) -> str:
        """Return the text of the file with the line replaced."""
        begin, end = _span(text, self.function)
        inside = text[begin:end]
        assert inside.count(self.line) == 1, f"{self.function} in {self.file} has not exactly once: {self.line}"
        return text[:begin] + inside.replace(self.line, self.without) + text[end:]


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the code that keeps a rule.

    `rule` is the number in docs/protocol.md. With `without` in the place of `line` the rule is broken, and `test` (a
    node id of pytest) fails. Where two lines keep the rule and either is enough, `spare` is the other one: both are
    replaced.
    """

    rule: str
    file: str
    function: str
    line: str
    without: str
    test: str
    spare: Place | None = None

    @property
    def places(self) -> list[Place]:
        """The lines that are replaced together."""
        one = Place(self.file, self.function, self.line, self.without)
        return [one, self.spare] if self.spare is not None else [one]

    def broken(self) -> dict[str, str]:
        """Return the files without the rule: path below `gitcoord/` -> text."""
        texts: dict[str, str] = {}
        for place in self.places:
            text = texts.get(place.file) or (TOP / PACKAGE / place.file).read_text()
            texts[place.file] = place.broken_in(text)
        return texts


def _span(text: str, name: str) -> tuple[int, int]:
    """Return where the function or constant of this qualified name begins and ends in the text of a module."""
    body: list[ast.stmt] = ast.parse(text).body
    found: ast.stmt | None = None
    for part in name.split("."):
        found = next((node for node in body if part in _names(node)), None)
        assert found is not None, f"there is no {name}"
        body = found.body if isinstance(found, ast.ClassDef | ast.FunctionDef) else []
    assert found is not None
    lines = text.splitlines(keepends=True)
    return sum(map(len, lines[: found.lineno - 1])), sum(map(len, lines[: found.end_lineno]))


def _names(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module or class defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]
