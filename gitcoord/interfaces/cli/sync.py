"""`git coord sync`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.history import feed
from gitcoord.domain.session import presence
from gitcoord.domain.wording import plural
from gitcoord.errors import Offline, Usage
from gitcoord.interfaces.cli.progress import while_busy

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.contact import Contact
    from gitcoord.sync.delivery import Undelivered


SECONDS = 30
"""Seconds for everything but attached files, which may take as long as they move."""


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
    undelivered: list[Undelivered]


def run(
    context: typer.Context,
    hub: Annotated[str, typer.Option(metavar="REMOTE", help="Insist that this is the hub.")] = "",
    timeout: Annotated[
        int, typer.Option(metavar="SECONDS", min=0, help="Give up after this long (30; attached files: no limit).")
    ] = 0,
) -> None:
    """Send everything to the hub and fetch everything from it."""
    from gitcoord.sync import delivery, files
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.exchange import exchange

    this: Invocation = context.obj
    workspace = this.call.workspace
    agreement = workspace.agreement
    if not isinstance(agreement, Agreement):
        raise Usage("there is no hub to sync with", "name one with: git coord init --hub REMOTE")
    if hub and hub != agreement.hub.name:
        raise Usage(f"the hub here is {agreement.hub.name}, not {hub}", f"choose it with: git coord init --hub {hub}")
    this.call.reader()
    with while_busy(f"talking to {agreement.hub.name}", silent=this.quiet):
        began, limit = time.monotonic(), timeout or SECONDS
        if not agreement.read_only:
            presence.report(workspace)
        contact = agreement.meet(set(), patience=limit, insist=True)
        if not contact.reached:
            raise Offline(f"the hub {agreement.hub.name} does not answer: {contact.said or 'no reason given'}")
        if contact.withheld is not None:
            this.call.warnings += agreement.news
            raise contact.withheld
        done = exchange(agreement, workspace.place.git, contact.gathered, limit)
        if done.away:
            raise Offline(f"the hub {agreement.hub.name} does not answer: {done.away}")
        feed.hear(workspace)
        left = max(1.0, began + timeout - time.monotonic()) if timeout else files.LONGEST
        attached = files.exchange(workspace, agreement, left)
    (workspace.place.coord_dir / "synced").touch()
    this.call.warnings += agreement.news
    this.call.warnings += [
        f"the log of {session} stays here: the hub refuses something in it, and leaves the session out"
        for session in done.kept_back
    ]
    ledger = _ledger(agreement, contact)
    if contact.said and not ledger:
        this.call.warnings.append(contact.said)
    undelivered = [*ledger, *done.undelivered, *attached]
    record = Synced(agreement.hub.name, contact.rounds, done.sent, done.dropped, done.notes, undelivered)
    if undelivered:
        told = delivery.message(agreement.hub, undelivered)
        this.refuse(record, told, delivery.hint(agreement.hub, undelivered), "undelivered", status=Offline.status)
        return
    lines = [f"in agreement with {agreement.hub.name}; sent {plural(done.sent, 'ref')}, dropped {done.dropped}"]
    this.answer(record, [] if this.quiet else lines)


def _ledger(agreement: Agreement, contact: Contact) -> list[Undelivered]:
    """Our ledger, where the contact did not get it to the hub."""
    from gitcoord.sync.delivery import explain

    if not contact.said or contact.pushed or agreement.read_only:
        return []
    return explain(agreement.hub, {agreement.hub.ledger: contact.said})
