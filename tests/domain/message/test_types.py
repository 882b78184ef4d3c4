"""The types of messages that gitcoord sends by itself are its own."""

from __future__ import annotations

import ast
from pathlib import Path

import gitcoord
from gitcoord.domain.message import record
from gitcoord.policy import reserved

PACKAGE = Path(gitcoord.__file__).parent


def sent() -> set[str]:
    """The types with which our own letters are made."""
    found = {record.ACK, record.LOST}
    for path in (PACKAGE / "domain" / "message").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "letter":
                kind = node.args[0]
                found |= {kind.value} if isinstance(kind, ast.Constant) and isinstance(kind.value, str) else set()
    return found


def test_nobody_else_sends_messages_of_our_types() -> None:
    """Each type that is sent is reserved, and told in docs/messages.md, and nothing else is."""
    page = (PACKAGE.parent / "docs" / "messages.md").read_text().partition("\n## Types\n")[2].partition("\n## ")[0]
    told = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `")}
    assert sent() == told == reserved.TYPES
