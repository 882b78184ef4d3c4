"""The tables of docs/coming-from.md: every command in them works as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo

PAGE = Path(__file__).parents[1] / "docs" / "coming-from.md"


def tables() -> dict[str, list[str]]:
    """The rows of each table, by its heading."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            title = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| there"):
            found.setdefault(title, []).append(line)
    return found


def test_every_row_has_something_of_ours() -> None:
    """A command, or a page that says more."""
    rows = [row for rows in tables().values() for row in rows]
    assert len(rows) > 50
    for row in rows:
        ours = row.split(" | ", 1)[1]
        assert "git coord" in ours or "](" in ours, row


@pytest.mark.parametrize("title", list(tables()))
def test_the_commands_of_a_table_work(title: str, repo: Repo) -> None:
    """From top to bottom, in one repository; only FILE stands for something."""
    alice, bob = repo.start("alice", "--can", "python"), repo.start("bob", "--can", "review")
    assert alice != bob
    for row in tables()[title]:
        for text in re.findall(r"`git coord ([^`]*)`", row.split(" | ", 1)[1]):
            if "FILE" not in text:
                ran = repo.here(*shlex.split(text), session=alice)
                assert ran.status == 0, f"git coord {text}\n{ran.out}{ran.err}"
