"""`state` on the command line: what is answered, and eight processes that count together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.torture import repeated

if TYPE_CHECKING:
    from conftest import Repo

WORKERS, EACH = 8, repeated(6)

COUNTING = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
import os
from support.programs import in_process
top, session, times = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
done = 0
while done < times:
    read = ("state", "get", "shared", "count", "--json")
    got = in_process(top, dict(os.environ), *read, session=session, check=True).json
    words = ("state", "set", "shared", "count", str(got["value"] + 1), "--if-version", str(got["version"]), "--json")
    ran = in_process(top, dict(os.environ), *words, session=session, check=False)
    assert ran.status == 0 or (ran.status, ran.json["reason"]) == (1, "stale"), ran.out + ran.err
    done += ran.status == 0
"""


@pytest.fixture
def me(repo: Repo) -> str:
    """A session."""
    return repo.start("alice")


def test_a_value_from_its_first_writing_to_its_return(repo: Repo, me: str) -> None:
    """Set, read, set under a version, refused under a stale one, listed, brought back."""
    first = repo.here("state", "set", "plan", "phase", '"build"', "--json", session=me).json
    assert (first["scope"], first["version"], first["confirmed"]) == ("plan", 1, True)
    got = repo.here("state", "get", "plan", "phase", "--json", session=me).json
    assert (got["value"], got["version"], got["written"], got["policy"]) == ("build", 1, 1, "refuse")
    assert repo.here("state", "set", "plan", "other", "1.50", "-q", session=me).out == "2\n"
    assert repo.here("state", "set", "plan", "phase", "[]", "--if-version", "1", session=me).status == 0
    stale = repo.here("state", "set", "plan", "phase", "{}", "--if-version", "1", "--json", session=me)
    assert (stale.status, stale.json["reason"]) == (1, "stale")
    ahead = repo.here("state", "set", "plan", "phase", "{}", "--if-version", "9", "--json", session=me)
    assert (ahead.status, ahead.json["message"]) == (1, "plan has no version 9: it is at version 3")
    assert repo.here("state", "append", "plan", "phase", "2e0", session=me).status == 0
    whole = repo.here("state", "get", "plan", session=me)
    assert whole.out == '{"other": 1.50, "phase": [2e0]}\n', "numbers stay as they are written"
    assert '"value": {"other": 1.50, "phase": [2e0]}' in repo.here("state", "get", "plan", "--json", session=me).out
    assert repo.here("state", "remove", "plan", "other", session=me).status == 0
    assert repo.here("state", "get", "plan", "other", "--json", session=me).json["reason"] == "not_found"
    (known,) = repo.here("state", "scopes", "pl*", "--json", session=me).json["scopes"]
    assert (known["scope"], known["keys"], known["version"]) == ("plan", 1, 5)
    assert repo.here("state", "scopes", "x*", "--json", session=me).json["scopes"] == []
    back = repo.here("state", "rollback", "plan", "--to", "2", "--json", session=me).json
    assert back["version"] == 6
    assert repo.here("state", "get", "plan", session=me).out == '{"other": 1.50, "phase": "build"}\n'
    past = repo.here("state", "history", "plan", "--limit", "2", "--json", session=me).json
    assert [(item["version"], item["session"]) for item in past["versions"]] == [(6, me), (5, me)]
    assert (past["total"], past["more"]) == (6, True)
    (event, *_) = [one for one in repo.here("log", "--json").json["events"] if one["kind"] == "state"]
    assert (event["scope"], event["keys"], event["version"]) == ("plan", ["other"], 5)
    repo.here("state", "set", "other", "k", "1", session=me, check=True)
    page = repo.here("state", "scopes", "--limit", "1", "--json", session=me).json
    assert [page[name] for name in ("shown", "total", "next")] == [1, 2, 1]
    assert repo.here("state", "scopes", "--limit", "1").out.splitlines()[-1] == "1 of 2: for more add --offset 1"


def test_several_changes_are_one(repo: Repo, me: str) -> None:
    """All of a patch or none, under an expected version of the whole scope; a policy stays with the scope."""
    changes = [
        {"op": "set", "key": "a", "value": {"list": [1]}},
        {"op": "append", "key": "a", "path": "/list", "value": 2},
        {"op": "set", "key": "b", "value": None},
    ]
    repo.write("changes.json", json.dumps(changes))
    ran = repo.here("state", "patch", "plan", "-F", "changes.json", "--if-version", "0", "--json", session=me)
    assert ran.json["version"] == 1
    assert repo.here("state", "get", "plan", session=me).out == '{"a": {"list":[1,2]}, "b": null}\n'
    repo.write("changes.json", json.dumps([*changes[2:], {"op": "remove", "key": "none"}]))
    ran = repo.here("state", "patch", "plan", "-F", "changes.json", "--json", session=me)
    assert (ran.status, ran.json["reason"]) == (1, "not_found")
    ran = repo.coord("state", "patch", "plan", "--if-version", "0", "--json", session=me, stdin=json.dumps(changes))
    assert (ran.status, ran.json["reason"]) == (1, "stale")
    assert repo.here("state", "patch", "plan", "--policy", "manual", session=me).status == 0
    assert repo.here("state", "set", "plan", "b", "1", "--if-version", "1", session=me).status == 0
    assert repo.here("state", "set", "plan", "b", "2", "--if-version", "1", session=me).status == 0
    got = repo.here("state", "get", "plan", "b", "--json", session=me).json
    assert (got["value"], [other["value"] for other in got["others"]], got["policy"]) == (1, [2], "manual")
    assert repo.here("state", "set", "plan", "b", "2", session=me).status == 0
    assert repo.here("state", "get", "plan", "b", "--json", session=me).json["others"] == []


def test_values_to_choose_from_are_shown(repo: Repo, me: str) -> None:
    """To people as warnings beside the value, and beside a whole scope; to programs with their keys."""
    bob = repo.start("bob")
    repo.here("state", "patch", "plan", "--policy", "manual", session=me, check=True)
    repo.here("state", "set", "plan", "k", "[2]", session=me, check=True)
    repo.here("state", "set", "plan", "k", "[3]", "--if-version", "1", session=bob, check=True)
    repo.here("state", "set", "plan", "l", "1", session=me, check=True)
    one = repo.here("state", "get", "plan", "k", session=me)
    assert one.out == "[2]\n"
    assert "warning: choose with git coord state set plan k JSON: bob wrote another value: [3]" in one.err
    whole = repo.here("state", "get", "plan", session=me)
    assert whole.out == '{"k": [2], "l": 1}\n'
    assert "warning: see with git coord state get plan k between which values to choose: 1 key: k" in whole.err
    assert "choose" not in repo.here("state", "get", "plan", "l", session=me).err
    for words in (("plan", "k"), ("plan",)):
        found = repo.here("state", "get", *words, "--json", session=me).json
        assert [(other["key"], other["value"], other["session"]) for other in found["others"]] == [("k", [3], bob)]


def test_no_value_is_lost_where_both_are_kept(repo: Repo, me: str) -> None:
    """What did not see the last write is kept beside it where it is a whole value, and refused where it is not."""

    def values(key: str = "k") -> list[object]:
        found = repo.here("state", "get", "plan", key, "--json", session=me, check=True).json
        return [found["value"], *(other["value"] for other in found["others"])]

    def patch(*changes: dict[str, object]) -> tuple[int, object]:
        words = ("state", "patch", "plan", "--if-version", "2", "--json")
        ran = repo.coord(*words, session=me, stdin=json.dumps(changes))
        return ran.status, ran.json.get("reason")

    repo.here("state", "patch", "plan", "--policy", "manual", session=me, check=True)
    repo.here("state", "set", "plan", "k", "[1]", session=me, check=True)
    repo.here("state", "set", "plan", "k", "[2]", session=me, check=True)
    for words in (
        ("append", "plan", "k", "9", "--if-version", "2"),
        ("remove", "plan", "k", "--if-version", "2"),
        ("remove", "plan", "--if-version", "2"),
        ("rollback", "plan", "--to", "1", "--if-version", "2"),
    ):
        ran = repo.here("state", *words, "--json", session=me)
        assert (ran.status, ran.json.get("reason")) == (1, "stale"), words
    assert patch({"op": "set", "key": "k", "path": "/0", "value": 9}) == (1, "stale")
    assert patch({"op": "append", "key": "k", "value": 9}, {"op": "set", "key": "new", "value": 1}) == (1, "stale")
    assert values() == [[2]]
    assert patch({"op": "set", "key": "k", "value": [3]}, {"op": "set", "key": "new", "value": 1})[0] == 0
    assert (values(), values("new")) == ([[2], [3]], [1])
    repo.here("state", "set", "plan", "k", "[4]", "--if-version", "3", session=me, check=True)
    assert values() == [[2], [3], [4]], "who saw the value that stands has not seen those beside it"
    repo.here("state", "append", "plan", "k", "9", session=me, check=True)
    assert values() == [[2, 9], [3], [4]]
    repo.here("state", "set", "plan", "k", "[5]", "--if-version", "6", session=me, check=True)
    assert values() == [[5]]


def test_a_version_gets_a_name_and_is_brought_back_by_it(repo: Repo, me: str) -> None:
    """Under the version that was seen, or not at all; the name stays, and the history shows it."""
    for value in ("1", "2", "3"):
        repo.here("state", "set", "plan", "k", value, session=me, check=True)
    made = repo.here("state", "snapshot", "plan", "good", "--version", "2", "--json", session=me).json
    assert (made["scope"], made["name"], made["version"], made["confirmed"]) == ("plan", "good", 2, True)
    again = repo.here("state", "snapshot", "plan", "good", "--json", session=me)
    assert (again.status, again.json["reason"]) == (1, "exists")
    absent = repo.here("state", "snapshot", "plan", "far", "--version", "9", "--json", session=me)
    assert (absent.status, absent.json["reason"]) == (1, "not_found")
    assert repo.here("state", "snapshot", "plan", "latest", "-q", session=me).out == "3\n"
    stale = repo.here("state", "rollback", "plan", "--to", "good", "--if-version", "2", "--json", session=me)
    assert (stale.status, stale.json["reason"]) == (1, "stale")
    lost = repo.here("state", "rollback", "plan", "--to", "bad", "--json", session=me)
    assert (lost.status, lost.json["reason"]) == (1, "not_found")
    back = repo.here("state", "rollback", "plan", "--to", "good", "--if-version", "3", "--json", session=me).json
    assert back["version"] == 4
    assert repo.here("state", "get", "plan", "k", session=me).out == "2\n"
    past = repo.here("state", "history", "plan", "--json", session=me).json["versions"]
    assert [(item["version"], item["snapshots"]) for item in past] == [(4, []), (3, ["latest"]), (2, ["good"]), (1, [])]
    named = repo.here("state", "history", "plan", "--named", "--limit", "1", "--json", session=me).json
    assert ([item["version"] for item in named["versions"]], named["more"]) == ([3], True)


def test_a_write_waits_for_those_whom_it_concerns(repo: Repo, me: str) -> None:
    """Each gets a message and acknowledges it; until then the writer waits."""
    bob, cleo = repo.start("bob"), repo.start("cleo")
    words = ("state", "set", "plan", "phase", '"ship"', "--ack-by", "bob", "--ack-by", cleo, "--wait", "1m", "--json")
    writing = subprocess.Popen(
        ["git", "coord", *words],
        cwd=repo.top,
        env=repo.env | {"GIT_COORD_SESSION": me},
        stdout=subprocess.PIPE,
        text=True,
    )
    for name in (bob, cleo):
        (letter,) = repo.here("inbox", "--wait", "30s", "--json", session=name, check=True).json["messages"]
        assert (letter["wants_ack"], letter["type"]) == (True, "state")
        assert "phase in plan" in letter["subject"]
        assert writing.poll() is None
        repo.here("ack", letter["id"], session=name, check=True)
    out, _ = writing.communicate(timeout=60)
    assert writing.returncode == 0
    answers = json.loads(out)["answers"]
    assert [(item["session"], item["acknowledged"] is not None) for item in answers] == [(bob, True), (cleo, True)]


def test_who_did_not_acknowledge_is_named(repo: Repo, me: str) -> None:
    """What was written stays. For one that is gone nobody waits."""
    repo.start("bob")
    words = ("state", "append", "plan", "list", "1", "--ack-by", "bob", "--wait", "1s")
    ran = repo.here(*words, "--json", session=me)
    assert (ran.status, ran.json["reason"], ran.json["version"]) == (1, "unanswered", 1)
    assert [(item["name"], item["acknowledged"]) for item in ran.json["answers"]] == [("bob", None)]
    assert "bob" in ran.json["message"]
    assert repo.here("state", "get", "plan", "list", session=me).out == "[1]\n"
    itself = repo.here("state", "set", "plan", "k", "1", "--ack-by", me, "--json", session=me)
    assert (itself.status, itself.json["reason"]) == (2, "usage")


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["set", "plan", "k", "build"], 2, "usage"),
        (["set", "plan", "k", "NaN"], 2, "usage"),
        (["set", "plan", "", "1"], 2, "usage"),
        (["set", "x" * 201, "k", "1"], 2, "usage"),
        (["set", "plan", "k", "1", "--if-version", "-1"], 2, "usage"),
        (["patch", "plan", "-F", "nowhere"], 2, "usage"),
        (["patch", "plan", "-F", "docs/guide.md"], 2, "usage"),
        (["patch", "plan", "--policy", "none"], 2, "usage"),
        (["rollback", "plan"], 2, "usage"),
        (["drop", "plan"], 2, "usage"),
        (["get", "nowhere"], 1, "not_found"),
        (["history", "nowhere"], 1, "not_found"),
        (["remove", "nowhere"], 1, "not_found"),
        (["remove", "nowhere", "k"], 1, "not_found"),
        (["rollback", "nowhere", "--to", "1"], 1, "not_found"),
        (["rollback", "nowhere", "--to", "name"], 1, "not_found"),
        (["snapshot", "nowhere", "name"], 1, "not_found"),
        (["snapshot", "plan", "7"], 2, "usage"),
        (["set", "plan", "k", "1", "--wait", "5s"], 2, "usage"),
        (["set", "plan", "k", "1", "--ack-by", "nobody"], 1, "not_found"),
    ],
)
def test_what_cannot_be(repo: Repo, words: list[str], status: int, reason: str) -> None:
    """It is refused in a word, and nothing is written."""
    ran = repo.here("state", *words, "--json")
    assert (ran.status, ran.json["reason"]) == (status, reason)
    assert repo.here("state", "scopes", "--json").json["scopes"] == []


def test_a_change_of_a_place_that_is_not_there_says_which(repo: Repo, me: str) -> None:
    """The scope, the key, or the place in its value is named, with the command that shows what is there."""
    repo.here("state", "set", "plan", "count", "3", session=me, check=True)
    for words, said, remedy in (
        (["remove", "other", "k"], "there is no scope other", "git coord state scopes"),
        (["remove", "plan", "k"], "there is no key k in plan", "git coord state get plan"),
        (["append", "plan", "count", "1"], "count in plan is not a list", "git coord state get plan count"),
    ):
        ran = repo.here("state", *words, "--json", session=me)
        assert (ran.status, ran.json["reason"]) == (1, "not_found")
        assert said in ran.json["message"]
        assert remedy in ran.json["remedy"]
    (repo.top / "changes.json").write_text('{"count": 4}')
    ran = repo.here("state", "patch", "plan", "-F", "changes.json", session=me)
    example = ran.err.partition("write them like ")[2].splitlines()[0]
    (repo.top / "changes.json").write_text(example)
    repo.here("state", "set", "plan", "phase", "[0]", session=me, check=True)
    repo.here("state", "patch", "plan", "-F", "changes.json", session=me, check=True)
    assert repo.here("state", "get", "plan", "phase", session=me).out == "[1]\n", "the hint is a patch that works"


@pytest.mark.slow
def test_eight_processes_count_together(repo: Repo, me: str) -> None:
    """Each adds one under the version that it read, again and again: not one is lost, not one counts twice."""
    repo.here("state", "set", "shared", "count", "0", session=me, check=True)
    workers = [repo.start(f"worker{number}") for number in range(WORKERS)]
    tests = str(Path(__file__).parents[2])
    running = [
        subprocess.Popen([sys.executable, "-c", COUNTING, tests, str(repo.top), name, str(EACH)], env=repo.env)
        for name in workers
    ]
    assert [process.wait(300) for process in running] == [0] * WORKERS
    got = repo.here("state", "get", "shared", "count", "--json", session=me).json
    assert (got["value"], got["version"]) == (WORKERS * EACH, WORKERS * EACH + 1)
