"""Attached files to the hub and from it, and large logs to it, outside the hub lock: no claim here waits for them.

A push or a fetch may take as long as something moves. Each session's files go by themselves, so that those of one
session hold up no others. What the hub has of them is kept as fetched refs are, below `files/` in the quarantine.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gitcoord.dataclass import replace
from gitcoord.domain.history import feed
from gitcoord.domain.message import files
from gitcoord.domain.message.files import FILES
from gitcoord.domain.workspace import open_workspace
from gitcoord.errors import Busy, CoordError, Moved
from gitcoord.kernel import background, coordfile, lock
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.policy.ids import RefName, SessionId, StoreOid
from gitcoord.sync import delivery, handed, large, logs, owed
from gitcoord.sync.open import open_agreement
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.transport import RefUpdate

if TYPE_CHECKING:
    from gitcoord.domain.workspace import Workspace
    from gitcoord.policy.ids import StoreOid
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.delivery import Undelivered
    from gitcoord.sync.transport import Pushed

STALL = 20.0
"""Seconds without a sign of progress after which a transfer is given up."""

LONGEST = 3600.0
"""Seconds for all transfers of one exchange where nothing else is said."""

FETCHED = 50
"""Senders whose files one exchange asks for."""


def exchange(workspace: Workspace, agreement: Agreement, limit: float = LONGEST) -> list[Undelivered]:
    """Bring large logs and attached files to the hub, fetch files that are missing here; return what did not get there.

    `limit` is in seconds.
    """
    until = time.monotonic() + limit
    stays = {}
    if not agreement.read_only:
        stays = handed.send(workspace.ledger, agreement.hub, agreement.confirmed(), timeout=limit, stall=STALL)
    if not _own(workspace, agreement) and not _wanted(workspace) and not large.unsent(agreement):
        return delivery.explain(agreement.hub, stays)
    try:
        with lock.held(workspace.place.coord_dir / coordfile.FILES_LOCK, limit):
            refused = _deliver_logs(agreement, until) | _deliver(workspace, agreement, until)
            _receive(workspace, agreement, until)
    except Busy:
        told = "another process of this clone is sending files"
        refused = {_at_hub(agreement, ref): told for ref in _own(workspace, agreement)}
    files.drop_over(workspace, _kept(agreement))  # last: whoever has some of them looks whether the hub has any
    return delivery.explain(agreement.hub, stays | refused)


def exchange_in_background(workspace: Workspace, agreement: Agreement) -> None:
    """Do so in a process of its own, where there is something to send or to fetch as far as is known here."""
    sent = workspace.ledger.store.refs.list(f"{_kept(agreement)}/")
    own = _own(workspace, agreement)
    over = files.over(agreement.confirmed(), map(_session, own), workspace.clock.now())
    unsent = any(sent.get(_copy(agreement, ref)) != oid for ref, oid in own.items())
    handing = not agreement.read_only and handed.unsent(workspace.ledger, agreement.hub)
    if over or unsent or handing or _wanted(workspace) or large.unsent(agreement):
        background.run(lambda: _exchange_anew(workspace))


def _exchange_anew(workspace: Workspace) -> None:
    """Exchange in a process that has no file of the caller's open."""
    opened = open_workspace(workspace.place, workspace.clock, workspace.ids, workspace.caller)
    agreement = open_agreement(opened)
    if agreement is not None:
        exchange(replace(opened, agreement=agreement), agreement)
        if owed.is_noted(workspace.place.coord_dir):  # a claim was behind what has been sent
            with suppress(CoordError):
                agreement.meet(set(), patience=STALL, insist=True)


def are_on_their_way(workspace: Workspace) -> bool:
    """Whether a process of this clone sends or fetches already."""
    try:
        with lock.held(workspace.place.coord_dir / coordfile.FILES_LOCK, 0):
            return False
    except Busy:
        return True


def _own(workspace: Workspace, agreement: Agreement) -> dict[RefName, StoreOid]:
    """The refs of the files that this clone has to bring to the hub, with their commits."""
    return {} if agreement.read_only else workspace.ledger.store.refs.list(f"{FILES}/")


def _wanted(workspace: Workspace) -> list[SessionId]:
    """The senders of files that are missing here."""
    with feed.opened(workspace) as chronicle:
        return files.awaited(workspace, chronicle)[:FETCHED]


def _kept(agreement: Agreement) -> str:
    return f"{agreement.hub.incoming}/files"


def _copy(agreement: Agreement, ref: RefName) -> RefName:
    """Where it is kept what the hub has of a ref."""
    return RefName(_kept(agreement) + ref.removeprefix(FILES))


def _at_hub(agreement: Agreement, ref: RefName) -> RefName:
    return agreement.hub.own(ref)


def _session(ref: RefName) -> SessionId:
    """Whose files these are, by the name of the ref here or at the hub."""
    return SessionId(ref.rpartition("/")[2])


def _deliver_logs(agreement: Agreement, until: float) -> dict[RefName, str]:
    """Push the logs that are large; return each ref that did not get there, and why."""
    refs, refused = agreement.ledger.store.refs, {}
    for session, tip in large.unsent(agreement).items():
        leaf = f"sessions/{session}{large.LOG}"
        at = agreement.hub.ref(leaf)
        pushed = _push(agreement, RefUpdate(at, tip, onward=True), until)
        if pushed.of(at) is Outcome.LOST and (theirs := agreement.hub.value(at)) not in (None, ABSENT):
            for update in logs.after(agreement, session, theirs):
                tip, pushed = update.oid, _push(agreement, update, until)
        if pushed.of(at) is not Outcome.PUSHED:
            refused[at] = pushed.said
            continue
        copy = agreement.hub.arrived(leaf)
        with suppress(Moved):  # a fetch put it there
            refs.update([Update(copy, tip, refs.read(copy))])
    return refused


def _deliver(workspace: Workspace, agreement: Agreement, until: float) -> dict[RefName, str]:
    """Push what the hub does not have, and delete what is over; return each ref that did not get there, and why."""
    hub, own = agreement.hub, _own(workspace, agreement)
    if not own:
        return {}
    there = hub.listed(f"{hub.prefix}/files/*")
    if there is None:
        return {_at_hub(agreement, ref): "the hub does not answer" for ref in own}
    over = files.over(agreement.confirmed(), [_session(ref) for ref in (*own, *there)], workspace.clock.now())
    refused = {}
    for ref in own:
        at = _at_hub(agreement, ref)
        said = "" if _session(ref) in over else _send(workspace, agreement, ref, there.get(at, ABSENT), until)
        if said:
            refused[at] = said
    gone = [RefUpdate(ref, ABSENT, oid) for ref, oid in there.items() if _session(ref) in over]
    if gone:
        hub.push(gone)
    return refused


def _send(workspace: Workspace, agreement: Agreement, ref: RefName, theirs: StoreOid, until: float) -> str:
    """Push one session's files; return why they did not get to the hub, '' where they did.

    What the hub has, `theirs`, gives way only to something that has everything of it.
    """
    refs, at = workspace.ledger.store.refs, _at_hub(agreement, ref)
    ours = refs.read(ref)
    if ours != theirs:
        pushed = _push(agreement, RefUpdate(at, ours, onward=True), until)
        if pushed.of(at) is Outcome.LOST and theirs != ABSENT:
            agreement.hub.fetch_files([_session(ref)], _left(until), STALL)
            united = files.unite(workspace, _session(ref), theirs)
            ours = refs.read(ref)
            pushed = _push(agreement, RefUpdate(at, ours, None if united else theirs, onward=united), until)
        if pushed.of(at) is not Outcome.PUSHED:
            return pushed.said
    copy = _copy(agreement, ref)
    with suppress(Moved):  # a fetch put it there
        refs.update([Update(copy, ours, refs.read(copy))])
    return ""


def _push(agreement: Agreement, update: RefUpdate, until: float) -> Pushed:
    return agreement.hub.push([update], timeout=_left(until), silence=agreement.hub.timeout, stall=STALL)


def _left(until: float) -> float:
    """Seconds that are left: one at least, which cuts off what is begun then."""
    return max(1.0, until - time.monotonic())


def _receive(workspace: Workspace, agreement: Agreement, until: float) -> None:
    """Fetch the files that are missing here; where that fails, those of each sender by themselves."""
    senders = _wanted(workspace)
    for part in (senders, *([sender] for sender in senders)):
        left = until - time.monotonic()
        if left <= 0 or not part or (agreement.hub.fetch_files(part, left, STALL) and part is senders):
            return
