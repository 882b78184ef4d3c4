"""Programs with a time limit: ended so that they can tidy up, and ended all the same where they do not."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from gitcoord.kernel import spawn

if TYPE_CHECKING:
    from pathlib import Path

TIDY = """
import pathlib, signal, sys, time
lock = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: (lock.unlink(), sys.exit(1)))
lock.touch()
time.sleep(60)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
TALKATIVE = "import time\nwhile True:\n    print('still here', flush=True)\n    time.sleep(0.01)"


def ended(*argv: str) -> float:
    """Run a python program with a limit of a second and a half; returns how long it took."""
    began = time.monotonic()
    status, _, _ = spawn.run([sys.executable, "-c", *argv], dict(os.environ), timeout=1.5)
    assert status == spawn.TIMED_OUT
    return time.monotonic() - began


def test_a_program_at_its_limit_takes_its_lock_away(tmp_path: Path) -> None:
    """It is asked to end, so git removes its lock files, which would keep others out for ever."""
    lock = tmp_path / "lock"
    ended(TIDY, str(lock))
    assert not lock.exists()


def test_a_program_that_does_not_end_is_ended() -> None:
    """One that ignores the request is killed a second later."""
    assert ended(STUBBORN) < 10


def test_a_program_that_goes_on_talking_is_ended() -> None:
    """The limit holds for one whose output never pauses, too."""
    assert ended(TALKATIVE) < 10


def test_a_program_that_says_nothing_is_given_up_sooner() -> None:
    """Only until its first word: what it takes after that is bounded by the whole limit."""
    env = dict(os.environ)
    began = time.monotonic()
    assert spawn.run(["sleep", "60"], env, timeout=8, silence=0.2)[0] == spawn.TIMED_OUT
    assert time.monotonic() - began < 6
    said = spawn.run(["sh", "-c", "echo one; sleep 2.5; echo two"], env, timeout=60, silence=2)
    assert said == (0, b"one\ntwo\n", b"")
