"""Records as lines for people. Text that others wrote is made harmless here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from gitcoord.domain.call import PROVISIONAL
from gitcoord.policy import duration
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gitcoord.domain.claim.acquire import Answer
    from gitcoord.domain.message.inbox import File, Inbox, Shown
    from gitcoord.domain.message.send import Sent
    from gitcoord.domain.records import Conflict, Granted, Holding
    from gitcoord.policy.scope import Scope


SHOWN = 5
"""Of many alike, so many are named."""


def plural(count: int, noun: str) -> str:
    """`1 file`, `3 files`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def quoted(words: Iterable[str]) -> str:
    """Words as a shell takes them, in one harmless line: what cannot be printed as bash writes it."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return shlex.quote(word) if printable(word) == word else f"$'{printable(escaped)}'"


def until(moment: Moment, now: int, clock: Callable[[Moment], str] = Moment.clock) -> str:
    """`until 10:30 (24 min)`, or since when it has been over; `clock` writes the time."""
    left = "over" if moment < now else duration.show(moment - now)
    return f"until {clock(moment)} ({left})"


def lasting(held: Holding, now: int) -> str:
    """`until 10:30 (24 min)`; of a claim whose time has passed, why it still holds and from when it can be taken."""
    if not held.kept:
        return until(held.held_until, now)
    if held.kept == "clone" and held.takeover_from is not None:
        when = held.takeover_from.clock(seconds=True)
        return f"{until(held.held_until, now)}; its process ended in another clone: it can be taken over from {when} on"
    if held.kept == "ahead" and held.takeover_from is not None:
        when = held.takeover_from.clock(seconds=True)
        return f"its holder's clock is or was ahead; without a sign of the holder it can be taken over from {when} on"
    ended = f"its time ended at {held.held_until.clock()}"
    if held.kept == "process":
        return f"{ended}, but its agent's process still runs"
    why = "its holder may come back (coord.grace)" if held.kept == "grace" else "clocks may differ (coord.clockSkew)"
    when = f" until {held.takeover_from.clock(seconds=True)}" if held.takeover_from is not None else ""
    return f"{ended}; nobody can take it over{when}: {why}"


def holder(held: Holding) -> str:
    """Who holds it, for one line: name, account, branch."""
    branch = f", branch {printable(held.branch)}" if held.branch else ""
    return f"{printable(held.called)} ({printable(held.user)}@{printable(held.host)}{branch})"


def conflict(item: Conflict, now: int) -> str:
    """Why a scope was refused."""
    held = item.held
    scope = printable(item.scope)
    if held.status == "waiting":
        return f"{scope} is free, but {holder(held)} has been waiting for it since {held.since.clock()}"
    other = f", who claims {printable(held.scope)}" if held.scope != item.scope else ""
    work = f": {printable(held.work)}" if held.work else ""
    idle = f", {held.status}" if held.status != "active" else ""
    times = f"since {held.since.clock()}, {lasting(held, now)}{idle}"
    return f"{scope} is held by {holder(held)}{other}{work}; {times}"


def scope(item: Granted) -> str:
    """A scope as it was claimed: a directory with the slash by which it is known."""
    slash = "/" if item.kind == "directory" and item.scope != ROOT else ""
    return printable(item.scope) + slash


def absent(scopes: Iterable[Scope]) -> list[str]:
    """What to say of claimed paths at which nothing is yet."""
    told = []
    for item in scopes:
        path = printable(item.text)
        if item.kind == "file":
            told.append(f"{path} does not exist yet: claimed as a file (a directory to be is written {path}/)")
        else:
            told.append(f"{path}/ does not exist yet: claimed as a directory")
    return told


def won(answer: Answer, now: int) -> Iterable[str]:
    """A claim that was granted."""
    scopes = ", ".join(scope(item) for item in answer.claims)
    held = until(answer.held_until, now) if answer.held_until else ""
    files = f", {plural(answer.files, 'file')}" if answer.files > 1 else ""
    token = f"token {answer.token}" if answer.confirmed else PROVISIONAL
    yield f"claimed {scopes} {held}, {token}{files}"
    for taken in answer.took_over:
        yield f"took over {printable(taken.scope)} from {holder(taken)}, {taken.status}"
    for old in answer.stale:
        yield (
            f"{printable(old.scope)}: {old.commit[:12]} on {printable(old.branch)} by {printable(old.session)} "
            "is not in your HEAD; merge or rebase before you edit"
        )


def sent(record: Sent, now: int) -> Iterable[str]:
    """A message that is on its way, and what to expect of its readers."""
    yield f"sent {record.id[:8]} to {printable(record.to)}"
    quiet = [item for item in record.recipients if item.status != "active"]
    if not record.recipients:
        yield "nobody else is there" if record.to == "all" else f"nobody is there now{_heir(record)}"
    lost = all(item.status == "gone" for item in record.recipients)
    for item in quiet[:SHOWN]:
        seen = f"last seen {duration.show(now - item.last_seen)} ago"
        then = ": nothing wakes it" if item.status == "idle" else _heir(record) if lost else ""
        yield f"{printable(item.name)} ({item.session}) is {item.status}, {seen}{then}"
    if len(quiet) > SHOWN:
        yield f"and {len(quiet) - SHOWN} more are idle or gone"


def _heir(record: Sent) -> str:
    """Who reads what those it is for did not; what was said to all is for nobody else."""
    return "" if record.to == "all" else f"; whoever comes next as {printable(record.to)} reads it"


def messages(found: Inbox, me: str, now: int, *, history: bool) -> Iterable[str]:
    """Messages, each with its text indented below it."""
    if not found.messages:
        more = f"; {plural(found.left, 'other message')} unread" if found.left else ""
        yield f"nothing {'there' if history else 'unread'}{more}"
    for item in found.messages:
        yield from message(item, me, now)
    if found.messages and found.left:
        yield f"{plural(found.left, 'message')} left unread"


def message(item: Shown, me: str, now: int) -> Iterable[str]:
    """One message: a line with who and when, then its words, so that nothing in them can pass for ours."""
    who = "me" if item.sender.session == me else printable(item.sender.name)
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
        yield f"  asks for an answer: git coord ack {item.id[:8]} -m TEXT"


def _where(file: File) -> str:
    """How to read an attached file."""
    return f"git cat-file blob {file.object[:12]}" if file.here else "not here yet; to fetch it: git coord sync"


def granted(items: Sequence[Granted], now: int) -> Iterable[str]:
    """What a session holds, a line each."""
    for item in items:
        yield f"{printable(item.scope)} {until(item.held_until, now)}"
