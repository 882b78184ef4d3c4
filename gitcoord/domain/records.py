"""What commands answer: frozen records whose fields are the fields of the JSON (docs/reference.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, fields, is_dataclass
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from gitcoord.policy.ids import SessionId


class Written(str):
    """A JSON text that stands in an answer as somebody wrote it: no number in it becomes another one."""

    __slots__ = ()


def text_of(value: Any) -> str:
    """Return JSON values, some of them `Written`, as one line of JSON."""
    if isinstance(value, Written):
        return " ".join(value.splitlines())  # between the values: there is no line end within a JSON string
    if isinstance(value, dict):
        members = (f"{json.dumps(key, ensure_ascii=False)}: {text_of(item)}" for key, item in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(text_of, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def to_json(value: Any) -> Any:
    """A record as JSON values: records become objects, moments RFC 3339 text.

    A record that has `as_json` says itself what it becomes. What is read on the way, an iterator, becomes a list.
    """
    if isinstance(value, Moment):
        return value.rfc3339()
    if hasattr(value, "as_json"):
        return value.as_json()
    if is_dataclass(value):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | Iterator):
        return [to_json(item) for item in value]
    return value


@dataclass(frozen=True, slots=True)
class Holding:
    """A scope that somebody holds, with all that one wants to know of the holder: HELD in docs/reference.md.

    `called` is the holder's name, with its id beside it where another live session may bear the same name.
    `held_until` is the one time that counts: the earlier of the claim's deadline and the session's lease. Where that
    has passed and the claim holds all the same, `kept` says why: `process` (the agent's process lives), `skew` (clocks
    may differ) or `grace` (the holder may come back after an outage); `takeover_from` is when it can be taken over,
    None where nobody knows. Before that time `kept` is `clone` where the holder's process died in another clone. It is
    `ahead` where the holder's times are ahead of the clock here: without a sign of the holder until `takeover_from` it
    can be taken over then.
    """

    scope: str
    kind: str
    session: SessionId
    name: str
    called: str
    user: str
    host: str
    branch: str
    worktree: str
    work: str
    status: str
    since: Moment
    held_until: Moment
    token: int | None
    shared: bool
    confirmed: bool
    kept: str = ""
    takeover_from: Moment | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A scope that was asked for, and who is in the way."""

    scope: str
    held: Holding


@dataclass(frozen=True, slots=True)
class Granted:
    """A scope that is the session's now."""

    scope: str
    kind: str
    session: SessionId
    token: int | None
    held_until: Moment
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Unfresh:
    """A scope that is free, but whose last holder's commit is not in HEAD."""

    scope: str
    commit: str
    branch: str
    session: SessionId


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `mend` says what to do where it is not as it should be."""

    name: str
    ok: bool
    message: str
    mend: str = ""
