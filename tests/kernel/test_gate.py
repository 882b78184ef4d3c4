"""A program behind a gate."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from support.waiting import until

from gitcoord.kernel import process
from gitcoord.kernel.gate import Gate

if TYPE_CHECKING:
    from pathlib import Path


def text_with(path: Path, text: str) -> str:
    """Wait until a file has this text, and return all of it."""
    until(lambda: text in path.read_text(), text)
    return path.read_text()


def test_it_begins_when_the_gate_opens(tmp_path: Path) -> None:
    """In its directory, with its environment and what it was told, as the process named; its input is empty."""
    log = tmp_path / "a 'log'"
    command, environ = 'echo "$WORD $NAME $$"; pwd; cat; echo end', {**os.environ, "WORD": "hi"}
    gate = Gate(command, environ, str(tmp_path), str(log), "NAME")
    time.sleep(0.1)
    assert log.read_text() == ""
    assert process.read(gate.pid) is not None
    gate.open("ann-1")
    assert text_with(log, "end").splitlines() == [f"hi ann-1 {gate.pid}", str(tmp_path), "end"]


def test_it_never_begins_where_the_gate_is_given_up(tmp_path: Path) -> None:
    """As when whoever made it ends before."""
    log = tmp_path / "log"
    gate = Gate("echo never; sleep 60", dict(os.environ), str(tmp_path), str(log), "NAME")
    found = process.read(gate.pid)
    assert found is not None
    gate.close()
    gate.close()
    until(lambda: process.state_of(process.mark(found)) == "dead")
    assert log.read_text() == ""
