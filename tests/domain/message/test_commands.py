"""`send`, `inbox`, `ack`, from outside: answers, exit statuses, files, and waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from gitcoord.domain.message import inbox
from gitcoord.domain.message.mailbox import EVERYTHING
from gitcoord.domain.session.record import read
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


@pytest.fixture
def pair(repo: Repo) -> tuple[str, str]:
    """Two sessions, alice and bob."""
    return repo.start("alice"), repo.start("bob")


def mail(repo: Repo, who: str, *words: str) -> list[dict[str, Any]]:
    """The messages that the inbox answers."""
    found = repo.here("inbox", *words, "--json", session=who, check=True).json["messages"]
    assert isinstance(found, list)
    return found


# --- the answers


def test_send_answers_with_what_it_did(repo: Repo, pair: tuple[str, str]) -> None:
    """JSON has id, thread, to and the living recipients with how they are; people get a line."""
    alice, bob = pair
    told = repo.here("send", "bob", "hello", "--json", session=alice, check=True).json
    assert (told["v"], told["to"], told["thread"]) == (1, "bob", told["id"])
    assert len(told["id"]) == 32
    (reader,) = told["recipients"]
    assert (reader["session"], reader["name"], reader["status"]) == (bob, "bob", "active")
    assert reader["last_seen"].endswith("Z")
    plain = repo.here("send", "all", "hello", session=alice)
    assert (plain.status, plain.out.startswith("sent "), plain.out.count("\n")) == (0, True, 1)
    assert repo.here("send", "bob", "x", "-q", session=alice).out == ""


def test_inbox_answers_with_every_field(repo: Repo, pair: tuple[str, str]) -> None:
    """What is said of a message in JSON, marked as another session's words; then it is read."""
    alice, bob = pair
    words = ["--type", "question", "--topic", "web.tasks", "--priority", "high", "--ttl", "1h", "--ack"]
    sent = repo.here("send", "bob", "look", "-m", "at this", *words, "--json", session=alice, check=True).json
    whole = repo.here("inbox", "--json", session=bob, check=True).json
    (item,) = whole["messages"]
    assert whole["left"] == 0
    expected = {
        "id": sent["id"],
        "sender": {"session": alice, "name": "alice"},
        "to": "bob",
        "type": "question",
        "topic": "web.tasks",
        "priority": "high",
        "subject": "look",
        "body": "at this",
        "reply_to": "",
        "thread": sent["id"],
        "wants_ack": True,
        "read": False,
        "attached": [],
        "from_another_session": True,
    }
    assert {key: item[key] for key in expected} == expected
    assert item["expires"] > item["sent"]
    again = repo.here("inbox", "--json", session=bob, check=True).json
    assert (again["messages"], again["left"]) == ([], 0)


def test_what_people_see(repo: Repo, pair: tuple[str, str]) -> None:
    """Who, to whom, what; the words behind a bar; how to answer where an answer is asked for."""
    alice, bob = pair
    repo.here("send", "bob", "look", "-m", "one\ntwo\n", "--ack", session=alice, check=True)
    out = repo.here("inbox", session=bob, check=True).out
    head, *rest = out.splitlines()
    assert head.endswith("alice to bob (note)")
    assert rest[:3] == ["  look", "  | one", "  | two"]
    assert "git coord ack" in rest[3]
    assert repo.here("inbox", session=bob).out == "nothing unread\n"
    assert repo.here("inbox", "-q", session=bob).out == ""
    assert "look" in repo.here("inbox", "--all", session=bob).out


def test_ack_answers_and_tells(repo: Repo, pair: tuple[str, str]) -> None:
    """The sender finds it in its inbox, as a message of type ack; who gave it is not asked again."""
    alice, bob = pair
    sent = repo.here("send", "bob", "look", "--ack", "--json", session=alice, check=True).json
    assert "git coord ack" in repo.here("inbox", "--peek", session=bob, check=True).out
    told = repo.here("ack", sent["id"][:10], "-m", "will do", "--json", session=bob, check=True).json
    assert (told["acknowledged"], told["to"]) == (sent["id"], "alice")
    (item,) = mail(repo, alice)
    assert (item["id"], item["type"], item["body"], item["reply_to"]) == (told["id"], "ack", "will do", sent["id"])
    assert mail(repo, bob) == []
    assert "git coord ack" not in repo.here("inbox", "--all", session=bob, check=True).out
    assert [item["acknowledged"] for item in mail(repo, bob, "--all")] == [True]


def test_threads_from_outside(repo: Repo, pair: tuple[str, str]) -> None:
    """`--reply-to` with the id as the inbox shows it; `--thread` with that of any message in it."""
    alice, bob = pair
    first = repo.here("send", "bob", "one", "--json", session=alice, check=True).json["id"]
    second = repo.here("send", "alice", "two", "--reply-to", first[:8], "--json", session=bob, check=True).json
    assert second["thread"] == first
    shown = mail(repo, alice, "--thread", second["id"][:8])
    assert [(item["subject"], item["from_another_session"]) for item in shown] == [("one", False), ("two", True)]


def test_a_role_and_a_capability_from_outside(repo: Repo, pair: tuple[str, str]) -> None:
    """Sent where nobody is yet, it says so, and the first who comes has it."""
    alice, _ = pair
    told = repo.here("send", "role:tester", "x", session=alice, check=True)
    assert told.out.splitlines()[1:] == ["nobody is there now; whoever comes next as role:tester reads it"]
    repo.here("send", "can:sql", "y", session=alice, check=True)
    carol = repo.start("carol", "--role", "tester", "--can", "sql")
    assert [item["to"] for item in mail(repo, carol)] == ["role:tester", "can:sql"]


# --- what is refused


REFUSED: dict[str, tuple[tuple[str, ...], int, str]] = {
    "nobody": (("send", "nobody", "x"), 1, "not_found"),
    "nearly a name": (("send", "bobb", "x"), 1, "not_found"),
    "itself": (("send", "alice", "x"), 2, "usage"),
    "no subject": (("send", "bob", ""), 2, "usage"),
    "a blank subject": (("send", "bob", " \t"), 2, "usage"),
    "two lines of subject": (("send", "bob", "a\nb"), 2, "usage"),
    "an endless subject": (("send", "bob", "x" * 501), 2, "usage"),
    "no words at all": (("send",), 2, "usage"),
    "a word too many": (("send", "bob", "x", "y"), 2, "usage"),
    "an unknown option": (("send", "bob", "x", "--loud"), 2, "usage"),
    "a wrong priority": (("send", "bob", "x", "--priority", "max"), 2, "usage"),
    "a wrong topic": (("send", "bob", "x", "--topic", "a.*"), 2, "usage"),
    "a wrong type": (("send", "bob", "x", "--type", "ack"), 2, "usage"),
    "a type of ours": (("send", "bob", "x", "--type", "Lost"), 2, "usage"),
    "a name of ours": (("start", "me"), 2, "usage"),
    "a type of two words": (("send", "bob", "x", "--type", "please look"), 2, "usage"),
    "a role without a name": (("send", "role:", "x"), 2, "usage"),
    "a capability without a name": (("send", "can:", "x"), 2, "usage"),
    "a type of controls": (("send", "bob", "x", "--type", "a\x1b"), 2, "usage"),
    "a wrong time to live": (("send", "bob", "x", "--ttl", "soon"), 2, "usage"),
    "both texts": (("send", "bob", "x", "-m", "a", "-F", "-"), 2, "usage"),
    "no file": (("send", "bob", "x", "-F", "missing"), 2, "usage"),
    "a directory for a text": (("send", "bob", "x", "-F", "src"), 2, "usage"),
    "nothing to attach": (("send", "bob", "x", "--attach", "missing"), 2, "usage"),
    "a directory to attach": (("send", "bob", "x", "--attach", "src"), 2, "usage"),
    "what never ends": (("send", "bob", "x", "--attach", "/dev/zero"), 2, "usage"),
    "two of one name": (("send", "bob", "x", "--attach", "src/a.py", "--attach", "./src/a.py"), 2, "usage"),
    "an answer to nothing": (("send", "bob", "x", "--reply-to", "0" * 32), 1, "not_found"),
    "an answer to no id": (("send", "bob", "x", "--reply-to", "../x"), 2, "usage"),
    "an answer to too little": (("send", "bob", "x", "--reply-to", "ab"), 2, "usage"),
    "a wrong pattern": (("inbox", "--topic", "a*"), 2, "usage"),
    "a wrong least priority": (("inbox", "--priority", "max"), 2, "usage"),
    "a wrong time": (("inbox", "--since", "yesterday"), 2, "usage"),
    "a wrong limit": (("inbox", "--limit", "-1"), 2, "usage"),
    "a wrong wait": (("inbox", "--wait", "1"), 2, "usage"),
    "a thread of nothing": (("inbox", "--thread", "0" * 32), 1, "not_found"),
    "an ack of nothing": (("ack", "0" * 32), 1, "not_found"),
    "an ack of no id": (("ack", "xyz!"), 2, "usage"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_refused(shared_repo: Repo, name: str) -> None:
    """Each with its exit status and its word, nothing recorded, nothing asked, no traceback."""
    repo = shared_repo
    known = {item["name"]: item["id"] for item in repo.here("sessions", "--json", check=True).json["sessions"]}
    alice = known.get("alice") or repo.start("alice")
    if "bob" not in known:
        repo.start("bob")
    words, status, reason = REFUSED[name]
    before = repo.git("rev-parse", f"refs/coord/sessions/{alice}/log")
    told = repo.coord(*words, "--json", session=alice)
    assert (told.status, told.json["reason"]) == (status, reason), told.err
    plain = repo.coord(*words, session=alice)
    assert (plain.status, plain.out) == (status, "")
    assert plain.err.count("error: ") == 1
    assert repo.git("rev-parse", f"refs/coord/sessions/{alice}/log") == before


def test_a_name_of_two(repo: Repo, pair: tuple[str, str]) -> None:
    """Refused with both ids, and how to say which."""
    alice, bob = pair
    other = repo.start("bob")
    told = repo.here("send", "bob", "x", session=alice)
    assert (told.status, bob in told.err, other in told.err, "by its id" in told.err) == (2, True, True, True)


# --- words and files


def test_bodies_from_files(repo: Repo, pair: tuple[str, str]) -> None:
    """A file, standard input, and text that is no UTF-8 come as they are; the JSON is UTF-8 all the same."""
    alice, bob = pair
    repo.write("note.txt", "from a file\n\nwith an end\n")
    repo.coord("send", "bob", "1", "-F", "note.txt", session=alice, check=True)
    repo.coord("send", "bob", "2", "-F", "-", session=alice, check=True, stdin="from stdin\n---\n")
    repo.coord("send", "bob", "3", "-F", "-", session=alice, check=True, stdin="bytes \udcff\udcfe end")
    repo.coord("send", "bob", "4", "-m", "", session=alice, check=True)
    shown = repo.coord("inbox", "--peek", session=bob, check=True).out
    assert "  | bytes \\xff\\xfe end" in shown
    bodies = [item["body"] for item in repo.coord("inbox", "--json", session=bob, check=True).json["messages"]]
    assert bodies == ["from a file\n\nwith an end\n", "from stdin\n---\n", "bytes \udcff\udcfe end", ""]


def test_types_that_gitcoord_sends_by_itself(repo: Repo, pair: tuple[str, str]) -> None:
    """Nobody sends a message that reads like one of gitcoord's own, in whatever case its type is written."""
    alice, bob = pair
    for word in ("lost", "Taken", "ACK"):
        told = repo.here("send", "bob", "your claim is gone", "--type", word, session=alice)
        assert (told.status, "only gitcoord itself" in told.err) == (2, True)
    assert mail(repo, bob) == []


def test_ten_megabytes(repo: Repo, pair: tuple[str, str]) -> None:
    """Such a body is refused, with what to do instead, and that works."""
    alice, bob = pair
    repo.write("big.txt", "x" * (10 << 20))
    for words in (("-F", "big.txt"), ("-F", "-")):
        told = repo.coord("send", "bob", "big", *words, session=alice, stdin="x" * (10 << 20))
        assert (told.status, "--attach" in told.err) == (2, True)
    repo.coord("send", "bob", "big", "--attach", "big.txt", session=alice, check=True)
    repo.write("bigger.txt", "x" * ((10 << 20) + 1))
    told = repo.coord("send", "bob", "big", "--attach", "bigger.txt", session=alice)
    assert (told.status, "10 MiB" in told.err) == (2, True)
    (item,) = mail(repo, bob)
    assert item["attached"][0]["size"] == 10 << 20


NAMES = [
    "plain.txt",
    "with space",
    "-dash",
    "quote'\"",
    "line\nend",
    "\x1b[2J",
    "\u202egpj.exe",
    ".git",
    "\u00fc",
    "x" * 250,
]


def test_attached_files(repo: Repo, pair: tuple[str, str]) -> None:
    """Under whatever name, their content is in git, their name is shown harmlessly, and gc keeps them."""
    alice, bob = pair
    directory = repo.top.parent / "files"
    directory.mkdir()
    words = []
    for number, name in enumerate(NAMES):
        (directory / name).write_bytes(b"content \0 %d" % number)
        words += ["--attach", str(directory / name)]
    repo.coord("send", "bob", "files", *words, session=alice, check=True)
    for journal in (repo.top / ".git/coord").glob("journal*"):
        journal.unlink()
    repo.git("gc", "-q", "--prune=now")
    shown = repo.coord("inbox", "--peek", session=bob, check=True).out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    (item,) = mail(repo, bob)
    assert [one["name"] for one in item["attached"]] == NAMES
    for number, one in enumerate(item["attached"]):
        content = subprocess.run(
            ["git", "cat-file", "blob", one["object"]], cwd=repo.top, env=repo.env, capture_output=True, check=True
        ).stdout
        assert content == b"content \0 %d" % number
        assert one["size"] == len(content)
        assert f"git cat-file blob {one['object'][:12]}" in shown
    repo.git("fsck", "--strict", "--no-dangling")


def test_more_files_than_go_with_a_message(repo: Repo, pair: tuple[str, str]) -> None:
    """Refused, with what to do."""
    words = [word for number in range(51) for word in ("--attach", str(repo.write(f"many/{number}")))]
    told = repo.here("send", "bob", "x", *words, session=pair[0])
    assert (told.status, "pack them into one" in told.err) == (2, True)


@pytest.mark.parametrize("subject", ["\x1b[31mred", "a\rb", "tab\there", "\u202eevil", "\x9b2J", "\u0085next"])
def test_subjects_of_controls(repo: Repo, pair: tuple[str, str], subject: str) -> None:
    """They are kept, and shown so that a terminal does nothing with them: in the inbox, and in what others are told."""
    alice, bob = pair
    repo.coord("send", "bob", subject, session=alice, check=True)
    (item,) = mail(repo, bob, "--peek")
    assert item["subject"] == subject
    told = repo.coord("whoami", session=bob)
    shown = repo.coord("inbox", session=bob, check=True).out + told.out + told.err
    assert "message from alice" in told.err
    assert not [char for char in shown if not char.isprintable() and char != "\n"]


# --- waiting


def waiting(repo: Repo, who: str, *words: str) -> subprocess.Popen[bytes]:
    """Begin to wait for mail; returns when its bell hangs."""
    begun = subprocess.Popen(
        ["git-coord", "inbox", *words],
        cwd=repo.top,
        env=repo.env | {"GIT_COORD_SESSION": who},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not bells(repo):
        assert time.monotonic() < deadline
        assert begun.poll() is None, begun.communicate()
        time.sleep(0.02)
    return begun


def bells(repo: Repo) -> list[Path]:
    """The bells of those who wait."""
    directory = repo.top / ".git/coord/bells"
    return [path for path in directory.iterdir() if path.name[0] != "."] if directory.is_dir() else []


def test_wait_returns_with_what_arrives(repo: Repo, pair: tuple[str, str]) -> None:
    """Well under a second after the sender has ended, the message is shown, and read; the bell is gone."""
    alice, bob = pair
    waiter = waiting(repo, bob, "--wait", "60s")
    repo.here("send", "bob", "wake up", session=alice, check=True)
    sent = time.monotonic()
    out, _ = waiter.communicate(timeout=60)
    assert time.monotonic() - sent < 1.0
    assert (waiter.returncode, b"wake up" in out) == (0, True)
    assert mail(repo, bob) == []
    assert bells(repo) == []


def test_wait_sleeps_until_it_is_rung(repo: Repo, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks once before it sleeps and once for each time that somebody writes: it does not poll."""
    alice, bob = pair
    workspace = repo.workspace()
    me = read(workspace.ledger.state(), SessionId(bob))
    assert me is not None
    looks: list[float] = []
    look = inbox.count

    def counted(*words: Any) -> int:
        looks.append(time.monotonic())
        return look(*words)

    monkeypatch.setattr(inbox, "count", counted)
    assert inbox.wait(workspace, me, EVERYTHING, 1.5) is False
    assert len(looks) == 2, "once at the start, once at the end"
    repo.here("send", "bob", "hello", session=alice, check=True)
    assert inbox.wait(workspace, me, EVERYTHING, 60) is True
    assert len(looks) == 3, "what is there is not waited for"
    workspace.ledger.store.close()


def test_wait_that_nobody_ends(repo: Repo, pair: tuple[str, str]) -> None:
    """When the time is up it ends with 0 and nothing; what a filter passes over does not end it."""
    alice, bob = pair
    repo.here("send", "bob", "low", "--priority", "low", session=alice, check=True)
    waited = repo.coord("inbox", "--wait", "1s", "--priority", "high", "--json", session=bob)
    assert (waited.status, waited.json["messages"], waited.json["left"]) == (0, [], 1)
    waited = repo.coord("inbox", "--wait", "1s", "--priority", "high", session=bob)
    assert (waited.status, waited.out) == (0, "nothing unread; 1 other message unread\n")
    assert repo.coord("inbox", "--wait", "30s", session=bob).status == 0


def test_wait_for_what_is_wanted(repo: Repo, pair: tuple[str, str]) -> None:
    """Something else that arrives does not end it, what was asked for does."""
    alice, bob = pair
    waiter = waiting(repo, bob, "--wait", "60s", "--topic", "web.#", "--json")
    repo.here("send", "bob", "other", session=alice, check=True)
    repo.here("send", "bob", "wanted", "--topic", "web", session=alice, check=True)
    out, _ = waiter.communicate(timeout=60)
    assert b'"wanted"' in out
    assert b'"other"' not in out
    assert [item["subject"] for item in mail(repo, bob)] == ["other"]


def test_interrupted(repo: Repo, pair: tuple[str, str]) -> None:
    """^C ends the wait with 130, without a traceback, and leaves nothing behind; the mail is still unread."""
    alice, bob = pair
    waiter = waiting(repo, bob, "--wait", "60s")
    os.killpg(waiter.pid, signal.SIGINT)
    out, err = waiter.communicate(timeout=30)
    assert (waiter.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    assert bells(repo) == []
    repo.here("send", "bob", "later", session=alice, check=True)
    assert [item["subject"] for item in mail(repo, bob)] == ["later"]


# --- news


def test_news_of_mail_is_told_once(repo: Repo, pair: tuple[str, str]) -> None:
    """The next command of the reader says that there is mail, and no other after it; the inbox says it not at all."""
    alice, bob = pair
    repo.here("send", "bob", "first", session=alice, check=True)
    told = repo.coord("whoami", session=bob)
    assert "warning: message from alice: first (git coord inbox)" in told.err
    assert "first" not in repo.coord("whoami", session=bob).err
    repo.here("send", "bob", "second", session=alice, check=True)
    read_now = repo.coord("inbox", session=bob)
    assert "second" in read_now.out
    assert "second" not in read_now.err
    assert "second" not in repo.coord("whoami", session=bob).err
    repo.here("send", "all", "third", session=alice, check=True)
    assert repo.coord("inbox", "--peek", session=bob).err == ""
    assert "third" in repo.here("whoami", "--json", session=bob).json["warnings"][0]
    assert repo.coord("whoami", session=alice).err == "", "not to oneself"


def test_a_closed_pipe_reads_nothing(repo: Repo, pair: tuple[str, str]) -> None:
    """Where nobody takes the output, nothing counts as read."""
    alice, bob = pair
    for number in range(3):
        repo.here("send", "bob", str(number), "-m", "x" * 100_000, session=alice, check=True)
    env = repo.env | {"GIT_COORD_SESSION": bob}
    begun = subprocess.Popen(["git-coord", "inbox"], cwd=repo.top, env=env, stdout=subprocess.PIPE)
    assert begun.stdout is not None
    begun.stdout.close()
    assert begun.wait(30) in (0, 141)
    assert len(mail(repo, bob)) == 3
