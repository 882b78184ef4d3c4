"""The tables of docs/coming-from.md: every word of the other designs is there, and every command works as it stands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.interfaces.http.orchestration.socket import TYPES

if TYPE_CHECKING:
    from conftest import Repo

PAGE = Path(__file__).parents[1] / "docs" / "coming-from.md"

WORDS = {
    "A folder of JSON files and shell scripts": (
        *("sessions/", "heartbeat", "claims/", "messages/", "status board", "handoffs/", "session-sync", "find-help"),
        *("request-collaboration", "capability-match", "`broadcast`", "acknowledgement", "dead sessions"),
    ),
    "A session coordinator with scoped storage": (
        *("sign_on", "sign_off", "store_data", "retrieve_data", "list_scopes", "delete_scope", "acquire_lock"),
        *("release_lock", "queue: put", "queue: take", "event log", "snapshot", "expected version"),
    ),
    "An orchestrator with MCP tools": (
        *("declare_export", "get_available_interfaces", "send_cross_session_message", "get_inbox", "create_request"),
        *("a workflow", "a sync point", "teams", "a message to a team", "what a role may do", "a parent with children"),
        *("recommend_session", "enhance_instruction", "a decision", "file locks", "landing queue", "stop all agents"),
        *(name for name in TYPES if name not in ("heartbeat", "error")),
    ),
    "Message queues over Redis or sockets": (
        *(
            "PUBLISH",
            "SUBSCRIBE",
            "PSUBSCRIBE",
            "LPUSH",
            "BRPOP",
            "SET lock NX PX",
            "INCR",
            "SET key",
            "EXPIRE",
            "XREAD",
        ),
        *("connect", "disconnect", "`join` a room", "`emit` to it", "`ack`", "on(event)", "heartbeat", "reconnect"),
    ),
}
"""What the designs call the things that they have, by the table that says what they are here."""


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


def ours(row: str) -> str:
    """The second column of a row."""
    return row.split(" | ", 1)[1]


def test_every_row_has_something_of_ours() -> None:
    """A command, or a page that says more."""
    for rows in tables().values():
        for row in rows:
            assert "git coord" in ours(row) or "](" in ours(row), row


def test_every_word_of_the_other_designs_is_there() -> None:
    """Each table is one of these, and its first column has each word that its design has for something."""
    assert set(tables()) == set(WORDS)
    for title, words in WORDS.items():
        there = "\n".join(row.split(" | ", 1)[0] for row in tables()[title])
        assert [word for word in words if word not in there] == [], title


@pytest.mark.slow
@pytest.mark.parametrize("title", list(tables()))
def test_the_commands_of_a_table_work(title: str, repo: Repo) -> None:
    """Each as it stands, from top to bottom, in one repository; only ID stands for something: the last one made."""
    alice, bob = repo.start("alice", "--can", "python"), repo.start("bob", "--can", "review")
    assert alice != bob
    made = ""
    for row in tables()[title]:
        for text in re.findall(r"`git coord ([^`]*)`", ours(row)):
            typed, _, file = text.partition(" > ")
            words = [made if word == "ID" else word for word in shlex.split(typed)]
            assert "" not in words, f"git coord {text}: nothing was made yet"
            ran = repo.here(*words, *([] if file else ["--json"]), session=alice)
            assert ran.status == 0, f"git coord {text}\n{ran.out}{ran.err}"
            if file:
                repo.write(file, ran.out)
            said = json.loads(ran.out.splitlines()[-1]) if not file and ran.out else {}
            made = next(
                (part["id"] for part in (said, said.get("task")) if isinstance(part, dict) and "id" in part), made
            )
