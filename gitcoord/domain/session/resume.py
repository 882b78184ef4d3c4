"""Go on with the work of a session that is over, in a new process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field, replace
from gitcoord.domain.claim import acquire as claiming
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.halt import concern
from gitcoord.domain.session import identity, retire
from gitcoord.domain.session import record as session
from gitcoord.domain.session import start as starting
from gitcoord.domain.session.regaining import Regained, regain
from gitcoord.domain.session.start import Request, Started, start
from gitcoord.domain.task import record as task
from gitcoord.errors.session import NeverWas, TwoProcesses
from gitcoord.kernel.refname import LEDGER
from gitcoord.ledger import position, sequence
from gitcoord.policy import identity as policy
from gitcoord.policy.ids import NOBODY, SessionId, StoreOid
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.domain.records import Conflict, Granted
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Resumed(Started):
    """The new session, what of the old one's claims and tasks came back, and what somebody else holds by now.

    `retired_by` is the session that ended the old one, at `retired_at`; '' and None where it ended itself.
    """

    resumed: str
    claims: list[Granted]
    conflicts: list[Conflict]
    retired_by: SessionId = NOBODY
    retired_at: Moment | None = None
    tasks: list[Regained] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Past:
    """What is known of the session to go on with: how it introduced itself, and what it held last."""

    request: Request
    held: list[claiming.Request]
    tasks: tuple[str, ...] = ()
    living: Session | None = None
    retired_by: SessionId = NOBODY
    retired_at: Moment | None = None


def resume(workspace: Workspace, request: Request, text: str, *, single: bool = False) -> Resumed:
    """Start a session with the name, role, capabilities and work of session `text`, and claim again what it held.

    Its mail goes on where the old one stopped reading.
    What `request` says itself comes first. A living session of the same user in this clone, which is not an agent's,
    is gone on with as it is. Raises `Refused` while another one may live, `Halted` where a halt keeps
    its claims from coming back, `NotFound` where there is none of that id.
    """
    moved = _move(workspace, text)
    if moved is not None:
        return moved
    past = _past(workspace, workspace.ledger.state(), text)
    if past.held:  # what it held would be lost: it cannot be claimed again during a halt
        scopes = [scope for item in past.held for scope in item.scopes]
        concern.check(workspace.ledger.state(), SessionId(text), workspace.clock.now(), scopes)
    started = start(
        workspace,
        replace(
            request,
            name=request.name or past.request.name,
            role=request.role or past.request.role,
            capabilities=request.capabilities or past.request.capabilities,
            work=request.work or past.request.work,
            lease=request.lease or past.request.lease,
            resumes=text,
        ),
        single=single,
    )
    me = identity.named(workspace, workspace.ledger.state(), started.session)
    granted: list[Granted] = []
    conflicts: list[Conflict] = []
    # With a task come its scopes: to claim them again then only renews that.
    tasks = regain(workspace, me, past.tasks) if past.living is None else []
    for wanted in past.held:
        answer = claiming.acquire(workspace, me, replace(wanted, heir_of=text))
        granted += answer.claims
        conflicts += answer.conflicts
    if past.living is not None:
        retire.retire(workspace, me, (past.living.id,), every_gone=False)
        tasks = regain(workspace, me, past.tasks)
    return Resumed(
        started.session,
        started.name,
        started.lease,
        started.held_until,
        text,
        granted,
        conflicts,
        past.retired_by,
        past.retired_at,
        tasks,
    )


def _move(workspace: Workspace, text: str) -> Resumed | None:
    """Let the living session `text` be found from here on where its user asks for it; None where that is not so."""
    living = session.read(workspace.ledger.state(), text) if session.well_formed(text) else None
    if living is None or workspace.gone(living):
        return None
    asking = identity.asker(workspace)
    if not identity.is_own(workspace, living, asking):
        return None
    anchor = policy.anchor(asking.origin, named=False)
    parent = living.ancestors[0] if living.ancestors else NOBODY
    with workspace.ledger.store.write_lock():
        starting.remember(workspace, starting.entry_of(workspace, living.id, living.name, parent, anchor))
    state = workspace.ledger.state()
    granted = [one for item in claim.of(state, living.id) for one in holding.granted(workspace, item, living)]
    return Resumed(living.id, living.name, living.lease, Moment(living.held_until), text, granted, [])


def _past(workspace: Workspace, state: State, text: str) -> _Past:
    if not session.well_formed(text):
        raise NeverWas(printable(text))
    living = session.read(state, text)
    if living is not None:
        if not workspace.gone(living):
            raise TwoProcesses(printable(living.name), living.id)
        held_tasks = task.held_by(state, living.id)
        bound = {item.grant for item in held_tasks}  # the claims that come with them
        own = [item for item in claim.of(state, living.id) if item.id not in bound]
        held = [_again(item.scopes, item.why, shared=item.shared) for item in own]
        said = Request(living.name, living.role, living.capabilities, living.work, lease=living.lease)
        return _Past(said, held, tuple(item.id for item in held_tasks), living)
    where = position.read(state, text)
    if where.standing != "ended" or not where.tip:
        raise NeverWas(printable(text))
    before = _state_before_the_end(workspace, text)
    names = tuple(item.id for item in task.held_by(before, text)) if before is not None else ()
    past = replace(_from_log(workspace, where.tip), tasks=names)
    line = state.json(position.ended_path(text)) or {}
    if line.get("how") != "retired":
        return past
    claims = claim.of(before, text) if before is not None else []
    held = [_again(item.scopes, item.why, shared=item.shared) for item in claims]
    return replace(past, held=held, retired_by=line.get("by", ""), retired_at=Moment(line["time"]))


def _state_before_the_end(workspace: Workspace, name: SessionId) -> State | None:
    """The state before the ledger took a session out of the living; None where it never was in one."""
    objects = workspace.ledger.store.objects
    path = position.live_path(name)
    last = StoreOid(
        workspace.place.store_git.run("rev-list", "--first-parent", "-1", LEDGER, "--", path).decode().strip()
    )
    parents = sequence.read_commit(objects, last).parents if last else ()
    return sequence.load(objects, parents[0]) if parents else None


def _from_log(workspace: Workspace, tip: StoreOid) -> _Past:
    """What the log of an ended session tells: its first event introduces it, its last says what it held."""
    objects = workspace.ledger.store.objects
    first = last = sequence.read_event(objects, tip)
    while first.parent:
        first = sequence.read_event(objects, first.parent)
    data = first.data
    held = [
        _again(
            tuple(Scope.from_json(one) for one in item["scopes"]), item.get("why", ""), shared=item.get("shared", False)
        )
        for item in last.data.get("held", ())
    ]
    said = Request(
        data.get("name", ""),
        data.get("role", ""),
        tuple(data.get("capabilities", ())),
        data.get("work", ""),
        lease=data.get("lease", 0),
    )
    return _Past(said, held)


def _again(scopes: tuple[Scope, ...], why: str, *, shared: bool) -> claiming.Request:
    return claiming.Request(scopes, why, shared=shared, wide=True)
