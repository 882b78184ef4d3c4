"""`status --watch` in a real terminal: what it shows, when it draws anew, how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain import columns
from gitcoord.interfaces.cli import live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Repo

PATIENCE = 60.0
ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
HOME = b"\x1b[H"

BY_EVENTS_ALONE = """
from gitcoord.interfaces.cli import live, main
live.EVERY = live.HUB_EVERY = 3600.0
main.main()
"""
"""A program that draws nothing anew merely because time goes by."""


class Terminal:
    """A pseudo-terminal with a program on it."""

    def __init__(self, repo: Repo, words: list[str], env: dict[str, str], size: tuple[int, int]) -> None:
        self.end, other = pty.openpty()
        self.resize(*size)
        self.before = termios.tcgetattr(other)
        self.process = subprocess.Popen(
            words,
            cwd=repo.top,
            env=repo.env | {"TERM": "xterm"} | env,
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        self.other = other
        self.said = b""

    def resize(self, columns_: int, rows: int) -> None:
        """Give the window another size; who is in front is told by a signal."""
        fcntl.ioctl(self.end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns_, 0, 0))

    def read(self) -> bytes:
        """What the program writes next."""
        assert select.select([self.end], [], [], PATIENCE)[0], f"nothing more came after {self.said[-2000:]!r}"
        new = os.read(self.end, 65536)
        self.said += new
        return new

    def until(self, shows: Callable[[str], bool]) -> str:
        """Wait for a drawing of which this is true; returns it."""
        limit = time.monotonic() + PATIENCE
        while not shows(self.drawing()):
            assert time.monotonic() < limit, self.drawing()
            self.read()
        return self.drawing()

    def drawing(self) -> str:
        """The last drawing that is there whole, without its escapes."""
        drawings = [one for one in self.said.split(HOME)[1:] if b"q: quit" in one]
        text = drawings[-1].decode() if drawings else ""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.end, keys)

    def ended(self) -> int:
        """Wait for the program to end; its exit status."""
        limit = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < limit:
            if select.select([self.end], [], [], 0.05)[0]:
                self.read()
        while select.select([self.end], [], [], 0)[0]:
            self.read()
        return self.process.wait(1)

    def close(self) -> None:
        """End whatever is left."""
        self.process.kill()
        self.process.wait()
        os.close(self.end)
        os.close(self.other)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def watching(
    repo: Repo,
    session: str = "",
    *,
    size: tuple[int, int] = (80, 24),
    env: dict[str, str] | None = None,
    by_time: bool = True,
) -> Iterator[Terminal]:
    """A terminal in which the board is watched; without `by_time` only events make it draw."""
    program = ["git-coord"] if by_time else [sys.executable, "-c", BY_EVENTS_ALONE]
    said = {"GIT_COORD_SESSION": session} if session else {}
    terminal = Terminal(repo, [*program, "status", "--watch"], said | (env or {}), size)
    try:
        yield terminal
    finally:
        terminal.close()


def test_what_happens_elsewhere_is_drawn_at_once(repo: Repo) -> None:
    """A claim, a message and a release of other processes appear without a key being pressed, each by its bell."""
    alice, bob = repo.start("alice"), repo.start("bob")
    with watching(repo, alice, by_time=False) as terminal:
        terminal.until(lambda text: f"alice ({alice})" in text and "Claims of others" not in text)
        assert terminal.said.startswith(ENTER)
        repo.here("claim", "src/a.py", "-m", "the parser", session=bob, check=True)
        terminal.until(lambda text: "Claims of others (1)" in text and "the parser" in text)
        repo.here("send", "alice", "are you there?", session=bob, check=True)
        terminal.until(lambda text: "1 unread, the newest from bob: are you there?" in text)
        repo.here("release", "--all", session=bob, check=True)
        terminal.until(lambda text: "Claims of others" not in text)
        terminal.type(b"q")
        assert terminal.ended() == 0


def test_it_waits_and_does_not_ask_again_and_again(repo: Repo) -> None:
    """While nothing happens it is drawn every few seconds and costs nothing in between."""
    alice = repo.start("alice")
    with watching(repo, alice) as terminal:
        terminal.until(lambda text: f"alice ({alice})" in text)
        terminal.said = b""
        began, used = time.monotonic(), _cpu(terminal.process.pid)
        while terminal.said.count(HOME) < 2:
            terminal.read()
        assert time.monotonic() - began > live.EVERY * 0.8
        assert _cpu(terminal.process.pid) - used < live.EVERY / 2


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - not a file of anybody's
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_it_fits_into_the_window_also_when_that_changes(repo: Repo) -> None:
    """No line is wider than the window and no drawing higher; a smaller window says how much is left out."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/" + "x" * 100, "src/日本語", "docs", "-m", "y" * 200, session=bob, check=True)
    with watching(repo, alice, size=(80, 40), by_time=False) as terminal:
        for width, height in ((80, 40), (40, 40), (60, 10)):
            terminal.resize(width, height)
            text = terminal.until(partial(_fits, width, height))
            assert ("more lines" in text) is (height == 10)
        terminal.resize(400, 60)
        terminal.until(lambda text: "x" * 100 in text)


def _fits(width: int, height: int, text: str) -> bool:
    lines = [line.rstrip("\r") for line in text.split("\n")]
    wide = max(columns.width(line) for line in lines)
    return len(lines) <= height and wide <= width and (width < 60 or wide > 40)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ("q", 0),
        ("Q", 0),
        ("\x03", 130),
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGHUP, 128 + signal.SIGHUP),
        (signal.SIGINT, 130),
    ],
)
def test_the_terminal_is_as_before_however_it_ends(repo: Repo, how: str | signal.Signals, status: int) -> None:
    """The other screen is left, the cursor shown, keys are echoed again; nothing stays in the coord directory."""
    alice = repo.start("alice")
    with watching(repo, alice) as terminal:
        terminal.until(lambda text: f"alice ({alice})" in text)
        during: Any = termios.tcgetattr(terminal.other)
        assert not during[3] & (termios.ECHO | termios.ICANON)
        if isinstance(how, signal.Signals):
            terminal.process.send_signal(how)
        else:
            terminal.type(how.encode())
        assert terminal.ended() == status
        assert termios.tcgetattr(terminal.other) == terminal.before
        assert terminal.said.count(LEAVE) == 1
        assert terminal.said.rstrip().endswith(LEAVE)
        assert b"\x1b[?25h" in terminal.said and b"\x1b[?7h" in terminal.said
        assert b"Traceback" not in terminal.said
    assert not list((repo.top / ".git" / "coord" / "bells").iterdir())


def test_through_git_ctrl_c_ends_it_and_the_terminal_is_as_before(repo: Repo) -> None:
    """Called as people call it, by git, which is interrupted as well."""
    alice = repo.start("alice")
    terminal = Terminal(repo, ["git", "coord", "status", "--watch"], {"GIT_COORD_SESSION": alice}, (80, 24))
    try:
        terminal.until(lambda text: f"alice ({alice})" in text)
        terminal.type(b"\x03")
        terminal.ended()
        while terminal.said.count(LEAVE) < 1:
            terminal.read()
        assert terminal.said.count(LEAVE) == 1
        assert termios.tcgetattr(terminal.other) == terminal.before
    finally:
        terminal.close()


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(repo: Repo) -> None:
    """Stopped, it leaves the other screen and lets keys echo; going on, it draws again."""
    alice = repo.start("alice")
    with watching(repo, alice) as terminal:
        terminal.until(lambda text: f"alice ({alice})" in text)
        # A process group without a parent in its session is not stopped by the terminal: so by a plain signal.
        terminal.type(b"\x1a")
        while terminal.said.count(LEAVE) < 1:
            terminal.read()
        terminal.process.send_signal(signal.SIGCONT)
        while terminal.said.count(ENTER) < 2:
            terminal.read()
        terminal.type(b"q")
        assert terminal.ended() == 0


def test_colour_is_for_terminals_that_want_it(repo: Repo) -> None:
    """Bold heads and red warnings on a terminal; none with NO_COLOR, though it is drawn all the same."""
    alice = repo.start("alice")
    repo.here("claim", "src/a.py", "--ttl", "5m", session=alice, check=True)
    for env, wanted in (({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)):
        with watching(repo, alice, env=env) as terminal:
            terminal.until(lambda text: "your claim on src/a.py ends" in text)
            assert (b"\x1b[31m" in terminal.said) is wanted
            assert (b"\x1b[1m" in terminal.said) is wanted


def test_the_plain_board_on_a_terminal_is_cut_and_coloured(repo: Repo) -> None:
    """`status` on a terminal of 60 columns has no wider line; a dumb terminal gets no escape at all."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/" + "x" * 100, "-m", "y" * 100, session=bob, check=True)
    for term, coloured in (("xterm", True), ("dumb", False)):
        env = {"GIT_COORD_SESSION": alice, "TERM": term}
        terminal = Terminal(repo, ["git-coord", "status"], env, (60, 24))
        try:
            assert terminal.ended() == 0
            assert (b"\x1b" in terminal.said) is coloured
            text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.said.decode())
            assert max(columns.width(line) for line in text.split("\r\n")) <= 60
            assert "…" in text
        finally:
            terminal.close()


def test_watching_keeps_no_session_alive(repo: Repo) -> None:
    """It is drawn for whoever looks: no ref moves while it is watched, and news stays for the session's own command."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    repo.here("claim", "src/a.py", "--override", "-m", "urgent", session=bob, check=True)
    before = repo.git("for-each-ref", "refs/coord")
    with watching(repo, alice) as terminal:
        terminal.until(lambda text: "Claims of others (1)" in text)
    assert repo.git("for-each-ref", "refs/coord") == before
    assert "overrode your claim" in repo.here("whoami", session=alice).err


def test_without_a_terminal_it_is_a_usage_error_that_names_watch(repo: Repo) -> None:
    """Programs are sent to the command that gives them lines."""
    for words in (["--watch"], ["--watch", "--json"]):
        ran = repo.coord("status", *words)
        assert ran.status == 2
        assert "git coord watch --json" in ran.err + ran.out
