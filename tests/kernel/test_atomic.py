"""A file that is replaced whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import atomic

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_made_and_replaced(tmp_path: Path) -> None:
    """Text and bytes, with the permissions that the umask leaves; nothing stays beside it."""
    path = tmp_path / "file"
    atomic.put(path, "caf\u00e9\n")
    assert path.read_bytes() == "caf\u00e9\n".encode()
    atomic.put(str(path), b"x" * 300_000, mode=0o777)
    assert path.read_bytes() == b"x" * 300_000
    assert path.stat().st_mode & 0o100
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path) -> None:
    """The error is the system's, and what was written so far goes."""
    path = tmp_path / "file"
    path.mkdir()
    (path / "inside").touch()
    with pytest.raises(OSError, match="file"):
        atomic.put(path, "text")
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    """A process of the same number may have died half way."""
    (tmp_path / f".file.{os.getpid()}").write_text("half")
    atomic.put(tmp_path / "file", "whole")
    assert (tmp_path / "file").read_text() == "whole"


def test_a_name_alone_is_in_the_current_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths need no directory."""
    monkeypatch.chdir(tmp_path)
    atomic.put("file", "here")
    assert (tmp_path / "file").read_text() == "here"
