"""List claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass, field
from gitcoord.domain import checkout
from gitcoord.domain.board import look
from gitcoord.domain.claim import view
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.session import identity
from gitcoord.errors.usage import Exclusive
from gitcoord.policy.ids import NOBODY
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.policy.ids import SessionId


@dataclass(frozen=True, slots=True)
class List:
    """List claims."""

    paths: Annotated[list[str], Argument("PATH...", "Only what overlaps these.")] = field(default_factory=list)
    mine: Annotated[bool, option("--mine", help="Only what this session holds.")] = False
    of: Annotated[str, option(metavar="ID", help="Only what this session holds.")] = ""


def run(call: Call, request: List) -> look.Claims:
    """Return who holds what. Raises `NotFound` for a session that there is not."""
    if request.mine and request.of:
        raise Exclusive("--mine", "--of")
    wanted = checkout.parse(call.workspace, request.paths)
    call.look()
    me = call.reader()
    holders: tuple[SessionId, ...] = ()
    if request.mine:
        holders = (me.id if me is not None else NOBODY,)
    elif request.of:
        holders = (identity.named(call.workspace, call.state, request.of).id,)
    return look.claims(call.workspace, wanted, holders)


def _lines(call: Call, answer: look.Claims) -> Iterator[str]:
    if answer.claims:
        yield from view.listed(answer.claims, call.now, call.asker.id if call.asker is not None else "")
        return
    request: List = call.request
    none = "nothing is claimed"
    if request.mine:
        none = "you hold nothing"
    elif request.of:
        none = f"{printable(identity.named(call.workspace, call.state, request.of).name)} holds nothing"
    yield none + (" there" if request.paths else "")


COMMANDS = (Command("claims", List, run, _lines, quiet=_lines, does="reads"),)
