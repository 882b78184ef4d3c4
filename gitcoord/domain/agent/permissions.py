"""What an agent may run without asking a person each time, said in the form of each agent.

The commands are named one by one, so that a new one is asked about until somebody decides. Not among them: what stops
or ends the work of others (`halt`, `resume`, `retire`, `team halt`), what changes the set-up or the rules (`init`,
`uninit`, `agent`, `gc`, `rules KEY VALUE`), what runs any program (`run`, `team create`), and the options in `ASKED`.
"""

from __future__ import annotations

COMMANDS = (
    *("status", "whoami", "sessions", "start", "beat", "end"),
    *("claim", "release", "renew", "claims", "check", "commit", "number", "snapshot"),
    *("send", "inbox", "ack", "ask", "watch", "log"),
    *(
        "task",
        "state",
        "handoff",
        "adopt",
        "match",
        "metrics",
        "conflicts",
        "context",
        "export",
        "exports",
        "decide",
        "decisions",
    ),
    *("barrier", "workflow", "team show", "team join", "team send", "team end"),
    *("sync", "doctor", "help", "halt --status"),
)
"""What follows `git coord`; anything may follow behind it."""

EXACTLY = ("rules", "--version")
"""The same, with nothing behind it."""

OVERRIDE = "--override"
"""The option of `claim` that takes what somebody else holds."""

ASKED = (
    ("claim", OVERRIDE),
    *((command, option) for command in ("status", "context") for option in ("-o", "-qo", "--output")),
)
"""Options of commands that are asked about all the same: what takes from others, or writes a file anywhere."""

TOOLS = ("claim", "release", "look", "send", "inbox", "session", "task", "state", "context", "handoff", "flow")
"""The tools of the MCP server that may be called without asking."""

ASKED_TOOLS = ("halt", "team")
"""The others: what stops or ends the work of others, or gives them other rights."""

SERVER = "coord"
"""What the MCP server is called in the configuration of every agent."""


def lines() -> tuple[str, ...]:
    """Return the beginnings of the command lines that are allowed."""
    return tuple(f"git coord {command}" for command in COMMANDS)


def exact_lines() -> tuple[str, ...]:
    """Return the command lines that are allowed only as they are."""
    return tuple(f"git coord {command}" for command in EXACTLY)
