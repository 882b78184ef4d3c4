"""Words that are ours: no session is called by them, and nobody else sends messages of our types."""

from __future__ import annotations

from gitcoord.policy.spelling import folded

NAMES = frozenset(
    {
        *("me", "you", "all", "any", "none", "self", "everybody", "everyone", "nobody", "somebody", "anybody"),
        *("git", "gitcoord", "git-coord", "coord", "hub", "ledger", "system", "unknown", "next"),
    }
)
"""What commands take, or print, for somebody else than a session of that name."""

PREFIXES = ("role:", "can:", "team:")
"""How addresses begin that are for many."""

TYPES = frozenset(
    {
        *("ack", "waiting", "released", "done", "overridden", "taken", "lost", "abandoned", "landed", "halted"),
        *("resumed", "barrier", "team", "handoff", "conflict", "request", "answer", "state", "needed"),
    }
)
"""Types of the messages that gitcoord sends by itself."""


def is_name(name: str) -> bool:
    """Return whether a session cannot be called so, in whatever case it is written."""
    word = folded(name).strip(" ")
    return word in NAMES or word.startswith(PREFIXES)
