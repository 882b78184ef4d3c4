"""A process of its own that works on a ledger through the library: `worker.py TOP ROLE SESSION [ARGUMENT...]`.

What it was told has happened it writes to standard output, a line of JSON for each operation, only after the
library has acknowledged it.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from typing import TYPE_CHECKING, Any

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release, wait
from gitcoord.domain.message import inbox, send
from gitcoord.domain.message.mailbox import EVERYTHING
from gitcoord.domain.message.record import Letter
from gitcoord.domain.session import record as session
from gitcoord.domain.workspace import Caller, Workspace, open_workspace
from gitcoord.errors import CoordError
from gitcoord.kernel.clock import RandomIds, SystemClock
from gitcoord.kernel.place import discover
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session


def say(**facts: Any) -> None:
    """Tell the test."""
    os.write(1, (json.dumps(facts) + "\n").encode())


def scope_of(text: str) -> Scope:
    """A glob where there is a star, a name where there is a colon, else a path."""
    return Scope("glob" if "*" in text else "name" if ":" in text else "directory", text)


def obey(workspace: Workspace, me: Session) -> None:
    """Do what each line of standard input says: a JSON list of a verb and its arguments."""
    say(ready=True)
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        try:
            if verb == "claim":
                texts, shared = arguments
                request = claim.Request(tuple(map(scope_of, texts)), shared=shared)
                answer = claim.acquire(workspace, me, request)
                say(result=answer.result, token=answer.token, by=[item.held.session for item in answer.conflicts])
            elif verb == "wait":
                texts, shared, seconds = arguments
                request = claim.Request(tuple(map(scope_of, texts)), shared=shared)
                say(waiting=True)
                answer = wait.acquire(workspace, me, request, seconds)
                took = len(answer.took_over)
                say(result=answer.result, token=answer.token, at=time.monotonic(), took=took, why=answer.why)
            elif verb == "release":
                released = release.release(workspace, me, (), "", everything=True)
                say(result="released", scopes=[item.scope for item in released.released], at=time.monotonic())
        except CoordError as error:
            say(result=type(error).__name__, error=error.message, status=error.status)


def churn(workspace: Workspace, me: Session, rounds: int, paths: int, seed: int) -> None:
    """Claim and release one of the shared paths, so often; say what was answered and which ledger was seen."""
    dice = random.Random(seed)
    started = time.monotonic()
    wins = 0
    while wins < rounds:
        path = f"shared/p{dice.randrange(paths)}"
        before = workspace.ledger.tip()
        answer = claim.acquire(workspace, me, claim.Request((Scope("directory", path),)))
        if answer.result == "won":
            wins += 1
            say(op="claim", path=path, token=answer.token)
            release.release(workspace, me, (Scope("directory", path),), "", everything=False)
            say(op="release", path=path)
        else:
            by = [item.held.session for item in answer.conflicts]
            say(op="refused", path=path, before=before, after=workspace.ledger.tip(), by=by)
    say(op="done", seconds=time.monotonic() - started)


def ack(workspace: Workspace, me: Session, seed: int) -> None:
    """Record operations without end; say the id of each that was acknowledged."""
    dice = random.Random(seed)
    while True:
        scopes = [{"directory": f"{me.id}/{dice.randrange(1000)}/{dice.randrange(1000)}"}]
        drafts = [Draft("claim", "claim", {"scopes": scopes})]
        if dice.random() < 0.3:
            drafts.append(Draft("number", "number", {"name": "n"}))
        try:
            done = workspace.ledger.record(me.id, *drafts)
            say(ids=[item.event.id for item in done.outcomes])
            given = [{"id": done.outcomes[0].event.id, "scopes": scopes}]
            done = workspace.ledger.record(me.id, Draft("release", "release", {"claims": given}))
            say(ids=[item.event.id for item in done.outcomes])
        except CoordError as error:
            say(error=error.message, kind=type(error).__name__)


def write(workspace: Workspace, me: Session, first: int, count: int, seed: int) -> None:
    """Send so many messages, numbered from `first`, to readers by all sorts of address.

    Says of each what it is about to send, and its id once it was acknowledged.
    """
    dice = random.Random(seed)
    readers = [item.id for item in session.every(workspace.ledger.state()) if item.role == "reader"]
    for number in range(first, first + count):
        to = dice.choice([*readers, *readers, "all", "role:reader", "can:read"])
        say(sends=number, to=to)
        try:
            sent = send.send(workspace, me, to, Letter(str(number), "x" * dice.randrange(300)))
        except CoordError as error:
            say(error=error.message, kind=type(error).__name__)
        else:
            say(sent=number, id=sent.id)
    say(finished=True)


def read(workspace: Workspace, me: Session, seed: int) -> None:
    """Read the inbox without end; says what each shows, and once more when it has been recorded as read."""
    dice = random.Random(seed)

    def show(found: inbox.Inbox) -> None:
        say(shows=[[item.sender.session, int(item.subject), item.id] for item in found.messages], peek=request.peek)

    while True:
        request = inbox.Request(peek=dice.random() < 0.1, limit=dice.choice([0, 0, 1, 5]))
        try:
            if inbox.wait(workspace, me, EVERYTHING, 1.0):
                with inbox.reading(workspace, me, request) as found:
                    show(found)
                say(recorded=not request.peek)
        except CoordError as error:
            say(error=error.message, kind=type(error).__name__)


def main() -> None:
    """Run one role."""
    top, role, who, *rest = sys.argv[1:]
    place = discover(top, dict(os.environ))
    workspace = open_workspace(place, SystemClock(), RandomIds(), Caller(os.getpid(), "", "worker", "here"))
    me = session.read(workspace.ledger.state(), SessionId(who))
    assert me is not None, f"{who} is not alive"
    numbers = [int(text) for text in rest]
    if role == "obey":
        obey(workspace, me)
    elif role == "churn":
        churn(workspace, me, *numbers)
    elif role == "write":
        write(workspace, me, *numbers)
    elif role == "read":
        read(workspace, me, *numbers)
    else:
        ack(workspace, me, *numbers)


if __name__ == "__main__":
    main()
