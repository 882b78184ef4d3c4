"""What a hostile peer may put into a log or a ledger: each limit of the schema at, below and above it.

Each case is raw bytes and what must come of them. The module needs nothing but the standard library and gitcoord's own
pure code: run as a program it prints the outcome of every case, so that interpreters can be compared.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any, NamedTuple

from gitcoord.domain.kinds import KINDS
from gitcoord.errors import OutOfOrder, TooLarge, Unreadable
from gitcoord.kernel.treeformat import EMPTY_TREE, FILE, TREE, build, parse
from gitcoord.ledger import commit, event, fold, sequence
from gitcoord.ledger.state import State
from gitcoord.policy import limits
from gitcoord.policy.ids import NO_OBJECT, SessionId, StoreOid

from . import bounds

NOW = 1_700_000_000
ME, OTHER = SessionId("me-00000001"), SessionId("other-00000002")

ACCEPTED, MALFORMED, NO_EVENT, VOID, GOOD, GARBAGE = "accepted", "malformed", "not an event", "void", "good", "garbage"


class Memory:
    """An object database that is gone with its process."""

    def __init__(self) -> None:
        self._objects: dict[str, tuple[str, bytes]] = {}

    def write(self, kind: str, content: bytes) -> str:
        """Keep an object."""
        oid = hashlib.sha1(b"%s %d\0" % (kind.encode(), len(content)) + content).hexdigest()
        self._objects[oid] = kind, content
        return oid

    def expect(self, oid: str, kind: str) -> bytes:
        """The content of an object, which is of this kind and within the limits."""
        found, content = self._objects.get(oid, ("", b""))
        if found != kind:
            raise Unreadable(f"{oid} is not a {kind}")
        if len(content) > limits.OBJECT_BYTES[kind]:
            raise TooLarge(oid, len(content), limits.OBJECT_BYTES[kind])
        return content

    def head_of(self, oid: str) -> bytes:
        """What stands before the message of a commit."""
        return self._objects[oid][1].partition(b"\n\n")[0]

    def tree(self, oid: str) -> dict[str, tuple[str, str]]:
        """Entries of a tree."""
        try:
            return parse(self.expect(oid, "tree"))
        except ValueError as error:
            raise Unreadable(oid) from error

    def write_tree(self, entries: dict[str, tuple[str, str]]) -> str:
        """Keep a tree."""
        return self.write("tree", build(entries))


def _database() -> Any:
    return Memory()


class World:
    """A ledger in memory in which two sessions live, and one of them holds `held`."""

    def __init__(self) -> None:
        self.objects = _database()
        self.objects.write("tree", b"")
        self.base = sequence.begin(self.objects, "0" * 32, "tester", "t@example.com", NOW)
        self.logs: dict[str, StoreOid] = {}
        for who in (ME, OTHER):
            self.sequenced(who, "register", '{"clone":"here"}')
        self.sequenced(OTHER, "claim", '{"scopes":[{"file":"held"}]}')

    def raw(self, who: str, kind: str, data: str | bytes, words: bytes = b"words", **trailers: str) -> bytes:
        """An event commit with whatever stands in it, the next one of a session."""
        tip = self.logs.get(who, NO_OBJECT)
        number = event.decode(tip, self.objects.expect(tip, "commit")).number + 1 if tip else 1
        named = {"Event": kind, "Session": who, "Number": str(number), "Id": hashlib.md5(tip.encode()).hexdigest()}
        named |= trailers
        lines = [f"Coord-{key}: {value}".encode("utf-8", "surrogateescape") for key, value in named.items()]
        data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        signed = b"e <e@example.com> %d +0000" % NOW
        head = b"tree %s\n" % EMPTY_TREE.encode() + (b"parent %s\n" % tip.encode() if tip else b"")
        block = b"\n".join([*lines, b"Coord-Data: " + data])
        return head + b"author " + signed + b"\ncommitter " + signed + b"\n\n" + words + b"\n\n" + block + b"\n"

    def sequenced(self, who: str, kind: str, data: str) -> None:
        """Sequence a sound event."""
        item = self.put(self.raw(who, kind, data))
        self.base, _ = self.resequence([item])

    def put(self, content: bytes) -> event.Event:
        """Write an event commit to its session's log. Raises `Unreadable`."""
        item = event.decode(self.objects.write("commit", content), content)
        self.logs[item.session] = item.oid
        return item

    def resequence(self, chain: list[event.Event]) -> tuple[StoreOid, list[sequence.Sequenced]]:
        """Sequence events on the ledger as it stands."""
        return sequence.resequence(
            self.objects,
            self.base,
            [chain],
            sequence.Signature("e", "e@example.com", NOW),
            KINDS,
        )

    def judged(self, content: bytes, state: State | None = None) -> str:
        """What becomes of a raw event: a verdict with the state after it, or that it is not an event."""
        try:
            item = self.put(content)
        except Unreadable:
            return NO_EVENT
        state = state or sequence.load(self.objects, self.base)
        try:
            done = fold.merge(state, item, NOW, KINDS)
        except OutOfOrder:
            return "out of order"
        said = done[1].encode() if done else "statement"
        return f"{said.removeprefix('refused ')} {state.save()}"

    def verified(self, content: bytes) -> str:
        """What a reader finds of a raw commit of the ledger."""
        oid = self.objects.write("commit", content)
        try:
            record = sequence.read_commit(self.objects, oid)
        except Unreadable:
            return GARBAGE
        wrong = sequence.verify(self.objects, oid, record, KINDS)
        return VOID if wrong else GOOD


class Case(NamedTuple):
    """What is tried, how, and with what word the outcome begins."""

    name: str
    how: str
    given: Any
    wanted: str


def _nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    """A payload of a claim in which so many lists or objects stand in each other, the payload itself counted."""
    inner = opening * (depth - 1) + ("1" if opening != "[" else "") + closing * (depth - 1)
    return '{"scopes":[{"file":"a"}],"x":' + inner + "}"


def _claim(**more: Any) -> str:
    return json.dumps({"scopes": [{"file": "a"}], **more})


def _path(components: int) -> str:
    return "/".join(["a"] * components)


def _payloads() -> list[Case]:
    """Payloads of a claim, as text or bytes."""
    depth, digits, text = limits.JSON_DEPTH, limits.NUMBER_CHARACTERS, limits.TEXT
    given: list[tuple[str, str | bytes, str]] = [
        ("nested below the limit", _nested(depth - 1), ACCEPTED),
        ("nested at the limit", _nested(depth), ACCEPTED),
        ("nested above the limit", _nested(depth + 1), MALFORMED),
        ("objects nested at the limit", _nested(depth, '{"a":', "}"), ACCEPTED),
        ("objects nested above the limit", _nested(depth + 1, '{"a":', "}"), MALFORMED),
        ("nested 600 deep", _nested(600), MALFORMED),
        ("nested 100,000 deep", _nested(100_000), MALFORMED),
        ("many lists beside each other", _claim(x=[[]] * 500), ACCEPTED),
        ("brackets in a string", _claim(x="[" * 5000), ACCEPTED),
        ("brackets behind an escaped quote", '{"scopes":[{"file":"a"}],"x":"\\"' + "[" * 500 + '"}', ACCEPTED),
        ("brackets behind an escaped backslash", '{"scopes":[{"file":"a"}],"x":"\\\\",' + "[" * 500, MALFORMED),
        ("closed more often than opened", "]" * 5000 + "[" * 40, MALFORMED),
        ("digits below the limit", _claim(x=10 ** (digits - 2)), ACCEPTED),
        ("digits at the limit", _claim(x=10 ** (digits - 1)), ACCEPTED),
        ("digits above the limit", _claim(x=10**digits), MALFORMED),
        ("a sign counts as a digit", _claim(x=-(10 ** (digits - 1))), MALFORMED),
        ("4,300 digits", '{"x":' + "9" * 4300 + "}", MALFORMED),
        ("4,301 digits", '{"x":' + "9" * 4301 + "}", MALFORMED),
        ("a fraction at the limit", '{"scopes":[{"file":"a"}],"x":0.' + "1" * (digits - 2) + "}", ACCEPTED),
        ("a fraction above the limit", '{"scopes":[{"file":"a"}],"x":0.' + "1" * (digits - 1) + "}", MALFORMED),
        ("an exponent beyond floats", '{"scopes":[{"file":"a"}],"x":1e999}', ACCEPTED),
        ("a time with a point", _claim(until=NOW + 0.5), MALFORMED),
        ("a time that is infinite", '{"scopes":[{"file":"a"}],"until":1e999}', MALFORMED),
        ("not a number", _claim(x=float("nan")), MALFORMED),
        ("infinity", _claim(x=float("inf")), MALFORMED),
        ("minus infinity", _claim(x=float("-inf")), MALFORMED),
        ("a leading zero", '{"x":01}', MALFORMED),
        ("a leading plus", '{"x":+1}', MALFORMED),
        ("a number that ends in a point", '{"x":1.}', MALFORMED),
        ("a number of other digits", '{"x":\u0661}', MALFORMED),
        ("minus zero", '{"scopes":[{"file":"a"}],"until":-0}', ACCEPTED),
        ("one key twice", '{"scopes":[{"file":"a"}],"shared":true,"shared":false}', MALFORMED),
        ("one key twice, deep inside", '{"scopes":[{"file":"a","file":"b"}]}', MALFORMED),
        ("one key twice, once escaped", '{"scopes":[{"file":"a"}],"x":1,"\\u0078":2}', MALFORMED),
        ("nothing", "", MALFORMED),
        ("a list", "[]", MALFORMED),
        ("a string", '"x"', MALFORMED),
        ("torn", '{"scopes":[{"file":"a"', MALFORMED),
        ("a string that does not end", '{"x":"a', MALFORMED),
        ("something behind it", _claim() + " x", MALFORMED),
        ("two objects", _claim() + _claim(), MALFORMED),
        ("a comma too many", '{"scopes":[{"file":"a"},]}', MALFORMED),
        ("a comment", '{"scopes":[{"file":"a"}]/* x */}', MALFORMED),
        ("a byte order mark", "\ufeff" + _claim(), MALFORMED),
        ("a control in a string", '{"scopes":[{"file":"a\tb"}]}', MALFORMED),
        ("an escape that is none", '{"scopes":[{"file":"\\x41"}]}', MALFORMED),
        ("half a character", '{"scopes":[{"file":"\\ud800"}]}', MALFORMED),
        ("UTF-8 as escapes", '{"scopes":[{"file":"\\udcc3\\udca9"}]}', MALFORMED),
        ("bytes that are not UTF-8", b'{"scopes":[{"file":"a\xff"}]}', ACCEPTED),
        ("spaces around it", "  " + _claim() + "  ", ACCEPTED),
        ("a text below the limit", _claim(branch="b" * (text - 1)), ACCEPTED),
        ("a text at the limit", _claim(branch="b" * text), ACCEPTED),
        ("a text above the limit", _claim(branch="b" * (text + 1)), MALFORMED),
        ("a text of long characters at the limit", _claim(branch="\U0001f600" * text), ACCEPTED),
        ("no scopes", '{"scopes":[]}', MALFORMED),
        ("a time below the limit", _claim(until=limits.LATEST - 1), ACCEPTED),
        ("a time at the limit", _claim(until=limits.LATEST), ACCEPTED),
        ("a time above the limit", _claim(until=limits.LATEST + 1), MALFORMED),
        ("a time before times", _claim(until=-1), MALFORMED),
    ]
    return [Case(name, "claim", data, wanted) for name, data, wanted in given]


def _scopes() -> list[Case]:
    """Scopes of a claim."""
    bytes_, deep, name = limits.SCOPE_BYTES, limits.COMPONENTS, limits.NAME_BYTES
    given: list[tuple[str, dict[str, str], str]] = [
        ("components below the limit", {"file": _path(deep - 1)}, ACCEPTED),
        ("components at the limit", {"file": _path(deep)}, ACCEPTED),
        ("components above the limit", {"file": _path(deep + 1)}, MALFORMED),
        ("2,000 components", {"file": _path(2000)}, MALFORMED),
        ("a glob of components at the limit", {"glob": _path(deep - 1) + "/*"}, ACCEPTED),
        ("a glob of components above the limit", {"glob": _path(deep) + "/*"}, MALFORMED),
        ("bytes below the limit", {"file": "b" * (bytes_ - 1)}, ACCEPTED),
        ("bytes at the limit", {"file": "b" * bytes_}, ACCEPTED),
        ("bytes above the limit", {"file": "b" * (bytes_ + 1)}, MALFORMED),
        ("characters within, bytes above the limit", {"file": "\u00fc" * (bytes_ // 2 + 1)}, MALFORMED),
        ("a glob of bytes at the limit", {"glob": "*" + "b" * (bytes_ - 1)}, ACCEPTED),
        ("a glob of bytes above the limit", {"glob": "*" + "b" * bytes_}, MALFORMED),
        ("a glob of stars", {"glob": "**/*a" * 200}, MALFORMED),
        ("a name below the limit", {"name": "slot:" + "x" * (name - 6)}, ACCEPTED),
        ("a name at the limit", {"name": "slot:" + "x" * (name - 5)}, ACCEPTED),
        ("a name above the limit", {"name": "slot:" + "x" * (name - 4)}, MALFORMED),
        ("git's own directory", {"file": "a/.git/config"}, MALFORMED),
        ("git's own directory in capitals", {"file": "a/.GIT/config"}, MALFORMED),
        ("out of the repository", {"file": "../a"}, MALFORMED),
        ("a path that begins at the root", {"file": "/a"}, MALFORMED),
        ("an empty component", {"file": "a//b"}, MALFORMED),
        ("a NUL", {"file": "a\0b"}, MALFORMED),
        ("what somebody holds", {"file": "held"}, "held"),
        ("two kinds in one", {"file": "a", "glob": "a*"}, MALFORMED),
    ]
    return [Case(f"scope: {name}", "claim", json.dumps({"scopes": [scope]}), wanted) for name, scope, wanted in given]


def _numbers() -> list[Case]:
    """Payloads of a number and of a repair."""
    return [
        Case("a counter's name at the limit", "number", json.dumps({"name": "n" * 200}), ACCEPTED),
        Case("a counter's name above the limit", "number", json.dumps({"name": "n" * 201}), MALFORMED),
        Case("a repair beyond the limit", "repair", json.dumps({"above": limits.LATEST + 1}), MALFORMED),
        Case("a repair that leaps", "repair", json.dumps({"above": 1 << 39}), "needless"),
    ]


def _of_kinds() -> list[Case]:
    """Payloads of other kinds, and states that are full, each below, at and above a limit of its own."""
    cases = []
    for bound in bounds.BOUNDS:
        for where, more in (("below", -1), ("at", 0), ("above", 1)):
            given = bound, getattr(limits, bound.limit) + more
            wanted = bound.above if more > 0 else ACCEPTED
            cases.append(Case(f"{bound.name} {where} the limit", "filled", given, wanted))
    return cases


def _trailers() -> list[Case]:
    """Trailers of an event, in place of the right ones."""
    given: list[tuple[str, dict[str, str], str]] = [
        ("number 0", {"Number": "0"}, NO_EVENT),
        ("number 01", {"Number": "02"}, NO_EVENT),
        ("a number of 12 digits", {"Number": "9" * 12}, "out of order"),
        ("a number of 13 digits", {"Number": "9" * 13}, NO_EVENT),
        ("a number of 5,000 digits", {"Number": "9" * 5000}, NO_EVENT),
        ("a number of other digits", {"Number": "\u0662"}, NO_EVENT),
        ("a signed number", {"Number": "+2"}, NO_EVENT),
        ("an id of 31 digits", {"Id": "a" * 31}, NO_EVENT),
        ("an id of 33 digits", {"Id": "a" * 33}, NO_EVENT),
        ("an id of capitals", {"Id": "A" * 32}, NO_EVENT),
        ("an id that is a path", {"Id": "../" * 10 + "aa"}, NO_EVENT),
        ("a session below the limit", {"Session": "s" * (limits.SESSION - 1), "Number": "1"}, "out of order"),
        ("a session at the limit", {"Session": "s" * limits.SESSION, "Number": "1"}, "out of order"),
        ("a session above the limit", {"Session": "s" * (limits.SESSION + 1), "Number": "1"}, NO_EVENT),
        ("a session of capitals", {"Session": "ME-00000001"}, NO_EVENT),
        ("a session that is a path", {"Session": "../me"}, NO_EVENT),
        ("no session", {"Session": ""}, NO_EVENT),
        ("an unknown kind", {"Event": "conquer"}, "unknown_kind"),
        ("a kind that is a path", {"Event": "../../x"}, "unknown_kind"),
    ]
    return [Case(f"trailer: {name}", "trailers", trailers, wanted) for name, trailers, wanted in given]


def _changed() -> list[Case]:
    """Sound event commits of which one piece of bytes is replaced by another."""
    signed = b"committer e <e@example.com> %d +0000" % NOW
    given = [
        ("a time of 12 digits", signed, b"committer e <e@x> " + b"9" * 12 + b" +0000", ACCEPTED),
        ("a time of 13 digits", signed, b"committer e <e@x> " + b"9" * 13 + b" +0000", NO_EVENT),
        ("a time before times", signed, b"committer e <e@x> -1 +0000", NO_EVENT),
        ("a time in words", signed, b"committer e <e@x> soon +0000", NO_EVENT),
        ("a time of other digits", signed, "committer e <e@x> \u0661 +0000".encode(), NO_EVENT),
        ("no committer", signed, b"x", NO_EVENT),
        ("no tree", b"tree ", b"free ", NO_EVENT),
        ("files in it", b"tree " + EMPTY_TREE.encode(), b"tree " + b"1" * 40, NO_EVENT),
        ("a trailer twice", b"\nCoord-Number", b"\nCoord-Event: end\nCoord-Number", NO_EVENT),
        ("a trailer missing", b"Coord-Id", b"Coord-It", NO_EVENT),
        ("no trailers", b"Coord-", b"Foord-", NO_EVENT),
        ("words that are not UTF-8", b"words", b"w\xff\xfe", ACCEPTED),
        ("words of NULs", b"words", b"\0" * 1000, ACCEPTED),
        ("words below the limit", b"words", limits.EVENT_BYTES - 1, ACCEPTED),
        ("words at the limit", b"words", limits.EVENT_BYTES, ACCEPTED),
        ("words above the limit", b"words", limits.EVENT_BYTES + 1, NO_EVENT),
    ]
    return [Case(f"commit: {name}", "changed", (old, new), wanted) for name, old, new, wanted in given]


def _ledgers() -> list[Case]:
    """Sequencing commits: how many logs and events, how large."""
    return [
        Case("ledger: a sound commit", "logs", 1, GOOD),
        Case("ledger: parents below the limit", "logs", limits.PARENTS - 2, GOOD),
        Case("ledger: parents at the limit", "logs", limits.PARENTS - 1, GOOD),
        Case("ledger: parents above the limit", "logs", limits.PARENTS, VOID),
        Case("ledger: events below the limit", "events", limits.EVENTS - 1, GOOD),
        Case("ledger: events at the limit", "events", limits.EVENTS, GOOD),
        Case("ledger: events above the limit", "events", limits.EVENTS + 1, VOID),
        Case("ledger: bytes below the limit", "bytes", limits.LEDGER_COMMIT_BYTES - 1, GOOD),
        Case("ledger: bytes at the limit", "bytes", limits.LEDGER_COMMIT_BYTES, GOOD),
        Case("ledger: bytes above the limit", "bytes", limits.LEDGER_COMMIT_BYTES + 1, VOID),
        Case("ledger: without its time", "ledger", (b"committer", b"comitter"), GARBAGE),
        Case("ledger: a verdict of other digits", "ledger", (b"Verdict: 4 ", "Verdict: \u0664 ".encode()), VOID),
        Case("ledger: a verdict with a zero before", "ledger", (b"Verdict: 4 ", b"Verdict: 04 "), VOID),
        Case("ledger: a verdict that nests", "ledger", (b"accepted", b"accepted " + b"[" * 5000), VOID),
        Case("ledger: two trees", "ledger", (b"tree ", b"tree " + EMPTY_TREE.encode() + b"\ntree "), GARBAGE),
        Case(
            "ledger: a parent behind its author",
            "ledger",
            (b"\ncommitter", b"\nparent " + b"a" * 40 + b"\ncommitter"),
            GARBAGE,
        ),
        Case("ledger: a parent that is a path", "ledger", (b"parent ", b"parent ../../../x\nparent "), GARBAGE),
        Case("ledger: a tree in capitals", "ledger", (b"tree ", b"tree A"), GARBAGE),
    ]


def _trees() -> list[Case]:
    """Raw trees."""
    oid = bytes(20)
    given = [
        ("nothing", b"", "0 entries"),
        ("one file", b"100644 a\0" + oid, "1 entries"),
        ("an id cut short", b"100644 a\0" + oid[:19], "ValueError"),
        ("no name", b"100644 \0" + oid, "ValueError"),
        ("no mode", b" a\0" + oid, "1 entries"),
        ("no end of the name", b"100644 a", "ValueError"),
        ("a name twice", b"100644 a\0" + oid + b"100644 a\0" + oid, "1 entries"),
        ("a name that is not UTF-8", b"100644 \xff\0" + oid, "1 entries"),
        ("a mode that is not ASCII", b"\xff a\0" + oid, "ValueError"),
        ("a million names", b"".join(b"100644 %d\0" % n + oid for n in range(100_000)), "100000 entries"),
    ]
    cases = [Case(f"tree: {name}", "tree", content, wanted) for name, content, wanted in given]
    return [*cases, Case("tree: 3,000 deep, walked and written", "deep tree", 3000, "3000 deep")]


CASES = [*_payloads(), *_scopes(), *_numbers(), *_of_kinds(), *_trailers(), *_changed(), *_ledgers(), *_trees()]

TRIED = {
    "EVENT_BYTES": "commit: words",
    "LEDGER_COMMIT_BYTES": "ledger: bytes",
    "PARENTS": "ledger: parents",
    "EVENTS": "ledger: events",
    "JSON_DEPTH": "nested",
    "NUMBER_CHARACTERS": "digits",
    "TEXT": "a text",
    "LATEST": "a time",
    "SESSION": "trailer: a session",
    "SCOPE_BYTES": "scope: bytes",
    "COMPONENTS": "scope: components",
    "NAME_BYTES": "scope: a name",
    **{bound.limit: bound.name for bound in bounds.BOUNDS},
}
"""How the names of the cases begin that try a limit of the schema; they end in "below", "at" and "above the limit"."""

ELSEWHERE = {
    "OBJECT_BYTES": "kernel/test_objects.py::test_object_above_its_limit_is_not_inflated",
    "WORDS_BYTES": "ledger/test_sequence.py::test_many_words_make_a_chain_of_commits",
    "ANNOUNCED": "hub/test_chains.py::test_an_announcement_that_is_too_long_is_not_a_chain",
    "SUBJECT": "domain/message/test_record.py::test_messages_at_the_limits",
    "BODY_BYTES": "domain/message/test_record.py::test_messages_at_the_limits",
    "FILES": "domain/message/test_record.py::test_messages_at_the_limits",
    "MESSAGE_BYTES": "domain/message/test_record.py::test_messages_at_the_limits",
}
"""Limits that decide no verdict (what a writer, a reader or a sender does), and the test that tries each of them."""


def outcome(case: Case) -> str:
    """What comes of a case: a word, and for an operation the state after it."""
    world = World()
    if case.how in KINDS:
        return world.judged(world.raw(ME, case.how, case.given))
    if case.how == "filled":
        return bounds.outcome(world, *case.given)
    if case.how == "trailers":
        return world.judged(world.raw(ME, "claim", _claim(), **case.given))
    if case.how == "changed":
        old, new = case.given
        content = world.raw(ME, "claim", _claim())
        if isinstance(new, int):
            new = b"w" * (new - len(content) + len(old))
        return world.judged(content.replace(old, new))
    if case.how == "tree":
        try:
            return f"{len(parse(case.given))} entries"
        except ValueError:
            return "ValueError"
    if case.how == "deep tree":
        return _deep_tree(world, case.given)
    return world.verified(_ledger_commit(world, case))


def _ledger_commit(world: World, case: Case) -> bytes:
    """A sequencing commit as it should be, whatever the limits say of it, or with a piece replaced."""
    several = case.given if case.how == "events" else 1
    sessions = [f"s-{number:08d}" for number in range(case.given if case.how == "logs" else 1)]
    items = []
    for session in sessions:
        items.append(world.put(world.raw(session, "register", '{"clone":"here"}')))
        items += [world.put(world.raw(session, "message", "{}")) for _ in range(several - 1)]
    state = sequence.load(world.objects, world.base)
    trailers = [("Coord-Ledger", "1")]
    for item in items:
        done = fold.merge(state, item, NOW, KINDS)
        if done is not None:
            trailers.append(("Coord-Verdict", f"{done[0]} {item.id} {done[1].encode()}"))
    tips = {item.session: item.oid for item in items}
    parents = (world.base, *tips.values())
    record = commit.Commit(state.save(), parents, "e", "e@example.com", NOW, "x", "body", tuple(trailers))
    content = record.encode()
    if case.how == "bytes":
        return content.replace(b"body", b"b" * (case.given - len(content) + 4))
    if case.how == "ledger":
        old, new = case.given
        return content.replace(old, new, 1)
    return content


def _deep_tree(world: World, depth: int) -> str:
    """Read, walk, change and write a state whose directories stand so deep in each other."""
    tree = world.objects.write_tree({"x": (FILE, world.objects.write("blob", b""))})
    for _ in range(depth - 1):
        tree = world.objects.write_tree({"a": (TREE, tree)})
    state = State(world.objects, tree)
    (path,) = state.walk("")
    state.write(path, b"changed")
    again = State(world.objects, state.save())
    assert again.read(path) == b"changed"
    return f"{path.count('/') + 1} deep"


def main() -> None:
    """Print the outcome of each case, by a recursion limit that stands on the command line."""
    if len(sys.argv) > 1:
        sys.setrecursionlimit(int(sys.argv[1]))
    for case in CASES:
        print(json.dumps([case.name, outcome(case)]))


if __name__ == "__main__":
    main()
