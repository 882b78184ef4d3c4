"""Claim, run a command, and release whatever happens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.claim import acquire, ask, release
from gitcoord.domain.claim import record as claims
from gitcoord.domain.claim.renew import renew_if_due
from gitcoord.domain.command import Argument, Command, Rest, option
from gitcoord.domain.outcome import Outcome
from gitcoord.domain.session.identity import VARIABLE
from gitcoord.domain.wording import quoted
from gitcoord.errors import CoordError
from gitcoord.errors.usage import Missing
from gitcoord.kernel import child
from gitcoord.policy.scope import within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gitcoord.domain.call import Call
    from gitcoord.domain.session.record import Session
    from gitcoord.policy.scope import Scope

EVERY = 5.0
"""Most seconds between two looks whether the lease is due."""

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""Exit statuses of what cannot be started, as shells have them."""


@dataclass(frozen=True, slots=True)
class Run:
    """Claim scopes, run a command, and release them again, whatever becomes of it.

    The command's exit status is the exit status. Where the claim is refused it is 1, and the command does not run.
    """

    scopes: Annotated[list[str], Argument("SCOPE...", "A path, a glob, or kind:name.")]
    command: Annotated[list[str], Rest("COMMAND...", "What to run.")] = field(default_factory=list)
    why: Annotated[str, option("-m", "--message", metavar="WHY", help="What it is for.")] = ""
    wait: Annotated[str, option(metavar="D", help="Wait in line up to this long.")] = ""
    shared: Annotated[bool, option("--shared", help="Others may claim it shared as well.")] = False


@dataclass(frozen=True, slots=True)
class Ran:
    """The command has ended with `status`; 128 + N where signal N ended it. `scopes` were claimed under `token`.

    `released` are those that were given up; what the session had claimed before stays its own. `seconds` is how long
    the command ran.
    """

    session: str
    command: list[str]
    status: int
    scopes: list[str]
    token: int | None
    confirmed: bool
    released: list[str]
    seconds: int


def run(call: Call, request: Run) -> Ran:
    """Run the command under a claim. Raises `Refused`, `CannotTell` where the claim was not won."""
    if not request.command:
        raise Missing("a run", "a command", example="run slot:deploy -- make deploy")
    typed = checkout.look(call.workspace, request.scopes)
    why = request.why or f"run {quoted(request.command)}"
    me = call.me()
    before = claims.of(call.state, me.id)
    wanted = acquire.Request(typed.scopes, why, shared=request.shared, options=("--shared",) if request.shared else ())
    answer = ask.win(call, me, wanted, request.scopes, wait=request.wait)
    held = [scope for claim in before for scope in claim.scopes]
    own = [scope for scope in typed.scopes if not any(within(scope, one) or within(one, scope) for one in held)]
    began, released = time.monotonic(), list[str]()
    try:
        status = _run(call, me, request.command)
    finally:
        if own:
            released = _release(call, me, own, f"{quoted(request.command)} has ended")
    return Ran(
        me.id,
        request.command,
        status,
        [granted.scope for granted in answer.claims],
        answer.token,
        answer.confirmed,
        released,
        round(time.monotonic() - began),
    )


def _run(call: Call, me: Session, command: Sequence[str]) -> int:
    """Run the command as this session, and keep the session's lease alive meanwhile."""

    def renew() -> None:
        try:
            renew_if_due(call.workspace, me.id)
        except CoordError as error:
            call.note(f"warning: the lease could not be renewed: {error.message}")

    environ = {**call.environ, VARIABLE: me.id}
    call.workspace.ledger.store.close()  # what it opened is not kept open for so long
    every = min(EVERY, me.lease / 4)
    try:
        return child.run(command, environ, call.directory, stdout=call.around.output, every=every, tick=renew)
    except OSError as error:
        call.warnings.append(f"cannot run {quoted(command[:1])}: {error.strerror}")
        return NOT_FOUND if isinstance(error, FileNotFoundError | NotADirectoryError) else NOT_EXECUTABLE


def _release(call: Call, me: Session, scopes: list[Scope], note: str) -> list[str]:
    """Release what is still held of the scopes; what was taken over meanwhile is said."""
    try:
        answer = release.release(call.workspace, me, tuple(scopes), note, everything=False)
    except CoordError as error:
        if len(scopes) > 1:  # one that is lost keeps the others from being released with it
            return [name for scope in scopes for name in _release(call, me, [scope], note)]
        call.warnings.append(f"not released: {error.message}")
        return []
    return [given.scope for given in answer.released]


def _lines(_: Call, __: Ran) -> Iterator[str]:
    yield from ()


def _outcome(_: Call, answer: Ran) -> Outcome:
    return Outcome(answer.status, message=f"the command ended with status {answer.status}" if answer.status else "")


COMMANDS = (Command("run", Run, run, _lines, outcome=_outcome),)
