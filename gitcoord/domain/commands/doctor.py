"""Look for everything that can be wrong, and say how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.domain import claim, session
from gitcoord.domain.installation import config, proof
from gitcoord.domain.kinds import KINDS
from gitcoord.errors import CoordError, Unreadable
from gitcoord.kernel import clone
from gitcoord.kernel.refs import ABSENT
from gitcoord.kernel.store import open_store
from gitcoord.ledger import sequence
from gitcoord.ledger.check import check
from gitcoord.ledger.fold import META
from gitcoord.ledger.ledger import REF
from gitcoord.policy import duration
from gitcoord.policy.lease import SKEW
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.objects import Objects
    from gitcoord.kernel.place import Place
    from gitcoord.kernel.store import Store
    from gitcoord.ledger.state import State

OLDEST_GIT = (2, 39)

CONFIRMED = "refs/coord-remote/*/ledger"
"""What hubs have confirmed, as the contact before left it here (`sync`)."""

GLANCE = 50
"""Ledger commits that are folded anew each time; `--full` means all."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `mend` says what to do where it is not as it should be."""

    name: str
    ok: bool
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was looked at."""

    ok: bool
    findings: list[Finding]


def examine_place(place: Place) -> Iterator[Finding]:
    """What can be said before the ledger is opened: the git program, the set-up, the clone, the hooks."""
    found = config.version(place.git)
    shown = ".".join(map(str, found))
    yield Finding("git", found >= OLDEST_GIT, f"git {shown}", "" if found >= OLDEST_GIT else "use git 2.39 or newer")
    if not (place.coord_dir / clone.FILE).exists():
        mend = "git coord init" + ("" if place.object_format == "sha1" else " --store separate")
        yield Finding("set-up", False, "this repository is not set up for gitcoord", mend)
        return
    if clone.copied(place.coord_dir):
        yield Finding("clone", False, "this clone was copied from another one, and bears its id", "git coord init")
    try:
        for hook in proof.prove(place.git, Path(place.common_dir), place.coord_dir):
            yield Finding(f"hook {hook.hook}", hook.reached, "reached" if hook.reached else hook.reason, hook.mend)
    except CoordError as error:
        yield Finding("hooks", False, error.message, error.hint)


def examine_ref(place: Place) -> Iterator[Finding]:
    """Whether the ledger's ref is sound; where it is not, what it was last."""
    store = open_store(place)
    try:
        tip = store.refs.read(REF)
        if tip == ABSENT:
            yield _lost_ref(place, "is gone")
        else:
            state = sequence.load(store.objects, tip)
            last = store.objects.last_commit("Coord-Ledger: ")
            if not sequence.is_ledger(state):
                yield _lost_ref(place, "names something that is no ledger")
            elif last and not place.setting("coord.hub") and tip != last and _leads_to(store.objects, last, tip):
                yield _lost_ref(place, f"was set back to {tip[:12]}")
            else:
                yield Finding("ledger ref", True, f"{REF} is at {tip[:12]}")
    except Unreadable as error:
        if "damaged" in error.message:
            yield _lost_ref(place, "is damaged")
        else:
            yield Finding("ledger ref", False, error.message, error.hint)
    finally:
        store.close()


def _leads_to(objects: Objects, tip: str, older: str) -> bool:
    """Whether a ledger commit is one of those that led to another."""
    chain = sequence.first_parents(objects, tip, older)
    return chain[-1][1].parents[:1] == (older,)


def _never_behind(store: Store, last: str) -> str:
    """The newest of what we wrote last and what the hub confirmed: a mended ledger never goes behind the latter."""
    for ref, confirmed in store.refs.list(CONFIRMED.partition("*")[0]).items():
        if ref.count("/") != CONFIRMED.count("/") or not ref.endswith("/ledger") or confirmed == last:
            continue
        try:
            behind = not last or not _leads_to(store.objects, last, confirmed)
        except Unreadable:
            behind = True
        last = confirmed if behind else last
    return last


def _lost_ref(place: Place, what: str) -> Finding:
    store = open_store(place)
    last = _never_behind(store, store.objects.last_commit("Coord-Ledger: "))
    if not last:
        return Finding("ledger ref", False, f"{REF} {what}, and nothing is known of it", "git coord init begins anew")
    file = Path(place.store_dir, REF)
    git = f"git --git-dir='{place.store_dir}'"
    mend = f"rm -f '{file}' && {git} update-ref {REF} {last}"
    return Finding("ledger ref", False, f"{REF} {what}; the last commit that is known of it is {last[:12]}", mend)


def examine_state(workspace: Workspace, *, full: bool) -> Iterator[Finding]:
    """What the ledger says: its fold, logs that are not merged, sessions that are gone and still hold something."""
    ledger = workspace.ledger
    state = ledger.state()
    meta = state.json(META) or {}
    yield from _fold(workspace, 0 if full else GLANCE)
    yield from _logs(workspace, state)
    yield from _ahead(workspace, state)
    holding = [item for item in session.every(state) if workspace.gone(item) and claim.of(state, item.id)]
    if holding:
        names = ", ".join(printable(item.name) for item in holding[:5])
        yield Finding(
            "sessions", False, f"{len(holding)} gone sessions hold claims: {names}", "git coord retire --gone"
        )
    live = sum(1 for _ in session.live_ids(state))
    yield Finding("state", True, f"{live} live sessions, {meta.get('operations', 0)} operations")


def _fold(workspace: Workspace, most: int) -> Iterator[Finding]:
    """Fold the newest ledger commits anew, `most` of them, 0 for all; what came before them is taken as it stands."""
    objects = workspace.ledger.store.objects
    newest_first = sequence.first_parents(objects, workspace.ledger.tip(), most=most and most + 1)
    (base, oldest), *chain = reversed(newest_first)
    if not oldest.parents and set(objects.tree(oldest.tree)) != {META}:
        mend = "the ledger was begun anew past gitcoord; ask who wrote that commit"
        yield Finding("fold", False, f"ledger commit {base} begins the ledger, and not empty", mend)
        return
    found = check(objects, base, chain, KINDS)
    known = {value for _, record in chain for key, value in record.trailers if key == sequence.VOID}
    wrong = {oid: reason for oid, reason in found.void.items() if oid not in known}
    for reason in list(wrong.values())[:1]:
        more = f", and {len(wrong) - 1} after it" if len(wrong) > 1 else ""
        mend = "the state was changed past gitcoord; ask who wrote that commit"
        yield Finding("fold", False, reason + more, mend)
    if not wrong:
        voided = f"; {len(known)} void ones were put right" if known else ""
        last = "last " if most and len(newest_first) > most else ""
        yield Finding("fold", True, f"the {last}{len(chain)} ledger commits folded anew give the same state{voided}")


def _logs(workspace: Workspace, state: State) -> Iterator[Finding]:
    store = workspace.ledger.store
    for owner, oid in workspace.ledger.logs().items():
        try:
            left = sequence.pending(store.objects, state, owner, oid)
        except CoordError as error:
            yield Finding(f"log of {owner}", False, error.message, error.hint)
            continue
        if left:
            yield Finding(f"log of {owner}", True, f"{len(left)} events wait for the next operation of that session")


def _ahead(workspace: Workspace, state: State) -> Iterator[Finding]:
    """Sessions whose last operation bears a time that lies in the future: their leases run from there."""
    now = workspace.clock.now()
    for item in session.every(state):
        if item.last > now + SKEW:
            ahead = f"the last operation of {printable(item.name)} bears a time {duration.show(item.last - now)} ahead"
            mend = f"set the clock right there, then there: git coord renew --session {item.id}"
            yield Finding("clock", False, f"{ahead} of the clock here", mend)


def examine(place: Place, workspace: Workspace | None, *, full: bool) -> Examination:
    """Everything; `workspace` is None where the repository is not set up or cannot be opened."""
    findings = list(examine_place(place))
    if workspace is not None:
        findings += examine_ref(place)
        try:
            findings += examine_state(workspace, full=full)
        except CoordError as error:
            if all(finding.ok for finding in findings):
                findings.append(Finding("state", False, error.message, error.hint))
    return Examination(all(finding.ok for finding in findings), findings)
