"""The table of commands: where each is and what it is for, without loading any."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A command: its module here, and what it does in one line."""

    module: str
    summary: str


COMMANDS = {
    "init": Command("init", "Set up this repository, and install the hooks."),
    "claim": Command("claim", "Claim paths, globs or named resources."),
    "release": Command("release", "Give up what this session holds."),
    "status": Command("status", "Show the board: me, what needs attention, sessions, claims, messages."),
    "claims": Command("claims", "List who holds what."),
    "check": Command("check", "Ask whether paths are free or mine."),
    "sessions": Command("sessions", "List who works here."),
    "commit": Command("commit", "Commit what this session staged of its own paths."),
    "doctor": Command("doctor", "Check that everything works, and say how to mend what does not."),
    "send": Command("send", "Send a message to a session, a role, or everybody."),
    "inbox": Command("inbox", "Read what was sent to this session, or wait for it."),
    "ack": Command("ack", "Acknowledge a message."),
    "watch": Command("watch", "Show what happens, as it happens."),
    "log": Command("log", "Show what happened, newest first."),
    "metrics": Command("metrics", "Count sessions, claims, waits, messages and answers."),
    "sync": Command("sync", "Exchange everything with the hub."),
    "renew": Command("renew", "Renew the lease, or the deadlines of claims."),
    "start": Command("start", "Start a session by name."),
    "whoami": Command("whoami", "Say which session this is."),
    "beat": Command("beat", "Give a sign of life, and say what one is doing."),
    "end": Command("end", "End this session: everything it holds is released."),
    "retire": Command("retire", "End crashed sessions."),
    "number": Command("number", "Take a number that is given out once."),
    "rules": Command("rules", "Show or set what the guard is strict about, for everybody."),
    "demo": Command("demo", "Show the whole story in a throw-away repository."),
    "gc": Command("gc", "Clean up what crashed sessions and those that are over left behind."),
    "uninit": Command("uninit", "Take hooks and settings out again."),
    "hook": Command("hook", "Run a hook; what the hook shims and pre-commit call."),
    "help": Command("help", "Tell about a command, or list all."),
}

ALIASES = {
    "lock": "claim",
    "reserve": "claim",
    "unlock": "release",
    "locks": "claims",
    "uninstall": "uninit",
}

FIRST = ("init", "claim", "release", "status", "send", "inbox", "commit", "doctor")
"""What most people need."""
