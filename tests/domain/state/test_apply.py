"""Writes to shared state in the fold: against a model, one by one, and what is malformed."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from domain.world import ME, OTHER, World
from gitcoord.domain.state import record
from gitcoord.policy import limits
from gitcoord.policy.ids import StoreOid

if TYPE_CHECKING:
    from pathlib import Path


def write(world: World, *changes: dict[str, Any], session: str = ME, **data: Any) -> str:
    """Write to the scope `plan`; returns why it was refused, '' where it was not."""
    return world.do(session, "state", {"scope": "plan", "changes": list(changes), **data}).reason


def setting(key: str, value: str, **more: str) -> dict[str, str]:
    """A change that sets a key."""
    return {"op": "set", "key": key, "value": value, **more}


def text(world: World, key: str = "k") -> str | None:
    """The value of a key, as another process reads it."""
    found = record.read(world.saved(), "plan", key)
    return None if found is None else found.text


def last(world: World, key: str = "k") -> str:
    """The id of the last write to a key, as who read it names it."""
    found = record.read(world.state, "plan", key)
    assert found is not None
    return found.last


def test_numbers_stay_as_they_are_written(world: World) -> None:
    """None becomes another one, also where the value around it is changed."""
    assert write(world, setting("k", '{"a": [1.50, 1e3, -0, 12345678901234567890], "é": null}')) == ""
    assert write(world, setting("k", "2.10", path="/a/-")) == ""
    assert text(world) == '{"a":[1.50,1e3,-0,12345678901234567890,2.10],"é":null}'


def test_places_in_a_value(world: World) -> None:
    """JSON Pointer: members, list items, the end of a list, escaped slashes; a place that is not there refuses all."""
    assert write(world, setting("k", '{"a/b":{"~":[1,2]}}')) == ""
    assert write(world, setting("k", "3", path="/a~1b/~0/0"), {"op": "remove", "key": "k", "path": "/a~1b/~0/1"}) == ""
    assert text(world) == '{"a/b":{"~":[3]}}'
    assert write(world, {"op": "append", "key": "k", "path": "/a~1b/~0", "value": "4"}) == ""
    assert text(world) == '{"a/b":{"~":[3,4]}}'
    for path in ("/x/y", "/a~1b/~0/2", "/a~1b/~0/01", "/a~1b/~0/-1", "/a~1b/~0/0/z"):
        assert write(world, setting("other", "1"), setting("k", "1", path=path)) == "not_found"
    assert write(world, {"op": "append", "key": "k", "value": "1"}) == "not_found", "it is no list"
    assert write(world, {"op": "remove", "key": "none"}) == "not_found"
    assert text(world, "other") is None, "all or nothing"


def test_a_write_that_did_not_see_the_last_one_is_stale(world: World) -> None:
    """By default it is refused; of a key that is gone it must have seen the removal."""
    assert write(world, setting("k", "1", saw="")) == ""
    seen = last(world)
    assert write(world, setting("k", "2", saw=seen), session=OTHER) == ""
    assert write(world, setting("free", "1"), setting("k", "3", saw=seen)) == "stale"
    assert text(world, "free") is None
    assert write(world, {"op": "remove", "key": "k", "saw": last(world)}) == ""
    assert write(world, setting("k", "4", saw=seen)) == write(world, setting("k", "4", saw="")) == "stale"
    scope = record.read_scope(world.state, "plan")
    assert scope is not None
    assert write(world, setting("k", "4", saw=scope.removed)) == ""
    assert write(world, setting("k", "5"), saw=scope.write) == "stale", "the scope was written since"


def test_the_last_writer_wins_where_a_scope_says_so(world: World) -> None:
    """A stale write goes over what is there."""
    assert write(world, setting("k", "1"), policy="last-writer") == ""
    assert write(world, setting("k", "2", saw="")) == ""
    assert text(world) == "2"


def test_both_values_are_kept_where_a_scope_says_so(world: World) -> None:
    """Until one who saw them all writes one; so many are kept at most."""
    assert write(world, setting("k", "1"), policy="manual") == ""
    first = last(world)
    assert write(world, setting("k", "2", saw=""), session=OTHER) == ""
    found = record.read(world.saved(), "plan", "k")
    assert found is not None
    assert (found.text, [(other.text, other.by) for other in found.others]) == ("1", [("2", OTHER)])
    assert write(world, setting("k", "3", saw=first)) == ""
    assert values(world) == ["1", "2", "3"], "who saw the value that stands has not seen those beside it"
    assert write(world, setting("k", "2", saw=last(world))) == ""
    found = record.read(world.saved(), "plan", "k")
    assert found is not None
    assert (found.text, found.others) == ("2", ())
    verdicts = [write(world, setting("k", "3", saw="")) for _ in range(limits.OTHERS + 1)]
    assert verdicts == [""] * limits.OTHERS + ["quota"]


def values(world: World, key: str = "k") -> list[str]:
    """The value that stands and those beside it, as another process reads them."""
    found = record.read(world.saved(), "plan", key)
    return [] if found is None else [found.text, *(other.text for other in found.others)]


@pytest.mark.parametrize(
    ("change", "whole"),
    [
        ({"op": "append", "key": "k", "value": "9"}, "[[1],9]"),
        (setting("k", "9", path="/0/0"), "[[9]]"),
        ({"op": "remove", "key": "k", "path": "/0/0"}, "[[]]"),
    ],
)
@pytest.mark.parametrize("policy", record.POLICIES)
def test_a_change_of_a_part_chooses_nothing(world: World, change: dict[str, str], whole: str, policy: str) -> None:
    """The other values stay beside one of which a part changes; where it did not see them it is stale."""
    assert write(world, setting("k", "[[1]]"), policy="manual") == ""
    seen = last(world)
    assert write(world, setting("k", "2", saw="")) == ""
    assert write(world, {**change, "saw": seen}, session=OTHER) == "stale"
    assert write(world, {**change, "saw": ""}, session=OTHER) == "stale"
    assert values(world) == ["[[1]]", "2"]
    assert write(world, change, session=OTHER, policy=policy) == ""
    assert values(world) == [whole, "2"]
    assert write(world, setting("k", "3", saw=last(world))) == ""
    assert values(world) == ["3"], "who saw them all chooses"


def test_a_removal_that_did_not_see_the_last_value_is_stale(world: World) -> None:
    """Where both are kept too: of a key, and of a whole scope."""
    assert write(world, setting("k", "1"), policy="manual") == ""
    seen, version = last(world), record.read_scope(world.state, "plan")
    assert version is not None
    assert write(world, setting("k", "2", saw=""), session=OTHER) == ""
    assert write(world, {"op": "remove", "key": "k", "saw": seen}) == "stale"
    assert write(world, clear=True, saw=version.write) == "stale"
    assert write(world, policy="refuse", saw=version.write) == "stale"
    assert values(world) == ["1", "2"]
    assert write(world, {"op": "remove", "key": "k", "saw": last(world)}) == ""
    assert values(world) == []
    assert write(world, {"op": "append", "key": "k", "value": "1", "saw": seen}) == "stale", "it saw no removal"


def test_several_changes_of_a_key_are_kept_beside_it_as_one(world: World) -> None:
    """Each key by what was seen of it; a write that saw another version of the scope says it of each."""
    assert write(world, setting("k", "[1]"), setting("l", "1"), policy="manual") == ""
    before, k, free = record.read_scope(world.state, "plan"), last(world), last(world, "l")
    assert before is not None
    assert write(world, setting("k", "[2]"), session=OTHER) == ""
    more = {"op": "append", "key": "k", "value": "4", "saw": k}
    changes = [setting("k", "[3]", saw=k), more, setting("l", "2", saw=free)]
    assert write(world, *changes, setting("m", "1"), saw=before.write) == "stale", "one change does not say it"
    assert write(world, *changes, saw=before.write) == ""
    assert (values(world), values(world, "l")) == (["[2]", "[3,4]"], ["2"])
    assert write(world, setting("k", "5", saw=k), {"op": "remove", "key": "k", "saw": k}) == ""
    assert values(world) == ["[2]", "[3,4]"], "of what was written and removed again nothing is kept"


@pytest.mark.parametrize("seed", range(8))
def test_no_value_goes_that_was_not_seen(world: World, seed: int) -> None:
    """Random writes to a scope that keeps both: only who saw a value, or asks for no look, takes it away."""
    rng = random.Random(seed)
    assert write(world, policy="manual") == ""
    views: list[tuple[str, list[str]]] = [("", [])]
    for step in range(80):
        saw, seen = rng.choice(views[-4:])
        there = values(world)
        change = rng.choice(
            [
                setting("k", f"[{step}]"),
                {"op": "append", "key": "k", "value": str(step)},
                setting("k", str(step), path="/-"),
                {"op": "remove", "key": "k"},
            ]
        )
        reason = write(world, {**change, "saw": saw})
        now = values(world)
        whole = change["op"] != "append" and "path" not in change
        if reason:
            assert now == there
        elif seen != there:
            assert now == [*there, f"[{step}]"], "it is kept beside what was not seen"
        elif not whole:
            assert now[1:] == there[1:]
        else:
            assert now == ([f"[{step}]"] if change["op"] == "set" else [])
        scope = record.read_scope(world.state, "plan")
        assert scope is not None
        views.append((last(world) if now else scope.removed, now))


def rollback(world: World, number: int, write_id: str = "") -> str:
    """Bring the scope back; returns why that was refused."""
    made = record.version(world.state, "plan", number)
    name = write_id or (made.write if made is not None else "")
    return world.do(ME, "state-rollback", {"scope": "plan", "version": number, "write": name}).reason


def test_an_earlier_version_is_the_same_tree(world: World) -> None:
    """A rollback is a new version with the tree of the old one, and erases nothing."""
    assert write(world, setting("k", "1"), setting("l", "1")) == ""
    world.state.save()
    assert write(world, setting("k", "2"), {"op": "remove", "key": "l"}) == ""
    assert rollback(world, 1) == ""
    assert (text(world), text(world, "l")) == ("1", "1")
    entries = world.objects.tree(StoreOid(world.objects.tree(world.saved().tree)["state"][1]))
    scope = world.objects.tree(StoreOid(entries["+plan"][1]))
    versions = world.objects.tree(StoreOid(world.objects.tree(StoreOid(scope["versions"][1]))["0"][1]))
    trees = {number: world.objects.tree(StoreOid(oid))["keys"][1] for number, (_, oid) in versions.items()}
    assert set(trees) == {"1", "2", "3"}
    assert trees["1"] == trees["3"] == scope["keys"][1] != trees["2"]
    assert rollback(world, 4) == rollback(world, 1, "f" * 32) == "stale"
    assert world.do(ME, "state-rollback", {"scope": "none", "version": 1, "write": ""}).reason == "not_found"


def test_a_scope_that_was_emptied_can_be_brought_back(world: World) -> None:
    """Also to a version in which it was empty."""
    assert write(world, setting("k", "1")) == ""
    assert write(world, clear=True) == ""
    assert text(world) is None
    assert rollback(world, 1) == ""
    assert text(world) == "1"
    assert rollback(world, 2) == ""
    assert text(world) is None


@pytest.mark.parametrize("name", ["a/b", "%2F", "..", ".git", "+", "é", "x" * limits.NAME_BYTES, "a b", "scope.json"])
def test_any_name_is_safe_in_a_tree(world: World, name: str) -> None:
    """Scopes and keys with names that git refuses, or that mean something in a path, are like any other."""
    verdict = world.do(ME, "state", {"scope": name, "changes": [setting(name, "1")]})
    assert verdict.accepted
    state = world.saved()
    assert record.scopes(state) == [name]
    assert [key for key, _ in record.values(state, name)] == [name]
    world.objects.publish()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"scope": "s"},
        {"scope": "s", "changes": []},
        {"scope": "", "changes": [setting("k", "1")]},
        {"scope": "a\nb", "changes": [setting("k", "1")]},
        {"scope": "x" * 201, "changes": [setting("k", "1")]},
        {"scope": "s", "changes": [setting("", "1")]},
        {"scope": "s", "changes": [setting("k", "")]},
        {"scope": "s", "changes": [setting("k", "NaN")]},
        {"scope": "s", "changes": [setting("k", "1" * 21)]},
        {"scope": "s", "changes": [setting("k", "[" * 40 + "]" * 40)]},
        {"scope": "s", "changes": [setting("k", '{"a":1,"a":2}')]},
        {"scope": "s", "changes": [setting("k", '"\\ud800"')]},
        {"scope": "s", "changes": [setting("k", '"' + "x" * limits.VALUE_BYTES + '"')]},
        {"scope": "s", "changes": [{"op": "set", "key": "k", "value": 1}]},
        {"scope": "s", "changes": [{"op": "add", "key": "k", "value": "1"}]},
        {"scope": "s", "changes": [setting("k", "1", path="a")]},
        {"scope": "s", "changes": [setting("k", "1", path="/a" * 40)]},
        {"scope": "s", "changes": [setting("k", "1", saw=1)]},  # type: ignore[arg-type]
        {"scope": "s", "changes": [setting("k", "1")] * (limits.CHANGES + 1)},
        {"scope": "s", "changes": [setting("k", "1")], "policy": "none"},
        {"scope": "s", "changes": [setting("k", "1")], "clear": 1},
        {"scope": "s", "changes": [setting("k", "1")], "clear": True},
        {"scope": "s", "policy": "refuse"},
    ],
)
def test_hostile_payloads_are_malformed(world: World, data: dict[str, Any]) -> None:
    """They are refused, and nothing of them is in the state."""
    assert world.do(ME, "state", data).reason == "malformed"
    assert not world.state.has("state")


def test_a_value_that_grows_too_large_is_refused(world: World) -> None:
    """Appending stops at the limit, and so does nesting."""
    big = '"' + "x" * (limits.VALUE_BYTES // 2) + '"'
    assert [write(world, {"op": "append", "key": "k", "value": big}) for _ in range(2)] == ["", "quota"]


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_writes_is_what_the_model_says(world: World, seed: int) -> None:
    """Random writes, stale or not, removals and rollbacks: every version stays what it was, in any save rhythm."""
    rng = random.Random(seed)
    model: dict[str, str] = {}
    writes: dict[str, str] = {}
    past: list[tuple[dict[str, str], dict[str, str], str]] = []
    for step in range(120):
        key, name = rng.choice(["a", "b", "c/d", "e%"]), f"{seed:016x}{step:016x}"
        removed = getattr(record.read_scope(world.state, "plan"), "removed", "")
        seen = writes.get(key, removed)
        kind = rng.choice(["set", "set", "stale", "remove", "clear", "back"])
        data: dict[str, Any] = {"scope": "plan"}
        expected, after = "", dict(model)
        if kind in ("set", "stale"):
            data["changes"] = [setting(key, str(step), saw=seen if kind == "set" else "0" * 32)]
            expected, after[key] = ("" if kind == "set" else "stale"), str(step)
        elif kind == "remove":
            data["changes"] = [{"op": "remove", "key": key}]
            expected = "" if key in model else "not_found"
            after.pop(key, None)
        elif kind == "clear":
            data["clear"] = True
            after = {}
        elif past:
            number = rng.randrange(len(past))
            after = past[number][0]
            data |= {"version": number + 1, "write": past[number][2]}
        else:
            continue
        verdict = world.do(ME, "state-rollback" if kind == "back" else "state", data, claim=name)
        assert verdict.reason == expected, (step, kind)
        if verdict.accepted:
            if kind == "back":
                writes = dict(past[number][1])
            else:
                writes = {one: writes.get(one, name) for one in after} | ({key: name} if kind == "set" else {})
            model = after
            past.append((dict(model), dict(writes), name))
            assert verdict.detail["version"] == len(past)
        if rng.random() < 0.3:
            world.state = world.saved()
    state = world.saved()
    assert {key: value.text for key, value in record.values(state, "plan")} == model
    for number, (then, _, _) in enumerate(past, 1):
        found = {key: record.read_at(state, "plan", number, key) for key in ["a", "b", "c/d", "e%"]}
        assert {key: value.text for key, value in found.items() if value is not None} == then


def test_the_tree_does_not_depend_on_when_it_was_saved(tmp_path: Path) -> None:
    """The same writes give the same tree, saved after each or once at the end."""
    trees = []
    for often in (True, False):
        world = World(tmp_path / f"{often}.git")
        world.start(ME)
        for number in range(30):
            name = f"{number:032x}"
            if number % 7 == 6:
                made = record.version(world.state, "plan", number - 3)
                assert made is not None
                data: dict[str, Any] = {"scope": "plan", "version": number - 3, "write": made.write}
                assert world.do(ME, "state-rollback", data, claim=name).accepted
            else:
                change = setting(f"k{number % 5}", json.dumps([number]))
                assert world.do(ME, "state", {"scope": "plan", "changes": [change]}, claim=name).accepted
            if often:
                world.state = world.saved()
        world.state.save()
        entries = world.objects.tree(world.state.tree)
        trees.append(entries["state"])
    assert trees[0] == trees[1]


def snapshot(world: World, name: str, number: int, write_id: str = "") -> str:
    """Name a version; returns why it was refused."""
    made = record.version(world.state, "plan", number)
    data = {"scope": "plan", "name": name, "version": number, "write": write_id or (made.write if made else "")}
    return world.do(ME, "state-snapshot", data).reason


def test_a_name_stands_for_one_version_for_ever(world: World) -> None:
    """Given again to the same version it is no fault; to another one it is refused, and so is a version that is not."""
    write(world, setting("k", "1"))
    assert snapshot(world, "first", 1) == ""
    write(world, setting("k", "2"))
    assert snapshot(world, "first", 1) == snapshot(world, "one/more", 1) == snapshot(world, "second", 2) == ""
    assert snapshot(world, "first", 2) == "exists"
    assert snapshot(world, "third", 3) == snapshot(world, "third", 1, "f" * 32) == "stale"
    assert world.do(ME, "state-snapshot", {"scope": "x", "name": "n", "version": 1, "write": ""}).reason == "not_found"
    assert snapshot(world, "12", 1) == snapshot(world, "", 1) == "malformed", "a number is a version"
    known = record.snapshots(world.saved(), "plan")
    assert {name: made.version for name, made in known.items()} == {"first": 1, "one/more": 1, "second": 2}
    assert text(world) == "2", "nothing but the names changed"


def test_names_are_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many one is refused; one that stands may be given again."""
    monkeypatch.setattr(limits, "SNAPSHOTS", 2)
    write(world, setting("k", "1"))
    assert [snapshot(world, name, 1) for name in ("a", "b", "c", "a")] == ["", "", "quota", ""]
