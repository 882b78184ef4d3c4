"""List sessions, and say which of them this is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, fields
from gitcoord.domain.board import look
from gitcoord.domain.command import Command, option
from gitcoord.domain.session import beat, view
from gitcoord.errors.session import NoSession
from gitcoord.errors.usage import NotOneOf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.call import Call

STATUSES = ("active", "idle", "gone", "ended")


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Say which session this is."""


@dataclass(frozen=True, slots=True)
class Me(look.Seen):
    """The session that asks; `session` is its id, as in other answers."""

    session: str = ""


def who_am_i(call: Call, _: WhoAmI) -> Me:
    """Return the session that asks. Raises `NotFound` where there is none."""
    call.look()
    me = call.reader()
    if me is None:
        raise NoSession()
    seen = look.seen(call.workspace, call.state, me, beat.of(call.workspace, me.id))
    return Me(**{field.name: getattr(seen, field.name) for field in fields(seen)}, session=seen.id)


def _me(call: Call, answer: Me) -> Iterable[str]:
    return view.me(answer, call.now)


@dataclass(frozen=True, slots=True)
class List:
    """List sessions."""

    everybody: Annotated[bool, option("--all", help="Also those that are over.")] = False
    can: Annotated[str, option(metavar="CAP", help="Only those that have this capability.")] = ""
    status: Annotated[str, option(metavar="STATUS", help="Only active, idle, gone or ended ones.")] = ""


def sessions(call: Call, request: List) -> look.Sessions:
    """Return the sessions that match. Raises `Usage` for a status that there is not."""
    if request.status and request.status not in STATUSES:
        raise NotOneOf(request.status, "a status", STATUSES)
    call.look()
    call.reader()
    return look.sessions(call.workspace, ended=request.everybody, capability=request.can, status=request.status)


def _sessions(call: Call, answer: look.Sessions) -> Iterable[str]:
    return view.sessions(answer.sessions, call.now, call.asker.id if call.asker is not None else "")


COMMANDS = (
    Command("whoami", WhoAmI, who_am_i, _me, quiet=_me, does="reads"),
    Command("sessions", List, sessions, _sessions, quiet=_sessions, does="reads"),
)
