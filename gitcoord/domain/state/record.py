"""Shared state, as the ledger's state holds it: scopes with keys, each with a JSON value as it was written.

A scope's keys are spread over 256 directories, so that a write costs the same in a scope of ten keys and of a thousand.
Each version of a scope keeps the tree of its keys under its number: what did not change is the same Git tree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass
from gitcoord.errors.storage import StateDamaged
from gitcoord.policy import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.ledger.state import State
    from gitcoord.policy.ids import SessionId

TOP = "state"
POLICIES = ("refuse", "last-writer", "manual")
PAGE = 100
"""Versions that stand in one directory."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope. `version` counts its writes, `write` is the id of the last one, `removed` of the last that removed."""

    version: int = 0
    write: str = ""
    policy: str = "refuse"
    removed: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A value, as JSON text. `write` is the id of the operation that wrote it, `version` the scope's version then.

    `others` are the values of writes that did not see this one, where the scope keeps both.
    """

    text: str
    version: int
    write: str
    by: SessionId
    time: int
    others: tuple[Value, ...] = ()

    @property
    def last(self) -> str:
        """The id of the last write that this value or one beside it is of: who names it has seen them all."""
        return max((self, *self.others), key=lambda value: value.version).write

    def to_json(self) -> dict[str, Any]:
        """The value as the state holds it."""
        found: dict[str, Any] = {
            "value": self.text,
            "version": self.version,
            "write": self.write,
            "by": self.by,
            "time": self.time,
        }
        return found | ({"others": [other.to_json() for other in self.others]} if self.others else {})


@dataclass(frozen=True, slots=True)
class Written:
    """Who made a version of a scope: the id of the operation, its session, and its time in seconds."""

    version: int
    write: str
    by: SessionId
    time: int


def is_name(text: str) -> bool:
    """Say whether a scope or a key can be called so."""
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        return False
    return 0 < length <= limits.NAME_BYTES and not any(char < " " or "\x7f" <= char < "\xa0" for char in text)


def is_snapshot(text: str) -> bool:
    """Say whether a snapshot can be called so: what consists of digits alone is the number of a version."""
    return is_name(text) and not (text.isascii() and text.isdigit())


def component(name: str) -> str:
    """Return the component of a path that stands for a name."""
    return "+" + name.replace("%", "%25").replace("/", "%2F")


def name_in(part: str) -> str:
    """Return the name that a component of a path stands for."""
    return part[1:].replace("%2F", "/").replace("%25", "%")


def directory(scope: str) -> str:
    """Return where a scope stands."""
    return f"{TOP}/{component(scope)}"


def keys_directory(scope: str) -> str:
    """Return where the keys of a scope stand."""
    return f"{directory(scope)}/keys"


def version_directory(scope: str, version: int) -> str:
    """Return where a version of a scope stands."""
    return f"{directory(scope)}/versions/{version // PAGE}/{version}"


def fan(key: str) -> str:
    """Return the directory of a key among the 256: two digits of a sum over its bytes."""
    total = 0
    for byte in key.encode():
        total = (total * 31 + byte) & 0xFFFF
    return f"{(total ^ total >> 8) & 0xFF:02x}"


def _path(keys: str, key: str) -> str:
    return f"{keys}/{fan(key)}/{component(key)}"


def read_scope(state: State, scope: str) -> Scope | None:
    """Return a scope, None where there never was one."""
    record = state.json(f"{directory(scope)}/scope.json")
    return None if record is None else Scope(**record)


def put_scope(state: State, scope: str, record: Scope) -> None:
    """Write a scope."""
    state.write_json(
        f"{directory(scope)}/scope.json",
        {"version": record.version, "write": record.write, "policy": record.policy, "removed": record.removed},
    )


def read(state: State, scope: str, key: str) -> Value | None:
    """Return the value of a key, None where there is none."""
    return _read(state, _path(keys_directory(scope), key))


def read_at(state: State, scope: str, version: int, key: str) -> Value | None:
    """Return the value of a key in an earlier version, None where there was none."""
    return _read(state, _path(f"{version_directory(scope, version)}/keys", key))


def _read(state: State, path: str) -> Value | None:
    record = state.json(path)
    try:
        return None if record is None else _decode(record)
    except (KeyError, TypeError) as error:
        raise StateDamaged(path) from error


def _decode(record: dict[str, Any]) -> Value:
    others = tuple(_decode(other) for other in record.get("others", ()))
    return Value(record["value"], record["version"], record["write"], record["by"], record["time"], others)


def put(state: State, scope: str, key: str, value: Value) -> None:
    """Write the value of a key."""
    state.write_json(_path(keys_directory(scope), key), value.to_json())


def drop(state: State, scope: str, key: str) -> None:
    """Take a key away."""
    state.remove(_path(keys_directory(scope), key))


def values(state: State, scope: str) -> Iterator[tuple[str, Value]]:
    """Yield every key of a scope with its value, in no order that matters."""
    for path in state.walk(keys_directory(scope)):
        value = _read(state, path)
        if value is not None:
            yield name_in(path.rpartition("/")[2]), value


def scopes(state: State) -> list[str]:
    """Return the names of all scopes."""
    return sorted(map(name_in, state.names(TOP)))


def keep_version(state: State, scope: str, made: Written) -> None:
    """Keep the keys as they are now as a version."""
    where = version_directory(scope, made.version)
    state.write_json(f"{where}/write.json", {"write": made.write, "by": made.by, "time": made.time})
    state.copy(keys_directory(scope), f"{where}/keys")


def version(state: State, scope: str, number: int) -> Written | None:
    """Return who made a version, None where there is none of that number."""
    record = state.json(f"{version_directory(scope, number)}/write.json")
    return None if record is None else Written(number, record["write"], record["by"], record["time"])


def snapshots(state: State, scope: str) -> dict[str, Written]:
    """Return the versions of a scope that have a name, by it. The fields are of who gave the name."""
    where = f"{directory(scope)}/snapshots"
    found = {name_in(component): state.json(f"{where}/{component}") for component in state.names(where)}
    return {
        name: Written(item["version"], item["write"], item["by"], item["time"])
        for name, item in found.items()
        if item is not None
    }


def snapshot(state: State, scope: str, name: str) -> int | None:
    """Return the version that bears a name, None where none does."""
    item = state.json(f"{directory(scope)}/snapshots/{component(name)}")
    return None if item is None else int(item["version"])


def put_snapshot(state: State, scope: str, name: str, made: Written) -> None:
    """Give a version a name."""
    record = {"version": made.version, "write": made.write, "by": made.by, "time": made.time}
    state.write_json(f"{directory(scope)}/snapshots/{component(name)}", record)


def restore(state: State, scope: str, number: int) -> None:
    """Let the keys be those of a version."""
    state.remove(keys_directory(scope))
    state.copy(f"{version_directory(scope, number)}/keys", keys_directory(scope))
