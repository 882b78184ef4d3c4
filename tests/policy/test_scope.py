"""Scopes: what they cover, when they overlap, and how they are recorded."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.torture import drawn

from gitcoord.policy.glob import Glob
from gitcoord.policy.scope import Kind, Scope, covers, overlap, text_of, within


@pytest.mark.parametrize(
    "value",
    [
        *(
            None,
            "src",
            ["directory", "a"],
            {},
            {"directory": "a", "glob": "*"},
            {"path": "a"},
            {1: "a"},
            {"directory": 1},
        ),
        *(
            {"file": "."},
            {"directory": ["a"]},
            {"directory": None},
            {"directory": ""},
            {"directory": "/a"},
            {"directory": "a/"},
            {"directory": "a//b"},
        ),
        *(
            {"directory": "./a"},
            {"directory": "a/.."},
            {"directory": "../a"},
            {"directory": "a/./b"},
            {"directory": "a\0"},
            {"directory": ".."},
        ),
        *(
            {"directory": ".git"},
            {"directory": ".Git/x"},
            {"directory": "a/.git/x"},
            {"directory": "a" * 4097},
            {"directory": "é" * 2049},
        ),
        *(
            {"directory": "\ud800"},
            {"directory": "\udcc3\udca9"},
            {"glob": "src"},
            {"glob": ""},
            {"glob": "/*"},
            {"glob": "*/"},
        ),
        *(
            {"glob": "../*"},
            {"glob": "*//a"},
            {"glob": "[a"},
            {"glob": "*\\"},
            {"glob": "*\0"},
            {"glob": "*" * 4097},
        ),
        *({"glob": ".git/*"}, {"name": "slot"}, {"name": "slot:"}, {"name": ":x"}, {"name": "Slot:x"}),
        *({"name": "1a:x"}, {"name": "a_b:x"}, {"name": "a/b:x"}, {"name": "a:\n"}, {"name": "a:\x9b"}),
        *({"name": "a:\0"}, {"name": "a:" + "x" * 199}, {"name": "a:" + "é" * 100}),
    ],
)
def test_a_hostile_record_is_a_value_error(value: object) -> None:
    """A record that is not exactly a scope in canonical form is refused as data, never with another error."""
    with pytest.raises(ValueError, match=r".") as caught:
        Scope.from_json(value)
    assert caught.type in (ValueError, UnicodeEncodeError)


def test_the_longest_scopes_are_valid() -> None:
    """4096 bytes of path or glob and 200 of a name are still taken."""
    for value in (
        {"directory": "a" * 4096},
        {"glob": "*" * 4096},
        {"name": "a:" + "x" * 198},
        {"directory": "caf\udce9"},
    ):
        assert Scope.from_json(value).to_json() == value


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["file", "directory", "glob", "name", "x"]), inner, max_size=2
)))  # fmt: skip
def test_any_json_is_a_scope_or_a_value_error(value: object) -> None:
    """Whatever JSON comes in, it is a scope that reads back or a `ValueError`."""
    try:
        scope = Scope.from_json(value)
    except ValueError:
        return
    assert scope.to_json() == value


@pytest.mark.parametrize(
    ("scope", "path", "answer"),
    [
        (Scope("directory", "src"), "src/a/b", True),
        (Scope("directory", "src"), "src", True),
        (Scope("directory", "src"), "src2/a", False),
        (Scope("directory", "src/a"), "src", False),
        (Scope("directory", "."), "any/thing", True),
        (Scope("file", "a*"), "ab", False),
        (Scope("glob", "src/*.py"), "src/a.py", True),
        (Scope("glob", "src/*"), "src/a/b", False),
        (Scope("glob", "src/**"), "src", False),
        (Scope("glob", "caf?"), "caf\udce9", True),
        (Scope("name", "a:b"), "a:b", False),
        (Scope("file", "src/a"), "src/a", True),
        (Scope("file", "src/a"), "src/a/b", False),
        (Scope("file", "src/a"), "src", False),
        # one path, whatever its case; other letters than A to Z count
        (Scope("file", "README.md"), "readme.MD", True),
        (Scope("directory", "Src"), "sRC/a/b", True),
        (Scope("glob", "SRC/*.py"), "src/A.PY", True),
        (Scope("glob", "src/[A-C]*"), "src/b", True),
        (Scope("glob", "src/[!a]"), "src/a", True),  # git names src/A, which is one path with src/a
        (Scope("file", "É"), "é", False),
    ],
)
def test_what_a_scope_covers(scope: Scope, path: str, answer: bool) -> None:
    """A file covers itself, a directory also all below, a glob what it matches, a name no file."""
    assert covers(scope, path) is answer


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (Scope("directory", "src"), Scope("directory", "src/a"), True),
        (Scope("directory", "src"), Scope("directory", "src2"), False),
        (Scope("directory", "."), Scope("directory", "src"), True),
        (Scope("directory", "."), Scope("glob", "*.py"), True),
        (Scope("directory", "src"), Scope("glob", "lib/*"), False),
        (Scope("directory", "src/a.py"), Scope("glob", "src/*.py"), True),
        (Scope("directory", "src/a.txt"), Scope("glob", "src/*.py"), False),
        (Scope("directory", "src/deep"), Scope("glob", "src/**/*.py"), True),
        (Scope("glob", "src/*.py"), Scope("glob", "*/a.*"), True),
        (Scope("glob", "src/*.py"), Scope("glob", "src/*.txt"), False),
        # a file meets a glob only where the glob matches it
        (Scope("file", "src/b.py"), Scope("glob", "src/**/*_test.py"), False),
        (Scope("file", "src/b_test.py"), Scope("glob", "src/**/*_test.py"), True),
        (Scope("file", "src/b.py"), Scope("glob", "**/*.md"), False),
        (Scope("file", "src"), Scope("glob", "src/*.py"), False),
        (Scope("directory", "src/x.txt"), Scope("glob", "src/**/*.py"), True),  # conservative
        # no path is a file for one and a directory for another
        (Scope("file", "src/a"), Scope("file", "src/a"), True),
        (Scope("file", "src/a"), Scope("directory", "src/a"), True),
        (Scope("file", "src/a"), Scope("directory", "src"), True),
        (Scope("file", "src/a"), Scope("directory", "."), True),
        (Scope("file", "src"), Scope("file", "src/a"), True),
        (Scope("file", "src"), Scope("directory", "src/a"), True),
        (Scope("file", "src/a"), Scope("file", "src/ab"), False),
        (Scope("file", "src/a"), Scope("directory", "lib"), False),
        # one path, whatever its case
        (Scope("file", "src/A.py"), Scope("file", "SRC/a.py"), True),
        (Scope("directory", "SRC"), Scope("glob", "src/*.py"), True),
        (Scope("glob", "src/*.PY"), Scope("glob", "SRC/a*.py"), True),
        (Scope("name", "slot:Deploy"), Scope("name", "slot:deploy"), True),
        (Scope("file", "é"), Scope("file", "É"), False),
        (Scope("name", "slot:a"), Scope("name", "slot:a"), True),
        (Scope("name", "slot:a"), Scope("name", "slot:b"), False),
        (Scope("name", "slot:a"), Scope("directory", "."), False),
        (Scope("name", "slot:a"), Scope("glob", "**"), False),
    ],
)
def test_which_scopes_overlap(a: Scope, b: Scope, answer: bool) -> None:
    """Scopes overlap where a file could be in both; the order does not matter."""
    assert overlap(a, b) is answer
    assert overlap(b, a) is answer


@pytest.mark.parametrize(
    ("inner", "outer", "answer"),
    [
        (Scope("directory", "src/a"), Scope("directory", "src"), True),
        (Scope("directory", "src"), Scope("directory", "src/a"), False),
        (Scope("directory", "src"), Scope("directory", "."), True),
        (Scope("glob", "src/*.py"), Scope("directory", "src"), True),
        (Scope("glob", "*.py"), Scope("directory", "src"), False),
        (Scope("glob", "**"), Scope("directory", "."), True),
        (Scope("glob", "src/*.py"), Scope("glob", "src/*.py"), True),
        (Scope("glob", "src/*.py"), Scope("glob", "src/**"), True),
        (Scope("directory", "src/a"), Scope("glob", "src/**"), True),
        (Scope("directory", "src"), Scope("glob", "src/**"), False),
        (Scope("directory", "."), Scope("glob", "**"), True),
        (Scope("directory", "src/a.py"), Scope("glob", "src/*.py"), False),
        (Scope("file", "src/a.py"), Scope("glob", "src/*.py"), True),
        (Scope("file", "src/a.py"), Scope("directory", "SRC"), True),
        (Scope("file", "src"), Scope("glob", "src/**"), False),
        (Scope("file", "src/a"), Scope("file", "src"), False),
        (Scope("directory", "src/a"), Scope("file", "src/a"), False),
        (Scope("glob", "[Z-a]x"), Scope("glob", "[z-a]x"), False),  # the second has no member
        (Scope("directory", "src/a"), Scope("glob", "src/*/**"), False),
        (Scope("directory", "src"), Scope("glob", "*/**"), False),
        (Scope("name", "slot:a"), Scope("name", "slot:a"), True),
        (Scope("name", "slot:a"), Scope("directory", "."), False),
    ],
)
def test_what_is_surely_within(inner: Scope, outer: Scope, answer: bool) -> None:
    """Widening is recognised where it is certain: directories, and globs that are whole directories."""
    assert within(inner, outer) is answer


components = st.text("abA[", min_size=1, max_size=2)
paths = st.lists(components, min_size=1, max_size=4).map("/".join)
globs = st.lists(
    st.sampled_from(["a", "b", "A", "aB", "*", "**", "**", "?", "a*", "[ab]", "[!a]*", "[A-C]", "b**", "\\[", "*["]),
    min_size=1,
    max_size=4,
).map("/".join)
scopes = st.one_of(
    st.just(Scope("directory", ".")),
    paths.map(lambda text: Scope("file", text)),
    paths.map(lambda text: Scope("directory", text)),
    globs.map(lambda text: Scope("glob", text)),
    st.sampled_from(["a:a", "a:b", "a:A"]).map(lambda text: Scope("name", text)),
)

LETTERS = "abA["
SINGLE = [one + two for one in LETTERS for two in ("", *LETTERS)]
UNIVERSE = [*SINGLE, *(f"{a}/{b}" for a in SINGLE for b in SINGLE), *(f"{a}/{b}/a" for a in LETTERS for b in LETTERS)]
"""Every path of few letters, in every case."""


def spellings(path: str) -> set[str]:
    """A path in every case."""
    found = {""}
    for char in path:
        found = {before + one for before in found for one in {char, char.lower(), char.upper()}}
    return found


def plainly(scope: Scope) -> set[str]:
    """The paths of the universe that a scope holds by its plain meaning: as git reads it, in any case."""
    if scope.kind == "name":
        return set()
    if scope.kind == "glob":
        pattern = Glob(scope.encode(), exact=True)
        return {path for path in UNIVERSE if any(pattern.matches(one.encode()) for one in spellings(path))}
    text = scope.text.lower()
    held = {path for path in UNIVERSE if path.lower() == text}
    if scope.kind == "directory":
        held |= {path for path in UNIVERSE if text == "." or path.lower().startswith(text + "/")}
    return held


@settings(max_examples=drawn(300), deadline=None)
@given(a=scopes, b=scopes)
@example(a=Scope("directory", "a"), b=Scope("glob", "a**"))
@example(a=Scope("glob", "[!a]"), b=Scope("file", "a"))
@example(a=Scope("glob", "A/*"), b=Scope("glob", "*/B"))
def test_no_overlap_is_ever_missed(a: Scope, b: Scope) -> None:
    """Against every path of few letters: what is in both is an overlap, and for a file nothing else is, but D/F."""
    ours, theirs = plainly(a), plainly(b)
    assert ours == {path for path in UNIVERSE if covers(a, path)}
    if ours & theirs:
        assert overlap(a, b)
    assert overlap(a, b) == overlap(b, a)
    assert overlap(a, a)
    if a.kind == "file" and a.text in UNIVERSE and b.kind == "glob":
        assert overlap(a, b) == (a.text in theirs)


@settings(max_examples=drawn(1200), deadline=None)
@given(a=scopes, b=scopes, path=paths)
@example(a=Scope("directory", "a"), b=Scope("glob", "a**"), path="a/b/a")
def test_a_file_in_two_scopes_is_an_overlap(a: Scope, b: Scope, path: str) -> None:
    """No overlap is missed for longer paths either, nor for a claim of the file itself."""
    if covers(a, path) and covers(b, path):
        assert overlap(a, b)
    if covers(a, path):
        assert overlap(a, Scope("file", path))
        assert overlap(a, Scope("directory", path))


@settings(max_examples=drawn(1200), deadline=None)
@given(inner=scopes, outer=scopes, path=paths)
@example(inner=Scope("glob", "a**"), outer=Scope("directory", "a"), path="ab")
@example(inner=Scope("directory", "a"), outer=Scope("glob", "a/**"), path="a")
@example(inner=Scope("directory", "A"), outer=Scope("glob", "a/**"), path="a")
@example(inner=Scope("glob", "a/b**"), outer=Scope("glob", "a/**"), path="a/b/a")
@example(inner=Scope("glob", "[Z-a]"), outer=Scope("glob", "[z-a]"), path="[")
def test_what_is_within_is_covered(inner: Scope, outer: Scope, path: str) -> None:
    """A file in the inner of two nested scopes is in the outer."""
    if within(inner, outer) and covers(inner, path):
        assert covers(outer, path)
    assert within(inner, inner)


@settings(deadline=None)
@given(kind=st.sampled_from(["file", "directory", "glob", "name"]), text=st.text("abAB[]-*:é", min_size=1))
def test_equal_scopes_cover_the_same(kind: Kind, text: str) -> None:
    """Case tells no scopes apart where it cannot change what they hold; equal ones have one hash."""
    one, other = Scope(kind, text), Scope(kind, text.swapcase())
    if one == other:
        assert hash(one) == hash(other)
        assert plainly(one) == plainly(other)
    elif kind != "glob":
        assert not text.isascii()


def test_scopes_sort_and_hash() -> None:
    """Scopes have one order and can be members of sets."""
    mixed = [Scope("directory", "b"), Scope("name", "a:b"), Scope("directory", "a"), Scope("glob", "*")]
    assert sorted(mixed) == [Scope("directory", "a"), Scope("directory", "b"), Scope("glob", "*"), Scope("name", "a:b")]
    assert len({*mixed, Scope("directory", "A"), Scope("file", "a")}) == 5


def test_scopes_as_a_commit_subject_shows_them() -> None:
    """One printable line; a path that looks like a name is written so that it reads back as a path."""
    scopes = [
        Scope("directory", "src/auth"),
        Scope("directory", "a:b"),
        Scope("directory", ":x"),
        Scope("name", "slot:a"),
    ]
    assert text_of(scopes) == "src/auth, ./a:b, ./:x, slot:a"
    hostile = [
        Scope("directory", "a\nb"),
        Scope("glob", "\x1b*"),
        Scope("name", "a:\u202e"),
        Scope("directory", "\udce9"),
    ]
    assert text_of(hostile) == "a\\nb, \\x1b*, a:\\u202e, \\xe9"
    assert Scope("directory", "caf\udce9").encode() == b"caf\xe9"
