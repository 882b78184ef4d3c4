"""List offers, and show one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain import paging
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.handoff import record, recording, view
from gitcoord.domain.handoff.view import Handoff, Handoffs
from gitcoord.domain.paging import LIMIT, OFFSET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call

MOST = 100
"""Offers that are over and are listed, the newest."""


@dataclass(frozen=True, slots=True)
class List:
    """List the offers that stand."""

    every: Annotated[bool, option("--all", help="Also those that are over, the last 100.")] = False
    limit: Annotated[int, LIMIT] = 50
    offset: Annotated[int, OFFSET] = 0


@dataclass(frozen=True, slots=True)
class Show:
    """Show an offer: what it names, where its giver stood, what became of it."""

    id: Annotated[str, Argument("ID", "The offer, or how its id begins.")]


def listed(call: Call, request: List) -> Handoffs:
    """Return the offers."""
    call.look()
    call.reader()
    state, now = call.state, call.now
    found = record.standing(state)
    if request.every:
        found += sorted(record.over(state), key=lambda offer: offer.closed)[-MOST:]
    else:
        found = [offer for offer in found if offer.until >= now]
    found.sort(key=lambda offer: offer.number)
    part = found[request.offset : request.offset + request.limit]
    page = [view.shown(call.workspace, state, offer) for offer in part]
    return Handoffs(page, len(page), len(found), paging.following(request.offset, len(page), len(found)))


def one(call: Call, request: Show) -> Handoff:
    """Return one offer. Raises `NotFound`, `Usage`."""
    call.look()
    call.reader()
    return view.shown(call.workspace, call.state, recording.find(call.state, request.id))


def _lines(call: Call, answer: Handoffs) -> Iterator[str]:
    yield from (view.one_line(offer, call.now) for offer in answer.handoffs)
    if not answer.handoffs:
        yield "no offers" if answer.total == 0 else "no more offers"
    yield from paging.more(answer)


def _ids(_: Call, answer: Handoffs) -> Iterator[str]:
    yield from (offer.id for offer in answer.handoffs)


COMMANDS = (
    Command("handoff list", List, listed, _lines, quiet=_ids, does="reads"),
    Command("handoff show", Show, one, view.whole, quiet=view.whole, does="reads"),
)
