"""The board, live: drawn anew when something happens here, when the hub says something, and as time goes by."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

from gitcoord.domain.agreement import HUB_EVERY
from gitcoord.domain.columns import fit
from gitcoord.errors import CoordError
from gitcoord.interfaces.cli import board, colour
from gitcoord.interfaces.cli.screen import Screen
from gitcoord.policy.moment import Moment
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.domain.board.board import Board
    from gitcoord.interfaces.cli.invocation import Invocation

EVERY = 5.0
"""Seconds after which it is drawn anew unasked, because the times on it have changed."""

REST = 0.1
"""Seconds between two drawings, however much happens."""

QUIT = "qQ\x03\x04"


def show(this: Invocation, read: Callable[[], Board]) -> None:
    """Draw the board, as it is `read`, on the terminal until `q`, or a signal; the status is 128 + its number then.

    It only looks: it is not a sign of life of the session, and leaves the session's news where they are.
    """
    with Screen() as screen:
        besides = [fd for fd in (screen.keys, screen.signals) if fd is not None]
        with this.call.workspace.listening(besides=besides) as rung:
            try:
                _follow(this, read, screen, rung)
            except OSError:
                screen.ended = signal.SIGHUP  # the terminal is gone
    this.status = 128 + screen.ended if screen.ended else 0


def _follow(this: Invocation, read: Callable[[], Board], screen: Screen, rung: Callable[[float], bool]) -> None:
    paint = colour.Paint(on=colour.wanted(sys.stdout, this.environ))
    listen = time.monotonic()
    while not screen.ended:
        now = this.clock.now()
        page = board.Page(now, screen.size()[0], paint)
        screen.draw(_lines(read, page), f"{Moment(now).clock()}  q: quit")
        if time.monotonic() >= listen:
            this.call.workspace.agreement.listen()
            listen = time.monotonic() + HUB_EVERY
            continue
        if rung(min(EVERY, max(0.0, listen - time.monotonic()))):
            time.sleep(REST)
        if any(key in QUIT for key in screen.heed()):
            return


def _lines(read: Callable[[], Board], page: board.Page) -> list[str]:
    """The board as it is now; where it cannot be read, why."""
    try:
        return [*board.lines(read(), page)]
    except CoordError as error:
        return [fit(f"error: {printable(error.message)}", page.width), fit(error.hint, page.width)]
