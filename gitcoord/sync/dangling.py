"""Refs at the hub whose objects it has lost (a prune beside a push). One of them lets it refuse every push.

What such a ref named is gone from the hub already, so the client that meets it deletes it: a clone announces its ledger
again, and sends its logs again. The ledger's ref is never deleted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gitcoord.errors import Withheld
from gitcoord.kernel.refs import ABSENT
from gitcoord.kernel.spawn import TIMED_OUT
from gitcoord.policy.printable import printable
from gitcoord.sync.outcome import Outcome
from gitcoord.sync.transport import KINDS, RefUpdate

if TYPE_CHECKING:
    from gitcoord.policy.ids import RefName
    from gitcoord.sync.transport import Hub

MOST = 400
"""Refs that are looked at."""

NAMED = 3
"""Refs that an error names; the rest is counted."""

PATIENCE = 10
"""How many times `coord.hubTimeout` one fetch may take."""

_BY_THE_HUB = re.compile(rb"^(remote:|fatal: remote error)", re.MULTILINE)
"""How git shows what the other side said; everything else is a fault of this side or of the way there."""


def withheld(hub: str, refs: list[RefName], said: str = "") -> Withheld:
    """Make the error for a hub that sends its ledger alone: `refs` dangle there and could not be deleted from here.

    Where it is not known which refs do, `said` is what was said instead.
    """
    return Withheld(printable(hub), refs, [printable(ref) for ref in refs[:NAMED]], said)


class Dropped(NamedTuple):
    """The refs that were deleted, and those that dangle and are still there."""

    deleted: list[RefName]
    left: list[RefName]


def drop(hub: Hub, said: str, *, read_only: bool) -> Dropped:
    """Delete the refs at the hub whose objects it does not have; `said` is what was said of a fetch or a push.

    A ref dangles where the hub refuses twice to send what it names, and answers otherwise. With `read_only` nothing is
    deleted.
    """
    refs = hub.listed(*(f"{hub.prefix}/{kind}/*" for kind in (*KINDS, "files", "handed"))) or {}
    suspects = [ref for ref, oid in refs.items() if oid in said or re.search(rf"{re.escape(ref)}(?![\w/-])", said)]
    deleted: list[RefName] = []
    left: list[RefName] = []
    files = f"{hub.prefix}/files/"  # large, and so fetched last
    light, large = ([ref for ref in refs if ref.startswith(files) == is_large][:MOST] for is_large in (False, True))
    for ref in suspects or _refused_of(hub, light) or _refused_of(hub, large):
        if not (_is_refused(hub, [ref], "--refetch") and _answers(hub) and _is_refused(hub, [ref], "--refetch")):
            continue
        gone = not read_only and hub.push([RefUpdate(ref, ABSENT, refs[ref])]).of(ref) is Outcome.PUSHED
        (deleted if gone else left).append(ref)
    return Dropped(deleted, left)


def _refused_of(hub: Hub, refs: list[RefName]) -> list[RefName]:
    """The refs that the hub does not send, found by halves."""
    if not refs or not _is_refused(hub, refs):
        return []
    if len(refs) == 1:
        return refs
    half = len(refs) // 2
    return [*_refused_of(hub, refs[:half]), *_refused_of(hub, refs[half:])]


def _is_refused(hub: Hub, refs: list[RefName], *options: str) -> bool:
    status, err = _fetch(hub, refs, *options)
    return status not in (0, TIMED_OUT) and _BY_THE_HUB.search(err) is not None


def _answers(hub: Hub) -> bool:
    return _fetch(hub, [hub.ledger])[0] == 0


def _fetch(hub: Hub, refs: list[RefName], *options: str) -> tuple[int, bytes]:
    """Fetch these refs, of which nothing is kept but the objects."""
    words = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-filter", "--refmap=", *options)
    more = ("--no-recurse-submodules", "--end-of-options", hub.url, *refs)
    status, _, err = hub.git.ask("fetch", *words, *more, timeout=hub.timeout * PATIENCE)
    return status, err
