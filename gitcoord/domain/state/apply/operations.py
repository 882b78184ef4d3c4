"""Write to a scope, and let it be as it was. Pure.

A write names, by id, the write that it saw of each key that it changes: whether another one came in between is decided
by the state that it meets, so of two who saw the same value one is stale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.dataclass import dataclass, replace
from gitcoord.domain import fields
from gitcoord.domain.state import record
from gitcoord.domain.state.apply import value as values
from gitcoord.domain.state.record import Scope, Value, Written
from gitcoord.errors import Malformed
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits

if TYPE_CHECKING:
    from gitcoord.ledger.state import State

OPS = ("set", "append", "remove")
ANY = "*"
"""What a write says to have seen that goes over whatever is there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `op` of a key, at a place in its value. `saw` is the write that it saw, `ANY` for whatever it is."""

    op: str
    key: str
    path: tuple[str, ...]
    new: Any
    saw: str


def scope_in(data: dict[str, Any]) -> str:
    """Return the scope that a payload names. Raises `Malformed`."""
    name = fields.text(data, "scope")
    if not record.is_name(name):
        raise Malformed("scope is not a name")
    return name


def changes_in(data: dict[str, Any]) -> list[Change]:
    """Return the changes of a payload. Raises `Malformed`."""
    items = fields.records(data, "changes")
    if len(items) > limits.CHANGES:
        raise Malformed(f"more than {limits.CHANGES} changes at once")
    found = []
    for item in items:
        op, key = fields.text(item, "op"), fields.text(item, "key")
        if op not in OPS or not record.is_name(key):
            raise Malformed("a change has no such op or key")
        path = tuple(values.steps(fields.text(item, "path", "")))
        new = None if op == "remove" else values.parse(item.get("value"))
        found.append(Change(op, key, path, new, fields.text(item, "saw", ANY)))
    return found


def apply_state(state: State, operation: Operation) -> Verdict:
    """Make all changes of a write, or none: a new version of the scope."""
    data = operation.data
    name, changes = scope_in(data), changes_in(data)
    clear, saw = fields.flag(data, "clear"), fields.text(data, "saw", ANY)
    before = record.read_scope(state, name) or Scope()
    policy = fields.text(data, "policy", before.policy)
    if policy not in record.POLICIES or not (changes or clear or policy != before.policy):
        raise Malformed("a write changes something, and there are three policies")
    if clear and changes:
        raise Malformed("a write clears the scope or changes keys of it")
    whole = clear or policy != before.policy or any(change.saw == ANY for change in changes)
    if saw not in (ANY, before.write) and (before.policy == "refuse" or (before.policy == "manual" and whole)):
        return Verdict("stale", {"version": before.version})
    made = Written(before.version + 1, operation.event.id, operation.session, operation.time)
    drafts = _drafts(state, name, before, changes, made)
    if isinstance(drafts, Verdict):
        return drafts
    if clear:
        state.remove(record.keys_directory(name))
    for key, found in drafts.items():
        if found is not None:
            record.put(state, name, key, found)
        else:
            record.drop(state, name, key)
    removed = made.write if clear or None in drafts.values() else before.removed
    return _finish(state, name, replace(before, policy=policy, removed=removed), made)


def _finish(state: State, name: str, before: Scope, made: Written) -> Verdict:
    record.put_scope(state, name, replace(before, version=made.version, write=made.write))
    record.keep_version(state, name, made)
    return Verdict(detail={"version": made.version})


def _drafts(
    state: State, name: str, before: Scope, changes: list[Change], made: Written
) -> dict[str, Value | None] | Verdict:
    """Return what each key is to be, None for one that goes; why a change cannot be made."""
    drafts: dict[str, Value | None] = {}
    unseen: dict[str, Value] = {}
    for change in changes:
        first = change.key not in drafts
        old = record.read(state, name, change.key) if first else drafts[change.key]
        if first and before.policy != "last-writer" and _is_stale(old, before, change):
            if before.policy == "refuse" or change.op != "set" or change.path:
                return Verdict("stale", {"key": change.key, "version": before.version})
            if old is not None:
                unseen[change.key] = old
        draft = _changed(old, change, made)
        if isinstance(draft, Verdict):
            return draft
        drafts[change.key] = draft
    for key, stands in unseen.items():
        if len(stands.others) >= limits.OTHERS:
            return Verdict("quota", {"key": key})
        drafts[key] = _both(stands, drafts[key])
    return drafts


def _is_stale(old: Value | None, before: Scope, change: Change) -> bool:
    """Whether a change did not see the write that stands. Of a key that is not there it saw the last removal."""
    return change.saw not in (ANY, old.last if old is not None else before.removed)


def _both(stands: Value, other: Value | None) -> Value:
    """Keep a value beside those that it did not see, until somebody chooses."""
    return stands if other is None else replace(stands, others=(*stands.others, other))


def _changed(old: Value | None, change: Change, made: Written) -> Value | Verdict | None:
    """Return the value after a change, None where it goes; why the change cannot be made.

    Only who sets the value as a whole chooses: the others stay beside one of which a part changes.
    """
    try:
        if change.op == "remove" and not change.path:
            if old is None:
                raise LookupError(change.key)
            return None
        whole = values.parse(old.text) if old is not None else None
        if old is None and change.path:
            raise LookupError(change.key)
        path = list(change.path)
        if change.op == "remove":
            new = values.without(whole, path)
        elif change.op == "set":
            new = values.changed(whole, path, change.new)
        else:
            row = values.place(whole, path) if old is not None else []
            if not isinstance(row, list):
                raise LookupError(change.key)
            new = values.changed(whole, path, [*row, change.new])
        text = values.write(new)
        values.parse(text)
    except LookupError:
        return Verdict("not_found", {"key": change.key})
    except Malformed:
        return Verdict("quota", {"key": change.key})
    others = old.others if old is not None and (change.path or change.op == "append") else ()
    return Value(text, made.version, made.write, made.by, made.time, others)


def apply_rollback(state: State, operation: Operation) -> Verdict:
    """Let the keys of a scope be those of an earlier version: a new version, and nothing is erased."""
    data = operation.data
    name, number = scope_in(data), fields.number(data, "version")
    write, saw = fields.text(data, "write"), fields.text(data, "saw", ANY)
    before = record.read_scope(state, name)
    if before is None:
        return Verdict("not_found", {"scope": name})
    found = record.version(state, name, number)
    if found is None or found.write != write or saw not in (ANY, before.write):
        return Verdict("stale", {"version": before.version})
    made = Written(before.version + 1, operation.event.id, operation.session, operation.time)
    record.restore(state, name, number)
    return _finish(state, name, replace(before, removed=made.write), made)


def snapshot_in(data: dict[str, Any]) -> str:
    """Return the name of a snapshot in a payload. Raises `Malformed`."""
    name = fields.text(data, "name")
    if not record.is_snapshot(name):
        raise Malformed("name is not a name of a snapshot")
    return name


def apply_snapshot(state: State, operation: Operation) -> Verdict:
    """Give a version of a scope a name, which it keeps: a name stands for one version for ever."""
    data = operation.data
    scope, name = scope_in(data), snapshot_in(data)
    number, write = fields.number(data, "version"), fields.text(data, "write")
    before = record.read_scope(state, scope)
    if before is None:
        return Verdict("not_found", {"scope": scope})
    found = record.version(state, scope, number)
    if found is None or found.write != write:
        return Verdict("stale", {"version": before.version})
    known = record.snapshot(state, scope, name)
    if known is None:
        if len(record.snapshots(state, scope)) >= limits.SNAPSHOTS:
            return Verdict("quota")
        record.put_snapshot(state, scope, name, Written(number, write, operation.session, operation.time))
    elif known != number:
        return Verdict("exists", {"version": known})
    return Verdict(detail={"version": number})
