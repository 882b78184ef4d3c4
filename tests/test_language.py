"""Plain English: what a reader who is not a native speaker stumbles over is found in pages, messages and docstrings."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import gitcoord

PACKAGE = Path(gitcoord.__file__).parent
ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

STUMBLES = {
    r"(?<![Tt]here )\b(is|are|was|were) no (?!(longer|more|wider|less|later|other|matter)\b)\w+": "is not a ...",
    r"\bany (more|longer)\b": "no longer, or what is the case instead",
    r"\bsince \d+ (s|min|h|d)\b": "for 12 min",
    r"\bhalf a character\b": "an unpaired surrogate",
    r"\bwrote nothing down\b": "failed; nothing was recorded",
    r"\bonly read from here\b": "is read-only at",
    r"\b[Ii]nsists? (on|that)\b": "what happens otherwise",
}
"""What is not written, and what is written instead."""


@cache
def _texts(path: Path) -> list[str]:
    """What a page says, or the strings and docstrings of a module."""
    if path.suffix == ".md":
        return path.read_text().splitlines()
    strings = (node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
    return [line for text in strings if isinstance(text, str) for line in text.splitlines()]


@pytest.mark.parametrize("stumble", STUMBLES)
def test_plain_words_are_used(stumble: str) -> None:
    """None of these turns of phrase is in a page, a message, a help text or a docstring."""
    found = [
        f"{path.relative_to(ROOT)}: {text.strip()[:120]}"
        for path in (*PAGES, *sorted(PACKAGE.rglob("*.py")))
        for text in _texts(path)
        if re.search(stumble, text)
    ]
    assert not found, STUMBLES[stumble]
