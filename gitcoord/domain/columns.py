"""Text in columns of a terminal: how wide it is shown, cut where there is no room, and tables of it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    class Paint(Protocol):
        """Puts colour on the lines of a table."""

        def head(self, text: str, /) -> str:
            """Return the head of a table in its colour."""

        def row(self, text: str, cells: Sequence[str], /) -> str:
            """Return a row of a table in the colour that its cells call for."""


GAP = "  "
NARROWEST = 4
"""Columns are cut no further than this."""

WIDEST = 60
"""Columns of a listing are no wider."""

MARK = "…"


def width(text: str) -> int:
    """Columns that a terminal needs: two for a wide East Asian character, none for one that joins the one before."""
    return len(text) if text.isascii() else sum(map(_of_char, text))


def _of_char(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def fit(text: str, room: int | None) -> str:
    """The text in so many columns, cut with `…`; as it is where there is no limit (None)."""
    if room is None or width(text) <= room:
        return text
    used, kept = width(MARK), []
    for char in text:
        used += _of_char(char)
        if used > room:
            break
        kept.append(char)
    return "".join(kept) + MARK if room > 0 else ""


def padded(text: str, room: int) -> str:
    """The text with spaces up to so many columns."""
    return text + " " * (room - width(text))


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    room: int | None = None,
    paint: Paint | None = None,
    *,
    most: int | None = None,
) -> Iterator[str]:
    """Rows under a head, in columns as wide as they need to be; the widest give way where there is no room.

    No column is wider than `most`: a longer cell pushes the rest of its own line aside.
    """
    lines = [head, *rows]
    wanted = [max(width(line[at]) for line in lines) for at in range(len(head))]
    widths = _widths([min(most, one) if most else one for one in wanted], room)
    for number, line in enumerate(lines):
        cells = [padded(cell if room is None else fit(cell, one), one) for cell, one in zip(line, widths, strict=True)]
        text = GAP.join(cells).rstrip()
        if paint is not None:
            text = paint.head(text) if number == 0 else paint.row(text, line)
        yield text


def _widths(wanted: list[int], room: int | None) -> list[int]:
    if room is None:
        return wanted
    widths = list(wanted)
    surplus = sum(widths) + len(GAP) * (len(widths) - 1) - room
    while surplus > 0 and max(widths) > NARROWEST:
        widest = max(range(len(widths)), key=lambda at: widths[at])
        widths[widest] -= 1
        surplus -= 1
    return widths
