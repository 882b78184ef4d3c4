"""What a session may not change because of its role. Loaded only while a session with such limits lives.

The verdict itself is `policy/roles.py`; here is what it is asked about: the marks of the state say whose role limits
what, and the rules which rights were changed.
"""

from __future__ import annotations

from gitcoord.policy import layout, roles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gitcoord.guard.reader import Reader
    from gitcoord.guard.sessions import Session, Sessions
    from gitcoord.policy.roles import ByPath


class Beyond:
    """Paths that a role does not allow to change: which role, by which right, and what it allows instead."""

    __slots__ = ("allowed", "paths", "right", "role")

    def __init__(self, role: str, right: ByPath, paths: list[str], allowed: list[str]) -> None:
        self.role = role
        self.right = right
        self.paths = paths
        self.allowed = allowed


def beyond(reader: Reader, mine: Collection[str], right: ByPath, paths: Iterable[str]) -> Beyond | None:
    """Return what of the paths a session may not change, None where it may change all.

    `mine` are its id and those of its ancestors, the nearest first; without any no session does it, and no role limits
    it. Raises `Unreadable`.
    """
    me = next(iter(mine), "")
    role = _role(reader, me) if me else ""
    if not role:
        return None
    changed = _changed(reader)
    found = roles.beyond(role, changed, right, paths)
    limits = roles.rights(role, changed)
    return Beyond(role, right, found, limits.globs(right)) if found and limits is not None else None


def able(reader: Reader, sessions: Sessions, found: Beyond) -> tuple[Session | None, list[str]]:
    """Return a living session whose role allows it, else one without limits, else None; and the roles that do."""
    changed = _changed(reader)
    names = roles.able(changed, found.right, found.paths)
    living = list(sessions.living())
    free = [other for other in living if roles.rights(other.bound, changed) is None]
    able = [other for other in living if other.role in names] or free
    return max(able, key=lambda other: other.last, default=None), names


def _role(reader: Reader, session: str) -> str:
    content = reader.directory(layout.ROLES).content(session)
    return content.decode("utf-8", "surrogateescape") if content is not None else ""


def _changed(reader: Reader) -> dict[str, object]:
    said = (reader.record("rules.json") or {}).get("role")
    return said if isinstance(said, dict) else {}
