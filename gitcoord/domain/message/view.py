"""Answers about messages, as lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session
from gitcoord.domain.wording import SHOWN, plural
from gitcoord.errors.remedy import Remedy, step
from gitcoord.policy import duration
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.domain.message.inbox import File, Inbox, Shown
    from gitcoord.domain.message.send import Sent


def sent(record: Sent, now: int) -> Iterable[str]:
    """A message that is on its way, and what to expect of its readers."""
    yield f"sent {record.id[:8]} to {printable(record.to)}"
    quiet = [item for item in record.recipients if item.status != "active" or item.woken]
    if not record.recipients:
        yield "nobody else is there" if record.to == "all" else f"nobody is there now{_heir(record)}"
    lost = all(item.status == "gone" for item in record.recipients)
    for item in quiet[:SHOWN]:
        seen = f"last seen {duration.show(now - item.last_seen)} ago"
        then = _heir(record) if lost else ""
        if item.status == "idle" or item.woken:
            then = ": its program was asked to wake it, and may refuse" if item.woken else ": nothing wakes it"
        yield f"{printable(item.name)} ({item.session}) is {item.status}, {seen}{then}"
    if len(quiet) > SHOWN:
        yield f"and {len(quiet) - SHOWN} more are idle, woken or gone"


def _heir(record: Sent) -> str:
    """Who reads what those it is for did not; what was said to all is for nobody else."""
    return "" if record.to == "all" else f"; whoever comes next as {printable(record.to)} reads it"


def messages(found: Inbox, me: str, now: int, living: Iterable[str], *, history: bool) -> Iterable[str]:
    """Messages, each with its text indented below it.

    A sender whose name another one of them or of the `living` (ids) bears has its id beside it.
    """
    if not found.messages:
        more = f"; {plural(found.left, 'other message')} unread" if found.left else ""
        yield f"nothing {'there' if history else 'unread'}{more}"
    twins = session.twins_among((*living, *(item.sender.session for item in found.messages)))
    for item in found.messages:
        yield from message(item, me, now, twins)
    if found.messages and found.left:
        yield f"{plural(found.left, 'message')} left unread"


def message(item: Shown, me: str, now: int, twins: Collection[str]) -> Iterable[str]:
    """One message: a line with who and when, then its words, so that nothing in them can pass for ours."""
    sender = item.sender
    who = "me" if sender.session == me else printable(session.labelled(sender.name, sender.session, twins))
    about = [word for word in (item.priority if item.priority != "normal" else "", item.type, item.topic) if word]
    yield f"{item.id[:8]}  {item.sent.clock()}  {who} to {printable(item.to)} ({', '.join(map(printable, about))})"
    yield f"  {printable(item.subject)}"
    for line in item.body.rstrip("\n").split("\n") if item.body.strip() else ():
        yield f"  | {printable(line)}"
    for one in item.attached:
        yield f"  attached {printable(one.name)}, {one.size} bytes: {_where(one)}"
    if item.expires is not None:
        left = item.expires - now
        yield f"  expires in {duration.show(left)}" if left > 0 else f"  expired {duration.show(-left)} ago"
    if item.wants_ack and not item.acknowledged and item.sender.session != me:
        yield Remedy("  asks for an answer: {}", step("ack", item.id[:8], "-m", "TEXT"))
    if item.hint:
        yield f"  {item.hint}"


def _where(file: File) -> str:
    """How to read an attached file."""
    return f"git cat-file blob {file.object[:12]}" if file.here else Remedy("not here yet; to fetch it: {}", "sync")
