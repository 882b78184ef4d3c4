"""The progress line, in a real terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys, time
from gitcoord.interfaces.cli.progress import while_busy
with while_busy("talking to origin", silent=False):
    time.sleep(float(sys.argv[1]))
"""


def on_a_terminal(seconds: str) -> str:
    """What somebody sees whose standard error is a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", SCRIPT, seconds], stderr=follower) as program:
        os.close(follower)
        said = b""
        while True:
            try:
                chunk = os.read(leader, 4096)
            except OSError:  # the other side is closed
                break
            said += chunk
        assert program.wait(20) == 0
    os.close(leader)
    return said.decode()


def test_after_a_second_a_line_says_what_is_done_and_then_goes() -> None:
    """It counts, and leaves nothing behind."""
    said = on_a_terminal("2.3")
    assert "\rtalking to origin ... 1 s" in said
    assert "\rtalking to origin ... 2 s" in said
    assert said.endswith("\r\x1b[K")


def test_what_is_quick_says_nothing() -> None:
    """Under a second there is no line."""
    assert on_a_terminal("0.1") == ""


def test_without_a_terminal_nothing_is_said(tmp_path: Path) -> None:
    """A program that reads standard error is not bothered."""
    ran = subprocess.run([sys.executable, "-c", SCRIPT, "1.2"], cwd=tmp_path, capture_output=True, check=True)
    assert ran.stderr == b""
