"""The board: its answer carries the records; the terminal makes pages of them (`interfaces.cli.status`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from gitcoord.dataclass import dataclass
from gitcoord.domain.board import board
from gitcoord.domain.command import Command, nothing, option

if TYPE_CHECKING:
    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Status:
    """Show the board: me, what needs attention, sessions, claims, messages."""

    short: Annotated[bool, option("--short", help="One line, for a prompt or a status bar.", terminal=True)] = False
    watching: Annotated[bool, option("--watch", help="Live, until q.", terminal=True)] = False
    markdown: Annotated[bool, option("--markdown", help="As a Markdown file.", terminal=True)] = False
    output: Annotated[str, option("-o", "--output", metavar="FILE", help="Where --markdown goes.", terminal=True)] = ""


def status(call: Call, _: Status) -> board.Board:
    """Read the board, as it is known here after a look at the hub."""
    call.look()
    return board.read(call.workspace, call.reader(mail=False))


COMMANDS = (Command("status", Status, status, nothing, does="reads"),)
