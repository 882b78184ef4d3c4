"""Claude Code: hooks and permissions in `settings.json`, the MCP server in `~/.claude.json` or `.mcp.json`.

Formats as of November 2026: hooks and permissions run with Claude Code 2.1.332; code.claude.com/docs (hooks, settings,
permissions, mcp). `CLAUDE_CONFIG_DIR` moves both files. `PREFIX:*` allows the prefix with anything behind it, rules
under `ask` win over those under `allow`, and a compound command needs a rule for each of its parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.agent import permissions
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.parts import Json, Program, Where, groups, ours

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {
    "SessionStart": "",
    "UserPromptSubmit": "",
    "PreToolUse": "Edit|MultiEdit|Write|NotebookEdit|Bash",
    "PostToolUse": "",
    "PostToolUseFailure": "",
    "PermissionRequest": "",
    "Notification": "",
    "SubagentStart": "",
    "SubagentStop": "",
    "Stop": "",
    "SessionEnd": "",
}
"""The events that have a hook, each with the tools that it is for."""

ALLOW = (
    *(f"Bash({line}:*)" for line in permissions.lines()),
    *(f"Bash({line})" for line in permissions.exact_lines()),
    *(f"mcp__{permissions.SERVER}__{tool}" for tool in permissions.TOOLS),
)
ASK = tuple(
    f"Bash(git coord {command} {before}{option}*)" for command, option in permissions.ASKED for before in ("", "* ")
)

OURS = ours(("mcpServers",), {("permissions", "allow"): frozenset(ALLOW), ("permissions", "ask"): frozenset(ASK)})


def _home(where: Where) -> Path:
    return where.directory("CLAUDE_CONFIG_DIR", ".claude")


def server(where: Where) -> dict[str, object]:
    """Return how the MCP server is started."""
    return {"type": "stdio", "command": where.server[0], "args": list(where.server[1:])}


def hooks(where: Where) -> tuple[Entry, ...]:
    """Return the hooks."""
    return groups(where, EVENTS)


def settings(where: Where) -> tuple[Entry, ...]:
    """Return what `settings.json` gets."""
    return (
        *(Entry(("permissions", "allow"), rule) for rule in ALLOW),
        *(Entry(("permissions", "ask"), rule) for rule in ASK),
        *hooks(where),
    )


def files(where: Where) -> tuple[Json, ...]:
    """Return the files."""
    if where.project:
        configured, servers = where.top / ".claude" / "settings.json", where.top / ".mcp.json"
    elif where.environ.get("CLAUDE_CONFIG_DIR"):
        configured, servers = _home(where) / "settings.json", _home(where) / ".claude.json"
    else:
        configured, servers = _home(where) / "settings.json", where.home / ".claude.json"
    registered = Entry(("mcpServers",), server(where), permissions.SERVER)
    return (Json(configured, Plan(settings(where), OURS)), Json(servers, Plan((registered,), OURS)))


def _notes(where: Where) -> tuple[str, ...]:
    if not where.project:
        return ()
    return (
        "Claude Code asks each person once whether to use the servers of .mcp.json",
        "commit .claude/settings.json: in another worktree Claude Code reads the file only where Git tracks it",
    )


PROGRAM = Program(
    "claude-code", "Claude Code", _home, files, "start the windows of Claude Code anew that are open now", _notes
)
