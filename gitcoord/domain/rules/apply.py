"""Set a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitcoord.domain import fields
from gitcoord.domain.role import record as role
from gitcoord.domain.rules.record import PATH, Rules, read
from gitcoord.errors import Malformed
from gitcoord.ledger.commit import canonical
from gitcoord.ledger.fold import Operation, Verdict
from gitcoord.policy import limits, roles
from gitcoord.policy.glob import has_wildcard
from gitcoord.policy.landing import POLICIES
from gitcoord.policy.scope import checked, encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from gitcoord.ledger.state import State

    Value = Any
    Data = dict[str, Any]


def apply_rules(state: State, operation: Operation) -> Verdict:
    """Set one rule. The file is there only while some rule is not at its default, so that the shims can tell.

    Refused (`forbidden`) where the role of the session does not allow it, and (`quota`) where the file would be too
    large: every guard has to read it.
    """
    data = operation.data
    key = fields.text(data, "key")
    if key not in _SET:
        raise Malformed("there is no such rule")
    rules = read(state).to_json()
    rules[key] = _SET[key](data, rules[key])
    refused = role.refusal(state, operation, "manage")
    if refused is not None:
        return refused
    defaults = Rules().to_json()
    changed = {name: value for name, value in rules.items() if value != defaults[name]}
    if len(canonical(changed).encode("utf-8", "surrogateescape")) > limits.RULES_BYTES:
        return Verdict("quota")
    if changed:
        state.write_json(PATH, changed)
    else:
        state.remove(PATH)
    if key == "role":
        role.mark_all(state, fields.text(_object(data), "name"))
    return Verdict()


def _flag(data: Data, _: Value) -> bool:
    return fields.flag(data, "value")


def _person(data: Data, _: Value) -> str:
    value = fields.text(data, "value")
    if value not in ("refuse", "warn"):
        raise Malformed("person is 'refuse' or 'warn'")
    return value


def _number(data: Data, _: Value) -> int:
    return fields.number(data, "value")


def _object(data: Data) -> Data:
    value = data.get("value")
    if not isinstance(value, dict):
        raise Malformed("the value of this rule is an object")
    return value


def _owner(data: Data, before: list[list[str]]) -> list[list[str]]:
    """Put a glob with its owner behind all others, or take it out where no owner is said."""
    value = _object(data)
    glob = _glob(fields.text(value, "glob"))
    left = [pair for pair in before if pair[0] != glob]
    return [*left, [glob, fields.text(value, "to")]] if "to" in value else left


def _owner_map(data: Data, before: dict[str, str]) -> dict[str, str]:
    """Give a name of CODEOWNERS an address, or take it out where none is said."""
    value = _object(data)
    name = fields.text(value, "name")
    if "@" not in name or " " in name:
        raise Malformed("a name of CODEOWNERS has an @ and no space")
    left = {known: to for known, to in before.items() if known.lower() != name.lower()}
    return {**left, name: fields.text(value, "to")} if "to" in value else left


def _land(data: Data, before: Data) -> Data:
    """Say who pushes to branches, when a landing is tested again, or how it is handed over; '' is the default."""
    value = _object(data)
    if "glob" in value:
        glob = _glob(fields.text(value, "glob"))
        left = [item for item in before.get("branches", []) if item[0] != glob]
        if "policy" in value:
            policy = fields.text(value, "policy")
            if policy not in POLICIES:
                raise Malformed("there is no such policy")
            left.append([glob, policy, fields.text(value, "who", "")])
        changed: Data = {"branches": left}
    elif "retest" in value:
        changed = {"retest": fields.text(value, "retest")}
        if changed["retest"] not in ("", "always"):
            raise Malformed("retest is 'always', or the default")
    else:
        changed = {"via": fields.text(value, "via")}
    return {key: said for key, said in {**before, **changed}.items() if said}


def _radar(data: Data, before: list[str]) -> list[str]:
    """Let the radar never speak of what a glob matches, or speak of it again."""
    value = _object(data)
    glob = _glob(fields.text(value, "glob"))
    left = [known for known in before if known != glob]
    return left if "unset" in value else [*left, glob]


def _role(data: Data, before: dict[str, Data]) -> dict[str, Data]:
    """Change rights of a role, the others stay; without rights let it be as it is built in."""
    value = _object(data)
    name = fields.text(value, "name")
    if not name:
        raise Malformed("a role has a name")
    left = {known: said for known, said in before.items() if known != name}
    said = value.get("rights")
    if said is None:
        return left
    if not isinstance(said, dict) or not said:
        raise Malformed("rights are an object")
    return {**left, name: {**before.get(name, {}), **{right: _right(said, right) for right in said}}}


def _right(said: Data, right: str) -> Any:
    if right in roles.PLAIN:
        return fields.flag(said, right)
    if right not in (*roles.BY_PATH, roles.TASKS):
        raise Malformed("there is no such right")
    found = list(dict.fromkeys(fields.texts(said, right)))
    if len(found) > limits.RIGHTS:
        raise Malformed(f"a right has at most {limits.RIGHTS} globs or types")
    return found if right == roles.TASKS else [_glob(text) for text in found]


def _glob(text: str) -> str:
    """Return a glob as it was written; a path without a wildcard is that file."""
    try:
        return checked("glob" if has_wildcard(encoded(text)) else "file", text).text
    except (ValueError, UnicodeEncodeError) as error:
        raise Malformed(f"a glob is malformed: {error}") from error


_SET: dict[str, Callable[[Data, Any], Value]] = {
    "require-claim": _flag,
    "person": _person,
    "max-files": _number,
    "owner": _owner,
    "owner-map": _owner_map,
    "role": _role,
    "land": _land,
    "radar": _radar,
}
"""For each rule the function that makes its new value of the payload and of the value before."""
