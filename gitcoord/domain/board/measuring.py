"""Count what happened, as somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.board import metrics
from gitcoord.domain.board.figure import Choice
from gitcoord.domain.command import Command, option
from gitcoord.domain.history import when, whose
from gitcoord.domain.wording import plural
from gitcoord.policy import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.board.figure import Figure
    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Measure:
    """Count what happened."""

    since: Annotated[str, option(metavar="T", help="Only what happened since: 2h, or a time.")] = ""
    of: Annotated[str, option(metavar="ID", help="Only what this session did; its id or name.")] = ""
    role: Annotated[str, option(metavar="R", help="Only what sessions with this role did.")] = ""
    type: Annotated[str, option(metavar="T", help="Of tasks and requests for somebody, only those of this type.")] = ""


def run(call: Call, request: Measure) -> metrics.Metrics:
    """Return the figures. Raises `Usage` for a time that is none, `NotFound` for a session that never was."""
    since = when.parse(request.since, call.now) if request.since else 0
    call.look()
    sessions = whose.chosen(call.workspace, request.of, request.role)
    return metrics.measure(call.workspace, Choice(since, sessions, request.type))


def _lines(_: Call, found: metrics.Metrics) -> Iterator[str]:
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
    yield from map(_figure, found.work)
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.operations.items())
    yield f"operations  {kinds or 'none'}"


def _figure(found: Figure) -> str:
    ended = [f"{count} {how}" for how, count in found.ended.items()]
    done = f" ({found.completion:.0%} as wanted)" if found.completion is not None else ""
    response = f"; first response after {duration.show(round(found.response))}" if found.response is not None else ""
    length = f", done after {duration.show(round(found.length))}" if found.length is not None else ""
    median = " (median)" if response or length else ""
    return f"{found.what:<11} {', '.join([f'{found.open} open', *ended])}{done}{response}{length}{median}"


def _delays(found: metrics.Delays, how: str) -> str:
    median = f", after {duration.show(round(found.median))} (median)" if found.median is not None else ""
    return f"{found.count}, of which {found.done} {how}{median}" if found.count else "0"


COMMANDS = (Command("metrics", Measure, run, _lines, quiet=_lines, does="reads"),)
