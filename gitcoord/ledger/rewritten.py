"""Whether another program, such as `git filter-repo`, rewrote the ledger: it looks like one and does not verify.

A hub's ledger is not looked at here: what it confirmed is verified at each contact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.errors import Unreadable
from gitcoord.ledger import sequence
from gitcoord.ledger.check import check
from gitcoord.ledger.fold import META
from gitcoord.policy.ids import NO_OBJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gitcoord.kernel.objects import Objects
    from gitcoord.ledger.commit import Commit
    from gitcoord.ledger.fold import Kinds
    from gitcoord.policy.ids import StoreOid

    Chain = list[tuple[StoreOid, Commit]]


def original(objects: Objects, own: StoreOid, written: Sequence[StoreOid], kinds: Kinds) -> StoreOid:
    """Return the ledger commit in whose place another program put the ledger `own`; '' where none did.

    That is the newest of those `written` here (eldest first) that `own` is not built on, where its history verifies and
    that of `own` does not. An operation that lost a race leaves such a commit too, beside a ledger that verifies.
    """
    known: set[StoreOid] = set()
    left = set(written)
    for oid in sequence.down(objects, own):
        known.add(oid)
        left.discard(oid)
        if not left:
            return NO_OBJECT
    for tip in (oid for oid in reversed(written) if oid not in known):
        try:
            theirs = sequence.first_parents(objects, tip)
        except Unreadable:
            continue
        if any(oid == own for oid, _ in theirs):  # it is only behind
            known.update(oid for oid, _ in theirs)
            continue
        base = next((oid for oid, _ in theirs if oid in known), NO_OBJECT)
        ours, originals = (sequence.first_parents(objects, each, base)[::-1] for each in (own, tip))
        broken = not _verifies(objects, ours, base, kinds)
        return tip if broken and _verifies(objects, originals, base, kinds) else NO_OBJECT
    return NO_OBJECT


def _verifies(objects: Objects, chain: Chain, base: StoreOid, kinds: Kinds) -> bool:
    """Whether the commits of a chain are void only where a later one says so; without `base` the first begins it."""
    try:
        if not base:
            (base, first), *chain = chain
            if first.parents or set(objects.tree(first.tree)) != {META}:
                return False
        void = check(objects, base, chain, kinds).void
    except Unreadable:
        return False
    return void.keys() <= {oid for _, record in chain for oid in sequence.voided(record)}
