"""Renew the lease, as somebody asks for it who stands in a working tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.claim import renew, view
from gitcoord.domain.command import Argument, Command, option
from gitcoord.policy import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Renew:
    """Renew the lease, and with --ttl the deadlines of claims."""

    scopes: Annotated[list[str], Argument("SCOPE...", "Only these claims.")] = field(default_factory=list)
    ttl: Annotated[str, option(metavar="D", help="New deadline from now: 90s, 30m, 2h, 1d.")] = ""


def run(call: Call, request: Renew) -> renew.Renewed:
    """Renew the lease, or deadlines. Raises `NotMine` for a scope that the session does not hold."""
    lasting = duration.parse(request.ttl) if request.ttl else 0
    wanted = checkout.parse(call.workspace, request.scopes)
    return renew.renew(call.workspace, call.me(), wanted, lasting)


def _lines(call: Call, answer: renew.Renewed) -> Iterable[str]:
    return view.renewed(answer, call.now)


COMMANDS = (Command("renew", Renew, run, _lines),)
