"""Where `doctor` itself runs, a window in which no hook runs or a sandbox; and which agents have a sandbox switched on.

Hooks and the MCP server run outside of an agent's sandbox. What is said of a sandbox is not a fault.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gitcoord.domain.agent import tomltext, writing
from gitcoord.domain.agent.jsontext import parse
from gitcoord.domain.session import identity
from gitcoord.errors import Caught, CoordError
from gitcoord.kernel import process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gitcoord.domain.agent.parts import Where
    from gitcoord.domain.call import Call
    from gitcoord.domain.workspace import Workspace

MEMORY = "agents"
"""The directory, below the coord directory, in which hooks remember the windows in which they ran."""

_NAMES = {"claude": "claude-code"}
_MARKS = {"CODEX_SANDBOX": "codex", "CODEX_SANDBOX_NETWORK_DISABLED": "codex"}
_OUTSIDE = "hooks and the MCP server run outside of it"


def sandbox(call: Call, workspace: Workspace) -> Iterator[str]:
    """Say that this command runs in an agent's sandbox, and what that one forbids; nothing outside of one."""
    found = identity.asker(workspace).origin
    marked = next((agent for variable, agent in _MARKS.items() if call.environ.get(variable)), "")
    agent = found.agent if found.kind == "sandboxed" and process.enclosed() else marked
    if not agent:
        return
    store = workspace.ledger.store.directory
    closed = "" if os.access(store, os.W_OK) else f". {store} is read-only here: what is recorded goes by MCP"
    yield f"this command runs in the sandbox of {agent}: {_OUTSIDE}{closed}"


def deaf(workspace: Workspace) -> str:
    """Return the agent in whose window this command runs and no hook of ours has run; '' where that is not so."""
    found = identity.asker(workspace).origin
    key = found.root or found.key
    value = key.partition("=")[2]
    if found.kind not in ("agent", "sandboxed") or not value:
        return ""
    agent = _NAMES.get(found.agent, found.agent)
    return "" if (workspace.place.coord_dir / MEMORY / f"{agent}-{value}").exists() else agent


def configured(agent: str, where: Where) -> Iterator[str]:
    """Say of an agent that its settings switch its sandbox on."""
    if agent == "claude-code":
        settings = where.top / ".claude"
        for path in (
            where.directory("CLAUDE_CONFIG_DIR", ".claude") / "settings.json",
            *(settings / name for name in ("settings.json", "settings.local.json")),
        ):
            about = _said(path).get("sandbox")
            if isinstance(about, dict) and about.get("enabled") is True:
                yield f"{path} switches its sandbox on: {_OUTSIDE}"
                return
    if agent == "codex":
        path = where.directory("CODEX_HOME", ".codex") / "config.toml"
        said = _said(path)
        mode, about = said.get("sandbox_mode"), said.get("sandbox_workspace_write")
        if mode in ("read-only", "workspace-write"):
            yield f"{path} says {mode}: {_OUTSIDE}"
        roots = about.get("writable_roots") if isinstance(about, dict) else None
        for root in roots if isinstance(roots, list) else ():
            if mode == "workspace-write" and str(root).rstrip("/").endswith(".git"):
                yield f"{path} lets it write {root}, and with it the hooks and the configuration of git"


def _said(path: Path) -> dict[str, Any]:
    """Return what a file of settings says; nothing for one that is not there or cannot be read."""
    with suppress(CoordError, Caught):
        text = writing.read(path) or ""
        found = tomltext.parse(text) if path.suffix == ".toml" else parse(text or "{}").plain()
        if isinstance(found, dict):
            return found
    return {}
