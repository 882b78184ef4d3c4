"""Where the things of a kind are listed: what helps where one of them is not found, or there are too many. Light."""

from __future__ import annotations

from gitcoord.errors.remedy import Remedy

LISTS = {
    "barrier": Remedy("see them: {}", "barrier"),
    "decision": Remedy("see them: {}", "decisions"),
    "event": Remedy("see what there is with: {}", "log"),
    "interface": Remedy("see them: {}", "exports"),
    "live session": Remedy("see who is there with: {}", "sessions"),
    "member": Remedy("see who is: {}", "team show"),
    "message": Remedy("see them: {}", "inbox --all"),
    "offer": Remedy("see them: {}", "handoff list --all"),
    "scope": Remedy("see them: {}", "state scopes"),
    "session": Remedy("see who was there with: {}", "sessions --all"),
    "snapshot": Remedy("see them: {}", "snapshot --list"),
    "stage": Remedy("see them: {}", "workflow show"),
    "task": Remedy("see them: {}", "task list"),
    "team": Remedy("see them: {}", "team show"),
    "workflow": Remedy("see them: {}", "workflow show"),
}
"""By the noun that names such a thing."""


def see(what: str) -> str:
    """Return the hint that lists things of this kind; '' where no command does."""
    return LISTS.get(what, "")
