"""Look for everything that can be wrong, and say how to mend it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain import registry
from gitcoord.domain.claim import record as claim
from gitcoord.domain.kinds import KINDS
from gitcoord.domain.records import Finding
from gitcoord.domain.session import record as session
from gitcoord.errors import CoordError, Unreadable
from gitcoord.errors.remedy import Remedy
from gitcoord.kernel import clone, refname
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.kernel.store import open_store
from gitcoord.ledger import restore, sequence
from gitcoord.ledger.check import check
from gitcoord.ledger.fold import META
from gitcoord.policy import duration
from gitcoord.policy.lease import SKEW
from gitcoord.policy.printable import printable
from gitcoord.setup import mend
from gitcoord.setup.installation import config, proof, refspecs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.workspace import Workspace
    from gitcoord.kernel.place import Place
    from gitcoord.ledger.state import State

_INIT = Remedy("{}", "init")
OLDEST_GIT = (2, 39)

ASK = "a program other than gitcoord wrote that commit; ask who ran it"

GLANCE = 50
"""Ledger commits that are folded anew each time; `--full` means all."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that was looked at. `reason` is '' where all is well."""

    ok: bool
    findings: list[Finding]
    reason: str = ""


def examine_place(place: Place) -> Iterator[Finding]:
    """What can be said before the ledger is opened: the git program, the set-up, the clone, the hooks."""
    found = config.version(place.git)
    shown = ".".join(map(str, found))
    yield Finding("git", found >= OLDEST_GIT, f"git {shown}", "" if found >= OLDEST_GIT else "use git 2.39 or newer")
    if not clone.is_set_up(place.coord_dir):
        mend = Remedy("{}", "init" if place.object_format == "sha1" else "init --store separate")
        yield Finding("set-up", False, "this repository is not set up for gitcoord", mend)
        return
    yield from examine_files(place)
    separate = place.store_dir != place.common_dir
    for each in refspecs.overwriting(place.git, Path(place.common_dir), notes_only=separate):
        yield Finding("fetch", False, f"{each.key} = {each.value} replaces {each.what} at each git fetch", each.mend)
    if _is_copied(place.coord_dir):
        yield Finding("clone", False, "this clone was copied from another one, and bears its id", Remedy("{}", "init"))
    try:
        for hook in proof.prove(place.git, Path(place.common_dir), place.coord_dir):
            yield Finding(f"hook {hook.hook}", hook.reached, "reached" if hook.reached else hook.reason, hook.mend)
    except CoordError as error:
        yield Finding("hooks", False, error.message, error.hint)


def _is_copied(directory: Path) -> bool:
    """Whether this clone is a copy of another; what cannot be read, or is damaged, is named among the files."""
    try:
        return clone.copied(directory)
    except (FileNotFoundError, Unreadable):
        return False


def examine_ref(place: Place) -> list[Finding]:
    """Say whether the ledger's ref is sound, then which others of ours are not: `init` brings them back."""
    store = open_store(place)
    try:
        hub = refname.confirmed(place.setting("coord.hub"))
        wrong, right = restore.of_ledger(store, hub, KINDS)
        if wrong:
            with suppress(CoordError), store.write_lock():  # a writer may have moved it between two looks
                wrong, right = restore.of_ledger(store, hub, KINDS)
        if not wrong:
            ledger = Finding("ledger ref", True, f"{LEDGER} is at {right[:12]}")
        else:
            known = f"what it should name is known: {right[:12]}" if right else "no other value of it is known"
            ledger = Finding("ledger ref", False, f"{LEDGER} {wrong}; {known}", _INIT)
        return [
            ledger,
            *(Finding(f"ref {each.ref}", False, f"it {each.what}", _INIT) for each in restore.faults(store)),
        ]
    finally:
        store.close()


def examine_files(place: Place) -> Iterator[Finding]:
    """Whether the files of the coord directory hold what we wrote."""
    for path, refusal in mend.faulty(place.coord_dir):
        name = f"file {path.relative_to(place.coord_dir)}"
        if not refusal:
            yield Finding(name, False, f"{path} is damaged", _INIT)
        elif not path.match("serve/*"):  # a token is for the eyes of the user who serves
            yield Finding(name, False, f"{path} cannot be read: {refusal}", "let this user read it")
    lost = mend.of_journal(place.coord_dir)
    if lost:
        yield Finding("journal", True, f"{lost} bytes of the journal are damaged and were skipped")


def examine_state(workspace: Workspace, *, full: bool, replaced: bool) -> Iterator[Finding]:
    """What the ledger says: its fold, logs that are not merged, sessions that are gone and still hold something.

    `replaced`: its ref does not name what it should.
    """
    state = workspace.ledger.state()
    meta = state.json(META) or {}
    yield from _fold(workspace, 0 if full else GLANCE, _INIT if replaced else ASK)
    if not replaced:  # what the logs should continue comes back first
        yield from _logs(workspace, state)
    yield from _ahead(workspace, state)
    holding = [item for item in session.every(state) if workspace.gone(item) and claim.of(state, item.id)]
    if holding:
        names = ", ".join(printable(item.name) for item in holding[:5])
        yield Finding(
            "sessions", False, f"{len(holding)} gone sessions hold claims: {names}", Remedy("{}", "retire --gone")
        )
    yield from registry.findings(workspace, state)
    live = sum(1 for _ in session.live_ids(state))
    yield Finding("state", True, f"{live} live sessions, {meta.get('operations', 0)} operations")


def _fold(workspace: Workspace, most: int, mend: str) -> Iterator[Finding]:
    """Fold the newest ledger commits anew, `most` of them, 0 for all; what came before them is taken as it stands.

    `mend` is said of what does not verify.
    """
    objects = workspace.ledger.store.objects
    newest_first = sequence.first_parents(objects, workspace.ledger.tip(), most=most and most + 1)
    (base, oldest), *chain = reversed(newest_first)
    if not oldest.parents and set(objects.tree(oldest.tree)) != {META}:
        yield Finding(
            "fold", False, f"ledger commit {base} is the first of the ledger, and its state is not empty", mend
        )
        return
    found = check(objects, base, chain, KINDS)
    known = {value for _, record in chain for key, value in record.trailers if key == sequence.VOID}
    wrong = {oid: reason for oid, reason in found.void.items() if oid not in known}
    for reason in list(wrong.values())[:1]:
        more = f", and {len(wrong) - 1} after it" if len(wrong) > 1 else ""
        yield Finding("fold", False, reason + more, mend)
    if not wrong:
        voided = f"; {len(known)} void ones were put right" if known else ""
        last = "last " if most and len(newest_first) > most else ""
        yield Finding("fold", True, f"the {last}{len(chain)} ledger commits folded anew give the same state{voided}")


def _logs(workspace: Workspace, state: State) -> Iterator[Finding]:
    store = workspace.ledger.store
    faulty = {fault.ref for fault in restore.faults(store)}  # they are named already
    for owner, oid in workspace.ledger.logs().items():
        if log_ref(owner) in faulty:
            continue
        try:
            left = sequence.pending(store.objects, state, owner, oid)
        except CoordError as error:
            strayed = restore.has_strayed(store.objects, state, owner, oid)
            yield Finding(f"log of {owner}", False, error.message, _INIT if strayed else error.hint)
            continue
        if left:
            yield Finding(f"log of {owner}", True, f"{len(left)} events wait for the next operation of that session")


def _ahead(workspace: Workspace, state: State) -> Iterator[Finding]:
    """Sessions whose last operation bears a time that lies in the future: their leases run from there."""
    now = workspace.clock.now()
    for item in session.every(state):
        if item.last > now + SKEW:
            ahead = f"the last operation of {printable(item.name)} bears a time {duration.show(item.last - now)} ahead"
            mend = Remedy("set the clock right there, then there: {}", f"renew --session {item.id}")
            yield Finding("clock", False, f"{ahead} of the clock here", mend)


def examine(place: Place, workspace: Workspace | None, *, full: bool) -> Examination:
    """Everything; `workspace` is None where the repository is not set up or cannot be opened."""
    findings, replaced = list(examine_place(place)), False
    if clone.is_set_up(place.coord_dir):
        try:
            of_refs = examine_ref(place)
            findings += of_refs
            replaced = not of_refs[0].ok
        except CoordError as error:
            findings.append(Finding("store", False, error.message, error.hint))
    if workspace is not None:
        try:
            findings += examine_state(workspace, full=full, replaced=replaced)
        except CoordError as error:
            if all(finding.ok for finding in findings):
                findings.append(Finding("state", False, error.message, error.hint))
    reason = "" if all(finding.ok for finding in findings) else "unreadable"
    if workspace is not None and workspace.agreement.status != "none":
        from gitcoord.setup.hub import examine_hub

        found = list(examine_hub(workspace, full=full))
        if not reason and not all(finding.ok for finding in found):
            reason = "offline" if workspace.agreement.status == "offline" else "unreadable"
        findings += found
    return Examination(not reason, findings, reason)
