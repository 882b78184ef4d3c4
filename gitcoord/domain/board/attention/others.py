"""What everybody should know of: work that was abandoned, intentions that overlap, what is wrong with the hub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board.attention import Attention, called, few, finding
from gitcoord.domain.claim import holding
from gitcoord.domain.claim import record as claim
from gitcoord.domain.session import ahead
from gitcoord.domain.session import record as session
from gitcoord.errors import Unreadable
from gitcoord.errors.remedy import Remedy
from gitcoord.ledger import sequence
from gitcoord.policy import duration
from gitcoord.policy.ids import SessionId
from gitcoord.policy.printable import printable
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gitcoord.domain.records import Holding
    from gitcoord.domain.session.beat import Beat
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace
    from gitcoord.ledger.chronicle import Chronicle
    from gitcoord.ledger.state import State

LOOKED_AT = 20
"""Of the files that a session says it touched, so many are compared with what others claim."""

DAY = 24 * 3600
"""Seconds for which a void commit is spoken of."""


def abandoned(
    workspace: Workspace, gone: Iterable[Session], held: Mapping[str, Sequence[str]], me: Session | None
) -> Iterator[Attention]:
    """Gone sessions that still hold something; `held` are the scopes of each."""
    for item in gone:
        scopes = held.get(item.id, ())
        if scopes and (me is None or item.id != me.id):
            text = f"{printable(item.name)} is gone and still holds {few(scopes)}"
            kept = holding.kept(workspace, item, known="gone")
            hint: str = Remedy("claiming it takes it over; {} frees all of it", f"retire {item.id}")
            if kept.takeover_from is not None:
                hint = f"from {kept.takeover_from.clock(seconds=True)} on it can be taken over, by claiming it"
                hint += "; in its own clone at once" if kept.why == "clone" else ""
            yield finding("abandoned", text, hint, sessions=[item.id], scopes=scopes)


def ahead_of_us(workspace: Workspace, living: Iterable[Session], me: Session | None) -> Iterator[Attention]:
    """Sessions whose last operation bears a time in the future: their leases run from there."""
    now = workspace.clock.now()
    for item in living:
        if not ahead.is_ahead(workspace, item):
            continue
        mine = me is not None and item.id == me.id
        whose = "your last operation" if mine else f"the last operation of {printable(item.name)}"
        text = f"{whose} bears a time {duration.show(item.last - now)} ahead of the clock here"
        kept = holding.kept(workspace, item)
        hint: str = Remedy("set the clock right, then: {}", "renew")
        if not mine:
            hint = "set the clock right where it is wrong; its next operation mends the time"
            if kept.takeover_from is not None:
                hint += f". Without a sign of it, claims can be taken from {kept.takeover_from.clock(seconds=True)} on"
        yield finding("ahead", text, hint, mine=mine, sessions=[item.id])


def overlapping(
    state: State, living: Mapping[str, Session], beats: Mapping[str, Beat], me: Session | None
) -> Iterator[Attention]:
    """Sessions that say they work on what another one claims."""
    twins = session.twins(state)
    for name, said in beats.items():
        item = living.get(name)
        if item is None:
            continue
        met: dict[str, list[str]] = {}
        for path in dict.fromkeys([said.target, *said.touched[:LOOKED_AT]]):
            for owner in _owners(state, living, item, path):
                met.setdefault(owner, []).append(path)
        for owner, paths in met.items():
            other = living[owner]
            whose = "you claim" if me is not None and owner == me.id else f"{called(other, me, twins)} claims"
            verb = "work" if me is not None and name == me.id else "works"
            hint = Remedy("{}", f"send {owner if me is None or owner != me.id else name} SUBJECT")
            mine = me is not None and me.id in (name, owner)
            text = f"{called(item, me, twins)} {verb} on {few(paths)}, which {whose}"
            yield finding("overlap", text, hint, mine=mine, sessions=[name, owner], scopes=paths)


def _owners(state: State, living: Mapping[str, Session], item: Session, path: str) -> set[str]:
    """Return the sessions that claim a path for themselves; none where the text is not a path."""
    try:
        scope = Scope.from_json({"file": path.rstrip("/")})
    except (ValueError, UnicodeError):
        return set()
    found: set[str] = set()
    for standing in claim.overlapping(state, scope):
        other = living.get(standing.session)
        if other is not None and not standing.shared and not other.related(item.id) and not item.related(other.id):
            found.add(other.id)
    return found


def sharing(state: State, living: Iterable[Session], me: Session | None) -> Iterator[Attention]:
    """Sessions of different families that work in one worktree."""
    twins = session.twins(state)
    worktrees: dict[tuple[str, str], list[Session]] = {}
    for item in living:
        if item.worktree:
            worktrees.setdefault((item.clone, item.worktree), []).append(item)
    for (_, worktree), items in sorted(worktrees.items()):
        if len({item.ancestors[-1] if item.ancestors else item.id for item in items}) > 1:
            names = few(sorted((called(item, me, twins) for item in items), key=lambda name: name != "you"))
            text = f"{names} work in {printable(worktree)}"
            hint = Remedy("each commits its own with: {}", "commit")
            yield finding("worktree", text, hint, sessions=[item.id for item in items])


def hub(workspace: Workspace, held: Iterable[Holding]) -> Iterator[Attention]:
    """A hub that does not answer, claims that it has not confirmed, sessions whose work it refuses."""
    if workspace.agreement.status == "offline":
        text = "the hub did not answer: what is claimed now is provisional"
        yield finding("offline", text, Remedy("{}, {}", "sync", "doctor"))
    open_claims = [item for item in held if not item.confirmed]
    if open_claims:
        scopes = [item.scope for item in open_claims]
        holders = list(dict.fromkeys(item.session for item in open_claims))
        text = f"{few(scopes)}: claimed here, and not confirmed by the hub"
        yield finding("provisional", text, Remedy("{}", "sync"), sessions=holders, scopes=scopes)
    aside = workspace.agreement.left_out()
    if aside:
        text = f"the hub refuses something that {few(aside)} wrote, and everything they write is left out"
        yield finding("quarantined", text, Remedy("start a new session: {}", "start NAME"), sessions=aside)


def void(workspace: Workspace, chronicle: Chronicle, name: Callable[[SessionId], str]) -> Iterator[Attention]:
    """Ledger commits of the last day that did not verify; they count for nothing."""
    for oid in chronicle.voided(workspace.clock.now() - DAY):
        try:
            who = SessionId(sequence.read_commit(workspace.ledger.store.objects, oid).author)
        except Unreadable:
            who = SessionId("somebody")
        text = f"ledger commit {oid[:12]}, which {printable(name(who))} pushed, is void: it did not verify"
        yield finding("void", text, "ask who wrote it; nothing of it counts", sessions=[who])
