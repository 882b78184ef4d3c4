"""`git coord metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gitcoord.domain.board import metrics
from gitcoord.domain.wording import plural
from gitcoord.interfaces.cli import when
from gitcoord.policy import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.metrics import Delays, Metrics
    from gitcoord.interfaces.cli.invocation import Invocation


def run(
    context: typer.Context,
    since: Annotated[str, typer.Option(metavar="T", help="Only what happened since: 2h, or a time.")] = "",
) -> None:
    """Count what happened."""
    this: Invocation = context.obj
    this.call.look()
    record = metrics.measure(this.call.workspace, when.parse(since, this.clock.now()) if since else 0)
    this.answer(record, _lines(record))


def _lines(found: Metrics) -> Iterator[str]:
    yield f"since {found.since.rfc3339() if found.since is not None else 'the beginning'}"
    who, claims = found.sessions, found.claims
    share = f", {who.completion:.0%} of those that are over ended by themselves" if who.completion is not None else ""
    yield (
        f"sessions    {who.active} active, {who.idle} idle, {who.gone} gone; {who.ended} ended, "
        f"{who.retired} retired{share}"
    )
    held = f"; held {duration.show(round(claims.held))} (median)" if claims.held is not None else ""
    yield (
        f"claims      {claims.granted} granted, {claims.refused} lost a race, {plural(claims.takeovers, 'takeover')}, "
        f"{plural(claims.overrides, 'override')}{held}"
    )
    yield f"waits       {_delays(found.waits, 'ended with a claim')}"
    yield f"messages    {found.messages}"
    yield f"requests    {_delays(found.requests, 'acknowledged')}"
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.operations.items())
    yield f"operations  {kinds or 'none'}"


def _delays(found: Delays, how: str) -> str:
    median = f", after {duration.show(round(found.median))} (median)" if found.median is not None else ""
    return f"{found.count}, of which {found.done} {how}{median}" if found.count else "0"
