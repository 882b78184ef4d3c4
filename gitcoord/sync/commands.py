"""Exchange everything with the hub, as somebody asks for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.command import Command, option
from gitcoord.domain.history import feed
from gitcoord.domain.session import presence
from gitcoord.domain.wording import plural
from gitcoord.errors.hub import AnotherHub, NoHub, Undelivered
from gitcoord.errors.storage import NoAnswer, NotAgreed
from gitcoord.kernel import coordfile
from gitcoord.sync import delivery, files
from gitcoord.sync.agree import Agreement
from gitcoord.sync.exchange import exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.sync.contact import Contact
    from gitcoord.sync.exchange import Exchanged

SECONDS = 30
"""Seconds for everything but attached files, which may take as long as they move."""


@dataclass(frozen=True, slots=True)
class Sync:
    """Send everything to the hub and fetch everything from it."""

    hub: Annotated[str, option(metavar="REMOTE", help="Sync only if this remote is the hub.")] = ""
    timeout: Annotated[
        int, option(metavar="SECONDS", least=0, help="Give up after this long (30; attached files: no limit).")
    ] = 0


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: pushes it took, refs sent and dropped at the hub, whether notes were merged.

    `undelivered` are refs that did not get there.
    """

    name: str
    rounds: int
    sent: int
    dropped: int
    notes: bool
    undelivered: list[delivery.Undelivered]


def run(call: Call, request: Sync) -> Synced:
    """Exchange everything. Raises `Usage` without this hub, `Offline`, and `NotDelivered` with the answer."""
    agreement = _agreement(call, request.hub)
    call.reader()
    with call.around.busy(f"talking to {agreement.hub.name}"):
        contact, done, attached = _meet(call, agreement, request.timeout)
    (call.place.coord_dir / coordfile.SYNCED).touch()
    call.warnings += agreement.news
    call.warnings += [
        f"the log of {session} stays here: the hub refuses something in it, and leaves the session out"
        for session in done.kept_back
    ]
    ledger = _ledger(agreement, contact)
    if contact.said and not ledger:
        call.warnings.append(contact.said)
    undelivered = [*ledger, *done.undelivered, *attached]
    answer = Synced(agreement.hub.name, contact.rounds, done.sent, done.dropped, done.notes, undelivered)
    if undelivered:
        told = [item.sentence for item in undelivered]
        raise Undelivered(agreement.hub.name, told, delivery.in_the_way(undelivered), answer=answer)
    return answer


def _agreement(call: Call, named: str) -> Agreement:
    agreement = call.workspace.agreement
    if not isinstance(agreement, Agreement):
        raise NoHub()
    if named and named != agreement.hub.name:
        raise AnotherHub(agreement.hub.name, named)
    return agreement


def _meet(call: Call, agreement: Agreement, timeout: int) -> tuple[Contact, Exchanged, list[delivery.Undelivered]]:
    """Agree, then exchange what needs no verdict, then attached files; `timeout` 0 for the usual limits."""
    began, limit = time.monotonic(), timeout or SECONDS
    if not agreement.read_only:
        presence.report(call.workspace)
    contact = agreement.meet(set(), patience=limit, insist=True)
    if not contact.reached and contact.alive:
        raise NotAgreed(agreement.hub.name, contact.said)
    if not contact.reached:
        raise NoAnswer(agreement.hub.name, contact.said)
    if contact.withheld is not None:
        call.warnings += agreement.news
        raise contact.withheld
    done = exchange(agreement, call.place.git, contact.gathered, limit)
    if done.away:
        raise NoAnswer(agreement.hub.name, done.away)
    feed.hear(call.workspace)
    left = max(1.0, began + timeout - time.monotonic()) if timeout else files.LONGEST
    return contact, done, files.exchange(call.workspace, agreement, left)


def _ledger(agreement: Agreement, contact: Contact) -> list[delivery.Undelivered]:
    """Our ledger, where the contact did not get it to the hub."""
    if not contact.said or contact.pushed or agreement.read_only:
        return []
    return delivery.explain(agreement.hub, {agreement.hub.ledger: contact.said})


def _lines(_: Call, answer: Synced) -> Iterator[str]:
    yield f"in agreement with {answer.name}; sent {plural(answer.sent, 'ref')}, dropped {answer.dropped}"


COMMANDS = (Command("sync", Sync, run, _lines),)
