"""What nouns do because of an operation of another noun, which does not know them: `NOUNS` says who reacts to what."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, NamedTuple

from gitcoord.domain import NOUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.event import Draft, Event
    from gitcoord.ledger.state import State


OCCASIONS = ("landed", "collision")
"""What nouns react to and no operation says: something was merged into the default branch, work collides."""


def _no_drafts(_: Workspace, __: State, ___: Any) -> list[Draft]:
    return []


def _nothing(_: Workspace, __: Any, ___: Sequence[Event]) -> None:
    return


class Reaction(NamedTuple):
    """What a noun does because of operations of a kind, each told as a fact: a record of the noun whose kind it is.

    `drafts` are recorded together with the operation, before it. `follow` is done when the operation has its verdict;
    it is given the events that were recorded.
    """

    kind: str
    drafts: Callable[[Workspace, State, Any], list[Draft]] = _no_drafts
    follow: Callable[[Workspace, Any, Sequence[Event]], None] = _nothing


def drafts(workspace: Workspace, state: State, kind: str, fact: object) -> list[Draft]:
    """Return what is to be recorded together with an operation of this kind."""
    return [draft for reaction in _reactions(kind) for draft in reaction.drafts(workspace, state, fact)]


def follow(workspace: Workspace, kind: str, fact: object, events: Sequence[Event] = ()) -> None:
    """Let the nouns do what follows from an operation of this kind that has its verdict."""
    for reaction in _reactions(kind):
        reaction.follow(workspace, fact, events)


def _reactions(kind: str) -> Iterator[Reaction]:
    for noun, has in NOUNS.items():
        if kind in has.reacts.split():
            known: tuple[Reaction, ...] = importlib.import_module(f"gitcoord.domain.{noun}.reactions").REACTIONS
            yield from (reaction for reaction in known if reaction.kind == kind)
