"""The board of some sessions only, or of one type of findings, messages and common work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import replace

if TYPE_CHECKING:
    from gitcoord.domain.board.board import Board


def narrow(found: Board, who: frozenset[str] | None, kind: str) -> Board:
    """Return the board with what concerns one of these sessions (ids; None: all), of this type ('': of each).

    Sessions and claims have no type. `me`, `holds` and `unread` stay: they say who reads.
    """

    def of(*ids: str) -> bool:
        return who is None or not who.isdisjoint(ids)

    return replace(
        found,
        sessions=[one for one in found.sessions if of(one.id)],
        claims=[one for one in found.claims if of(one.session)],
        messages=[one for one in found.messages if of(one.sender.session) and kind in ("", one.type)],
        attention=[one for one in found.attention if of(*one.sessions) and kind in ("", one.what)],
        together=[one for one in found.together if of(*one.sessions) and kind in ("", one.what)],
    )
