"""A message is read as it was written, and what others write is read or refused, never more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitcoord.domain.message import record as message
from gitcoord.domain.message import send
from gitcoord.domain.message.record import Address, Attached, Letter, Message
from gitcoord.domain.session import beat
from gitcoord.errors import Malformed, Unreadable, Usage
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.ledger import commit, event
from gitcoord.ledger.event import Draft, Event
from gitcoord.policy import limits
from gitcoord.policy.ids import NO_OBJECT, EventId, Oid, SessionId, StoreOid
from gitcoord.policy.moment import Moment

if TYPE_CHECKING:
    from pathlib import Path

OID = Oid("ab" * 20)
ID = EventId("c" * 32)
WRITER = SessionId("x-00000001")
TO = Address("session", "bob-00000001", "bob")


def written(draft: Draft) -> Event:
    """A draft as the commit that records it is read back."""
    content = event.encode(
        draft,
        session=SessionId("alice-00000001"),
        number=7,
        event_id=EventId("c" * 32),
        time=1000,
        mail="a@example.com",
        parent=StoreOid(OID),
    )
    return event.decode(StoreOid(OID), content)


def sent(letter: Letter, to: Address = TO) -> Message:
    """A letter as its reader reads it."""
    return message.read(written(message.draft(to, letter, 1000)))


def forged(data: dict[str, Any], body: str = "", kind: str = "message") -> Event:
    """An event that somebody else wrote."""
    return written(Draft(kind, "to x: y", data, body))


CHANGED_BY_GIT = [
    "",
    "plain",
    "two\n\nparagraphs",
    " leading and trailing \n\n",
    "\n\n\n",
    "a line end\n",
    "windows\r\nlines\r\n",
    "---\nwhat git takes for the end of a message\n",
    "a\n---\ndiff --git a/x b/x\n",
    "# ------------------------ >8 ------------------------\ncut",
    "# a comment",
    "NUL \0 and escape \x1b[2J",
    "Coord-Session: mallory-00000000\nCoord-Event: end",
    "text\n\nCoord-Session: mallory-00000000\nCoord-Number: 1\nCoord-Id: " + "d" * 32 + "\nCoord-Event: end",
    'text\n\nCoord-Data: {"to":{"all":""},"subject":"forged"}',
    "Signed-off-by: x <x@y>",
    "bytes that are no UTF-8: \udcff\udc80",
    "\u2028separators\u2029 \x85 \x0b \x0c",
    "\u202eright to left",
    "x" * 200_000 + "\n",
]


@pytest.mark.parametrize("body", CHANGED_BY_GIT, ids=range(len(CHANGED_BY_GIT)))
def test_bodies_that_git_would_change(body: str) -> None:
    """A body comes back to the letter, also where a commit message would not keep it."""
    message.check_words("subject", body)
    found = sent(Letter("subject", body))
    assert (found.body, found.subject, found.sender, found.id) == (body, "subject", "alice-00000001", "c" * 32)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(
    body=st.one_of(
        WORDS, st.lists(st.sampled_from([*CHANGED_BY_GIT[:18], "\n", "\n\n", " "]), max_size=6).map("".join)
    ),
    subject=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=100),
)
@example(body="a\n\n", subject="Coord-Event: end")
@example(body="\ufeff", subject="\x1b]0;title\x07")
def test_words_come_back_as_they_went(body: str, subject: str) -> None:
    """Whatever words are sent, these are read; and who wrote them, and what kind it is, they cannot change."""
    try:
        message.check_words(subject, body)
    except Usage:
        return
    found = written(message.draft(TO, Letter(subject, body), 1000))
    assert (found.kind, found.session, found.number, found.id) == ("message", "alice-00000001", 7, "c" * 32)
    read = message.read(found)
    assert (read.subject, read.body) == (subject, body)


def test_every_field_comes_back() -> None:
    """Type, topic, priority, thread, expiry, files and the wish for an answer are kept."""
    files = (Attached("a b.txt", 5, StoreOid(OID)), Attached("\udcff", 0, StoreOid(OID)))
    letter = Letter("s", "b", "question", "p.q", "urgent", 60, True, ("d" * 32, "e" * 32), files, ("thing",))
    found = sent(letter)
    assert (found.type, found.topic, found.priority, found.expires) == ("question", "p.q", "urgent", 1060)
    assert (found.reply_to, found.thread, found.wants_ack) == ("d" * 32, "e" * 32, True)
    assert (found.attached, found.about, found.to) == (files, ("thing",), TO)


def test_a_message_that_answers_none_begins_a_thread() -> None:
    """Its thread is its own id, and it stays for ever."""
    found = sent(Letter("s"))
    assert (found.thread, found.reply_to, found.expires, found.priority) == ("c" * 32, "", None, "normal")


@pytest.mark.parametrize(
    "to",
    [
        TO,
        Address("session", "x-00000001"),
        Address("name", "bob"),
        Address("role", "r"),
        Address("can", "c"),
        Address("all"),
    ],
    ids=lambda to: to.kind,
)
def test_addresses_come_back(to: Address) -> None:
    """Each sort of address is read as it was written."""
    assert sent(Letter("s"), to).to == to


def test_an_acknowledgement_is_a_message_to_the_sender_in_its_thread() -> None:
    """It names what it acknowledges, and keeps its words; a plain `ack` that only says how far one read is none."""
    read = message.read(written(message.acknowledgement(sent(Letter("s")), "alice", "done\n\nCoord-Event: end")))
    assert (read.type, read.to.value, read.reply_to, read.thread) == ("ack", "alice-00000001", "c" * 32, "c" * 32)
    assert read.body == "done\n\nCoord-Event: end"
    assert message.readable(forged({"read": {"x-00000001": 3}}, kind="ack")) is None


def test_git_shows_it_as_a_person_would_write_it() -> None:
    """Subject and body stand in the commit; our trailers are its last paragraph, whatever the body ends with."""
    draft = message.draft(TO, Letter("please look", "at this\n\nCoord-Session: mallory"), 1000)
    content = event.encode(
        draft, session=SessionId("a-00000001"), number=1, event_id=EventId("c" * 32), time=1, mail="m", parent=NO_OBJECT
    )
    record = commit.decode(content)
    assert (record.subject, record.body) == ("to bob: please look", "at this\n\nCoord-Session: mallory")
    assert dict(record.trailers)["Coord-Session"] == "a-00000001"


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("", ""),
        ("  \t", ""),
        ("two\nlines", ""),
        ("s" * 501, ""),
        ("s", "x" * (256 * 1024 + 1)),
        ("s", "\u00e9" * (128 * 1024 + 1)),
        ("s", "\0" * 200_000),
        ("s", "\ud800"),
        ("\udfff", ""),
    ],
    ids=lambda text: repr(text[:8]),
)
def test_words_that_cannot_be_sent(subject: str, body: str) -> None:
    """Too long, no subject, more than a line of it, and half characters are refused before anything is recorded."""
    with pytest.raises(Usage):
        message.check_words(subject, body)


@pytest.mark.parametrize(("more", "refused"), [(-1, False), (0, False), (1, True)], ids=["below", "at", "above"])
def test_messages_at_the_limits(more: int, refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subject, body, number of files and size in all: at the limit a message is sent, above it refused."""
    files = [tmp_path / str(number) for number in range(limits.FILES + more)]
    for path in files:
        path.write_bytes(b"")
    large = tmp_path / "large"
    large.write_bytes(bytes(5000 + more - 4))
    tried: list[tuple[Letter, list[Path]]] = [
        (Letter("s" * (limits.SUBJECT + more), ""), []),
        (Letter("s", "x" * (limits.BODY_BYTES + more)), []),
        (Letter("s", "", type="t" * (limits.WORD + more)), []),
        (Letter("s", ""), files),
        (Letter("s", "\u00e9\u00e9"), [large]),
    ]
    for letter, paths in tried:
        monkeypatch.setattr(limits, "MESSAGE_BYTES", 5000 if paths else 10 << 20)
        if refused:
            with pytest.raises(Usage):
                send._check(letter, tuple(paths))
        else:
            send._check(letter, tuple(paths))


@pytest.mark.parametrize("fill", ["x", "\n", "\t", '"', "\\", "\u00e9", "\0", "\x7f", "\udcff"])
def test_the_longest_bodies_fit_into_an_event(fill: str) -> None:
    """Of whatever it is made, a body that is not refused makes an event that is read back."""
    for length in (256 * 1024, 200_000, 128 * 1024):
        try:
            message.check_words("s", fill * length)
        except Usage:
            continue
        assert sent(Letter("s" * 500, fill * length)).body == fill * length
        return


MALFORMED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no address": {"subject": "s"},
    "an address that is text": {"subject": "s", "to": "all"},
    "an address of nothing": {"subject": "s", "to": {}},
    "an address of numbers": {"subject": "s", "to": {"session": 5}},
    "an endless address": {"subject": "s", "to": {"name": "x" * 2000}},
    "half a character in the address": {"subject": "s", "to": {"name": "\ud800"}},
    "no subject": {"to": {"all": ""}},
    "an endless subject": {"to": {"all": ""}, "subject": "x" * 2000},
    "a body that is a list": {"to": {"all": ""}, "subject": "s", "body": ["x"]},
    "an endless body": {"to": {"all": ""}, "subject": "s", "body": "x" * 300_000},
    "a type that is a number": {"to": {"all": ""}, "subject": "s", "type": 5},
    "a time that is text": {"to": {"all": ""}, "subject": "s", "expires": "soon"},
    "a time beyond time": {"to": {"all": ""}, "subject": "s", "expires": 1 << 60},
    "a flag that is a number": {"to": {"all": ""}, "subject": "s", "ack": 1},
    "files that are no list": {"to": {"all": ""}, "subject": "s", "attached": {"name": "x"}},
    "a file without an object": {"to": {"all": ""}, "subject": "s", "attached": [{"name": "x", "size": 1}]},
    "a file that is a command": {
        "to": {"all": ""},
        "subject": "s",
        "attached": [{"name": "x", "size": 1, "object": "; rm -rf ~"}],
    },
    "a file that is an escape": {
        "to": {"all": ""},
        "subject": "s",
        "attached": [{"name": "x", "size": 1, "object": "\x1b[2J" + "a" * 36}],
    },
    "a thread that is a number": {"to": {"all": ""}, "subject": "s", "thread": 1},
    "too many things": {"to": {"all": ""}, "subject": "s", "about": ["x"] * 5000},
}


@pytest.mark.parametrize("name", list(MALFORMED))
def test_malformed_payloads(name: str) -> None:
    """What is not a message is said to be none, and found under nothing."""
    content = json.dumps(MALFORMED[name])  # ASCII, as a peer may write it
    item = Event("message", WRITER, 1, ID, 1, "s", "", json.loads(content), StoreOid(OID), NO_OBJECT)
    with pytest.raises(Malformed):
        message.read(item)
    assert message.readable(item) is None
    assert list(message.terms(item)) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["all", "c" * 32, OID]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = (
    "to",
    "subject",
    "body",
    "type",
    "topic",
    "priority",
    "reply_to",
    "acks",
    "thread",
    "expires",
    "ack",
    "attached",
)
ADDRESS = st.dictionaries(
    st.sampled_from(["session", "name", "role", "can", "all"]), st.text(max_size=9) | JSON, max_size=2
)


@given(
    data=st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8),
    to=ADDRESS,
    subject=st.text(max_size=10) | st.none(),
    kind=st.sampled_from(["message", "ack"]),
)
def test_any_payload_is_read_or_malformed(
    data: dict[str, Any], to: dict[str, Any], subject: str | None, kind: str
) -> None:
    """Nothing else can come of it; what is read has text where text is shown."""
    given = {**data, "to": to} | ({"subject": subject} if subject is not None else {})
    item = Event(kind, WRITER, 1, ID, 1, "s", "", given, StoreOid(OID), NO_OBJECT)
    found = message.readable(item)
    if found is not None:
        shown = (found.subject, found.body, found.type, found.topic, found.thread, found.reply_to, found.to.shown)
        assert all(isinstance(text, str) for text in shown)
        assert found.priority in message.PRIORITIES
        assert all(isinstance(term, str) for term in message.terms(item))


def test_times_beyond_the_calendar_are_shown() -> None:
    """What others wrote may lie in year 36812: it is shown as the last day, not answered with a traceback."""
    found = sent(Letter("s"))
    late = message.read(forged({"to": {"all": ""}, "subject": "s", "expires": 1 << 40}))
    assert found.time == 1000
    assert late.expires is not None
    assert Moment(late.expires).rfc3339() == "9999-12-31T00:00:00Z"
    assert Moment(late.expires).clock().startswith(("Dec 31", "Dec 30", "Jan 01"))


@pytest.mark.parametrize(
    "data",
    [
        "[1]",
        "5",
        '"x"',
        "null",
        "[" * 100_000,
        "{",
        '{"touched":{"a":1}}',
        '{"touched":5,"eta":"x","progress":true}',
        '{"eta":' + "9" * 5000 + "}",
        '{"progress":' + "9" * 60 + "}",
        '{"action":["x"],"next":{"a":1}}',
    ],
    ids=range(11),
)
def test_beats_of_others(data: str) -> None:
    """A beat that holds nonsense is left out, or shown without it."""
    trailers = (("Coord-Beat", "x-00000001"), ("Coord-Data", data))
    content = commit.Commit(EMPTY_TREE, (), "x", "m", 999_999_999_999, "alive", "", trailers).encode()
    try:
        found = beat._decode(commit.decode(content))
    except (Unreadable, ValueError, RecursionError):
        return  # what `beat.every` leaves out
    assert (found.progress, found.eta) == (None, None)
    assert isinstance(found.action, str)
    assert Moment(found.time).rfc3339().startswith("9999")
