"""The format of our commits: what any text becomes, what comes back, and what git's own programs make of it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.errors import Unreadable
from gitcoord.kernel.objects import EMPTY_TREE, object_id
from gitcoord.ledger import commit, event
from gitcoord.ledger.event import Draft
from gitcoord.policy import limits
from gitcoord.policy.ids import EventId, SessionId, StoreOid

if TYPE_CHECKING:
    from pathlib import Path

ID = "0123456789abcdef" * 2
SESSION = SessionId("alice-0123abcd")
PARENT = "c" * 40

LOOKALIKES = [
    "Coord-Id: " + "f" * 32,
    "Coord-Event: end\nCoord-Session: mallory-00000000",
    "words\n\nCoord-Number: 9",
    "---",
    "--- a/file\n+++ b/file",
    "---\n\nCoord-Event: end",
    "# ------------------------ >8 ------------------------",
    "# ------------------------ >8 ------------------------\n# Do not modify or remove the line above.",
    "; ------------------------ >8 ------------------------",
    "Conflicts:\n\tsrc/a.py",
    "Signed-off-by: A <a@example.com>",
    "(cherry picked from commit ffffffffffffffffffffffffffffffffffffffff)",
    "# a comment",
    "\r\n\r\nCoord-Id: x\r\n",
    "a\rb",
    "tree " + "0" * 40,
    "\n\n\n",
    "  indented\n\ttabbed",
    "diff --git a/x b/x",
    "gpgsig -----BEGIN PGP SIGNATURE-----",
    "\x1b[31mred\x07",
    "\udcff\udc80 bytes that are not UTF-8",
    "zero\0byte",
    "\u2028line\u2029paragraph\x85next",
    "ünïcödé 漢字 \U0001f600",
    "x" * 5000,
]

# What reaches us as text: anything from argv (bytes as surrogate escapes), never half a character of UTF-16.
characters = st.one_of(
    st.characters(blacklist_categories=["Cs"]),
    st.sampled_from([*"\r\n\t\0\x0b\x0c\x1c\x1e\x85\u2028-:# >8", "\udcff", "\udc80"]),
)
words = st.one_of(
    st.sampled_from(LOOKALIKES),
    st.text(characters, max_size=60),
    st.lists(st.one_of(st.sampled_from(LOOKALIKES), st.text(characters, max_size=20)), max_size=4).map("\n".join),
    st.lists(st.sampled_from(LOOKALIKES), max_size=3).map("\n\n".join),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**18), 10**19), words),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=6,
)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _encode(draft: Draft) -> bytes:
    return event.encode(
        draft,
        session=SESSION,
        number=7,
        event_id=EventId(ID),
        time=1_700_000_000,
        mail="a@example.com",
        parent=StoreOid(PARENT),
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which git's programs look at commits."""
    path: Path = tmp_path_factory.mktemp("plain")
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    return path


@settings(max_examples=300, deadline=None)
@given(body=words, data=st.dictionaries(words, values, max_size=3))
def test_event_comes_back_as_it_went(body: str, data: dict[str, object]) -> None:
    """Kind, ids, number, time and payload survive whatever the words are; the words survive but for their edges."""
    content = _encode(Draft("claim", "claim src", data, body))
    found = event.decode(StoreOid("a" * 40), content)
    assert (found.kind, found.session, found.number, found.id) == ("claim", SESSION, 7, ID)
    assert (found.time, found.parent, found.subject) == (1_700_000_000, PARENT, "claim src")
    # A payload is JSON: bytes that happen to be UTF-8 become what they spell.
    assert found.data == _through_utf8(data)
    assert _unindented(found.body) == _unindented(str(_through_utf8(body.strip().replace("\0", "\ufffd"))))


def _unindented(text: str) -> list[str]:
    return [line.lstrip(" ") for line in text.split("\n")]


def _through_utf8(value: object) -> object:
    if isinstance(value, str):
        return _bytes(value).decode("utf-8", "surrogateescape")
    if isinstance(value, list):
        return [_through_utf8(item) for item in value]
    if isinstance(value, dict):
        return {_through_utf8(key): _through_utf8(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("where", ["subject", "body", "both"])
def test_git_reads_our_trailers_and_nobody_elses(plain: Path, where: str) -> None:
    """`git interpret-trailers --parse` finds exactly our trailers, whatever stands in the words before them."""
    for text in LOOKALIKES:
        subject = "claim " + text.replace("\n", " ").replace("\0", " ")[:300] if where != "body" else "claim src"
        draft = Draft("claim", subject, {"scopes": [{"directory": "a\nb"}]}, text if where != "subject" else "")
        message = _encode(draft).partition(b"\n\n")[2]
        parsed = subprocess.run(
            ["git", "-C", str(plain), "interpret-trailers", "--parse"], input=message, capture_output=True, check=True
        ).stdout.decode()
        assert parsed.splitlines() == [
            "Coord-Event: claim",
            f"Coord-Session: {SESSION}",
            "Coord-Number: 7",
            f"Coord-Id: {ID}",
            'Coord-Data: {"scopes":[{"directory":"a\\nb"}]}',
        ], repr(text)


@settings(max_examples=60, deadline=None)
@given(subject=words, author=words, mail=words, body=words)
def test_any_words_make_a_commit_that_fsck_accepts(subject: str, author: str, mail: str, body: str) -> None:
    """Names, mails and words of any kind give a commit whose headers are right and whose trailers come back."""
    content = commit.Commit(
        EMPTY_TREE, (), author, mail, 1_700_000_000, subject, body, (("Coord-Event", "x"), ("Coord-Id", ID))
    ).encode()
    head, _, message = content.partition(b"\n\n")
    lines = head.split(b"\n")
    assert [line.partition(b" ")[0] for line in lines] == [b"tree", b"author", b"committer"]
    assert b"\0" not in content
    found = commit.decode(content)
    assert found.trailers == (("Coord-Event", "x"), ("Coord-Id", ID))
    assert message.count(b"\n\n") >= 1
    _FSCKED.append(content)


_FSCKED: list[bytes] = []


def test_git_fsck_accepts_what_hypothesis_wrote(plain: Path) -> None:
    """The commits of the test above pass `git hash-object` (which checks them) and `git fsck --strict`."""
    contents = _FSCKED[:200] or [_encode(Draft("claim", text, {}, text)) for text in LOOKALIKES]
    for content in contents[:120]:
        made = subprocess.run(
            ["git", "-C", str(plain), "hash-object", "-t", "commit", "-w", "--stdin"],
            input=content,
            capture_output=True,
            check=False,
        )
        assert made.returncode == 0, (made.stderr, content)
        assert made.stdout.decode().strip() == object_id("commit", content)
    subprocess.run(["git", "-C", str(plain), "mktree"], input=b"", check=True, capture_output=True)
    checked = subprocess.run(
        ["git", "-C", str(plain), "fsck", "--strict", "--no-dangling"], capture_output=True, text=True, check=False
    )
    said = [line for line in checked.stderr.splitlines() if not line.startswith("notice: ")]
    assert (checked.returncode, said) == (0, [])


def test_subject_stays_one_line_and_short(plain: Path) -> None:
    """A subject of many lines or thousands of characters is one short line; the trailers have all of it."""
    for subject in ("two\nlines", "a\n\nCoord-Id: x", "x" * 5000, "\n", "", "a\rb", "nul\0"):
        content = _encode(Draft("claim", subject, {"n": 1}))
        first = content.partition(b"\n\n")[2].split(b"\n\n")[0]
        assert b"\n" not in first
        assert len(first.decode("utf-8", "surrogateescape")) <= commit.SUBJECT
        assert event.decode(StoreOid("a" * 40), content).data == {"n": 1}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"tree " + b"0" * 40,
        b"tree " + b"0" * 40 + b"\nauthor a <a> 1 +0000\ncommitter a <a> -5 +0000\n\nx\n\nCoord-Event: x\n",
        b"tree " + b"0" * 40 + b"\nauthor a <a> 1 +0000\ncommitter a <a> 99999999999999 +0000\n\nx\n\nA: x\n",
        b"tree " + b"0" * 40 + b"\nauthor a <a> 1 +0000\ncommitter a <a> 1.5 +0000\n\nx\n\nA: x\n",
        b"\xff\xfe",
        b"tree " + b"0" * 40 + b"\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nno trailers\n",
        b"tree " + b"0" * 40 + b"\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\nx\n\nCoord-Event: claim\n",
    ],
)
def test_foreign_commit_is_no_event(content: bytes) -> None:
    """A commit that is none of ours is refused with the one error that means so, never another."""
    with pytest.raises(Unreadable):
        event.decode(StoreOid("a" * 40), content)


@settings(max_examples=300, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_an_event_or_unreadable(content: bytes) -> None:
    """No bytes whatever make the decoder raise anything but `Unreadable`."""
    good = _encode(Draft("claim", "claim src", {"a": 1}, "why"))
    for at in (0, 60, len(good) // 2, len(good) - 20):
        mixed = good[:at] + content + good[at + len(content) // 2 :]
        try:
            event.decode(StoreOid("a" * 40), mixed)
        except Unreadable:
            continue


def test_trailer_given_twice_is_no_event() -> None:
    """Two trailers of one name would mean different things to different readers."""
    good = _encode(Draft("claim", "claim src"))
    with pytest.raises(Unreadable):
        event.decode(StoreOid("a" * 40), good.rstrip(b"\n") + b"\nCoord-Event: end\n")


def test_an_event_beyond_the_limit_is_none() -> None:
    """However sound it is: one byte more than the limit, and nobody reads it."""
    short = len(_encode(Draft("message", "x", body="x")))
    largest = _encode(Draft("message", "x", body="x" * (limits.EVENT_BYTES - short + 1)))
    assert event.decode(StoreOid("a" * 40), largest).kind == "message"
    with pytest.raises(Unreadable, match="are allowed"):
        event.decode(StoreOid("a" * 40), _encode(Draft("message", "x", body="x" * (limits.EVENT_BYTES - short + 2))))


def test_canonical_json_has_one_text() -> None:
    """Equal values give equal bytes, on one line, whatever the order of keys."""
    one = commit.canonical({"b": [1, "ü\n"], "a": None})
    assert one == commit.canonical({"a": None, "b": [1, "ü\n"]}) == '{"a":null,"b":[1,"ü\\n"]}'
