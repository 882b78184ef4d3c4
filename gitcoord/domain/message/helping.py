"""What helps with a message of gitcoord's own: commands while what the message is about stands, and that it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.errors import Unreadable
from gitcoord.errors.remedy import Remedy, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.message.record import Message
    from gitcoord.ledger.state import State

SHORT = 8
"""Characters of an id in a hint."""


def hint(state: State, item: Message, now: int) -> str:
    """Return what helps with a message, '' where nothing does, or where that cannot be read; `now` is in seconds."""
    about = item.about[0] if item.about else ""
    find = _BY_TYPE.get(item.type)
    try:
        return find(state, about, now) if find is not None else ""
    except Unreadable:
        return ""


def _offer(state: State, about: str, now: int) -> str:
    from gitcoord.domain.handoff import record

    offer = record.read(state, about)
    if offer is None:
        return "this offer does not stand: nothing is known of it here"
    if offer.status != "open":
        return f"this offer is over: {offer.status}"
    if offer.until <= now:
        return "this offer is over: expired"
    short = about[:SHORT]
    return Remedy("to accept it: {}; to refuse it: {}", step("handoff accept", short), step("handoff decline", short))


def _request(state: State, about: str, _: int) -> str:
    from gitcoord.domain.task import record

    task = record.read(state, about)
    if task is not None and not task.is_open:
        return f"this request is over: {task.status}"
    if task is None or task.is_held:
        return ""
    return Remedy("to take it: {}; to refuse it: {}", f"task take {about[:SHORT]}", f"task decline {about[:SHORT]}")


def _needed(state: State, about: str, _: int) -> str:
    from gitcoord.domain.task import record

    task = record.read(state, about)
    if task is None or task.status != "waiting":
        return ""
    return Remedy("to see it: {}; to answer: {}", f"task show {about[:SHORT]}", step("send", task.holder, "SUBJECT"))


def _abandoned(state: State, about: str, _: int) -> str:
    from gitcoord.domain.session import record

    is_there = record.well_formed(about) and record.read(state, about) is not None
    return Remedy("to end that session: {}", step("retire", about)) if is_there else ""


def _halted(state: State, _: str, now: int) -> str:
    from gitcoord.domain.halt import record

    return errors.halt.REMEDY if record.standing(state, now) else ""


def _conflict(_: State, __: str, ___: int) -> str:
    return Remedy("to see what collides now: {}", "conflicts")


_BY_TYPE: dict[str, Callable[[State, str, int], str]] = {
    "handoff": _offer,
    "request": _request,
    "needed": _needed,
    "abandoned": _abandoned,
    "halted": _halted,
    "conflict": _conflict,
}
"""What helps, by the type of a message: from the state, what the message is about, and the time."""
