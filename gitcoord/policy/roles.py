"""What the bearers of a role may do: the table of built-in roles, and the verdicts. Pure.

A session without a role may do everything, and so may one whose role is neither built in nor changed by the rule
`role`. Rights keep honest sessions apart: a shell can still write any file, and nobody proves who bears a role.

Light: imports only `glob`; the guard loads it where a session with limits lives.
"""

from __future__ import annotations

from gitcoord.policy.glob import Glob

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any, Literal

    ByPath = Literal["claim", "edit", "commit"]
    Plain = Literal["send", "halt", "override", "land", "manage"]

BY_PATH = ("claim", "edit", "commit")
"""Rights with globs: what may be claimed, edited by an agent's tools, and committed."""

PLAIN = ("send", "halt", "override", "land", "manage")
"""Rights that one has or has not: `manage` is to change rules, and to make and end teams with roles."""

TASKS = "tasks"
"""The right with types of tasks. A task without a type is for whoever takes any, or for whom it is addressed to."""

ALL = "**"
"""The glob that is every path."""

ANY = "*"
"""The type that is every type of task; `!review` behind it leaves one out."""

SHOWN = 3
"""Globs of a right that a refusal names."""

_TESTS = (
    *("test/**", "tests/**", "spec/**", "**/test/**", "**/tests/**", "**/spec/**", "**/__tests__/**", "**/testdata/**"),
    *("**/test_*", "**/*_test.*", "**/*.test.*", "**/*.spec.*", "**/*_spec.*", "**/conftest.py"),
)


def _role(paths: Iterable[str], tasks: Iterable[str], *may: str) -> dict[str, Any]:
    of_paths: dict[str, Any] = {name: list(paths) for name in BY_PATH}
    return {**of_paths, TASKS: list(tasks), **{name: name in may for name in PLAIN}}


BUILT_IN: dict[str, dict[str, Any]] = {
    "implementer": _role([ALL], [ANY, "!review"], "send", "halt", "land"),
    "reviewer": _role([], ["review", "help"], "send", "halt"),
    "tester": _role(_TESTS, ["test", "help"], "send", "halt", "land"),
    "refactorer": _role([ALL], ["refactor", "fix", "help"], "send", "halt", "land"),
    "security": _role([ALL], ["security", "review", "fix", "help"], "send", "halt", "override", "land"),
    "integrator": _role([ALL], [ANY], "send", "halt", "override", "land", "manage"),
    "observer": _role([], [], "send"),
}
"""The roles that are there without a rule, each with all its rights."""


class Rights:
    """What the bearers of a role may do."""

    __slots__ = ("_globs", "_said", "role")

    def __init__(self, role: str, said: Mapping[str, Any]) -> None:
        """`said` are rights by name; one that is missing is given."""
        self.role = role
        self._said = said
        self._globs: dict[str, list[Glob]] = {}

    def globs(self, right: ByPath) -> list[str]:
        """The globs of a right."""
        return list(self._said.get(right, [ALL]))

    def allows_path(self, right: ByPath, path: str) -> bool:
        """Whether the right holds for a file; upper and lower case are one."""
        if right not in self._globs:
            self._globs[right] = [Glob(text.encode("utf-8", "surrogateescape")) for text in self.globs(right)]
        raw = path.encode("utf-8", "surrogateescape")
        return any(glob.matches(raw) for glob in self._globs[right])

    def allows(self, right: Plain) -> bool:
        """Whether one of the plain rights is given."""
        return self._said.get(right, True) is True

    def allows_task(self, kind: str, *, addressed: bool) -> bool:
        """Whether a task of this type ('' for none) may be taken; `addressed`: it is for the bearer."""
        types = self._said.get(TASKS, [ANY])
        if kind and f"!{kind}" in types:
            return False
        return ANY in types or (kind in types if kind else addressed or bool(types))

    @property
    def limits_paths(self) -> bool:
        """Whether some file may not be edited or committed."""
        return any(ALL not in self.globs(right) for right in ("edit", "commit"))

    @property
    def only_reads(self) -> bool:
        """Whether no file may be edited or committed."""
        return not (self.globs("edit") or self.globs("commit"))

    def to_json(self) -> dict[str, Any]:
        """All rights by name."""
        by_path: dict[str, Any] = {right: self.globs(right) for right in ("claim", "edit", "commit")}
        plain = {name: self._said.get(name, True) is True for name in PLAIN}
        return {**by_path, TASKS: list(self._said.get(TASKS, [ANY])), **plain}


def rights(role: str, changed: Mapping[str, Any]) -> Rights | None:
    """Return the rights of a role, None where it has no limits. `changed` are the rights that the rules give, by role.

    A rule changes single rights: the others stay as they are built in, or are given.
    """
    said = changed.get(role)
    if role not in BUILT_IN and not isinstance(said, dict):
        return None
    return Rights(role, {**BUILT_IN.get(role, {}), **(said if isinstance(said, dict) else {})})


def told(right: ByPath, globs: Collection[str]) -> str:
    """Return what a right allows as the rest of a sentence, "claim only docs/**": the first few globs, and a count."""
    shown = list(globs)[:SHOWN]
    more = f" and {len(globs) - len(shown)} more" if len(globs) > len(shown) else ""
    return f"{right} only {', '.join(shown)}{more}" if shown else f"{right} nothing"


def beyond(role: str, changed: Mapping[str, Any], right: ByPath, paths: Iterable[str]) -> list[str]:
    """Return the paths that a bearer of the role may not edit or commit: the verdict of hooks, commands and checks."""
    found = rights(role, changed)
    return [] if found is None else [path for path in paths if not found.allows_path(right, path)]


def able(changed: Mapping[str, Any], right: ByPath, paths: Collection[str]) -> list[str]:
    """Return the roles whose bearers may do this with all of the paths: built-in ones first, as they are listed."""
    names = dict.fromkeys((*BUILT_IN, *sorted(changed)))
    return [name for name in names if not beyond(name, changed, right, paths)]
