"""Read and set the rules that hold for everybody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from gitcoord.dataclass import dataclass, field
from gitcoord.domain.command import Argument, Command, option
from gitcoord.domain.role import limits
from gitcoord.domain.rules import record, typed
from gitcoord.domain.wording import provisional
from gitcoord.errors.refusal import NotRecorded
from gitcoord.errors.rules import NoLimits, RulesTooLarge
from gitcoord.errors.usage import NotOneOf
from gitcoord.ledger.event import Draft
from gitcoord.ledger.fold import META
from gitcoord.policy import roles
from gitcoord.policy.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.domain.call import Call
    from gitcoord.ledger.state import State


@dataclass(frozen=True, slots=True)
class Change:
    """Show or set the rules that hold for everybody.

    land first-come|integrator[=ROLE|NAME]|owner|locked [BRANCHES]: who pushes to them; land retest touched|always; land
    via=push|command:CMD. radar ignore GLOB: files of whose conflicts nobody is told.
    owner GLOB TO, owner-map @NAME TO: who owns a path (TO: a name, an id, role:R, team:T, nobody). role NAME
    RIGHT=VALUE...: what its bearers may do; paths, claim, edit and commit take globs, tasks takes types, both with
    commas between them, or all, or none; send, halt, override, land and manage take yes or no.
    """

    key: Annotated[str, Argument("KEY", "require-claim, person, max-files, owner, owner-map, role, land, radar.")] = ""
    value: Annotated[list[str], Argument("VALUE...", "The value.")] = field(default_factory=list)
    unset: Annotated[bool, option("--unset", help="Remove an owner, a name or the changes of a role.")] = False


@dataclass(frozen=True, slots=True)
class InForce:
    """The rules in force, each under its name; `confirmed` where the hub knows the same."""

    rules: dict[str, Any]
    confirmed: bool


class Changed(InForce):
    """The rule that was just set."""


def run(call: Call, request: Change) -> InForce:
    """Show all rules, or one, or set it. Raises `Usage` for a rule or a value that there is not."""
    if request.key and request.key not in record.KEYS:
        raise NotOneOf(printable(request.key), "a rule", record.KEYS)
    shows = not request.unset and (not request.value or (request.key == "role" and len(request.value) == 1))
    if shows:
        call.look()
        answer = _show(call, request.key, request.value)
    else:
        answer = _change(call, request.key, typed.value(request.key, request.value, unset=request.unset))
    if unsure := provisional(confirmed=answer.confirmed):
        call.warnings.append(f"{', '.join(answer.rules)}{unsure}")  # not a line: those are read by programs
    return answer


def _show(call: Call, key: str, named: list[str]) -> InForce:
    values = _chosen(call.state, key)
    agreed = call.workspace.agreement.confirmed()
    # Before the first contact nobody knows what the hub's rules are.
    confirmed = agreed is None or (agreed.json(META) is not None and _chosen(agreed, key) == values)
    if named:
        if named[0] not in values["role"]:
            raise NoLimits(printable(named[0]))
        values = {"role": {named[0]: values["role"][named[0]]}}
    return InForce(values, confirmed)


def _change(call: Call, key: str, value: Any) -> Changed:
    me = call.me()
    limits.check(call.state, me, "manage")
    data = {"key": key, "value": value}
    done = call.workspace.record(me.id, Draft("rules", f"rule {key} = {printable(typed.shown(value))}"[:200], data))
    verdict = done.outcomes[0].verdict
    if verdict is not None and verdict.reason == "forbidden":
        raise limits.refusal(done.state, verdict.detail)
    if verdict is not None and verdict.reason == "quota":
        raise RulesTooLarge()
    if verdict is not None and not verdict.accepted:
        raise NotRecorded("the rule was not changed", verdict.reason)
    values = _chosen(done.state, key)
    if key == "role":
        values["role"] = {role: said for role, said in values["role"].items() if role == value["name"]}
    return Changed(values, done.confirmed)


def _lines(call: Call, answer: InForce) -> Iterator[str]:
    for name, value in answer.rules.items():
        if name == "owner":
            yield from (f"owner {printable(pair['glob'])} = {printable(pair['to'] or 'nobody')}" for pair in value)
        elif name == "owner-map":
            yield from (f"owner-map {printable(known)} = {printable(to)}" for known, to in value.items())
        elif name == "role":
            changed = record.read(call.state).roles
            shown = value if call.request.key == "role" else {role: value[role] for role in value if role in changed}
            yield from (f"role {printable(role)} = {printable(typed.rights(said))}" for role, said in shown.items())
        elif name == "land":
            yield from _landing(value)
        elif name == "radar":
            yield from (f"radar ignore {printable(glob)}" for glob in value)
        else:
            yield f"{name} = {value if isinstance(value, str) else json.dumps(value)}"


def _landing(value: dict[str, Any]) -> Iterator[str]:
    for glob, policy, who in value.get("branches", ()):
        yield f"land {policy}{f'={printable(who)}' if who else ''} {printable(glob)}"
    if value.get("retest"):
        yield f"land retest {value['retest']}"
    if value.get("via"):
        yield f"land via={printable(value['via'])}"


def _chosen(state: State, key: str) -> dict[str, Any]:
    """Return one rule with its value, or all where `key` is empty. Of roles all that have limits, with all rights."""
    rules = record.read(state)
    values = rules.to_json()
    values["owner"] = [{"glob": glob, "to": to} for glob, to in rules.owners]
    named = (roles.rights(role, rules.roles) for role in dict.fromkeys((*roles.BUILT_IN, *sorted(rules.roles))))
    values["role"] = {found.role: found.to_json() for found in named if found is not None}
    return {key: values[key]} if key else values


def _quiet(call: Call, answer: InForce) -> Iterator[str]:
    if not isinstance(answer, Changed):
        yield from _lines(call, answer)


COMMANDS = (Command("rules", Change, run, _lines, quiet=_quiet),)
