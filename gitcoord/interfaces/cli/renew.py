"""`git coord renew`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain import checkout
from gitcoord.domain.claim import renew, view
from gitcoord.domain.wording import until
from gitcoord.policy import duration

if TYPE_CHECKING:
    from gitcoord.interfaces.cli.invocation import Invocation

NONE: list[str] = []


def run(
    context: typer.Context,
    scopes: Annotated[list[str], typer.Argument(metavar="SCOPE...", help="Only these claims.")] = NONE,
    ttl: Annotated[str, typer.Option(metavar="D", help="New deadline from now: 90s, 30m, 2h, 1d.")] = "",
) -> None:
    """Renew the lease, and with --ttl the deadlines of claims."""
    this: Invocation = context.obj
    lasting = duration.parse(ttl) if ttl else 0
    wanted = checkout.parse(this.call.workspace, scopes)
    record = renew.renew(this.call.workspace, this.call.me(), wanted, lasting)
    now = this.clock.now()
    unsure = this.call.unconfirmed(confirmed=record.confirmed)
    lines = [f"{record.session} {until(record.held_until, now)}{unsure}", *view.granted(record.claims, now)]
    this.answer(record, [] if this.quiet else lines)
