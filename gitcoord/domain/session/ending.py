"""End this session, or those that crashed, as somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.session import end, retire
from gitcoord.domain.wording import provisional
from gitcoord.errors.session import NoSession
from gitcoord.errors.usage import TakesOneOf
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class End:
    """End this session."""

    note: Annotated[str, option("-m", "--message", metavar="NOTE", help="What was done.")] = ""


def end_this(call: Call, request: End) -> end.Ended:
    """End the session of the call. Raises `NotFound` where there is none: none is started for it."""
    me = call.find(for_reading=False)
    if me is None:
        raise NoSession()
    return end.end(call.workspace, me, request.note)


def _ended(call: Call, answer: end.Ended) -> Iterator[str]:
    names = ", ".join(printable(given.scope) for given in answer.released)
    who = printable(call.asker.name if call.asker is not None else answer.session)
    yield f"ended {who}" + (f", released {names}" if names else "") + provisional(confirmed=answer.confirmed)


@dataclass(frozen=True, slots=True)
class Retire:
    """End crashed sessions, on the evidence that they are gone."""

    sessions: Annotated[list[str], Argument("ID...", "Whom to end.")] = field(default_factory=list)
    gone: Annotated[bool, option("--gone", help="Every session that is gone.")] = False


def retire_others(call: Call, request: Retire) -> retire.Retired:
    """End the sessions that were named, or all that are gone. Raises `Refused` where one may live."""
    if bool(request.sessions) == request.gone:
        raise TakesOneOf("retire", "ids", "--gone")
    return retire.retire(call.workspace, call.me(), tuple(request.sessions), every_gone=request.gone)


def _retired(_: Call, answer: retire.Retired) -> Iterator[str]:
    for session in answer.retired:
        yield f"retired {session}{provisional(confirmed=answer.confirmed)}"
    if not answer.retired:
        yield "nobody is gone"


COMMANDS = (
    Command("end", End, end_this, _ended, does="destroys"),
    Command("retire", Retire, retire_others, _retired, does="destroys"),
)
