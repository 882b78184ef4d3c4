"""Colour: only on a terminal that has it, and where nobody said no (https://no-color.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_END = "\x1b[0m"
_BOLD, _DIM, _RED, _YELLOW = "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m"


class Paint:
    """Puts colour on whole lines whose width is settled; one that is off leaves them alone."""

    def __init__(self, *, on: bool) -> None:
        self.on = on

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_END}" if self.on and text else text

    def head(self, text: str) -> str:
        """The head of a table, or of a part."""
        return self._in(_BOLD, text)

    def urgent(self, text: str) -> str:
        """What this session has to do something about."""
        return self._in(_RED, text)

    def warn(self, text: str) -> str:
        """What is not as it should be."""
        return self._in(_YELLOW, text)

    def aside(self, text: str) -> str:
        """What matters less."""
        return self._in(_DIM, text)

    def row(self, text: str, cells: Sequence[str]) -> str:
        """A row of a table: gone sessions stand out, idle ones stand back."""
        if "gone" in cells:
            return self.warn(text)
        return self.aside(text) if "idle" in cells else text


PLAIN = Paint(on=False)


def wanted(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether colour may be written there."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb"
