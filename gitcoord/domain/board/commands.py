"""The board: its answer carries the records; the terminal makes pages of them (`interfaces.cli.status`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.board import board
from gitcoord.domain.command import Command, nothing, option

if TYPE_CHECKING:
    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Status:
    """Show the board: me, what needs attention, sessions, claims, messages."""

    of: Annotated[str, option(metavar="ID", help="Only what concerns this session; its id or name.")] = ""
    role: Annotated[str, option(metavar="R", help="Only what concerns sessions with this role.")] = ""
    type: Annotated[
        str, option(metavar="T", help="Of findings, messages and common work, only those of this type.")
    ] = ""
    short: Annotated[bool, option("--short", help="One line, for a prompt or a status bar.", terminal=True)] = False
    watching: Annotated[bool, option("--watch", help="Live, until q.", terminal=True)] = False
    markdown: Annotated[bool, option("--markdown", help="As a Markdown file.", terminal=True)] = False
    output: Annotated[str, option("-o", "--output", metavar="FILE", help="Where --markdown goes.", terminal=True)] = ""


def status(call: Call, request: Status) -> board.Board:
    """Read the board, as it is known here after a look at the hub. Raises `NotFound`."""
    call.look()
    return narrowed(call.workspace, board.read(call.workspace, call.reader(mail=False)), request)


def narrowed(workspace: Workspace, found: board.Board, request: Status) -> board.Board:
    """Return what of the board was asked for. Raises `NotFound`."""
    if not (request.of or request.role or request.type):
        return found
    from gitcoord.domain.board import narrowing  # only where it is asked for
    from gitcoord.domain.history import whose

    return narrowing.narrow(found, whose.chosen(workspace, request.of, request.role), request.type)


COMMANDS = (Command("status", Status, status, nothing, does="reads"),)
