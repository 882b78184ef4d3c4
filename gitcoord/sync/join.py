"""Joining a hub: what it can do is tried out with a canary, then the two ledgers meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.message.files import FILES
from gitcoord.errors.hub import NotAHub
from gitcoord.errors.storage import NoAnswer
from gitcoord.kernel.refname import SESSIONS
from gitcoord.kernel.refs import ABSENT
from gitcoord.kernel.treeformat import EMPTY_TREE
from gitcoord.ledger import commit
from gitcoord.policy.ids import RefName
from gitcoord.sync.adopt import adopt
from gitcoord.sync.chains import fork_point
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.transport import RefUpdate

if TYPE_CHECKING:
    from gitcoord.errors import Refused
    from gitcoord.kernel.clock import Ids
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.policy.ids import StoreOid
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.transport import Hub, Pushed


@dataclass(frozen=True, slots=True)
class Probe:
    """What a hub can do. `writable` is all that is needed; what is missing stands in `missing`, in words.

    `atomic`: it moves several refs together or none. `deletes`: it lets go of a ref. Nothing depends on either.
    """

    writable: bool
    missing: list[str] = field(default_factory=list)
    said: str = ""
    atomic: bool = False
    deletes: bool = True

    @property
    def found(self) -> str:
        """What was found, for people."""
        if self.missing:
            return "; ".join(self.missing)
        deleted = "created, moved and deleted" if self.deletes else "created and moved"
        stay = "" if self.deletes else "; it deletes no refs, so those of ended sessions stay there"
        atomic = "pushes are atomic" if self.atomic else "pushes are not atomic, which gitcoord does not need"
        return f"a ref can be {deleted}, and a push with an outdated lease is refused{stay}; {atomic}"


def probe(ledger: Ledger, hub: Hub, ids: Ids) -> Probe:
    """Create a ref at the hub, move it under a lease, have a wrong lease refused, delete it.

    Raises `Offline` where the hub does not answer.
    """
    ref = hub.ref(f"canary/{ids.hexadecimal(16)}")
    first, second = (_probe(ledger, hub, ids) for _ in range(2))
    made = _try(hub, RefUpdate(ref, first, ABSENT))
    if made.of(ref) is not Outcome.PUSHED:
        return Probe(False, ["a ref cannot be created there"], made.said)
    missing = []
    if _try(hub, RefUpdate(ref, second, ABSENT)).of(ref) is Outcome.PUSHED:
        missing.append("a wrong lease is not refused there")
    atomic = _atomic(hub, ref, first, second)
    if _try(hub, RefUpdate(ref, second, first)).of(ref) is not Outcome.PUSHED:
        missing.append("a ref cannot be moved there")
    elif not hub.brings(ref, second):
        missing.append("what is pushed there is not what a fetch brings (hidden refs, another push address, a cache)")
    gone = hub.push([RefUpdate(ref, ABSENT, second)])
    if gone.of(ref) is not Outcome.PUSHED:
        gone = hub.push([RefUpdate(ref, ABSENT)])
    return Probe(not missing, missing, gone.said, atomic, gone.of(ref) is Outcome.PUSHED)


def _try(hub: Hub, update: RefUpdate) -> Pushed:
    """Push one ref. Raises `Offline` where no answer came: what is not known says nothing of what the hub can do."""
    pushed = hub.push([update])
    if pushed.of(update.ref) in (Outcome.UNREACHABLE, Outcome.UNKNOWN):
        hub.push([RefUpdate(update.ref, ABSENT)])  # where that fails, too, somebody's sync removes the canary
        raise NoAnswer(hub.name, pushed.said)
    return pushed


def _atomic(hub: Hub, ref: RefName, first: StoreOid, second: StoreOid) -> bool:
    """Whether a push that is meant whole is refused whole; leaves the canary at `first`.

    A wrong lease would be refused by our own git already. A ref below another one only the hub refuses.
    """
    below = RefName(f"{ref}/below")
    pushed = hub.push([RefUpdate(ref, second, first), RefUpdate(below, second)], atomic=True)
    moved = [one for one in (below, ref) if pushed.of(one) is Outcome.PUSHED]
    for one in moved:
        hub.push([RefUpdate(one, first if one == ref else ABSENT)])
    # Where the hub cannot do it git says so at once, and of no ref anything.
    return not moved and pushed.of(ref) in (Outcome.LOST, Outcome.REFUSED)


def _probe(ledger: Ledger, hub: Hub, ids: Ids) -> StoreOid:
    objects = ledger.store.objects
    objects.write("tree", b"")
    record = commit.Commit(
        EMPTY_TREE,
        (),
        "gitcoord",
        ledger.mail,
        ledger.clock.now(),
        f"a canary for {hub.name}",
        "",
        (("Coord-Canary", ids.hexadecimal(32)),),
    )
    oid = objects.write("commit", record.encode())
    objects.publish()
    objects.settle()
    return oid


def first_contact(ledger: Ledger, hub: Hub, clone: str) -> str:
    """Let the two ledgers meet; returns what was done, as a sentence. Raises `Offline`, `Refused`.

    Where the hub has a ledger already it is adopted, and all of ours is sequenced on it; where it has none, ours is
    what the next push brings it.
    """
    heard = hub.fetch(timeout=max(hub.timeout, 60))
    if not heard.reached:
        raise NoAnswer(hub.name, heard.said)
    if heard.ledger == ABSENT:
        return f"{hub.name} has no ledger yet: this clone's ledger will be its first"
    if ledger.store.refs.read(hub.confirmed) != ABSENT and fork_point(
        ledger.store.objects, heard.ledger, ledger.store.refs.read(hub.confirmed)
    ):
        return f"{hub.name} is the hub of this clone already"
    with ledger.writing():
        adopted = adopt(ledger, hub, heard, clone, others=False, strangers=True)
    if adopted.lost:
        return f"adopted the ledger of {hub.name}; {len(adopted.lost)} operations of this clone conflict with it"
    return f"adopted the ledger of {hub.name}, and appended the operations of this clone to it"


def refuse_unwritable(hub: Hub, found: Probe) -> Refused:
    """The error for a hub that cannot arbitrate."""
    return NotAHub(hub.name, found.missing, found.said)


def leave(agreement: Agreement) -> str:
    """Remove from the hub what belongs to this clone alone; the ledger there is everybody's. Returns what was done.

    What is provisional is brought there first: nothing is lost.
    """
    hub, refs = agreement.hub, agreement.ledger.store.refs
    if not agreement.meet(set(), insist=True).reached:
        return f"{hub.name} does not answer: the refs of this clone stay there"
    gone = [RefUpdate(hub.announcement(agreement.clone), ABSENT)]
    gone += [RefUpdate(hub.own(ref), ABSENT) for kind in (SESSIONS, FILES) for ref in refs.list(f"{kind}/")]
    hub.push(gone)
    return f"removed this clone's announcement from {hub.name}; the ledger there belongs to everybody and stays"
