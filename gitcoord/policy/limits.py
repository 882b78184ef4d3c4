"""The limits of schema 1: what exceeds one is refused or set aside, by every clone alike (docs/protocol.md, "Limits").

A verdict that depended on an interpreter (how deep its JSON reader nests, how many digits it reads, how far it
recurses) would split a ledger for ever. So each of these is checked before anything recursive or inflating runs, and
they change only with the schema. Light: the guard reads JSON by them.
"""

from __future__ import annotations

# --- objects: the size stands in the header, and is read before anything is inflated

EVENT_BYTES = 1 << 20
"""Bytes of an event commit; the log of a session stands still before a larger one."""

LEDGER_COMMIT_BYTES = 4 << 20
"""Bytes of a sequencing commit; a larger one is void. An event's words take at most three quarters of it."""

OBJECT_BYTES = {"commit": LEDGER_COMMIT_BYTES, "tree": 64 << 20, "blob": 8 << 20}
"""Bytes of an object of the coordination state, by its kind; nothing larger is inflated."""

PARENTS = 31
"""Parents of a sequencing commit: the ledger before it, and the logs that it merges."""

EVENTS = 1000
"""Events that one sequencing commit merges."""

WORDS_BYTES = 1 << 20
"""Bytes of lines and verdicts after which a writer begins another sequencing commit."""

ANNOUNCED = 5000
"""Sequencing commits that another clone announces beyond the hub's ledger; a longer announcement is not looked at."""

# --- JSON

JSON_DEPTH = 32
"""Lists and objects that stand in each other."""

NUMBER_CHARACTERS = 20
"""Characters of a number, whatever its form."""

# --- payloads

TEXT = 1000
"""Characters of a short text: a name, a host, a reason."""

ITEMS = 1000
"""Items of a list."""

WORD = 40
"""Characters of a single word: the type of a task or of a message."""

LATEST = 1 << 40
"""The largest time, in seconds, and the largest number where nothing else is said."""

SESSION = 60
"""Characters of a session's id."""

SCOPES = 500
"""Scopes of one claim."""

SCOPE_BYTES = 4096
"""Bytes of a path or a glob."""

COMPONENTS = 128
"""Components of a path or a glob."""

NAME_BYTES = 200
"""Bytes of a named resource."""

NUMBER_FROM = 10**15
"""The largest number from which `number` counts on: what is left above it is never used up."""

REPAIR = 1 << 32
"""How far one repair lifts the counter of operations: a hostile one must not use the numbers up."""

HALT_BYTES = 256 << 10
"""Bytes of all halts that stand at once: every guard reads them."""

RULES_BYTES = 64 << 10
"""Bytes of all rules: every guard reads them while there are any."""

TEAMS = 1000
"""Teams that have not ended."""

TEAM_MEMBERS = 100
"""Members of a team, with the roles that nobody bears yet."""

RIGHTS = 100
"""Globs, or types of tasks, of one right of a role."""

DID = 100
"""Sentences of a session's answer to a halt."""

# --- shared state

VALUE_BYTES = 128 << 10
"""Bytes of a value of shared state, as JSON text."""

CHANGES = 100
"""Changes of one write to shared state."""

OTHERS = 20
"""Values of a key that are kept beside each other."""

SNAPSHOTS = 1000
"""Named snapshots of one scope."""

# --- interfaces and decisions

REASON_BYTES = 16 << 10
"""Bytes of what an exported interface is for, and of why something was decided."""

EXPORTS = 1000
"""Interfaces that are exported at once."""

# --- barriers and workflows

BARRIER_NEEDS = 100
"""Sessions that one barrier waits for."""

BARRIERS = 1000
"""Barriers that are open at once."""

STAGES = 200
"""Stages of one workflow."""

WORKFLOWS = 1000
"""Workflows that are open at once."""

HANDED = 50
"""Commits, and files, that a stage of a workflow hands to the next."""

# --- messages

SUBJECT = 500
"""Characters of a message's subject."""

BODY_BYTES = 256 << 10
"""Bytes of a message's body; what is longer is attached as a file."""

MESSAGE_BYTES = 10 << 20
"""Bytes of a message with everything that is attached."""

FILES = 50
"""Files attached to one message."""

# --- tasks

TITLE = 500
"""Characters of a task's title."""

TASK_TEXT_BYTES = 256 << 10
"""Bytes of a task's payload, result or body."""

ATTEMPTS = 1000
"""Attempts of one task."""

LENGTH = 366 * 24 * 3600
"""Seconds of a timeout or of a pause between two attempts."""

RELATIONS = 1000
"""Tasks that one task depends on."""

CHILDREN = 10_000
"""Open tasks that one task groups, tasks that depend on one, and tasks looked at to find a circle."""
