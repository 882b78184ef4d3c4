"""The commands of shared state."""

from __future__ import annotations

from gitcoord.domain.command import Command
from gitcoord.domain.state import reading, returning, writing

COMMANDS = (
    Command("state get", reading.Get, reading.get, reading.got_lines, quiet=reading.got_lines, does="reads"),
    Command("state set", writing.Set, writing.put, writing.lines, quiet=writing.quiet),
    Command("state append", writing.Append, writing.append, writing.lines, quiet=writing.quiet),
    Command("state remove", writing.Remove, writing.remove, writing.lines, quiet=writing.quiet),
    Command("state patch", writing.Patch, writing.patch, writing.lines, quiet=writing.quiet),
    Command(
        "state scopes", reading.Scopes, reading.scopes, reading.scope_lines, quiet=reading.scope_lines, does="reads"
    ),
    Command("state history", reading.History, reading.history, reading.history_lines, does="reads"),
    Command("state snapshot", returning.Snapshot, returning.snapshot, returning.lines, quiet=returning.quiet),
    Command("state rollback", returning.Rollback, returning.rollback, writing.lines, quiet=writing.quiet),
)
