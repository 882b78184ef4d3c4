"""Objects that refs of ours name and this clone does not have: a prune beside a fetch took them, or a disk lost them.

What this clone wrote is in the journal; everything else is fetched again. What git says of a missing object differs
from version to version, so after a failure the objects are looked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gitcoord.errors.remedy import quote
from gitcoord.kernel.refname import LEDGER, NOTES, OURS
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger import restore
from gitcoord.policy.printable import printable
from gitcoord.sync import makers
from gitcoord.sync.adopt import Adopted

if TYPE_CHECKING:
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.sync.transport import FetchResult, Hub

HEALING = 30.0
"""Seconds for fetching everything again after objects were lost."""

_BAD_REF = re.compile(r"bad object (refs/[^\s;]+)")

NEWEST = 500
"""Commits whose objects are looked for: a prune takes what was fetched a moment ago, before a ref led to it."""


def found(ledger: Ledger, hub: Hub) -> bool:
    """Return whether a ref of ours is damaged, or an object is missing to which the newest commits of our refs lead."""
    refs = ledger.store.refs
    if restore.damaged(ledger.store):
        return True
    tips = {oid for prefix in OURS for oid in refs.list(prefix).values()}
    words = ("rev-list", "--quiet", "--objects", f"--max-count={NEWEST}", "--stdin")
    return bool(tips) and hub.git.ask(*words, data="".join(f"{oid}\n" for oid in tips).encode())[0] != 0


def explain(said: str) -> str:
    """Return what git said of a fetch that failed; where a ref of the user's is at fault, that and what helps."""
    bad = _BAD_REF.search(said)
    if bad is None:
        return said
    ref = printable(bad[1])
    why = f"{ref} names an object that is missing here, and git fetches nothing beside such a ref"
    return f"{why}; git update-ref -d {quote(bad[1])} deletes it"


def fetch_again(ledger: Ledger, hub: Hub, *, announcements: bool = False, timeout: float = HEALING) -> FetchResult:
    """Write again what the journal has, and fetch all that the hub's ledger leads to, whatever seems to be here."""
    ledger.store.heal()
    return hub.fetch(announcements=announcements, timeout=timeout, all_again=True)


def bring_back(ledger: Ledger, hub: Hub) -> Adopted | None:
    """Bring back what is missing here; None where nothing is, or where it cannot be. The caller holds the hub lock."""
    if not found(ledger, hub):
        return None
    if fetch_again(ledger, hub).reached and not found(ledger, hub):
        return _told(ledger, hub, ["objects were missing here: they were brought back"])
    return mend(ledger, hub)


def mend(ledger: Ledger, hub: Hub) -> Adopted | None:
    """Mend refs that name what neither the journal nor the hub has, as `git coord init` does it; None where nothing is.

    The caller holds the hub lock and has fetched again. Nothing is mended before all that the hub's ledger leads to is
    here: until then nobody knows what is lost.
    """
    if not found(ledger, hub) or not _sent_whole(hub):
        return None
    if not restore.of_ledger(ledger.store, hub.confirmed, ledger.kinds())[1]:
        return None
    news = restore.mend(ledger.store, hub.confirmed, ledger.kinds())
    lost = makers.drop_lost(hub.remotes, NOTES) if hub.beside else ""
    news += [lost] if lost else []
    ledger.pick_up()
    return _told(ledger, hub, news) if news else None


def _told(ledger: Ledger, hub: Hub, news: list[str]) -> Adopted:
    own, confirmed = ledger.store.refs.read_all(LEDGER, hub.confirmed)
    return Adopted(confirmed, own, news=news)


def _sent_whole(hub: Hub) -> bool:
    """Return whether all that the hub's ledger leads to is here; a fetch fails where any ref here names nothing."""
    tip = hub.value(hub.ledger)
    if tip in (None, ABSENT):
        return False
    return hub.git.ask("rev-list", "--quiet", "--objects", str(tip))[0] == 0
