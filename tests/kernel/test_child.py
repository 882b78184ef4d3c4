"""A program that runs in our place: its exit status, signals that are passed on, and what is looked after meanwhile."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gitcoord.kernel import child

ROOT = str(Path(__file__).parents[2])

SUPERVISE = f"""
import os, sys
sys.path.insert(0, {ROOT!r})
from gitcoord.kernel import child
status = child.run(sys.argv[1:], dict(os.environ), ".", stdout=1, every=0.05, tick=lambda: None)
print("status", status, flush=True)
"""

TELL = "import signal, sys, time\n" + "\n".join(
    f"signal.signal(signal.{name}, lambda *_: (print('{name}', flush=True), {end}))"
    for name, end in (("SIGINT", "None"), ("SIGUSR1", "None"), ("SIGTERM", "sys.exit(3)"))
)
SLEEP = f"{TELL}\nprint('ready', flush=True)\ntime.sleep(30)"


def run(*argv: str, **more: object) -> int:
    """Run a program to its end."""
    settings: dict[str, object] = {"stdout": 1, "every": 1.0, "tick": lambda: None, **more}
    return child.run(argv, dict(os.environ), str(Path.cwd()), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("script", "status"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137), ("kill $$", 143)])
def test_the_exit_status_is_the_programs(script: str, status: int) -> None:
    """Its own one, or 128 and the number of the signal that ended it."""
    assert run("sh", "-c", script) == status


def test_what_cannot_be_started_is_said_and_leaves_no_trace(tmp_path: Path) -> None:
    """The error is raised; signals and the current directory are as before."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ()), Path.cwd()
    with pytest.raises(FileNotFoundError):
        run("no-such-program-here")
    with pytest.raises(PermissionError):
        run(str(tmp_path))
    assert (signal.pthread_sigmask(signal.SIG_BLOCK, ()), Path.cwd()) == before


def test_somebody_looks_after_something_meanwhile() -> None:
    """The function is called again and again, and never after the end."""
    ticks: list[float] = []
    assert run("sleep", "0.6", every=0.05, tick=lambda: ticks.append(time.monotonic())) == 0
    assert len(ticks) >= 3


def test_a_signal_from_somebody_is_passed_on() -> None:
    """The program gets it, decides what it means, and its status is told."""
    ours = subprocess.Popen([sys.executable, "-c", SUPERVISE, sys.executable, "-c", SLEEP], stdout=subprocess.PIPE)
    assert ours.stdout is not None
    with ours, ours.stdout:
        assert ours.stdout.readline() == b"ready\n"
        for number, name in ((signal.SIGINT, b"SIGINT\n"), (signal.SIGUSR1, b"SIGUSR1\n")):
            ours.send_signal(number)
            assert ours.stdout.readline() == name
        ours.send_signal(signal.SIGTERM)
        assert ours.stdout.read() == b"SIGTERM\nstatus 3\n"


def test_the_keyboard_is_heard_once() -> None:
    """The terminal sends ^C to both of us: the program gets it once, and we go on until it has ended."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", SUPERVISE, sys.executable, "-c", SLEEP])
    said = b""
    try:
        while b"ready" not in said:
            said += os.read(terminal, 1000)
        os.write(terminal, b"\x03")
        time.sleep(0.5)
        os.kill(pid, signal.SIGTERM)
        while b"status 3" not in said:
            said += os.read(terminal, 1000)
    finally:
        os.waitpid(pid, 0)
        os.close(terminal)
    assert said.count(b"SIGINT") == 1


def test_the_program_has_none_of_our_blocked_signals() -> None:
    """It is stopped by a signal as if it had been started by hand."""
    script = "import signal; print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())))"
    out = subprocess.run(
        [sys.executable, "-c", SUPERVISE, sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert out == "[]\nstatus 0\n"
