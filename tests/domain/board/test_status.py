"""`status`, from outside: what is on the board, who reads it, how it looks."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain import columns
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Repo


def board(repo: Repo, session: str = "") -> dict[str, Any]:
    """What `git coord status` answers to programs."""
    return repo.here("status", "--json", session=session, check=True).json


def attention(repo: Repo, session: str, what: str) -> list[dict[str, Any]]:
    """What the board says of this sort to a session."""
    return [item for item in board(repo, session)["attention"] if item["what"] == what]


@contextmanager
def stranger() -> Iterator[str]:
    """The pid of a process that is none of our ancestors: a session that it stands for is never ours by itself."""
    process = subprocess.Popen(["sleep", "600"])
    try:
        yield str(process.pid)
    finally:
        process.kill()
        process.wait()


def head(repo: Repo) -> str:
    """Where the ledger and all logs stand."""
    return repo.git("for-each-ref", "refs/coord")


def test_the_board_begins_with_me_what_i_hold_and_what_is_unread(repo: Repo) -> None:
    """Name, status and lease, then each claim with its end, then how much is unread, with sender and subject."""
    alice, bob = repo.start("alice", "--role", "builder"), repo.start("bob")
    repo.here("claim", "src/a.py", "--ttl", "2h", "-m", "the parser", session=alice, check=True)
    repo.here("send", "alice", "one", session=bob, check=True)
    repo.here("send", "alice", "two", "-m", "body", session=bob, check=True)
    lines = repo.here("status", session=alice, check=True).out.splitlines()
    assert lines[0].startswith(f"alice ({alice}), active, until ")
    assert lines[1].startswith("  holds src/a.py until ")
    assert lines[2] == "  2 unread, the newest from bob: two"
    found = board(repo, alice)
    assert (found["me"]["id"], found["me"]["role"], found["unread"]["count"]) == (alice, "builder", 2)
    newest = found["unread"]["newest"]
    assert (newest["subject"], newest["body"], newest["sender"]["session"]) == ("two", "body", bob)
    assert [(item["scope"], item["session"], item["work"]) for item in found["holds"]] == [
        ("src/a.py", alice, "the parser")
    ]


def test_status_starts_no_session_and_reads_no_mail(repo: Repo) -> None:
    """Looking changes nothing: no ref moves, and the message is as unread as before."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("send", "alice", "hello", session=bob, check=True)
    before = head(repo)
    for words in ([], ["--json"], ["--short"]):
        repo.here("status", *words, session=alice, check=True)
        repo.here("status", *words, check=True)
    assert head(repo) == before
    told = repo.here("whoami", "--json", session=alice, check=True).json["warnings"]
    assert any("hello" in text for text in told)  # still announced to the next command
    assert len(repo.here("inbox", "--json", session=alice).json["messages"]) == 1


def test_who_is_no_session_yet_is_told_how_to_become_one(repo: Repo) -> None:
    """Without a session the board shows the others, and says what starts one."""
    ran = repo.here("status", check=True)
    assert ran.out.startswith("no session here yet: ")
    assert "git coord start" in ran.out
    with stranger() as pid:
        repo.start("alice", "--pid", pid)
        found = board(repo)
        assert (found["me"], found["holds"], found["unread"]) == (None, [], {"count": 0, "newest": None, "more": False})
        assert [item["name"] for item in found["sessions"]] == ["alice"]
        assert repo.here("status", "--short").out == "no session\n"


def test_sessions_say_what_they_do_and_children_stand_below_their_parent(repo: Repo) -> None:
    """Action, target, phase, progress, what is next and until when, as said by the last beat; a child is indented."""
    alice = repo.start("alice")
    carol = repo.start("carol")
    child = repo.start("bob", "--parent", alice)
    words = ["editing", "--target", "src/a.py", "--phase", "tests", "--progress", "40", "--next", "docs"]
    repo.here("beat", *words, "--eta", "2h", "--touched", "src/b.py", session=child, check=True)
    found = {item["id"]: item for item in board(repo)["sessions"]}
    said = found[child]
    assert (said["work"], said["target"], said["phase"], said["progress"]) == ("editing", "src/a.py", "tests", 40)
    assert (said["next"], said["touched"], said["parent"]) == ("docs", ["src/b.py"], alice)
    assert said["eta"] > said["last_seen"]
    order = list(found)
    assert order.index(child) == order.index(alice) + 1
    assert found.keys() == {alice, child, carol}
    shown = repo.here("status").out
    assert "\n  bob " in shown
    assert "editing src/a.py, tests, 40 %, then docs, done in " in shown


def test_claims_of_others_have_deadline_and_holder(repo: Repo) -> None:
    """Everybody's claims are there, sorted by scope; for people those of others stand in a table."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/b.py", "slot:deploy", "-m", "release day", session=bob, check=True)
    repo.here("claim", "docs", "--shared", session=alice, check=True)
    found = board(repo, alice)["claims"]
    assert [(item["scope"], item["name"], item["confirmed"]) for item in found] == [
        ("docs", "alice", True),
        ("slot:deploy", "bob", True),
        ("src/b.py", "bob", True),
    ]
    shown = repo.here("status", session=alice).out
    table = shown.partition("Claims of others (2)")[2].splitlines()
    assert table[1].split() == ["SCOPE", "HELD", "BY", "UNTIL", "WORK"]
    assert "release day" in table[2]
    assert "docs" not in "".join(table)


def test_the_last_messages_to_me_and_all_are_on_the_board(repo: Repo) -> None:
    """Five at most, the newest last; what was sent to others is not among them."""
    with stranger() as pid:
        alice, bob = repo.start("alice", "--pid", pid), repo.start("bob", "--pid", pid)
        repo.start("carol", "--pid", pid)
        repo.here("send", "carol", "not for you", session=bob, check=True)
        for number in range(3):
            repo.here("send", "all", f"to all {number}", session=bob, check=True)
            repo.here("send", "alice", f"to alice {number}", session=bob, check=True)
        subjects = [item["subject"] for item in board(repo, alice)["messages"]]
        assert subjects == ["to alice 0", "to all 1", "to alice 1", "to all 2", "to alice 2"]
        assert [item["subject"] for item in board(repo)["messages"]] == ["to all 0", "to all 1", "to all 2"]


def test_a_claim_that_ends_soon_is_pointed_out_to_its_holder(repo: Repo) -> None:
    """Less than ten minutes before its deadline; nobody else is told, nor of a place in line, which `land` renews."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", "--ttl", "5m", session=alice, check=True)
    repo.here("claim", "src/b.py", "--ttl", "20m", session=alice, check=True)
    repo.here("claim", "branch:main", "--shared", "--ttl", "2m", "-m", "land mine", session=alice, check=True)
    (item,) = attention(repo, alice, "expiring")
    assert (item["scopes"], item["sessions"], item["mine"]) == (["src/a.py"], [alice], True)
    assert item["hint"] == "git coord renew --ttl 1h"
    assert not attention(repo, bob, "expiring")
    repo.here("renew", "src/a.py", "--ttl", "1h", session=alice, check=True)
    assert not attention(repo, alice, "expiring")


def test_requests_stay_on_the_board_of_both_sides_until_they_are_acknowledged(repo: Repo) -> None:
    """Who was asked is told how to answer; who asked sees that nobody has; reading it is no answer."""
    alice, bob = repo.start("alice"), repo.start("bob")
    sent = repo.here("send", "alice", "please review", "--ack", "--json", session=bob, check=True).json["id"]
    repo.here("send", "alice", "by the way", session=bob, check=True)
    repo.here("inbox", session=alice, check=True)
    (asked,) = attention(repo, alice, "unanswered")
    assert (asked["messages"], asked["sessions"], asked["mine"]) == ([sent], [bob], True)
    assert asked["hint"] == f"git coord ack {sent[:8]} -m TEXT"
    (asking,) = attention(repo, bob, "unanswered")
    assert (asking["messages"], asking["sessions"], asking["mine"]) == ([sent], [alice], False)
    repo.here("ack", sent, session=alice, check=True)
    assert not attention(repo, alice, "unanswered") + attention(repo, bob, "unanswered")


def test_a_request_to_all_is_for_each_and_one_to_a_role_for_anybody(repo: Repo) -> None:
    """One answer is enough for a role; what was asked of everybody stays with those who have not answered."""
    alice = repo.start("alice", "--role", "reviewer")
    carol = repo.start("carol", "--role", "reviewer")
    bob = repo.start("bob")
    everybody = repo.here("send", "all", "stop?", "--ack", "--json", session=bob, check=True).json["id"]
    somebody = repo.here("send", "role:reviewer", "review?", "--ack", "--json", session=bob, check=True).json["id"]
    assert {item["messages"][0] for item in attention(repo, alice, "unanswered")} == {everybody, somebody}
    for item in (everybody, somebody):
        repo.here("ack", item, session=carol, check=True)
    assert [item["messages"] for item in attention(repo, alice, "unanswered")] == [[everybody]]
    assert not attention(repo, carol, "unanswered")


def test_a_gone_session_that_holds_claims_is_abandoned_work(repo: Repo) -> None:
    """Its scopes are named with what frees them; after that there is nothing to say."""
    with stranger() as pid:
        gone = repo.start("crashed", "--pid", pid)
        repo.here("claim", "src/a.py", "src/b.py", session=gone, check=True)
        me = repo.start("alice")
        assert not attention(repo, me, "abandoned")
    (item,) = attention(repo, me, "abandoned")
    assert (item["sessions"], item["scopes"]) == ([gone], ["src/a.py", "src/b.py"])
    assert f"git coord retire {gone}" in item["hint"]
    assert board(repo, me)["sessions"][-1]["status"] == "gone"
    repo.here("retire", gone, session=me, check=True)
    assert not attention(repo, me, "abandoned")


def test_who_works_on_what_another_claims_is_pointed_out_to_both(repo: Repo) -> None:
    """Target and touched files of a beat are compared with the claims of others, not with shared or kindred ones."""
    alice, bob = repo.start("alice"), repo.start("bob")
    child = repo.start("kid", "--parent", alice)
    repo.here("claim", "src", session=alice, check=True)
    repo.here("claim", "docs", "--shared", session=alice, check=True)
    repo.here("beat", "editing", "--target", "src/a.py", "--touched", "docs/guide.md", session=bob, check=True)
    repo.here("beat", "editing", "--target", "src/a.py", session=child, check=True)
    for who in (alice, bob):
        (item,) = attention(repo, who, "overlap")
        assert (item["sessions"], item["scopes"], item["mine"]) == ([bob, alice], ["src/a.py"], True)
    repo.here("beat", "thinking", "--target", "the \x1b[31mgrand\nplan", session=bob, check=True)
    assert not attention(repo, alice, "overlap")


def test_sessions_of_two_families_in_one_worktree_are_pointed_out(repo: Repo) -> None:
    """A parent and its children may share one; that all work on one branch is how most teams work."""
    alice = repo.start("alice")
    repo.start("kid", "--parent", alice)
    assert not attention(repo, alice, "worktree")
    bob = repo.start("bob")
    (item,) = attention(repo, alice, "worktree")
    assert alice in item["sessions"] and bob in item["sessions"]
    assert str(repo.top) in item["text"]
    assert not attention(repo, alice, "branch")


def test_a_wait_is_on_the_board_while_it_lasts(repo: Repo) -> None:
    """The holder reads who waits for what; the waiter, who holds it."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    env = repo.env | {"GIT_COORD_SESSION": bob}
    waiting = subprocess.Popen(
        ["git-coord", "claim", "src/a.py", "--wait", "60s"], cwd=repo.top, env=env, stderr=subprocess.PIPE
    )
    try:
        assert waiting.stderr is not None
        assert b"waiting" in waiting.stderr.readline()
        (item,) = attention(repo, alice, "waiting")
        assert (item["sessions"], item["scopes"], item["mine"]) == ([bob, alice], ["src/a.py"], True)
        assert item["text"].startswith("bob has been waiting ")
        (item,) = attention(repo, bob, "waiting")
        assert (item["text"].startswith("you have been waiting "), item["mine"]) == (True, False)
        repo.here("release", "--all", session=alice, check=True)
        assert waiting.wait(60) == 0
    finally:
        waiting.kill()
        waiting.communicate()
    assert not attention(repo, alice, "waiting")


def test_short_is_one_line_of_what_concerns_me(repo: Repo) -> None:
    """Name, claims, unread, and how much waits for me; zeros are left out, as is everything of others."""
    alice, bob = repo.start("alice"), repo.start("bob")
    assert repo.here("status", "--short", session=alice).out == "alice 0 claims\n"
    repo.here("claim", "src/a.py", "src/b.py", "docs", "--ttl", "5m", session=alice, check=True)
    repo.here("send", "alice", "one", "--ack", session=bob, check=True)
    repo.here("send", "all", "two", session=bob, check=True)
    assert repo.here("status", "--short", session=alice).out == "alice 3 claims 2 unread !2\n"
    found = repo.here("status", "--short", "--json", session=alice).json
    assert {key: found[key] for key in ("session", "name", "claims", "unread", "attention")} == {
        "session": alice,
        "name": "alice",
        "claims": 3,
        "unread": 2,
        "attention": 2,
    }


def test_a_prompt_keeps_no_lease_alive_and_swallows_no_news(repo: Repo) -> None:
    """`--short` is run by a prompt, not by the session: what the session is to be told is still to be told."""
    alice, bob = repo.start("alice"), repo.start("bob")
    repo.here("claim", "src/a.py", session=alice, check=True)
    repo.here("claim", "src/a.py", "--override", "-m", "urgent", session=bob, check=True)
    quiet = repo.here("status", "--short", session=alice, check=True)
    assert quiet.err == ""
    assert "overrode your claim" in repo.here("status", session=alice, check=True).err


def test_outside_a_repository_that_is_set_up_there_is_an_error_and_no_output(bare_repo: Repo) -> None:
    """Exit status 3, all words on standard error; in a prompt (`--short`) not even those."""
    ran = bare_repo.here("status")
    assert (ran.status, ran.out) == (3, "")
    assert "git coord init" in ran.err
    ran = bare_repo.here("status", "--short")
    assert (ran.status, ran.out, ran.err) == (3, "", "")


def test_without_a_terminal_there_is_no_colour_and_nothing_is_cut(repo: Repo) -> None:
    """A long scope, and a long subject, stand there whole."""
    alice, bob = repo.start("alice"), repo.start("bob")
    long = "src/" + "x" * 150
    repo.here("claim", long, session=bob, check=True)
    repo.here("send", "alice", "s" * 200, session=bob, check=True)
    out = repo.coord("status", session=alice, check=True).out
    assert long in out
    assert "s" * 200 in out
    assert "\x1b" not in out


def test_hostile_names_cannot_move_the_cursor(repo: Repo) -> None:
    """Control and bidirectional characters of others are shown as escapes, in every part of the board."""
    evil = "evil\x1b[2J\u202ename"
    alice, bob = repo.start("alice"), "evil-00000001"
    workspace = repo.workspace()
    data = {"clone": workspace.clone, "name": evil, "role": evil, "branch": evil, "worktree": evil}
    workspace.ledger.record(SessionId(bob), Draft("register", "start", data))
    workspace.ledger.store.close()
    repo.here("claim", "src/a.py", "-m", evil, session=bob, check=True)
    repo.here("beat", evil, "--target", evil, "--next", evil, session=bob, check=True)
    repo.here("send", "alice", evil, "--ack", session=bob, check=True)
    out = repo.here("status", session=alice, check=True).out
    assert "\x1b" not in out and "\u202e" not in out
    assert out.count("\\x1b[2J\\u202e") >= 6


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("plain", None, "plain"),
        ("plain", 5, "plain"),
        ("plain", 4, "pla…"),
        ("", 0, ""),
        ("x", 0, ""),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
    ],
)
def test_text_is_cut_by_the_columns_that_it_takes(text: str, room: int | None, shown: str) -> None:
    """Wide characters count twice, combining ones not at all, and no character is cut in two."""
    assert columns.fit(text, room) == shown
    assert room is None or columns.width(shown) <= room


@pytest.mark.parametrize("room", [20, 40, 80])
def test_a_table_fits_into_the_terminal(room: int) -> None:
    """No line is wider than the terminal, whatever stands in the cells; every column is still there."""
    rows = [["日本語" * 30, "b", "c" * 90], ["short", "b", ""]]
    lines = list(columns.table(["ONE", "TWO", "THREE"], rows, room))
    assert max(map(columns.width, lines)) <= room
    assert lines[0].startswith("ONE")
    assert lines[2].startswith("short")
    wide = list(columns.table(["ONE", "TWO", "THREE"], rows, None))
    assert "日本語" * 30 in wide[1]


def test_of_two_sessions_of_one_name_the_ids_are_shown(repo: Repo) -> None:
    """In the table of sessions and in sentences the id stands beside a name that two living sessions bear."""
    first, second, other = repo.start("alice"), repo.start("alice"), repo.start("bob")
    repo.here("claim", "src", session=first, check=True)
    repo.here("beat", "editing", "--target", "src/a.py", session=second, check=True)
    out = repo.here("status", session=other).out
    assert f"alice ({first})" in out and f"alice ({second})" in out
    assert "bob (me)" in out
    (item,) = attention(repo, other, "overlap")
    assert item["text"] == f"alice ({second}) works on src/a.py, which alice ({first}) claims"


def test_the_board_of_one_session_one_role_or_one_type(repo: Repo) -> None:
    """`--of` and `--role` leave what concerns those sessions, `--type` what is of that type."""
    ann, bob, eve = (
        repo.start(name, "--role", role) for name, role in (("ann", "maker"), ("bob", "maker"), ("eve", "tester"))
    )
    for who, path in ((ann, "src/a.py"), (bob, "src/b.py")):
        repo.here("claim", path, session=who, check=True)
        repo.here("send", "eve", f"of {path}", "--ack", session=who, check=True)
    repo.here("send", "eve", "a question", "--type", "question", session=bob, check=True)
    repo.here("barrier", "ready", "--need", bob, session=eve, check=True)
    repo.here("beat", "x", "--touched", "src/a.py", session=eve, check=True)

    def seen(*words: str) -> dict[str, list[Any]]:
        found = repo.here("status", *words, "--json", session=eve, check=True).json
        assert found["me"]["id"] == eve
        return {
            "sessions": sorted(one["name"] for one in found["sessions"]),
            "claims": sorted(one["scope"] for one in found["claims"]),
            "messages": sorted(one["subject"] for one in found["messages"]),
            "attention": sorted((one["what"], *one["sessions"]) for one in found["attention"]),
            "together": [one["name"] for one in found["together"]],
        }

    whole = seen()
    assert whole["claims"] == ["src/a.py", "src/b.py"]
    overlap, asks = ("overlap", eve, ann), [("unanswered", ann), ("unanswered", bob)]
    place = next(one for one in whole["attention"] if one[0] == "worktree")
    of_bob = {"sessions": ["bob"], "claims": ["src/b.py"], "messages": ["a question", "of src/b.py"]}
    assert seen("--of", "bob") == {**of_bob, "attention": [("barrier", bob), asks[1], place], "together": ["ready"]}
    assert seen("--of", ann) == {
        "sessions": ["ann"],
        "claims": ["src/a.py"],
        "messages": ["of src/a.py"],
        "attention": [overlap, asks[0], place],
        "together": [],
    }
    assert seen("--role", "maker", "--of", "bob") == seen("--of", "bob")
    assert seen("--role", "tester", "--of", "bob")["sessions"] == []
    assert seen("--role", "maker") == {**whole, "sessions": ["ann", "bob"]}
    assert seen("--type", "question") == {**whole, "messages": ["a question"], "attention": [], "together": []}
    assert seen("--type", "overlap") == {**whole, "messages": [], "attention": [overlap], "together": []}
    assert seen("--type", "barrier") == {**whole, "messages": [], "attention": [("barrier", bob)]}
    assert "src/a.py" not in repo.here("status", "--of", "bob", "--markdown", session=bob, check=True).out
    assert repo.here("status", "--of", "nobody", "--json").json["reason"] == "not_found"
    assert repo.here("status", "--of", "bob", "--short").status == 2
