"""Our ledger stands on what is confirmed, always (docs/protocol.md, rule 29).

A ref that was set back by hand, restored from an old disk, begun anew or mended from the journal does not. Pushed as it
is, under a lease that matches, it would take from the hub what others were told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.kernel.refname import LEDGER
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.ledger import sequence
from gitcoord.sync import chains
from gitcoord.sync.adopt import Adopted, accepted
from gitcoord.sync.quarantine import Quarantine

if TYPE_CHECKING:
    from gitcoord.ledger.event import Event
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.policy.ids import StoreOid


def stands(ledger: Ledger, own: StoreOid, confirmed: StoreOid) -> bool:
    """Whether a ledger is what is confirmed, or continues it."""
    if confirmed in (ABSENT, own):
        return True
    try:
        return own != ABSENT and chains.fork_point(ledger.store.objects, own, confirmed) == confirmed
    except Unreadable:
        return False


def bring_up(ledger: Ledger, confirmed: StoreOid, clone: str) -> Adopted:
    """Sequence on what is confirmed whatever our ledger and the logs here have beyond it."""
    store = ledger.store
    with store.write_lock():
        own = store.refs.read(LEDGER)
        try:
            mine = Quarantine.load(store.directory).without(_beyond(ledger, own, confirmed))
            signature = sequence.Signature(clone, ledger.mail, ledger.clock.now())
            known = accepted(ledger, own, confirmed) if mine else {}
            tip, done = sequence.resequence(store.objects, confirmed, [mine], signature, ledger.kinds())
            store.objects.publish()
            ledger.move([Update(LEDGER, tip, own)])
            store.objects.settle()
        except BaseException:
            store.objects.abandon()
            raise
    ledger.pick_up()
    lost = [item for item in done if item.event.id in known and not item.verdict.accepted]
    return Adopted(
        confirmed, tip, lost, news=[f"{LEDGER} was behind or beside what the hub confirmed: it was put right"]
    )


def _beyond(ledger: Ledger, own: StoreOid, confirmed: StoreOid) -> list[Event]:
    """What our ledger has beyond what is confirmed; nothing where it cannot be read: it is on the logs, too."""
    if own == ABSENT:
        return []
    try:
        objects = ledger.store.objects
        return chains.beyond(objects, own, chains.fork_point(objects, own, confirmed))
    except (Unreadable, ValueError, KeyError, TypeError):
        return []
