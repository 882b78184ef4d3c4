"""OpenCode: a plugin, and the MCP server and permissions in `opencode.json`.

Formats as of November 2026: a plugin's hooks as recorded with OpenCode 1.18; opencode.ai/docs (plugins, mcp-servers,
permissions, config). The user's directory is `$XDG_CONFIG_HOME/opencode`; where there is an `opencode.jsonc`, that is
the file. Of the patterns for commands the last one that matches decides, so what is asked about comes behind.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitcoord.domain.agent import permissions
from gitcoord.domain.agent.merge import Entry, Plan
from gitcoord.domain.agent.parts import PATIENCE, Json, Own, Program, Where, ours

if TYPE_CHECKING:
    from pathlib import Path

EVENTS = (
    *("session.created", "session.deleted", "session.idle", "permission.ask", "chat.message"),
    *("tool.execute.before", "tool.execute.after", "shell.env"),
)
"""The events for which the plugin asks."""

ALLOW = (*(f"{line}*" for line in permissions.lines()), *permissions.exact_lines())
ASK = tuple(f"git coord {command}* {option}*" for command, option in permissions.ASKED)

OURS = ours(("mcp",), {("permission", "bash"): frozenset((*ALLOW, *ASK))})


def home(where: Where) -> Path:
    """Return the user's directory of OpenCode."""
    return where.config_home / "opencode"


def plugin(where: Where) -> str:
    """Return the plugin."""
    lines = json.dumps({event: where.line(event) for event in EVENTS}, indent=2)
    return _PLUGIN.replace("@LINES@", lines).replace("@PATIENCE@", str(PATIENCE * 1000))


def files(where: Where) -> tuple[Json | Own, ...]:
    """Return the files."""
    base = where.top if where.project else home(where)
    configured = base / ("opencode.jsonc" if (base / "opencode.jsonc").exists() else "opencode.json")
    plugins = (where.top / ".opencode" if where.project else base) / "plugins"
    server = {"type": "local", "command": list(where.server), "enabled": True}
    entries = (
        Entry(("mcp",), server, permissions.SERVER),
        *(Entry(("permission", "bash"), "allow", pattern, "fits") for pattern in ALLOW),
        *(Entry(("permission", "bash"), "ask", pattern, "fits") for pattern in ASK),
    )
    return (Json(configured, Plan(entries, OURS)), Own(plugins / "gitcoord.js", plugin(where)))


PROGRAM = Program("opencode", "OpenCode", home, files, "start OpenCode anew")

_PLUGIN = """\
// git-coord wrote this file; it goes with: git coord agent uninstall opencode
import { spawn } from "node:child_process"

const LINES = @LINES@

// Each answer is one JSON object, or nothing: deny, context, command, env. A hook that fails says nothing.
function ask(event, directory, body) {
  return new Promise((done) => {
    let text = ""
    const child = spawn("/bin/sh", ["-c", LINES[event]], { cwd: directory, stdio: ["pipe", "pipe", "ignore"] })
    const clock = setTimeout(() => child.kill("SIGKILL"), @PATIENCE@)
    child.on("error", () => done({}))
    child.stdin.on("error", () => {})
    child.stdout.on("data", (chunk) => (text += chunk))
    child.on("close", () => {
      clearTimeout(clock)
      try {
        done(JSON.parse(text))
      } catch {
        done({})
      }
    })
    child.stdin.end(JSON.stringify({ directory, ...body }))
  })
}

export const GitCoord = async ({ directory }) => {
  let pending = ""
  const hear = (answer) => {
    pending = answer.context || pending
    return answer
  }
  return {
    event: async ({ event }) => {
      if (event.type in LINES) hear(await ask(event.type, directory, { input: event }))
    },
    "permission.ask": async (input) => {
      await ask("permission.ask", directory, { input })
    },
    "chat.message": async (input, output) => {
      hear(await ask("chat.message", directory, { input, output }))
    },
    "experimental.chat.system.transform": async (_, output) => {
      if (pending) output.system.push(pending)
      pending = ""
    },
    "tool.execute.before": async (input, output) => {
      const answer = hear(await ask("tool.execute.before", directory, { input, output }))
      if (answer.deny) throw new Error(answer.deny)
      if (answer.command) output.args.command = answer.command
    },
    "tool.execute.after": async (input, output) => {
      hear(await ask("tool.execute.after", directory, { input, output: { title: output.title } }))
    },
    "shell.env": async (input, output) => {
      Object.assign(output.env, (await ask("shell.env", directory, { input })).env || {})
    },
  }
}
"""
