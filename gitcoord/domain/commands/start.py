"""Start a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain import checkout, fields, session
from gitcoord.domain import identity as who
from gitcoord.errors import NotFound, Refused, Usage
from gitcoord.kernel import process, roster
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration, identity, reserved
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.domain.session import Session
    from gitcoord.domain.workspace import Workspace

LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Started:
    """A session that was started; `lease` in seconds."""

    session: str
    name: str
    lease: int
    held_until: Moment


@dataclass(frozen=True, slots=True)
class Request:
    """What the user said about the session to start.

    `pid` 0: find the process; `resumes` is the id of the session whose work it goes on with.
    """

    name: str = ""
    role: str = ""
    capabilities: tuple[str, ...] = ()
    work: str = ""
    parent: str = ""
    lease: int = 0
    pid: int = 0
    resumes: str = ""


def start(workspace: Workspace, request: Request) -> Started:
    """Register a new session and remember its process, so that later commands find it again.

    Raises `NotFound` for a process or a parent that is not there.
    """
    found = _anchor(workspace, request.pid)
    name = request.name.strip() or _default_name(workspace, found)
    if len(name) > LONGEST_NAME or any(char < " " for char in name):
        raise Usage(f"a session's name is one line of at most {LONGEST_NAME} characters")
    if reserved.is_name(name):
        if request.name and not request.resumes:
            raise Usage(f"no session can be called {name!r}: the word means somebody else", "choose another name")
        name = f"user-{name}"
    if request.lease > session.LONGEST_LEASE:
        raise Usage(f"a lease lasts at most {duration.show(session.LONGEST_LEASE)}")
    if any(len(said) > fields.LONGEST for said in (request.role, request.work, *request.capabilities)):
        raise Usage(f"what is said of a session is at most {fields.LONGEST} characters long")
    new = f"{session.slug(name)}-{workspace.ids.hexadecimal(session.RANDOM_DIGITS)}"
    place = workspace.place
    state = workspace.ledger.state()
    parent = who.named(state, request.parent).id if request.parent else ""
    data: dict[str, object] = {
        "clone": workspace.clone,
        "name": name,
        "role": request.role,
        "capabilities": list(request.capabilities),
        "work": request.work,
        "user": workspace.caller.user,
        "host": workspace.caller.host,
        "branch": checkout.branch(workspace),
        "worktree": place.top or place.common_dir,
        "agent": found.agent,
        "pid": found.process.pid if found.process is not None and found.kind != "weak" else 0,
        "terminal": workspace.caller.terminal,
    }
    if request.lease:
        data["lease"] = request.lease
    if parent:
        data["parent"] = parent
    if request.resumes:
        data["resumes"] = request.resumes
    draft = Draft("register", f"start {name}", data, request.work)
    done = workspace.ledger.record(new, draft)
    verdict = done.outcomes[0].verdict
    if verdict is not None and not verdict.accepted:
        raise Refused(f"the session was not started: {verdict.reason}")
    started = session.read(done.state, new)
    if started is None:
        raise NotFound(f"session {new} is gone as soon as it was started")
    _remember(workspace, started, parent, found)
    return Started(new, name, started.lease, Moment(started.held_until))


def _anchor(workspace: Workspace, pid: int) -> identity.Anchor:
    if pid:
        named = process.read(pid)
        if named is None:
            raise NotFound(f"there is no process {pid} here")
        return identity.Anchor("pid", named)
    return identity.anchor(process.ancestors(workspace.caller.pid), workspace.place.environ)


def _default_name(workspace: Workspace, anchor: identity.Anchor) -> str:
    return f"{anchor.agent or workspace.caller.user}:{checkout.branch(workspace)}"[:LONGEST_NAME]


def _remember(workspace: Workspace, started: Session, parent: str, anchor: identity.Anchor) -> None:
    mark = process.mark(anchor.process) if anchor.process is not None else None
    entry = roster.Entry(
        started.id,
        started.name,
        worktree=workspace.place.git_dir,
        parent=parent,
        kind=anchor.kind,
        pid=mark.pid if mark else 0,
        start=mark.start if mark else "",
        boot=mark.boot if mark else "",
        namespace=mark.namespace if mark else "",
        key=anchor.key,
    )
    with workspace.ledger.store.write_lock():
        state = workspace.ledger.state()
        living = [known for known in roster.read(workspace.here) if session.read(state, known.session) is not None]
        roster.write(workspace.here, [*living, entry])
