"""A terminal that is drawn on: the alternate screen, keys without Enter, signals as something to wait for.

Everything is put back on the way out, whatever that is.
"""

from __future__ import annotations

import os
import signal
import termios
import tty
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

from gitcoord.domain.columns import fit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

# The other screen, no cursor, nothing wrapped around at the edge; and back.
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
_LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l"
_HOME, _REST_OF_LINE, _REST = "\x1b[H", "\x1b[K", "\x1b[J"

SIZE = (80, 24)
"""Columns and rows of a terminal that does not say."""

_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Screen:
    """The terminal that standard output is, and standard input where that is one, too.

    `keys` and `signals` can be read when there is something to look at; `ended` is the signal that asked for the end.
    """

    def __init__(self) -> None:
        self.ended = 0
        self.keys = 0 if os.isatty(0) else None
        self.signals = -1
        self._stopped = False
        self._settings: list[Any] | None = None
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self.signals, into = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            undo.callback(os.close, self.signals)
            undo.callback(os.close, into)
            undo.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(into, warn_on_full_buffer=False))
            for number in (*_ENDING, signal.SIGWINCH, signal.SIGTSTP):
                before = signal.signal(number, self._note)
                undo.callback(signal.signal, number, before)
            undo.callback(self._leave)
            self._enter()
            self._undo = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def _note(self, number: int, _: FrameType | None) -> None:
        if number in _ENDING:
            self.ended = number
        elif number == signal.SIGTSTP:
            self._stopped = True

    def _enter(self) -> None:
        if self.keys is not None:
            self._settings = termios.tcgetattr(self.keys)
            tty.setcbreak(self.keys)
        self._write(_ENTER)

    def _leave(self) -> None:
        try:
            self._write(_LEAVE)
            if self.keys is not None and self._settings is not None:
                termios.tcsetattr(self.keys, termios.TCSADRAIN, self._settings)
        except (OSError, termios.error):
            pass  # the terminal is gone, and its settings with it

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        try:
            found = os.get_terminal_size(1)
        except OSError:
            return SIZE
        return found.columns or SIZE[0], found.lines or SIZE[1]

    def draw(self, lines: Sequence[str], foot: str) -> None:
        """Show these lines from the top, as far as there is room, and `foot` on the last one.

        Raises `OSError` where the terminal is gone.
        """
        columns, rows = self.size()
        room = max(rows - 1, 0)
        if len(lines) > room and room:
            lines = [*lines[: room - 1], f"... {len(lines) - room + 1} more lines: a larger window has them"]
        shown = [_REST_OF_LINE + line for line in lines]
        end = f"\x1b[{rows};1H{_REST_OF_LINE}{fit(foot, columns)}"
        self._write(_HOME + "\r\n".join(shown) + ("\r\n" if len(shown) < rows else "") + _REST + end)

    def _write(self, text: str) -> None:
        rest = memoryview(text.encode("utf-8", "backslashreplace"))
        while rest:
            rest = rest[os.write(1, rest) :]

    def heed(self) -> str:
        """What was typed since the last time; a stop (^Z) is done here, and the screen taken again afterwards."""
        with suppress(BlockingIOError):
            os.read(self.signals, 512)
        if self._stopped:
            self._stopped = False
            self._leave()
            before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGTSTP)
            signal.signal(signal.SIGTSTP, before)
            self._enter()
        if self.keys is None or not _readable(self.keys):
            return ""
        typed = os.read(self.keys, 512)
        if not typed:
            self.ended = signal.SIGHUP  # the other end was closed
        return typed.decode(errors="replace")


def _readable(fd: int) -> bool:
    import select

    poller = select.poll()
    poller.register(fd, select.POLLIN)
    return bool(poller.poll(0))
