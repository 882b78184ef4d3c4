"""Text that others wrote as Markdown that shows exactly that text, and tables of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL = frozenset("\\`*_[]|~$")
"""What means something in the middle of a line; what does so only at its beginning never stands there."""

_JOINER = "&#8288;"
"""A word joiner: invisible, of no width. Code hosts look for mentions, issues and addresses in the finished text, where
no backslash helps."""
_LINKED = re.compile(r"@|#(?=\d)|(?<=:)//|(?<=www)\.", re.IGNORECASE)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; its cells are Markdown already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def text(said: str) -> str:
    """Any text as Markdown that shows exactly that, on one line: nothing in it is markup, a link or a mention."""
    parts, at = [], 0
    plain = printable(said)
    for found in _LINKED.finditer(plain):
        parts += [_escaped(plain[at : found.start()]), _joined(found[0])]
        at = found.end()
    return "".join([*parts, _escaped(plain[at:])])


def _joined(char: str) -> str:
    """What makes a link, broken by a joiner that nobody sees."""
    return f"{_JOINER}{_escaped(char)}" if char in ("//", ".") else f"{_escaped(char)}{_JOINER}"


def _escaped(plain: str) -> str:
    return "".join(_ENTITIES.get(char, f"\\{char}" if char in _SPECIAL else char) for char in plain)
