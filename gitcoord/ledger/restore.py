"""Refs that were lost, damaged, or moved to something else, brought back: `git coord init` and the next writer do it.

What they were is known from three places: the journal (the last objects that this clone wrote), the hub's ledger as
last verified, and archived ledgers. The ledger never goes behind what is confirmed; what stands on the logs of this
clone's sessions beyond it is sequenced again. Everything here is called under the writer lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.errors import Forked, Unreadable
from gitcoord.kernel import treeformat
from gitcoord.kernel.refname import ARCHIVE, LEDGER, NOTES, OURS, SESSIONS, STATE, TRACKING, log_ref, session_of
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import marker, position, rewritten, sequence
from gitcoord.policy.ids import NO_OBJECT, RefName, SessionId, StoreOid

if TYPE_CHECKING:
    from gitcoord.kernel.objects import Objects
    from gitcoord.kernel.refs import Refs
    from gitcoord.kernel.store import Store
    from gitcoord.ledger.fold import Kinds
    from gitcoord.ledger.state import State

LEDGER_MARK = "Coord-Ledger: "


@dataclass(frozen=True, slots=True)
class Fault:
    """A ref that does not name what it should: `what` says in words why, after the ref's name."""

    ref: RefName
    what: str


def fault_of_ledger(store: Store, ref: RefName = LEDGER) -> Fault | None:
    """Return what is wrong with a ref that should name a ledger; None where it does."""
    try:
        tip = store.refs.read(ref)
        if tip == ABSENT:
            return Fault(ref, "is gone")
        if not sequence.is_ledger(sequence.load(store.objects, tip)):
            return Fault(ref, "names something that is not a ledger")
    except Unreadable as error:
        return Fault(ref, f"cannot be read ({error.message})")
    return None


def damaged(store: Store) -> list[RefName]:
    """Return the refs of ours whose file does not name an object."""
    below = [ref for prefix in STATE for ref in store.refs.damaged(prefix.rstrip("/"))]
    return [*below, *(ref for ref in store.refs.damaged("refs/notes") if ref == NOTES)]


def faults(store: Store) -> list[Fault]:
    """Return the refs of ours that are damaged, or name something other than they should, or what is not there."""
    found = {ref: Fault(ref, "is damaged") for ref in damaged(store)}
    found |= {ref: Fault(ref, "names an object that is missing") for ref in _dangling(store)}
    for ref, oid in store.refs.list(SESSIONS + "/").items():
        if ref.endswith("/log") and not _is_log(store.objects, oid, session_of(ref)):
            found[ref] = Fault(ref, f"names {oid[:12]}, which is not an event of this session, or is missing")
    for ref in store.refs.list(TRACKING + "/"):
        if _is_confirmed(ref):
            fault = fault_of_ledger(store, ref)
            if fault is not None:
                found[ref] = fault
    found.pop(LEDGER, None)
    return list(found.values())


def _dangling(store: Store) -> list[RefName]:
    """Return the refs of ours whose object is missing, other than logs and what hubs confirmed."""
    refs = {ref: oid for prefix in OURS for ref, oid in store.refs.list(prefix).items()}
    others = [ref for ref in refs if not _is_log_ref(ref) and not _is_confirmed(ref)]
    return [ref for ref in others if not store.objects.has(refs[ref])]


def of_ledger(store: Store, hub: str, kinds: Kinds) -> tuple[str, StoreOid]:
    """Return what is wrong with the ledger's ref ('' for nothing), and the commit that it should name.

    The latter by what is known here; '' where nothing is known of it. That is what this clone moved the ref to last
    (where it does not know that: the newest that it wrote), if it descends from what the hub confirmed (the ref `hub`;
    '' for no hub: from what every former one did); otherwise what was confirmed, by a former hub too; otherwise an
    archived one.
    """
    fault = fault_of_ledger(store)
    own = NO_OBJECT if fault else store.refs.read(LEDGER)
    known = {ref: tip for ref in store.refs.list(TRACKING + "/") if _is_confirmed(ref) and (tip := _tip(store, ref))}
    confirmed = [tip for ref, tip in known.items() if ref == (hub or ref)]
    written = store.objects.commits_with(LEDGER_MARK)
    if own and not known:
        original = rewritten.original(store.objects, own, written, kinds)
        if original:
            return "was rewritten by another program", original
    newest = _last_moved(store, own) or (written[-1] if written else NO_OBJECT)
    right = _newest(store, own, newest, confirmed, list(known.values()))
    if fault is not None:
        return fault.what, right
    return "" if right == own else "is behind what this clone knows", right


def _last_moved(store: Store, own: StoreOid) -> StoreOid:
    """The commit that a writer of this clone moved the ledger's ref to last, '' where that is not known.

    What a writer wrote that died before it moved the ref is not that. Where one died while it moved it, the ref is
    right as it stands (`own`, '' where it is damaged).
    """
    if own and LEDGER in marker.read(store.directory)[0]:
        return own
    return marker.last_moved(store.directory) or NO_OBJECT


def _newest(
    store: Store, own: StoreOid, written: StoreOid, confirmed: list[StoreOid], known: list[StoreOid]
) -> StoreOid:
    objects = store.objects
    candidates = [own] if own and (confirmed or not descends(objects, written, own)) else []
    candidates += [tip for tip in (written, own) if tip]
    for tip in candidates:
        if all(descends(objects, tip, above) for above in confirmed) and (tip == own or is_whole(objects, tip)):
            return tip
    archived = [oid for _, oid in sorted(store.refs.list(ARCHIVE + "/").items())]
    for tip in (*confirmed, *known, *archived):
        if is_whole(objects, tip):
            return tip
    return next(iter(candidates), NO_OBJECT)


def log(store: Store, state: State, session: SessionId, written: list[StoreOid] | None = None) -> StoreOid:
    """Return the commit that the ref of a session's log should name; `ABSENT` where nothing stands on it.

    That is its newest event in the journal (`written` are those of this session, where they are known), or the newest
    that the ledger merged.
    """
    merged = position.read(state, session)
    best, number = merged.tip or ABSENT, merged.number
    for oid in written if written is not None else store.objects.commits_with(f"Coord-Session: {session}\n"):
        if _is_log(store.objects, oid, session):
            found = sequence.read_event(store.objects, oid).number
            if found > number and _leads_to(store.objects, oid, session, merged.tip):
                best, number = oid, found
    return ABSENT if merged.standing == "ended" and best == merged.tip else best


def own_log(store: Store, state: State, session: SessionId) -> StoreOid:
    """Return the tip of a session's log; a ref that is damaged, or names an object that is lost, is mended first."""
    ref = log_ref(session)
    try:
        seen = store.refs.read(ref)
        if seen != ABSENT:
            sequence.read_event(store.objects, seen)
    except Unreadable:
        seen = log(store, state, session)
        put(store.refs, ref, seen)
    return seen


def mend(store: Store, hub: str, kinds: Kinds) -> list[str]:
    """Bring back what refs of ours should name; returns what was mended, as sentences. `hub` is as in `of_ledger`.

    Where something was, the caller sequences what stands on the logs beyond the ledger. Takes the writer lock.
    """
    store.heal()
    with store.write_lock():
        mended = _mend_ledger(store, hub, kinds)
        found = faults(store)
        if mended or found:
            mended += _mend_others(store, found)
        mended += _mend_strayed(store)
    return mended


def _mend_ledger(store: Store, hub: str, kinds: Kinds) -> list[str]:
    wrong, right = of_ledger(store, hub, kinds)
    if not wrong:
        return []
    if right:
        put(store.refs, LEDGER, right)
        return [f"{LEDGER} {wrong}: brought back to {right[:12]}"]
    if store.refs.read_all(LEDGER) == [ABSENT]:
        return []
    put(store.refs, LEDGER, ABSENT)
    return [f"{LEDGER} {wrong}, and no other value of it is known: deleted"]


def _mend_strayed(store: Store) -> list[str]:
    """Set logs that do not continue what the ledger merged of them to that, where they have nothing beside it."""
    if fault_of_ledger(store) is not None:
        return []
    state = sequence.load(store.objects, store.refs.read(LEDGER))
    mended = []
    for ref, oid in store.refs.list(SESSIONS + "/").items():
        if _is_log_ref(ref) and has_strayed(store.objects, state, session_of(ref), oid):
            put(store.refs, ref, right := log(store, state, session_of(ref)))
            mended.append(f"{ref} was rewritten by another program: brought back to {right[:12]}")
    return mended


def has_strayed(objects: Objects, state: State, session: SessionId, tip: StoreOid) -> bool:
    """Whether a log does not continue what the ledger merged of it, and holds no event that the ledger lacks."""
    try:
        sequence.pending(objects, state, session, tip)
    except Forked:
        try:
            return not sequence.beside(objects, state, session, tip)
        except Unreadable:
            return False
    except Unreadable:
        return False
    return False


def _mend_others(store: Store, found: list[Fault]) -> list[str]:
    mended = []
    logs = {session_of(fault.ref): fault for fault in found if _is_log_ref(fault.ref)}
    for fault in found:
        if not _is_log_ref(fault.ref):  # a beat is replaced by the next, and what a fetch brought comes again
            put(store.refs, fault.ref, ABSENT)
            mended.append(f"{fault.ref} {fault.what}: deleted")
    if fault_of_ledger(store) is not None:
        return mended
    state = sequence.load(store.objects, store.refs.read(LEDGER))
    for session, written in _written(store.objects).items():
        ref = log_ref(session)
        if session in logs or (position.read(state, session).standing == "live" and store.refs.read(ref) == ABSENT):
            right = log(store, state, session, written)
            if session not in logs and right == position.read(state, session).tip:
                continue
            put(store.refs, ref, right)
            what = logs.pop(session).what if session in logs else "is gone"
            mended.append(f"{ref} {what}: " + (f"brought back to {right[:12]}" if right != ABSENT else "deleted"))
    for session, fault in logs.items():
        right = log(store, state, session, [])
        put(store.refs, fault.ref, right)
        mended.append(f"{fault.ref} {fault.what}: set to what the ledger merged of it")
    return mended


def _is_log_ref(ref: RefName) -> bool:
    return ref.startswith(SESSIONS + "/") and ref.endswith("/log")


def _written(objects: Objects) -> dict[SessionId, list[StoreOid]]:
    """The events in the journal, session -> commits, eldest first."""
    found: dict[SessionId, list[StoreOid]] = {}
    for oid in objects.commits_with("\nCoord-Session: "):
        try:
            found.setdefault(sequence.read_event(objects, oid).session, []).append(oid)
        except Unreadable:
            continue
    return found


def put(refs: Refs, ref: RefName, oid: StoreOid) -> None:
    """Let a ref name `oid`, whatever it is now; `ABSENT` deletes it."""
    refs.clear_damage(ref)
    now = refs.read(ref)
    if now != oid:
        refs.update([Update(ref, oid, now)])


def _tip(store: Store, ref: RefName) -> StoreOid:
    return NO_OBJECT if fault_of_ledger(store, ref) else store.refs.read(ref)


def _is_confirmed(ref: RefName) -> bool:
    """Whether a ref is what some hub confirmed: `refs/coord-remote/<hub>/ledger`."""
    return ref.endswith("/ledger") and ref.count("/") == 3


def _is_log(objects: Objects, oid: StoreOid, session: SessionId) -> bool:
    try:
        return sequence.read_event(objects, oid).session == session
    except Unreadable:
        return False


def _leads_to(objects: Objects, tip: StoreOid, session: SessionId, merged: StoreOid) -> bool:
    """Whether the events of a log up to `tip` can be read back to what was merged."""
    oid = tip
    while oid and oid != merged:
        if not _is_log(objects, oid, session):
            return False
        oid = sequence.read_event(objects, oid).parent
    return oid == merged


def descends(objects: Objects, tip: StoreOid, older: StoreOid) -> bool:
    """Whether a ledger commit is `older`, or one that was built on it."""
    try:
        return older in sequence.down(objects, tip)
    except Unreadable:
        return False


def is_whole(objects: Objects, tip: StoreOid) -> bool:
    """Whether a commit is a ledger of which every file can be read."""
    try:
        state = sequence.load(objects, tip)
        if not sequence.is_ledger(state):
            return False
        left = [state.tree]
        while left:
            for mode, oid in objects.tree(left.pop()).values():
                if mode == treeformat.TREE:
                    left.append(StoreOid(oid))
                else:
                    objects.read(StoreOid(oid))
    except Unreadable:
        return False
    return True
