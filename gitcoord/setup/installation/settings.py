"""Settings that keep the user's own git as fast and as tidy as it was, with coordination refs in the
repository.

Measured (docs/performance.md): 10,000 operations in the ledger make `git fetch` send 22,000 `have` lines
instead of 16."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel.refname import NOTES, STATE
from gitcoord.setup.installation.record import Change

if TYPE_CHECKING:
    from gitcoord.setup.installation.config import Config

NEGOTIATION_RESTRICT_SINCE = (2, 55)

HEADS_REMOTES_TAGS = "refs/[hrt]*"
"""One pattern for refs/heads, refs/remotes and refs/tags: git warns at every fetch of a pattern that matches
no ref, and a clone may well have no tags."""

SIDE_REFS = tuple(f"{below}*" for below in STATE)


def plan(config: Config, git_version: tuple[int, int], mine: list[Change], *, separate: bool) -> list[Change]:
    """Everything to set that the user has not set already, in whatever scope.

    `mine` was set by an earlier init and is not the user's. With a `separate` store only what concerns notes
    is needed: they are about commits, and stay beside them.
    """
    wanted: list[tuple[str, str]] = [("notes.rewriteRef", NOTES)]
    if not separate:
        wanted += [("log.excludeDecoration", ref) for ref in SIDE_REFS]
    changes = [Change(key, value, added=True) for key, value in wanted if value not in _of_the_user(config, key, mine)]
    return changes if separate else changes + _negotiation(config, git_version, mine)


def say(change: Change) -> str:
    """One setting, for a person."""
    why = {
        "notes.rewriteref": "a rebased or amended commit keeps the note of who made it",
        "log.excludedecoration": "git log does not label coordination refs",
        "fetch.negotiationalgorithm": "git fetch stays fast with coordination refs",
    }.get(change.key.lower(), "git fetch from there does not look at coordination refs")
    return f"set {change.key} = {change.value}: {why}"


def _negotiation(config: Config, git_version: tuple[int, int], mine: list[Change]) -> list[Change]:
    if git_version < NEGOTIATION_RESTRICT_SINCE:
        key = "fetch.negotiationAlgorithm"
        return [] if _of_the_user(config, key, mine) else [Change(key, "skipping")]
    keys = [url.removesuffix(".url") + ".negotiationRestrict" for url in config.matching(r"^remote\..*\.url$")]
    return [Change(key, HEADS_REMOTES_TAGS, added=True) for key in keys if not _of_the_user(config, key, mine)]


def _of_the_user(config: Config, key: str, mine: list[Change]) -> list[str]:
    values = [each.value for each in config.in_force(key)]
    for change in mine:
        if change.key == key and change.value in values:
            values.remove(change.value)
    return values
