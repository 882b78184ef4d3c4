"""Cursor: hooks in `hooks.json`, the MCP server in `mcp.json`, permissions in `permissions.json`.

Formats read, not run, November 2026: cursor.com/docs (hooks, reference/third-party-hooks, mcp, reference/permissions).
Cursor loads the hooks of Claude Code as well, where its setting "Third-party skills" is on. `terminalAllowlist`
replaces the list in Cursor's own settings, so it is only added to where it is there already. Cursor takes an empty
answer of a hook for a refusal: the line answers `{}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.agent import permissions
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.parts import PATIENCE, Json, Program, Where, ours

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {
    "sessionStart": "",
    "beforeSubmitPrompt": "",
    "preToolUse": "Shell|Write|StrReplace|Edit|MultiEdit|Delete|EditNotebook|ApplyPatch",
    "postToolUse": "",
    "stop": "",
    "sessionEnd": "",
}
"""The events that have a hook, each with the tools that it is for.

None for subagents: their own events name a conversation of their own and no parent, and `subagentStop` not even the
subagent, so a session that was started for one would have nothing to do, and no end.
"""

_TOOLS = tuple(f"{permissions.SERVER}:{tool}" for tool in permissions.TOOLS)

OURS = ours(
    ("mcpServers",),
    {("terminalAllowlist",): frozenset(permissions.lines()), ("mcpAllowlist",): frozenset(_TOOLS)},
)

FRAME = (Entry((), 1, "version"),)
"""What a file of hooks has to have besides."""


def home(where: Where) -> Path:
    """Return the directory of Cursor."""
    return (where.top if where.project else where.home) / ".cursor"


def hooks(where: Where) -> tuple[Entry, ...]:
    """Return the hooks."""
    found = []
    for event, matcher in EVENTS.items():
        hook: dict[str, object] = {"command": where.line(event), "timeout": PATIENCE}
        found.append(Entry(("hooks", event), hook | ({"matcher": matcher} if matcher else {})))
    return tuple(found)


def files(where: Where) -> tuple[Json, ...]:
    """Return the files."""
    base = home(where)
    server = {"command": where.server[0], "args": list(where.server[1:])}
    allowed = (
        *(Entry(("terminalAllowlist",), line, when="there") for line in permissions.lines()),
        *(Entry(("mcpAllowlist",), tool, when="there") for tool in _TOOLS),
    )
    return (
        Json(base / "hooks.json", Plan(hooks(where), OURS, FRAME)),
        Json(base / "mcp.json", Plan((Entry(("mcpServers",), server, permissions.SERVER),), OURS)),
        Json(base / "permissions.json", Plan(allowed, OURS)),
    )


def _notes(_: Where) -> tuple[str, ...]:
    return (
        "switch the server coord on in the settings of Cursor, under MCP",
        "Cursor asks about git coord unless ~/.cursor/permissions.json has a terminalAllowlist, to which it was added",
    )


PROGRAM = Program("cursor", "Cursor", home, files, "start Cursor, or its command line, anew", _notes)
