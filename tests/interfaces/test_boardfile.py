"""The board as a file that is kept current, while nobody waits for it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from support.waiting import until

from gitcoord.domain.board import board as boards
from gitcoord.interfaces import boardfile
from gitcoord.interfaces.cli.invocation import Invocation
from gitcoord.kernel import lock

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo

    from gitcoord.domain.board.board import Board
    from gitcoord.domain.workspace import Workspace


@pytest.fixture
def board(repo: Repo) -> Path:
    """The file that is named."""
    repo.git("config", "coord.boardFile", "BOARD.md")
    return repo.top / "BOARD.md"


def invoked(repo: Repo) -> Invocation:
    """A run of the command line here, in this process."""
    this = Invocation(dict(repo.env))
    this.directory = str(repo.top)
    return this


def test_a_command_has_it_written(repo: Repo, board: Path) -> None:
    """Whatever comes along, without being asked; nothing is left beside it."""
    repo.coord("claim", "hello.txt", "-m", "the greeting", check=True)
    until(board.exists)
    assert "the greeting" in board.read_text()
    assert [path.name for path in repo.top.glob(".BOARD*")] == []


def test_what_happens_in_between_is_in_the_next_writing(
    repo: Repo, board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that was just written waits for its turn, and has everything then."""
    board.write_text("old\n")
    monkeypatch.setattr(boardfile, "EVERY", 1.0)
    repo.here("claim", "hello.txt", check=True)
    began = time.monotonic()
    boardfile.keep(invoked(repo).call)
    assert time.monotonic() - began > 0.5
    assert "hello.txt" in board.read_text()


def test_what_happens_while_it_is_written_is_in_the_next_writing(
    repo: Repo, board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is as old as what was read for it."""

    def read_and_more(workspace: Workspace, me: None) -> Board:
        found = read(workspace, me)
        repo.here("claim", "hello.txt", check=True)
        return found

    read = boards.read
    monkeypatch.setattr(boards, "read", read_and_more)
    call = invoked(repo).call
    boardfile.keep(call)
    assert "hello.txt" not in board.read_text()
    assert boardfile.is_due(call.place)


def test_only_one_waits_for_its_turn(repo: Repo, board: Path) -> None:
    """Whoever finds another at it leaves it to that one."""
    call = invoked(repo).call
    with lock.held(call.place.coord_dir / boardfile.LOCK, 1):
        boardfile.keep(call)
    assert not board.exists()


def test_nothing_is_started_while_nothing_happens(repo: Repo, board: Path) -> None:
    """The file is newer than everything that is known here: that takes a few stats. Without a name it takes none."""
    place = invoked(repo).call.place
    assert boardfile.is_due(place)
    board.write_text("now\n")
    later = time.time() + 5
    os.utime(board, (later, later))
    assert not boardfile.is_due(place)
    repo.git("config", "--unset", "coord.boardFile")
    assert not boardfile.is_due(invoked(repo).call.place)


def test_a_file_that_cannot_be_written_stops_nobody(repo: Repo) -> None:
    """A command is not refused for it."""
    repo.git("config", "coord.boardFile", "no/such/directory/BOARD.md")
    assert repo.coord("claim", "hello.txt").status == 0
