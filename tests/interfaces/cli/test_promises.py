"""The contract of the command line, a line each: what a JSON answer says, under which names, with which status."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support import shapes
from support.shapes import (
    CLAIM,
    CONFLICT,
    GRANTED,
    HELD,
    ID,
    OID,
    REFUSAL,
    REFUSED,
    RELEASED,
    SEEN,
    SESSION,
    STALE,
    STARTED,
    TIME,
    WON,
    Some,
)

if TYPE_CHECKING:
    from conftest import Repo

MESSAGE = {"id": ID, "sender": {"session": SESSION, "name": str}, "to": str, "sent": TIME, "subject": str, "body": str}
NUMBERS = dict.fromkeys(("claims", "unread", "attention"), int)
SET_UP = {"done": [str], "kept": [str], "hints": [str]}

TASK = {
    "id": ID, "title": str, "status": str, "type": str, "priority": str, "attempt": int, "attempts": int,
    "confirmed": bool, "holder": str, "by": SESSION, "needs": [str], "after": [ID], "scopes": [str], "made": TIME,
}  # fmt: skip

Line = tuple[str, str, int, str, shapes.Shape]
LINES: list[Line] = [
    # who, command, status, reason, what is promised
    ("ana", "claim new", 0, "", WON | {"files": (0,), "took_over": (), "stale": (), "conflicts": ()}),
    ("ana", "claim new --ttl 2h -m why", 0, "", WON | {"files": int}),
    ("ana", "claim docs/guide.md", 0, "", WON | {"took_over": Some(HELD | {"status": ("gone",)}), "files": (1,)}),
    ("ana", "claim src/b.py", 0, "", WON | {"stale": Some(STALE)}),
    ("ana", "claim --any port:3000-3002", 0, "", WON),
    ("ana", "claim --any src/a.py --wait 1s", 2, "usage", REFUSAL),
    ("bea", "claim src/a.py", 1, "held", REFUSED | REFUSAL),
    ("bea", "claim src/a.py --wait 1s", 1, "held", REFUSED | REFUSAL),
    ("bea", "claim --any src/a.py", 1, "held", REFUSED | REFUSAL),
    ("bea", "claim free --confirmed", 0, "", WON | {"confirmed": (True,)}),
    ("bea", "claim", 2, "usage", REFUSAL),
    ("bea", "claims", 0, "", {"claims": Some(HELD)}),
    ("bea", "claims src --of {ana}", 0, "", {"claims": Some(HELD | {"name": ("ana",)})}),
    ("bea", "claims src --mine", 0, "", {"claims": ()}),
    ("bea", "claims --of nobody-00000000", 1, "not_found", REFUSAL),
    ("ana", "check src/a.py", 0, "", {"conflicts": ()}),
    ("bea", "check src/a.py", 1, "held", {"conflicts": Some(CONFLICT)}),
    ("bea", "check --staged", 0, "", {"conflicts": ()}),
    ("bea", "check --range HEAD..HEAD", 0, "", {"conflicts": ()}),
    ("bea", "release src/a.py", 1, "not_mine", REFUSAL),
    ("bea", "release nothing", 1, "not_found", REFUSAL),
    ("bea", "renew src/a.py", 1, "not_mine", REFUSAL),
    ("ana", "renew src/a.py --ttl 1h", 0, "", {"session": SESSION, "held_until": TIME, "claims": Some(GRANTED),
     "confirmed": (True,)}),
    ("ana", "release new -m done", 0, "", RELEASED | {"released": Some({"scope": ("new",), "token": int})}
     | {"confirmed": (True,)}),
    ("", "start zoe --role r --can a --can b --lease 2h", 0, "", STARTED | {"name": ("zoe",), "lease": (7200,)}),
    ("", "start --parent {ana}", 0, "", STARTED | {"lease": (1800,)}),
    ("", "start --resume {over}", 0, "", STARTED | {"name": ("old",), "claims": Some(GRANTED)}),
    ("", "start --resume {ana}", 1, "held", REFUSAL),
    ("", "start --resume nobody-00000000", 1, "not_found", REFUSAL),
    ("ana", "whoami", 0, "", SEEN | {"session": SESSION}),
    ("ana", "beat edit --target t --phase p --progress 40 --next n --eta 20m --touched src/a.py", 0, "",
     {"session": SESSION, "at": TIME}),
    ("ana", "sessions", 0, "", {"sessions": Some(SEEN)}),
    ("ana", "sessions --can py", 0, "",
     {"sessions": Some(SEEN | {"phase": ("p",), "progress": (40,), "eta": TIME, "touched": Some(str)})}),
    ("ana", "sessions --all --status ended", 0, "", {"sessions": Some(SEEN | {"status": ("ended",)})}),
    ("ana", "retire {bea}", 1, "held", REFUSAL),
    ("ana", "retire nobody-00000000", 1, "not_found", REFUSAL),
    ("ana", "retire --gone", 0, "", {"retired": [SESSION], "confirmed": (True,)}),
    ("ana", "halt --status", 0, "", {"halts": (), "called": ("",)}),
    ("ana", "halt", 2, "usage", REFUSAL),
    ("ana", "halt status", 2, "usage", REFUSAL),
    ("ana", "halt -m x --only nobody-00000000", 1, "not_found", REFUSAL),
    ("ana", "resume", 1, "not_found", REFUSAL),
    ("ana", "number migrations", 0, "", {"name": ("migrations",), "number": int, "confirmed": (True,)}),
    ("ana", "task add work --priority high --payload {{}} --timeout 1h", 0, "", TASK | {"status": ("ready",)}),
    ("bea", "task next --type none", 1, "empty", REFUSAL),
    ("bea", "task next", 0, "", TASK | {"status": ("running",), "holder": SESSION, "token": int, "due": TIME}),
    ("ana", "task list", 0, "", {"tasks": Some(TASK), "shown": (1,), "total": (1,), "next": (None,)}),
    ("ana", "task list --status failed", 0, "", {"tasks": (), "shown": (0,), "total": (0,), "next": (None,)}),
    ("ana", "task show 00000000", 1, "not_found", REFUSAL),
    ("ana", "task done x", 2, "usage", REFUSAL),
    ("ana", "task add x --payload {{", 2, "usage", REFUSAL),
    ("bea", "ask ana look --type review", 0, "", TASK | {"asked": ("review",), "about": OID, "to": ("ana",)}),
    ("ana", "ask all x", 2, "usage", REFUSAL),
    ("ana", "send bea hello -m body --topic a.b --ack", 0, "", {"id": ID, "recipients": Some({"session": SESSION})}),
    ("ana", "send role:nobody hello", 0, "", {"id": ID, "recipients": ()}),
    ("ana", "send nobody-at-all hello", 1, "not_found", REFUSAL),
    ("bea", "inbox --peek", 0, "", {"messages": Some(MESSAGE), "left": int}),
    ("bea", "inbox --all --topic a.* --priority low --since 1h --limit 5", 0, "", {"messages": Some(MESSAGE)}),
    ("bea", "inbox --topic no.such --wait 1s", 0, "", {"messages": (), "left": int}),
    ("bea", "ack {message} -m yes", 0, "", {"id": ID, "acknowledged": ID}),
    ("ana", "ack {message}", 1, "not_mine", REFUSAL),
    ("bea", "ack 00000000", 1, "not_found", REFUSAL),
    ("ana", "status", 0, "", {"me": SEEN, "holds": Some(HELD), "sessions": Some(SEEN), "claims": Some(HELD)}),
    ("ana", "status --short", 0, "", {"session": SESSION, "name": ("ana",), **NUMBERS}),
    ("", "rules", 0, "", {"rules": {"require-claim": bool, "person": ("refuse", "warn"), "max-files": int},
     "confirmed": (True,)}),
    ("ana", "rules max-files 300", 0, "", {"rules": {"max-files": (300,)}, "confirmed": (True,)}),
    ("", "log --of {ana} --path src --since 1h", 0, "", {"events": Some({"id": ID, "kind": str, "time": TIME})}),
    ("", "metrics", 0, "", {"sessions": {"active": int, "completion": (float, None)}, "requests": {"count": int}}),
    ("", "doctor", 0, "", {"ok": (True,), "findings": Some({"name": str, "ok": bool, "message": str, "mend": str})}),
    ("", "sync", 2, "usage", REFUSAL),
    ("", "init", 0, "", SET_UP),
    ("", "help claim", 0, "", {"help": str}),
    ("bea", "commit -m x", 1, "empty", {"commit": ("",), "paths": ()}),
    ("bea", "end -m bye", 0, "", RELEASED | {"confirmed": (True,)}),
    ("", "stop", 2, "usage", REFUSAL),
    ("", "uninit", 0, "", SET_UP),
]  # fmt: skip


@pytest.fixture(scope="module")
def scene(shared_repo: Repo) -> dict[str, str]:
    """Ana and bea, who live; a session that crashed with a claim; one that ended; a message; a commit elsewhere."""
    repo = shared_repo
    other = repo.worktree("elsewhere")
    ana, bea = repo.start("ana", "--can", "py"), repo.start("bea")
    crashed = subprocess.Popen(["sleep", "600"])
    dead = repo.start("dead", "--pid", str(crashed.pid))
    repo.here("claim", "docs", session=dead, check=True)
    crashed.kill()
    crashed.wait()
    over = repo.start("old")
    repo.here("claim", "kept", session=over, check=True)
    repo.here("end", session=over, check=True)
    other.here("claim", "src/b.py", session=bea, check=True)
    assert other.commit("src/b.py", session=bea).status == 0
    other.here("release", "src/b.py", session=bea, check=True)
    repo.here("claim", "src/a.py", session=ana, check=True)
    sent = repo.here("send", "bea", "first", "--json", session=ana, check=True)
    return {"ana": ana, "bea": bea, "over": over, "message": sent.json["id"]}


def test_shape_that_is_not_kept_is_found_out() -> None:
    """The table can fail: a missing field, another type, an empty list, a wrong word are each named."""
    answer: dict[str, Any] = {
        "result": "won", "token": 7, "confirmed": True, "held_until": "2026-11-21T10:40:49Z", "files": 1,
        "took_over": [], "stale": [], "conflicts": [],
        "claims": [{"scope": "a", "session": "ana-00000000", "token": 7, "held_until": "2026-11-21T10:40:49Z",
                    "confirmed": True}],
    }  # fmt: skip
    assert list(shapes.wrong(answer, WON)) == []
    faults: list[dict[str, Any]] = [
        {"token": "7"}, {"token": True}, {"confirmed": 1}, {"held_until": "10:40"}, {"result": "lost"}, {"claims": []},
        {"claims": [{"scope": "a"}]}, {"stale": {}},
    ]  # fmt: skip
    for bad in faults:
        assert list(shapes.wrong(answer | bad, WON)), bad
    for name in CLAIM:
        assert list(shapes.wrong({key: value for key, value in answer.items() if key != name}, WON)), name


def test_json_keeps_what_the_contract_promises(shared_repo: Repo, scene: dict[str, str]) -> None:
    """One object with the promised fields, types, status and reason, and nothing on standard error; in this order."""
    found: list[str] = []
    for who, command, status, reason, promised in LINES:
        ran = shared_repo.here(*command.format_map(scene).split(), "--json", session=scene.get(who, ""))
        wrong = [*shapes.wrong(ran.json, shapes.HEAD), *shapes.wrong(ran.json, promised)]
        if (ran.status, ran.json.get("reason", ""), ran.err) != (status, reason, "") or wrong:
            found.append(f"{who} {command}: {ran.status} {wrong} {ran.out} {ran.err}")
        assert reason in ("", *shapes.REASONS)
    assert not found, "\n".join(found)


def test_commit_answers_with_what_it_made(repo: Repo) -> None:
    """A commit is named whole, with its paths."""
    me = repo.start("ana")
    repo.write("src/a.py", "other\n")
    repo.git("add", "src/a.py")
    ran = repo.coord("commit", "-m", "x", "--json", session=me)
    assert ran.status == 0
    assert list(shapes.wrong(ran.json, shapes.HEAD | {"session": SESSION, "commit": OID, "paths": Some(str)})) == []
