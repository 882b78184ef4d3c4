"""Pages of long lists: how many of all are shown, and where the next page begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gitcoord.domain.command import option

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = option("--limit", metavar="N", least=1, most=1000, help="At most so many (50).")
OFFSET = option("--offset", metavar="N", least=0, help="Leave out so many at the beginning.")


class Page(Protocol):
    """An answer that shows a part of a list."""

    @property
    def shown(self) -> int:
        """How many are shown."""

    @property
    def total(self) -> int:
        """How many there are."""

    @property
    def next(self) -> int | None:
        """The offset of the next page, None where there is none."""


def following(offset: int, shown: int, total: int) -> int | None:
    """Return the offset of the page behind one that begins at `offset`, None where that is the last."""
    return offset + shown if shown and offset + shown < total else None


def more(page: Page) -> Iterator[str]:
    """Return a line that says how the next page is shown, where there is one."""
    if page.next is not None:
        yield f"{page.shown} of {page.total}: for more add --offset {page.next}"
