"""Which hub: the address (to fetch from and to push to) and the root of its ledger, as `init --hub` recorded them.

A remote's name is not enough: after `git remote rename` it may lead to a fork, which has no ledger yet and would
confirm whatever it is given (docs/protocol.md, rule 28).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.domain.agreement import MOMENT
from gitcoord.errors import Elsewhere, Unreadable
from gitcoord.errors.remedy import quote
from gitcoord.kernel import atomic, coordfile
from gitcoord.kernel.refs import ABSENT
from gitcoord.ledger.fold import META
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from gitcoord.ledger.ledger import Ledger
    from gitcoord.sync.transport import Hub

FILE = coordfile.HUB


@dataclass(frozen=True, slots=True)
class Address:
    """Where a name leads: the URLs to fetch from and to push to, and the id of the repository whose ledger is meant.

    A path is absolute. Where git pushes to several places (`several`), `push` names all of them.
    """

    fetch: str
    push: str
    root: str
    several: bool = False

    def __str__(self) -> str:
        """The address for people."""
        return printable(self.fetch if self.fetch == self.push else f"{self.fetch} (pushes go to {self.push})")


def _elsewhere(name: str, now: Address, recorded: Address, other_name: str, *, gone: bool) -> Elsewhere:
    """Make the error for a hub whose name leads elsewhere, or nowhere (`gone`).

    `other_name` is another name of what was recorded, or ''.
    """
    shown = printable(name)
    if now.root != recorded.root:
        return errors.hub.OtherLedger(shown, name)
    stay, move = other_name or recorded.fetch, "" if gone or now.several else name
    return errors.hub.OtherAddress(recorded, shown, None if gone else now, stay=stay, move=move)


def _remotes(hub: Hub) -> dict[str, tuple[str, list[str]]]:
    """Return where git fetches from and pushes to, for each remote."""
    found: dict[str, tuple[str, list[str]]] = {}
    for line in os.fsdecode(hub.remotes.ask("remote", "-v")[1]).splitlines():
        name, _, rest = line.partition("\t")
        url, _, use = rest.rpartition(" (")
        fetch, push = found.setdefault(name, ("", []))
        if use.startswith("push"):
            push.append(_place(hub, url))
        elif not fetch:
            found[name] = _place(hub, url), push
    return found


def _place(hub: Hub, url: str) -> str:
    """Return an address that means the same from everywhere: a relative path is one below the top of a worktree."""
    return os.path.normpath(Path(hub.base, url)) if url and is_path(url) else url


def is_path(url: str) -> bool:
    """Whether git takes an address of a remote for a path."""
    return "://" not in url and ":" not in url.partition("/")[0]


def _leads(hub: Hub) -> tuple[str, list[str]]:
    """Return where the hub's name leads: the address to fetch from, and those to push to."""
    named = _remotes(hub).get(hub.name)
    if named is not None:
        return named
    # An address by itself may be rewritten, too (`url.BASE.insteadOf`).
    url = os.fsdecode(hub.remotes.ask("ls-remote", "--get-url", "--end-of-options", hub.name)[1]).strip()
    place = _place(hub, url or hub.name)
    return place, [place]


def require_one(hub: Hub) -> None:
    """Raise `SeveralAddresses` where a push to the hub's name goes to several places: each would decide by itself."""
    fetch, push = _leads(hub)
    if len(push) > 1:
        raise errors.refusal.SeveralAddresses(printable(hub.name), [printable(url) for url in push], quote(fetch))


def look_up(ledger: Ledger, hub: Hub, root: str = "") -> Address:
    """Where the hub's name leads now. `root` is what the ledger's is taken to be where the ledger cannot be read.

    Raises `Unreadable` where it cannot be read and no `root` is given.
    """
    fetch, push = _leads(hub)
    try:
        root = _root(ledger, hub)
    except Unreadable:
        if not root:
            raise
    return Address(fetch, " and ".join(push), root, len(push) > 1)


def _root(ledger: Ledger, hub: Hub) -> str:
    """Return the id of the repository whose ledger is meant: of what is confirmed, on which ours is brought before all
    else (`descent`), or of ours where nothing is confirmed that can be read.
    """
    try:
        confirmed = ledger.store.refs.read(hub.confirmed)
        state = ledger.views.of(confirmed) if confirmed != ABSENT else ledger.state()
    except Unreadable:
        state = ledger.state()
    return str((state.json(META) or {}).get("repository", ""))


def record(ledger: Ledger, hub: Hub) -> None:
    """Put on record where the hub's name leads now: a person said that this is the hub."""
    address = look_up(ledger, hub)
    known = {"name": hub.name, "fetch": address.fetch, "push": address.push, "root": address.root}
    path = ledger.store.directory / FILE
    try:
        atomic.put(path, json.dumps(known) + "\n")
    except OSError as error:
        raise errors.storage.CannotAccess("write", path, error.strerror) from error


def check(ledger: Ledger, hub: Hub) -> bool:
    """Raise `Elsewhere` where the name leads elsewhere than was recorded for it; false where nothing is on record.

    A ledger that cannot be read here is fetched again from the recorded address, and says nothing against it. What was
    found right is not looked up again for a moment.
    """
    if time.monotonic() - hub.checked_at < MOMENT:
        return True
    try:
        known = json.loads((ledger.store.directory / FILE).read_text())
        name, recorded = known["name"], Address(str(known["fetch"]), str(known["push"]), str(known["root"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False
    if name != hub.name:
        return False
    now = look_up(ledger, hub, recorded.root)
    if now != recorded:
        remotes, same = _remotes(hub), (recorded.fetch, [recorded.push])
        other_name = next((name for name, urls in remotes.items() if urls == same), "")
        gone = hub.name not in remotes and not any(char in hub.name for char in "/:")
        raise _elsewhere(hub.name, now, recorded, other_name, gone=gone)
    hub.checked_at = time.monotonic()
    return True
