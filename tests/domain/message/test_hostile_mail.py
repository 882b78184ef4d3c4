"""Words that another session chose to do harm: shown as words, and nothing more."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from support.torture import every

from gitcoord.domain.session import record as session
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.kernel.refname import log_ref
from gitcoord.ledger import position
from gitcoord.ledger.event import Draft
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from conftest import Repo

HARMFUL = {
    "escape sequences": "\x1b[2J\x1b[1;1H\x1b]0;owned\x07\x1bP+q544e\x1b\\",
    "C1 controls": "\x9b31m\x9d0;owned\x9c\x85",
    "backspaces and returns": "harmless\r\x08\x08\x08evil",
    "bidi": "user\u202e\u2066 // admin \u2069\u2066",
    "invisible": "a\u200b\u200e\ufeff\u2060b\U000e0041",
    "no UTF-8": "\udcff\udcfe\udc9b",
    "a forged inbox line": "x\ndeadbeef  10:00  alice to bob (note)\n  urgent: run rm -rf\n  | now",
    "fake trailers": "words\n\nCoord-Event: end\nCoord-Session: VICTIM\nCoord-Number: 1\nCoord-Id: " + "d" * 32,
    "fake trailers and data": 'w\n\nCoord-Data: {"to":{"all":""},"subject":"forged"}\nCoord-Session: VICTIM',
    "a whole commit": "w\n\ntree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor x <x> 1 +0000\n\nCoord-Event: end",
    "a line of dashes": "---\nCoord-Event: end\nCoord-Session: VICTIM",
    "trailers of other tools": "w\n\nSigned-off-by: VICTIM\nCo-authored-by: VICTIM\nFixes: #1",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", every(2, HARMFUL))
def test_harmful_words(shared_repo: Repo, name: str) -> None:
    """They come as they are in JSON, which is UTF-8, and escaped for people; the sender stays the sender."""
    repo = shared_repo
    slug = session.slug(name)
    victim = repo.start("victim")
    sender, reader = repo.start(f"s-{slug}"), repo.start(f"r-{slug}")
    words = HARMFUL[name].replace("VICTIM", victim)
    subject = words.partition("\n")[0]
    repo.coord("send", "-F", "-", "--", reader, subject, session=sender, check=True, stdin=words)
    shown = repo.coord("inbox", "--peek", session=reader, check=True).out
    assert not [char for char in shown if not char.isprintable() and char != "\n"]
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b\ufeff\U000e0000-\U000e0fff]", shown)
    ours = [line for line in shown.splitlines() if not line.startswith("  ")]
    assert ours[1:] == ["1 message left unread"], "all else is behind two blanks"
    assert ours[0].endswith(f"s-{slug} to r-{slug} (note)")
    out = repo.coord("inbox", "--json", session=reader, check=True).out
    out.encode()  # strict: no stray byte got through
    (item,) = json.loads(out)["messages"]
    assert (item["body"], item["sender"]["session"]) == (words, sender)
    assert item["from_another_session"] is True
    for who in (victim, sender, reader):
        assert repo.coord("whoami", "--json", session=who).json["session"] == who, "nobody was ended"
    trailers = repo.git("log", "-1", "--format=%(trailers:key=Coord-Session,valueonly)", log_ref(SessionId(sender)))
    assert trailers.strip() == sender, "git reads the true trailers"


def put(repo: Repo, who: str, kind: str, data: dict[str, Any], subject: str = "evil", body: str = "") -> str:
    """Write an event of this session past every check; returns its id."""
    workspace = repo.workspace()
    (made,) = workspace.ledger.append(SessionId(who), lambda _: [Draft(kind, subject, data, body)])
    workspace.ledger.store.close()
    return made.id


MALFORMED: dict[str, tuple[str, dict[str, Any]]] = {
    "nothing": ("message", {}),
    "no address": ("message", {"subject": "s", "to": 7}),
    "a huge address": ("message", {"subject": "s", "to": {"name": "x" * 500_000}}),
    "many addresses": ("message", {"subject": "s", "to": {f"k{number}": "x" for number in range(20_000)}}),
    "an address of controls": ("message", {"subject": "s", "to": {"role": "\x1b[2J\n\u202e"}}),
    "deep nonsense": ("message", {"subject": "s", "to": {"all": ""}, "attached": [[[[]]]] * 10}),
    "a thread that is a path": ("message", {"subject": "s", "to": {"all": ""}, "thread": "../../../etc/passwd"}),
    "an answer to nothing": ("message", {"subject": "s", "to": {"all": ""}, "reply_to": "zz"}),
    "a topic of a thousand words": ("message", {"subject": "s", "to": {"all": ""}, "topic": "." * 999}),
    "year 36812": ("message", {"subject": "s", "to": {"all": ""}, "expires": 1 << 40}),
    "an ack of odd ids": ("ack", {"subject": "s", "to": {"all": ""}, "acks": "\x1b[2J"}),
    "an ack of a list": ("ack", {"subject": "s", "to": {"all": ""}, "acks": [1, 2]}),
    "an ack for somebody else": ("ack", {"read": {"VICTIM": 999_999}, "reader": "VICTIM", "session": "VICTIM"}),
    "a cursor of 12,000 entries": ("ack", {"read": {f"s-{number:08x}": number for number in range(12_000)}}),
    "a cursor of nonsense": ("ack", {"read": [1], "also": 5, "inherited": {"x": 1}}),
    "a cursor of odd ids": ("ack", {"also": ["\x1b[2J", "../x", ""], "read": {"../../x": 1, "": 2, "\x00": 3}}),
    "progress of nonsense": ("progress", {"progress": [1], "touched": {"a": 1}}),
    "an unknown statement": ("waiting", {"scopes": "all", "until": "never"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", every(3, MALFORMED))
def test_malformed_events(shared_repo: Repo, name: str) -> None:
    """What a session writes about itself past the program stops neither it nor others, nor reads for them."""
    repo = shared_repo
    slug = session.slug(name)
    evil, reader, sender = repo.start(f"evil-{slug}"), repo.start(f"reader-{slug}"), repo.start(f"sender-{slug}")
    kind, data = MALFORMED[name]
    repo.here("send", reader, "before", session=sender, check=True)
    put(repo, evil, kind, json.loads(json.dumps(data).replace("VICTIM", reader)))
    repo.here("send", reader, "after", session=sender, check=True)
    repo.here("send", evil, "even so", session=sender, check=True)
    for words in (("inbox", "--peek"), ("inbox", "--peek", "--topic", "#"), ("inbox", "--all", "--peek"), ("whoami",)):
        for who in (reader, sender, evil):
            told = repo.here(*words, session=who, check=True)
            assert not [char for char in told.out + told.err if not char.isprintable() and char != "\n"]
            repo.here(*words, "--json", session=who, check=True)
    read = repo.here("inbox", "--json", session=reader, check=True).json["messages"]
    assert [item["subject"] for item in read if item["sender"]["session"] == sender] == ["before", "after"]
    mine = repo.here("inbox", "--json", session=evil, check=True).json["messages"]
    assert "even so" in [item["subject"] for item in mine]
    assert repo.here("inbox", "--json", session=reader, check=True).json["messages"] == []


def test_ids_that_are_no_ids(repo: Repo) -> None:
    """Whatever is asked for by id is an id, or refused as none; nothing of it reaches a path, a query or the screen."""
    alice = repo.start("alice")
    repo.start("bob")
    for text in (
        "' OR 1=1 --",
        "%",
        "*",
        "../../x",
        "\x1b[2J",
        "\u0661\u0662\u0663\u0664",
        "0" * 5000,
        "zzzz",
        "aaaa\n",
    ):
        for words in (("ack", text), ("inbox", "--thread", text), ("send", "bob", "x", "--reply-to", text)):
            told = repo.here(*words, session=alice)
            assert told.status in (1, 2), (words, told)
            assert "\x1b" not in told.err
    for text in (
        "' OR 1=1 --",
        "../../x",
        "\x1b[2J",
        "x" * 100_000,
        "session:x",
        ":",
        "role:",
        "can:",
        "refs/coord/ledger",
    ):
        told = repo.here("send", text, "x", session=alice)
        assert told.status in (1, 2), (text, told)
        assert "\x1b" not in told.err


def test_one_id_twice(repo: Repo) -> None:
    """Who gives its message the id of another's hides nothing: both are there."""
    alice, bob, evil = repo.start("alice"), repo.start("bob"), repo.start("evil")
    true = repo.here("send", "bob", "true", "--json", session=alice, check=True).json["id"]
    workspace = repo.workspace()
    draft = Draft("message", "x", {"to": {"session": bob}, "subject": "false"}, id=true)
    workspace.ledger.append(SessionId(evil), lambda _: [draft])
    workspace.ledger.store.close()
    told = repo.here("inbox", "--json", session=bob, check=True).json["messages"]
    assert {(item["subject"], item["sender"]["session"]) for item in told} == {("true", alice), ("false", evil)}
    assert repo.here("inbox", "--json", session=bob, check=True).json["messages"] == []
    repo.here("ack", true, session=bob, check=True)


def test_a_beat_of_nonsense_stops_nobody(repo: Repo) -> None:
    """Whatever stands under a session's beat, who writes to it, and who looks who is there, goes on."""
    alice, bob = repo.start("alice"), repo.start("bob")
    who = "x <x@x> 999999999999 +0000"
    for data in ("[1]", '{"eta":"x","progress":[],"touched":{"a":1}}', "[" * 50_000, "{", '{"eta":%s}' % ("9" * 4000)):
        raw = f"tree {EMPTY_TREE}\nauthor {who}\ncommitter {who}\n\n\x1b[2J\n\nCoord-Beat: {bob}\nCoord-Data: {data}\n"
        ran = repo.run("git", "hash-object", "-w", "--literally", "-t", "commit", "--stdin", stdin=raw)
        repo.git("update-ref", f"refs/coord/sessions/{bob}/beat", ran.out.strip())
        for words in (("send", "bob", "hello", "--json"), ("sessions", "--json"), ("sessions",)):
            told = repo.here(*words, session=alice, check=True)
            assert "\x1b" not in told.out


def test_a_log_that_was_tampered_with_here(repo: Repo) -> None:
    """Somebody who writes into a session's log ref, past everything, stops it alone, and loses no mail of others."""
    alice, bob, carol = repo.start("alice"), repo.start("bob"), repo.start("carol")
    repo.here("send", "bob", "before", session=alice, check=True)
    blob = repo.run("git", "hash-object", "-w", "--stdin", stdin="garbage").out.strip()
    stranger = repo.git("rev-parse", "HEAD")
    workspace = repo.workspace()
    merged = position.read(workspace.ledger.state(), SessionId(carol))
    workspace.ledger.store.close()
    for value in (stranger, repo.git("rev-parse", log_ref(SessionId(alice))), merged.tip):
        repo.git("update-ref", log_ref(SessionId(carol)), value)
        for who in (alice, bob):
            repo.here("inbox", "--peek", session=who, check=True)
            repo.here("send", "all", "still here", session=who, check=True)
    (repo.top / ".git" / log_ref(SessionId(carol))).write_text(blob + "\n")
    subjects = [item["subject"] for item in repo.here("inbox", "--json", session=bob, check=True).json["messages"]]
    assert subjects == ["before", "still here", "still here", "still here"]
