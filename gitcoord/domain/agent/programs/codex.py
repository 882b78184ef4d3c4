"""Codex: hooks in `hooks.json`, the MCP server in `config.toml`, permissions in `rules/`.

Formats as of November 2026, with Codex 0.171: `codex app-server` (hooks/list), `codex execpolicy check`, `codex mcp`;
developers.openai.com/codex (hooks, rules, config reference). `CODEX_HOME` moves all of it. A hook runs only after a
person has trusted it (`/hooks`); config.toml has the trust under `hooks.state."FILE:event:group:index"`. What a rule
allows runs outside of the sandbox, which is how `git coord` can write below `.git`. A rule sees only how a command
begins: an option behind a path is not seen.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.domain.agent import permissions
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.parts import Json, Own, Program, Toml, Where, groups, ours

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = {
    "SessionStart": "",
    "UserPromptSubmit": "",
    "PreToolUse": "^(Bash|apply_patch)$",
    "PostToolUse": "",
    "PermissionRequest": "",
    "SubagentStart": "",
    "SubagentStop": "",
    "Stop": "",
    "SessionEnd": "",
}
"""The events that have a hook, each with the tools that it is for."""

SHORT = {"SessionEnd": 3}
"""Events for whose hooks Codex has fewer seconds, whatever is asked for."""

OURS = ours()


def home(where: Where) -> Path:
    """Return the directory of Codex."""
    return where.top / ".codex" if where.project else where.directory("CODEX_HOME", ".codex")


def rules() -> str:
    """Return the rules about `git coord`."""
    first = [command.split() for command in permissions.COMMANDS]
    one = json.dumps([words[0] for words in first if len(words) == 1])
    more = [words for words in first if len(words) > 1]
    lines = [
        "# git-coord wrote this file; it goes with: git coord agent uninstall codex",
        f'prefix_rule(pattern=["git", "coord", {one}], decision="allow",',
        '            match=["git coord claim src"], not_match=["git coord halt -m x", "git coord --json retire x"])',
        *(f'prefix_rule(pattern={json.dumps(["git", "coord", *words])}, decision="allow")' for words in more),
        *(
            f'prefix_rule(pattern=["git", "coord", "{command}", "{option}"], decision="prompt")'
            for command, option in permissions.ASKED
        ),
    ]
    return "\n".join(lines) + "\n"


def hooks(where: Where) -> tuple[Entry, ...]:
    """Return the hooks."""
    return groups(where, EVENTS, short=SHORT)


def table(where: Where) -> str:
    """Return the lines of the table for the MCP server."""
    lines = [
        f"command = {json.dumps(where.server[0])}",
        f"args = {json.dumps(list(where.server[1:]))}",
        'default_tools_approval_mode = "approve"',
    ]
    for tool in permissions.ASKED_TOOLS:
        lines += [f"[mcp_servers.{permissions.SERVER}.tools.{tool}]", 'approval_mode = "prompt"']
    return "\n".join(lines) + "\n"


def files(where: Where) -> tuple[Json | Toml | Own, ...]:
    """Return the files."""
    base = home(where)
    return (
        Json(base / "hooks.json", Plan(hooks(where), OURS)),
        Toml(base / "config.toml", f"mcp_servers.{permissions.SERVER}", table(where)),
        Own(base / "rules" / "gitcoord.rules", rules()),
    )


def _notes(where: Where) -> tuple[str, ...]:
    trusted = (
        "Codex runs a hook only after a person has trusted it: type /hooks in Codex, read the new ones, trust them"
    )
    if where.project:
        return (trusted, "Codex reads the .codex directory of a repository only where the project is trusted")
    return (trusted,)


PROGRAM = Program("codex", "Codex", home, files, "start the windows of Codex anew that are open now", _notes)
