"""`git coord sync`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import feed
from gitcoord.errors import Offline, Usage
from gitcoord.interfaces.cli import text
from gitcoord.interfaces.cli.progress import while_busy

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: pushes it took, refs sent and dropped at the hub, whether notes were merged."""

    name: str
    rounds: int
    sent: int
    dropped: int
    notes: bool


def run(
    context: typer.Context,
    hub: Annotated[str, typer.Option(metavar="REMOTE", help="Insist that this is the hub.")] = "",
    timeout: Annotated[int, typer.Option(metavar="SECONDS", min=1, help="Give up after this long.")] = 30,
) -> None:
    """Exchange everything with the hub."""
    from gitcoord.sync.agree import Agreement
    from gitcoord.sync.exchange import exchange

    this: Invocation = context.obj
    workspace = this.workspace
    agreement = workspace.agreement
    if not isinstance(agreement, Agreement):
        raise Usage("there is no hub to sync with", "name one with: git coord init --hub REMOTE")
    if hub and hub != agreement.hub.name:
        raise Usage(f"the hub here is {agreement.hub.name}, not {hub}", f"choose it with: git coord init --hub {hub}")
    this.reader()
    with while_busy(f"talking to {agreement.hub.name}", silent=this.quiet):
        contact = agreement.meet(set(), patience=timeout, insist=True)
        if not contact.reached:
            raise Offline(f"the hub {agreement.hub.name} does not answer: {contact.said or 'no reason given'}")
        done = exchange(agreement, workspace.place.git, contact.gathered)
        feed.hear(workspace)
    (workspace.place.coord_dir / "synced").touch()
    this.warnings += agreement.news
    if contact.said:
        this.warnings.append(contact.said)
    record = Synced(agreement.hub.name, contact.rounds, done.sent, done.dropped, done.notes)
    lines = [f"in agreement with {agreement.hub.name}; sent {text.plural(done.sent, 'ref')}, dropped {done.dropped}"]
    this.answer(record, [] if this.quiet else lines)
