"""What the command `status` answers: the board, or the part of it that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.board import board

if TYPE_CHECKING:
    from gitcoord.domain.board.commands import Status
    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Workspace


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
