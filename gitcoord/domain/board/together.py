"""What sessions do together, as the board shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.session.record import Session


@dataclass(frozen=True, slots=True)
class Together:
    """One thing that several sessions have part in. `text` is a sentence in harmless characters.

    `what` is the noun, `name` what the thing is called: a workflow by its id. `mine`: this session has part in it.
    `sessions` are the ids of those that have.
    """

    what: str
    name: str
    text: str
    mine: bool
    sessions: list[str]


def shared(what: str, name: str, text: str, sessions: Iterable[str], me: Session | None) -> Together:
    """Return one thing in which these sessions (their ids) have part."""
    ids = sorted(set(sessions))
    return Together(what, name, text, me is not None and me.id in ids, ids)
