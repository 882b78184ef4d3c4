"""The types of messages that gitcoord sends by itself are its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gitcoord
from gitcoord.domain.message import record
from gitcoord.policy import reserved

PACKAGE = Path(gitcoord.__file__).parent


def sent() -> set[str]:
    """The types with which our own letters are made: the first word of `letter`, the third of `Letter`."""
    found, at = {record.ACK, record.LOST}, {"letter": 0, "Letter": 2}
    for path in (PACKAGE / "domain").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                kinds = node.args[at[name] : at[name] + 1] if name in at else []
                found |= {
                    kind.value for kind in kinds if isinstance(kind, ast.Constant) and isinstance(kind.value, str)
                }
    return found


@pytest.mark.slow
def test_nobody_else_sends_messages_of_our_types() -> None:
    """Each type that is sent is reserved, and told in docs/messages.md, and nothing else is."""
    page = (PACKAGE.parent / "docs" / "messages.md").read_text().partition("\n## Types\n")[2].partition("\n## ")[0]
    told = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert sent() == told == reserved.TYPES
