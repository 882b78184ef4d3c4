"""The real programs, with what `agent install` gives them: only where GITCOORD_AGENTS names them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import rig

if TYPE_CHECKING:
    from conftest import Repo

NAMES = {"claude": "claude-code", "codex": "codex", "copilot": "copilot", "gemini": "gemini"}
"""What `agent install` calls each program."""


def edit(agent: str, repo: Repo, path: str, old: str, new: str) -> dict[str, Any]:
    """Return the step in which an agent changes a file."""
    full = str(repo.top / path)
    if agent == "codex":
        patch = f"*** Begin Patch\n*** Update File: {path}\n@@\n-{old}\n+{new}\n*** End Patch\n"
        return {"tool": "apply_patch", "custom": patch}
    if agent == "copilot":
        return {"tool": "edit", "input": {"path": full, "old_str": old, "new_str": new}}
    if agent == "gemini":
        return {
            "tool": "replace",
            "input": {"file_path": full, "old_string": old, "new_string": new, "instruction": "x"},
        }
    return {"tool": "Edit", "input": {"file_path": full, "old_string": old, "new_string": new}}


def read(agent: str, repo: Repo, path: str) -> list[dict[str, Any]]:
    """Return the steps before an edit: Claude Code edits only what it has read."""
    return [{"tool": "Read", "input": {"file_path": str(repo.top / path)}}] if agent == "claude" else []


@pytest.fixture
def rigged(repo: Repo) -> Repo:
    """A repository that is set up, in which bob holds a file, and agents have their hooks."""
    rig.programs()
    rig.settle(repo)
    repo.here("agent", "install", *NAMES.values(), check=True)
    bob = repo.start("bob")
    repo.here("claim", "src/a.py", "-m", "mine", session=bob, check=True)
    return repo


@pytest.mark.parametrize("agent", NAMES)
def test_an_edit_of_what_another_holds_is_refused_and_a_free_one_claimed(agent: str, rigged: Repo) -> None:
    """Nobody told the agent to coordinate: its program did."""
    steps = [
        *read(agent, rigged, "src/a.py"),
        edit(agent, rigged, "src/a.py", "x", "theirs"),
        *read(agent, rigged, "src/b.py"),
        edit(agent, rigged, "src/b.py", "x", "mine"),
    ]
    said = rig.run(rigged, agent, steps)
    assert (rigged.top / "src/a.py").read_text() == "x\n", said
    assert (rigged.top / "src/b.py").read_text() == "mine\n", said
    happened = rigged.here("log", "--path", "src/b.py").out
    assert "claim" in happened, happened


@pytest.mark.parametrize("agent", NAMES)
def test_an_agent_whose_hooks_lost_their_program_goes_on(agent: str, rigged: Repo) -> None:
    """It edits what it likes; the guard of the commit stands all the same."""
    for path in (p for base in (".claude", ".codex", ".copilot", ".gemini") for p in _files(rigged, base)):
        text = path.read_text()
        if "gitcoord/hook/agent" in text:
            path.write_text(text.replace("gitcoord/hook/agent", "gone/hook/agent"))
    steps = [*read(agent, rigged, "src/b.py"), edit(agent, rigged, "src/b.py", "x", "mine")]
    said = rig.run(rigged, agent, steps)
    assert (rigged.top / "src/b.py").read_text() == "mine\n", said


def _files(repo: Repo, base: str) -> list[Path]:
    return [path for path in (Path(repo.env["HOME"]) / base).rglob("*.json") if path.is_file()]
