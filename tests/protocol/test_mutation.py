"""How the test of a row is run: to its end and no longer, whatever it leaves behind."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import mutation

if TYPE_CHECKING:
    import pytest


def test_what_a_test_leaves_behind_is_not_waited_for(tmp_path: Path) -> None:
    """A program in the background holds what was to be read open; it is not waited for, and ends with the test."""
    began = time.monotonic()
    argv = ["sh", "-c", "sleep 600 & echo $!"]
    status, said = mutation._ended(argv, tmp_path, dict(os.environ))
    assert status == 0
    assert time.monotonic() - began < 300
    stat = Path(f"/proc/{int(said)}/stat")
    while stat.exists() and stat.read_text().rpartition(") ")[2][0] != "Z":
        assert time.monotonic() - began < 300
        time.sleep(0.01)


def test_what_does_not_end_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no answer, and the words so far are kept."""
    monkeypatch.setattr(mutation, "LIMIT", 0.5)
    status, said = mutation._ended(["sh", "-c", "echo begun; sleep 600"], tmp_path, dict(os.environ))
    assert (status, said) == (None, "begun\n")
