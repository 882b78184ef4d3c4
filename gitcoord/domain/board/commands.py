"""The board, as programs ask for it; the command line shows it in more ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gitcoord.domain.board import board
from gitcoord.domain.command import Command, nothing

if TYPE_CHECKING:
    from gitcoord.domain.call import Call


@dataclass(frozen=True, slots=True)
class Status:
    """Show the board: me, what needs attention, sessions, claims, messages."""


def status(call: Call, _: Status) -> board.Board:
    """Read the board, as it is known here after a look at the hub."""
    call.look()
    return board.read(call.workspace, call.reader(mail=False))


STATUS = Command("status", Status, status, nothing, does="reads")
