"""Start a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import checkout, fields
from gitcoord.domain.session import identity as who
from gitcoord.domain.session import moving
from gitcoord.domain.session import record as session
from gitcoord.errors.refusal import NoProcess, NotRecorded, Vanished
from gitcoord.errors.session import AlreadyYou, LeaseTooLong, ReservedName
from gitcoord.errors.usage import AtMost, NotOneLine
from gitcoord.kernel import coordfile, lock, process, roster
from gitcoord.kernel.refs import PATIENCE
from gitcoord.ledger.event import Draft
from gitcoord.policy import duration, identity, reserved
from gitcoord.policy.ids import NOBODY, SessionId
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.policy.origin import Origin

LONGEST_NAME = 100

_WINDOWS = ("agent", "sandboxed")
"""The kinds of anchor that an agent's window has."""


@dataclass(frozen=True, slots=True)
class Started:
    """A session that was started; `lease` in seconds."""

    session: SessionId
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
    parent: SessionId = NOBODY
    lease: int = 0
    pid: int = 0
    resumes: str = ""


def start(workspace: Workspace, request: Request, *, single: bool = False) -> Started:
    """Register a new session and remember its process, so that later commands find it again.

    A person, or an agent's window, that names none has one session: where it is there already, that is the answer.
    `single`: whoever asks can act as one session only, so that one is the answer whatever name is asked for.
    Raises `AlreadyYou` where that one would have to change, `NotFound` for a process or a parent that is not there.
    """
    _check(request)
    asking = who.asker(workspace)
    found = _anchor(request, asking.origin)
    with _alone(workspace):
        known = _had(workspace, request, asking, found, single=single)
        return _go_on(known, request, single=single) if known is not None else _begin(workspace, request, found)


def _had(
    workspace: Workspace, request: Request, asking: who.Asker, found: identity.Anchor, *, single: bool
) -> Session | None:
    """Return the session that whoever asks has already, where another one would take its place."""
    another = bool(request.parent or request.resumes or request.pid) and not single
    state = workspace.ledger.state()
    here = who.here(workspace, state)
    known = ""
    if found.kind == "person" and not single:
        known = identity.own(here, asking.around)
    elif not another and (single or (found.kind in _WINDOWS and not request.name.strip())):
        there = identity.find(here, asking.around, asking.origin, for_reading=False, alive=lambda _: False)
        known = there[0] if there is not None else ""
    return who.named(workspace, state, known) if known else None


def ensure(workspace: Workspace) -> tuple[Session, bool]:
    """Return the session of a command that needs one, and whether it was started: two commands at once start one."""
    asking = who.asker(workspace)
    with _alone(workspace):
        there = who.find(workspace, workspace.ledger.state(), "", for_reading=False, asking=asking)
        if there is not None:
            return there, False
        found, parent = _anchor(Request(), asking.origin), NOBODY
        if asking.origin.root:
            # What a child thread starts is a child, of a session that is started with it where there is none.
            named = identity.root_session(who.here(workspace, workspace.ledger.state()), asking.around, asking.origin)
            parent = SessionId(named) or _begin_root(workspace, found, asking.origin.root)
        started = _begin(workspace, Request(parent=parent), found)
    return who.named(workspace, workspace.ledger.state(), started.session), True


def ensure_window(workspace: Workspace, anchor: identity.Anchor, parent: SessionId = NOBODY) -> tuple[Session, bool]:
    """Return the session of an agent's window, and whether it was started: two hooks at once start one.

    `anchor` names the window's process and the agent's own key for its session; with `parent` it is a subagent of that
    session. Windows that share a key are told apart by their processes.
    """
    with _alone(workspace):
        state = workspace.ledger.state()
        for entry in reversed(who.here(workspace, state)):
            known = session.read(state, entry.session)
            if known is not None and _is_window(entry, anchor, parent) and not workspace.gone(known):
                return known, False
        started = _begin(workspace, Request(parent=parent), anchor)
    return who.named(workspace, workspace.ledger.state(), started.session), True


def name_window(workspace: Workspace, me: Session, key: str) -> None:
    """Let a session be found by another key of its agent's: the window goes on with another conversation."""
    entry = workspace.recorded(me.id)
    if entry is None or not key or entry.key == key:
        return
    with workspace.ledger.store.write_lock():
        entry.key = key
        remember(workspace, entry)


def _is_window(entry: roster.Entry, anchor: identity.Anchor, parent: SessionId) -> bool:
    """Whether a session was started for this window: by a hook, or before the hook by one of its commands."""
    found = anchor.process
    if found is not None and entry.pid:
        here = (found.pid, found.start, *process.here())
        if (entry.pid, entry.start, entry.boot, entry.namespace) != here:
            return False
    named = entry.key == anchor.key if anchor.key else not parent
    return named or (not entry.key and not parent and not entry.parent and entry.kind == "agent")


def _alone(workspace: Workspace) -> AbstractContextManager[None]:
    """Keep others of this clone from starting a session meanwhile: names are unique, and a person is one session."""
    return lock.held(workspace.place.coord_dir / coordfile.STARTING, PATIENCE)


def _check(request: Request) -> None:
    name = request.name.strip()
    if len(name) > LONGEST_NAME or any(char < " " for char in name):
        raise NotOneLine("a session's name", LONGEST_NAME)
    if reserved.is_name(name):
        if request.name and not request.resumes:
            raise ReservedName(name)
        name = f"user-{name}"
    if request.lease > session.LONGEST_LEASE:
        raise LeaseTooLong(duration.show(session.LONGEST_LEASE))
    if any(len(said) > fields.LONGEST for said in (request.role, request.work, *request.capabilities)):
        raise AtMost("a role, a capability or a description of work", fields.LONGEST)


def _go_on(known: Session, request: Request, *, single: bool) -> Started:
    if request not in (Request(), Request(known.name)):
        raise AlreadyYou(printable(known.name), known.id, single=single, over=request.resumes)
    return Started(known.id, known.name, known.lease, Moment(known.held_until))


def _begin(workspace: Workspace, request: Request, found: identity.Anchor) -> Started:
    """Register the session, and put it on the roster."""
    state = workspace.ledger.state()
    default = f"{found.agent or workspace.caller.user}:{checkout.branch(workspace)}"
    name = request.name.strip() or who.free_name(workspace, state, default, LONGEST_NAME)
    new = SessionId(f"{session.slug(name)}-{workspace.ids.hexadecimal(session.RANDOM_DIGITS)}")
    parent = moving.bring(workspace, who.named(workspace, state, request.parent)).id if request.parent else NOBODY
    draft = Draft("register", f"start {name}", _data(workspace, request, found, name, parent), request.work)
    done = workspace.ledger.record(new, draft)
    verdict = done.outcomes[0].verdict
    if verdict is not None and not verdict.accepted:
        raise NotRecorded("the session was not started", verdict.reason)
    started = session.read(done.state, new)
    if started is None:
        raise Vanished("session", new)
    with workspace.ledger.store.write_lock():
        remember(workspace, entry_of(workspace, new, name, parent, found))
    return Started(new, name, started.lease, Moment(started.held_until))


def _data(
    workspace: Workspace, request: Request, found: identity.Anchor, name: str, parent: SessionId
) -> dict[str, object]:
    place = workspace.place
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
    return data


def _anchor(request: Request, origin: Origin) -> identity.Anchor:
    if request.pid:
        named = process.read(request.pid)
        if named is None:
            raise NoProcess(request.pid)
        return identity.Anchor("pid", named)
    return identity.anchor(origin, named=bool(request.name.strip() or request.parent or request.resumes))


def _begin_root(workspace: Workspace, found: identity.Anchor, key: str) -> SessionId:
    """Start the session of which a child thread's is a child; returns its id."""
    return _begin(workspace, Request(), identity.Anchor(found.kind, found.process, found.agent, key)).session


def remember(workspace: Workspace, entry: roster.Entry) -> None:
    """Put a session of this clone on the roster, in place of what was known of it. The caller holds the writer lock."""
    state = workspace.ledger.state()
    living = []
    for known in roster.read(workspace.here):
        if known.session == entry.session or session.read(state, known.session) is None:
            continue
        if known.key and known.key == entry.key and process.state_of(known.mark) == "dead":
            known.key = ""  # the agent goes on in another process: its name is the new session's
        living.append(known)
    roster.write(workspace.here, [*living, entry])


def entry_of(
    workspace: Workspace, session_id: SessionId, name: str, parent: SessionId, anchor: identity.Anchor
) -> roster.Entry:
    """Return the line of the roster for a session of this anchor."""
    boot, namespace = process.here()
    read = anchor.process
    return roster.Entry(
        session_id,
        name,
        worktree=workspace.place.git_dir,
        parent=parent,
        kind=anchor.kind,
        pid=read.pid if read is not None else 0,
        start=read.start if read is not None else "",
        boot=boot,
        namespace=namespace,
        key=anchor.key,
        uid=workspace.caller.uid,
    )
