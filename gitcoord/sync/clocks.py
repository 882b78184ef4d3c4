"""Whether the clocks of others agree with ours, by what comes in freshly from them.

What a clone wrote and the hub had not when we met it last was, as a rule, written since. So its time lies between our
two meetings, or the clocks differ by at least what it lies outside. Where most clones heard of lately differ by more
than the tolerance it is our clock that is wrong, and by it nobody is gone (docs/protocol.md, rule 21). A clone that
comes back from being offline brings older times, which only looks like a clock that is behind: it costs patience.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.domain.session import record as session
from gitcoord.errors import Unreadable
from gitcoord.kernel import coordfile, mark
from gitcoord.kernel.refname import log_ref
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger import sequence
from gitcoord.policy import duration
from gitcoord.policy.lease import LEASE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from gitcoord.kernel.store import Store
    from gitcoord.ledger.event import Event
    from gitcoord.policy.ids import StoreOid

FILE = coordfile.CLOCKS
MOST = 20
"""Ledger commits looked at after a contact, the newest."""

FRESH = LEASE
"""Seconds for which an observation counts: a living holder writes something within half of that."""


def heard(store: Store, before: StoreOid, after: StoreOid, clone: str, former: Collection[str] = ()) -> dict[str, int]:
    """The newest time (seconds) that each other clone wrote in the hub's ledger after `before`: clone -> time.

    What stands under a `former` id of this clone is its own as far as its logs have it; the rest is of a copy, which
    goes on under that id.
    """
    objects, state = store.objects, sequence.load(store.objects, after)
    newest: dict[str, int] = {}
    for _, record in sequence.first_parents(objects, after, before, MOST):
        for oid in record.parents[1:]:
            try:
                event = sequence.read_event(objects, oid)
                author = session.read(state, event.session)
                if author is None or author.clone == clone or (author.clone in former and _is_on_log(store, event)):
                    continue
            except Unreadable:
                continue  # of a void commit
            newest[author.clone] = max(event.time, newest.get(author.clone, 0))
    return newest


def _is_on_log(store: Store, event: Event) -> bool:
    """Return whether the log of its session has this event here."""
    tip = store.refs.read(log_ref(event.session))
    return tip != ABSENT and sequence.read_event(store.objects, tip).number >= event.number


def observe(directory: Path, times: Mapping[str, int], *, met: int, now: int) -> None:
    """Keep by how much these times (clone -> seconds) lie outside of our meetings at `met` (0 for none) and `now`."""
    known = {clone: one for clone, one in _read(directory).items() if 0 <= now - one[0] <= FRESH}
    for clone, time in times.items():
        known[clone] = now, time - now if time > now else min(0, time - met)
    mark.put(directory / FILE, json.dumps(known))


def disagreement(directory: Path, *, now: int, skew: int) -> str:
    """A sentence where most clones heard of lately have another time than we, by more than `skew` seconds; else ''."""
    fresh = [off for at, off in _read(directory).values() if 0 <= now - at <= FRESH]
    off = sorted((one for one in fresh if abs(one) > skew), key=abs)
    if not off or 2 * len(off) <= len(fresh):
        return ""
    way = "ahead of" if off[0] < 0 else "behind"
    return (
        f"the clock here is {duration.show(abs(off[0]))} or more {way} that of {len(off)} of {len(fresh)} other clones"
        " heard of lately: nothing is taken over by it"
    )


def _read(directory: Path) -> dict[str, tuple[int, int]]:
    """Clone -> when it was heard, and by how much its time was outside; nothing where the file is damaged."""
    known = {}
    for clone, kept in mark.record(directory / FILE).items():
        if isinstance(kept, list) and len(kept) == 2 and all(isinstance(number, int) for number in kept):
            known[clone] = kept[0], kept[1]
    return known
