"""Taking in what the hub has: verified first, then what is provisional here is sequenced on it anew.

Called under the writer lock, never across the network. Refs are written in the order archive, own ledger, confirmed:
a crash between any two heals at the next contact, in this order only (docs/protocol.md, "Confirmed and provisional").
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.dataclass import dataclass, field
from gitcoord.errors import Stranger
from gitcoord.kernel.refname import ARCHIVE, LEDGER, log_ref
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import position, sequence
from gitcoord.ledger.check import check
from gitcoord.ledger.event import Draft
from gitcoord.ledger.fold import META
from gitcoord.ledger.state import State
from gitcoord.policy.ids import NO_OBJECT, RefName, SessionId, StoreOid
from gitcoord.sync import chains
from gitcoord.sync.quarantine import Quarantine

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.fold import Verdict
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.sync.transport import FetchResult, Hub


@dataclass(slots=True)
class Adopted:
    """What became of the two ledgers.

    `confirmed` is the hub's ledger as verified, `ledger` ours on top of it. `lost` are operations that this clone had
    accepted provisionally and that are refused now, `changed` those that got another value than was answered. `news` is
    what somebody should be told.
    """

    confirmed: StoreOid
    ledger: StoreOid
    lost: list[sequence.Sequenced] = field(default_factory=list)
    changed: list[sequence.Sequenced] = field(default_factory=list)
    news: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Base:
    """What to build on: the hub's tip, its newest commit that is not void, the true state there, what was dropped."""

    tip: StoreOid
    good: StoreOid
    tree: StoreOid
    void: dict[StoreOid, str] = field(default_factory=dict)
    dropped: list[Event] = field(default_factory=list)
    archive: StoreOid = NO_OBJECT


class _Here(NamedTuple):
    """What stands here: the ledger and its hub, our own newest commit, and the one that the hub confirmed last."""

    ledger: Ledger
    hub: Hub
    own: StoreOid
    confirmed: StoreOid


def adopt(
    ledger: Ledger,
    hub: Hub,
    heard: FetchResult,
    clone: str,
    *,
    others: bool,
    strangers: bool = False,
    anew: bool = False,
) -> Adopted:
    """Make our ledger stand on the hub's.

    With `others` what other clones announced is sequenced too, by whoever comes first. `strangers`: also adopt a
    ledger of another root, with all of ours sequenced on it. `anew`: sequence what is provisional again even where the
    hub has nothing new, since somebody is to be left out. Raises `Stranger`.
    """
    objects, refs = ledger.store.objects, ledger.store.refs
    confirmed, own = refs.read(hub.confirmed), ledger.tip()
    if heard.ledger == ABSENT and not anew:
        return Adopted(confirmed, own)  # a new hub, or one that lost its refs: ours is pushed (back)
    aside = Quarantine.load(ledger.store.directory)
    here = _Here(ledger, hub, own, confirmed)
    base = _base(here, heard.ledger, strangers=strangers)
    mine = aside.without(chains.beyond(objects, own, _fork(here, base, strangers=strangers)))
    if anew:
        mine = [item for item in mine if refs.read(log_ref(item.session)) != ABSENT]  # only what this clone's wrote
    announced = _others(ledger, heard, base, clone, aside) if others else {}
    if base.tip == confirmed and not announced and not anew:
        return Adopted(base.tip, own)
    repair = _repair(ledger, own, clone) if base.archive else []
    lines = [repair, base.dropped, *_in_order(base.tip, announced, clone, mine)]
    before = accepted(ledger, own, base.tip)
    tip, done = _build(ledger, base, lines, clone)
    judged = [*_judged(ledger, base, confirmed, mine), *done]
    lost = [item for item in judged if item.event.id in before and not item.verdict.accepted]
    kept = [item for item in judged if item.event.kind == "number" and item.verdict.accepted]
    changed = [item for item in kept if before.get(item.event.id, item.verdict) != item.verdict]
    adopted = Adopted(base.good, tip, lost, changed, list(base.void.values()))
    _publish(here, adopted, base.archive)
    return adopted


def _base(here: _Here, heard: StoreOid, *, strangers: bool) -> _Base:
    ledger, hub, own, confirmed = here
    objects = ledger.store.objects
    known = confirmed if confirmed != ABSENT else own
    if heard == ABSENT:
        return _Base(known, known, _tree(ledger, known))
    fork = chains.fork_point(objects, known, heard)
    if not fork:
        if confirmed != ABSENT or not strangers:
            raise Stranger(hub.name)
        fork, root = sequence.first_parents(objects, heard)[-1]
        if set(objects.tree(root.tree)) != {META}:
            raise Stranger(hub.name)  # a ledger begins empty
    elif heard == fork and confirmed != ABSENT:  # the same, or an older one: it was restored, ours is pushed back
        return _Base(confirmed, confirmed, _tree(ledger, confirmed))
    new = list(reversed(sequence.first_parents(objects, heard, fork)))
    checked = check(objects, fork, new, ledger.kinds())
    base = _Base(heard, checked.good, checked.tree, checked.void)
    if confirmed not in (ABSENT, fork):  # restored, and written since
        base.dropped = chains.beyond(objects, confirmed, fork)
        base.archive = own
    return base


def _tree(ledger: Ledger, tip: StoreOid) -> StoreOid:
    return sequence.load(ledger.store.objects, tip).tree


def _fork(here: _Here, base: _Base, *, strangers: bool) -> StoreOid:
    """From where on our ledger is provisional."""
    ledger, hub, own, confirmed = here
    if confirmed != ABSENT and not base.archive:
        return confirmed
    # What was dropped stands in ours, too: what follows a take of it is next only behind that take.
    fork = chains.fork_point(ledger.store.objects, own, base.tip)
    if not fork and not strangers:
        raise Stranger(hub.name)
    return fork


def _others(ledger: Ledger, heard: FetchResult, base: _Base, clone: str, aside: Quarantine) -> dict[str, list[Event]]:
    found, strange = {}, {}
    for other, tip in heard.announced.items():
        if other != clone and aside.heeds(other, tip):
            announced = chains.announced(ledger.store.objects, tip, base.tip)
            if announced is None:
                strange[other] = tip
            elif chain := aside.without(announced):
                found[other] = chain
    if strange:  # not to be walked through at each contact
        aside.clones |= strange
        aside.save(ledger.store.directory)
    return found


def _in_order(base: StoreOid, others: dict[str, list[Event]], clone: str, mine: list[Event]) -> list[list[Event]]:
    """Everybody's chains, ours among them, in an order that favours nobody twice."""

    def rank(name: str) -> str:
        return hashlib.sha256(f"{base} {name}".encode("utf-8", "surrogateescape")).hexdigest()

    everybody = {**others, clone: mine} if mine else others
    return [everybody[name] for name in sorted(everybody, key=rank)]


def accepted(ledger: Ledger, own: StoreOid, base: StoreOid) -> dict[str, Verdict]:
    """The operations that our own ledger accepted and the base does not have as it does, id -> verdict."""
    fork = chains.fork_point(ledger.store.objects, own, base)
    found = {}
    for _, record in sequence.first_parents(ledger.store.objects, own, fork):
        found.update({one.id: one.verdict for one in sequence.judged(record) if one.verdict.accepted})
    return found


def _judged(ledger: Ledger, base: _Base, confirmed: StoreOid, mine: list[Event]) -> list[sequence.Sequenced]:
    """Our own provisional operations that somebody else has sequenced meanwhile: what was announced is anybody's to."""
    objects = ledger.store.objects
    events: dict[str, Event] = {item.id: item for item in mine}
    if confirmed == ABSENT or base.tip == confirmed or not events:
        return []
    found = []
    for oid, record in sequence.first_parents(objects, base.tip, chains.fork_point(objects, confirmed, base.tip)):
        for one in sequence.judged(record) if oid not in base.void else ():
            if one.id in events:
                found.append(sequence.Sequenced(events[one.id], one.number, one.verdict, oid))
    return found


def _build(ledger: Ledger, base: _Base, lines: list[list[Event]], by: str) -> tuple[StoreOid, list[sequence.Sequenced]]:
    objects, signature = ledger.store.objects, sequence.Signature(by, ledger.mail, ledger.clock.now())
    tip = base.tip
    if base.good != tip:
        sequence.check_schema(State(objects, base.tree))
        tip = sequence.mend(objects, tip, base.tree, list(base.void), signature)
    return sequence.resequence(objects, tip, lines, signature, ledger.kinds())


def _repair(ledger: Ledger, own: StoreOid, clone: str) -> list[Event]:
    """The chain that comes before all others: no number that was given here is given again.

    A session of its own, since any other may have operations that come later.
    """
    above = (sequence.load(ledger.store.objects, own).json(META) or {}).get("operations", 0)
    drafts = [
        Draft("register", "start repair", {"clone": clone, "name": "repair"}),
        Draft("repair", f"lift the counter above {above}", {"above": above}),
        Draft("end", "end repair"),
    ]
    return ledger.compose(
        SessionId(f"repair-{ledger.ids.hexadecimal(8)}"), position.UNKNOWN, drafts, ledger.clock.now()
    )


def _publish(here: _Here, adopted: Adopted, archive: StoreOid) -> None:
    ledger, hub, own, confirmed = here
    store = ledger.store
    store.objects.publish()
    moves = []
    if archive:
        ref = RefName(f"{ARCHIVE}/{archive[:16]}")
        if store.refs.read(ref) == ABSENT:
            moves.append([Update(ref, archive, ABSENT)])
        adopted.news.append(f"the hub was restored from a backup; what it had is kept under {ref}")
    if adopted.ledger != own:
        moves.append([Update(LEDGER, adopted.ledger, own)])
    if adopted.confirmed != confirmed:
        moves.append([Update(hub.confirmed, adopted.confirmed, confirmed)])
    ledger.move(*moves)
    store.objects.settle()
