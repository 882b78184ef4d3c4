"""Scopes: how people write them, what they cover, when they overlap."""

from __future__ import annotations

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitcoord.errors import Usage
from gitcoord.policy.scope import Scope, covers, overlap, parse, text_of, within

THERE = {"app/[id]", "app/[id]/page.tsx", "what?", "src", "src/a.py"}


def at_root(text: str) -> str:
    """A `locate` for somebody who stands at the root: no links, nothing outside."""
    path = os.path.normpath(text)
    if path.startswith(("..", "/")):
        raise Usage(f"{text} is outside the repository")
    return path


def in_lib(text: str) -> str:
    """A `locate` for somebody who stands in `src/[lib]`."""
    return at_root("src/[lib]/" + text)


def typed(text: str) -> Scope:
    """What `text` means, typed at the root of a repository that holds `THERE`."""
    return parse(text, locate=at_root, exists=THERE.__contains__)


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("src/a.py", Scope("path", "src/a.py")),
        ("src/", Scope("path", "src")),
        (".", Scope("path", ".")),
        ("./src/../lib", Scope("path", "lib")),
        ("./a:b", Scope("path", "a:b")),
        ("src/a.py:12", Scope("path", "src/a.py:12")),
        ("Slot:x", Scope("path", "Slot:x")),
        ("a.py:12", Scope("path", "a.py:12")),
        ("-dash", Scope("path", "-dash")),
        ("back\\slash", Scope("path", "back\\slash")),
        ("gro\u0308ße", Scope("path", "größe")),
        ("caf\udce9", Scope("path", "caf\udce9")),
        # names
        ("slot:deploy", Scope("name", "slot:deploy")),
        ("issue:15", Scope("name", "issue:15")),
        ("a-1:b/c:d *", Scope("name", "a-1:b/c:d *")),
        ("slot:gro\u0308ße", Scope("name", "slot:größe")),
        # globs
        ("*.py", Scope("glob", "*.py")),
        ("**", Scope("glob", "**")),
        ("**/*.py", Scope("glob", "**/*.py")),
        ("src/*.py", Scope("glob", "src/*.py")),
        ("./src/./*.py", Scope("glob", "src/*.py")),
        ("lib/../src/*.py", Scope("glob", "src/*.py")),
        ("src/*/", Scope("glob", "src/*/**")),
        ("src/*//./x?", Scope("glob", "src/*/x?")),
        ("s[abc]", Scope("glob", "s[abc]")),
        ("gro\u0308*", Scope("glob", "grö*")),
        (":(glob)src/*.py", Scope("glob", "src/*.py")),
        # what exists as it stands means itself
        ("app/[id]/page.tsx", Scope("path", "app/[id]/page.tsx")),
        ("app/[id]/new.tsx", Scope("path", "app/[id]/new.tsx")),
        ("app/[id]/*.tsx", Scope("glob", "app/\\[id]/*.tsx")),
        ("app/[no]/page.tsx", Scope("glob", "app/[no]/page.tsx")),
        ("what?", Scope("path", "what?")),
        (":(glob)app/[id]/page.tsx", Scope("glob", "app/[id]/page.tsx")),
        (":(glob)what?", Scope("glob", "what?")),
        (":(literal)a*b", Scope("path", "a*b")),
        (":(literal)slot:x", Scope("path", "slot:x")),
        # a glob without a wildcard is a path, as for git
        (":(glob)src/a.py", Scope("path", "src/a.py")),
        (":(glob)src/a\\.py", Scope("path", "src/a.py")),
    ],
)
def test_what_is_typed(text: str, scope: Scope) -> None:
    """Each form means one scope, and the record of that scope reads back as it."""
    assert typed(text) == scope
    assert Scope.from_json(scope.to_json()) == scope


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "a\0b", "*\0", ":!x", ":/x", ":(icase)x", "slot:", "slot: x", "slot:a\nb", "slot:a\x1b"),
        *("slot:" + "x" * 196, "x/" * 2048 + "x", "*" * 4097, "..", "../x", "../*.py", "/*.py", "/etc/*"),
        *("*/../x", "src/[a", "*\\", ".git/config", "a/.GIT/x", ".git/*"),
    ],
)
def test_what_cannot_be_a_scope_is_a_usage_error(text: str) -> None:
    """Nothing, magic that is not known, names and paths that are too long or lead elsewhere are refused."""
    with pytest.raises(Usage) as caught:
        typed(text)
    assert "\n" not in caught.value.message
    assert caught.value.message.isprintable()


def test_hints_say_what_to_write() -> None:
    """An empty scope is told the forms; a bracket that was meant literally how to write it."""
    with pytest.raises(Usage) as caught:
        typed("")
    assert "slot:deploy" in caught.value.hint
    with pytest.raises(Usage) as caught:
        typed("src/[a")
    assert caught.value.hint == "for a file of this name write ':(literal)src/[a'"
    with pytest.raises(Usage) as caught:
        typed(":a")
    assert "./:a" in caught.value.hint


def test_a_glob_typed_in_a_directory_is_about_that_directory() -> None:
    """The directory stands before the pattern, its own brackets escaped."""
    scope = parse("*.py", locate=in_lib, exists=lambda _: False)
    assert scope == Scope("glob", "src/\\[lib]/*.py")
    assert covers(scope, "src/[lib]/a.py")
    assert not covers(scope, "src/l/a.py")
    up = parse("../*.py", locate=in_lib, exists=lambda _: False)
    assert up == Scope("glob", "src/*.py")
    everything = parse("**", locate=in_lib, exists=lambda _: False)
    assert everything == Scope("glob", "src/\\[lib]/**")


@pytest.mark.parametrize(
    "value",
    [
        *(None, "src", ["path", "a"], {}, {"path": "a", "glob": "*"}, {"file": "a"}, {1: "a"}, {"path": 1}),
        *({"path": ["a"]}, {"path": None}, {"path": ""}, {"path": "/a"}, {"path": "a/"}, {"path": "a//b"}),
        *(
            {"path": "./a"},
            {"path": "a/.."},
            {"path": "../a"},
            {"path": "a/./b"},
            {"path": "a\0"},
            {"path": ".."},
        ),
        *(
            {"path": ".git"},
            {"path": ".Git/x"},
            {"path": "a/.git/x"},
            {"path": "a" * 4097},
            {"path": "é" * 2049},
        ),
        *(
            {"path": "\ud800"},
            {"path": "\udcc3\udca9"},
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
        {"path": "a" * 4096},
        {"glob": "*" * 4096},
        {"name": "a:" + "x" * 198},
        {"path": "caf\udce9"},
    ):
        assert Scope.from_json(value).to_json() == value


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
    st.sampled_from(["path", "glob", "name", "x"]), inner, max_size=2
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
        (Scope("path", "src"), "src/a/b", True),
        (Scope("path", "src"), "src", True),
        (Scope("path", "src"), "src2/a", False),
        (Scope("path", "src/a"), "src", False),
        (Scope("path", "."), "any/thing", True),
        (Scope("path", "a*"), "ab", False),
        (Scope("glob", "src/*.py"), "src/a.py", True),
        (Scope("glob", "src/*"), "src/a/b", False),
        (Scope("glob", "src/**"), "src", False),
        (Scope("glob", "caf?"), "caf\udce9", True),
        (Scope("name", "a:b"), "a:b", False),
    ],
)
def test_what_a_scope_covers(scope: Scope, path: str, answer: bool) -> None:
    """A path covers itself and all below, a glob what it matches, a name no file."""
    assert covers(scope, path) is answer


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (Scope("path", "src"), Scope("path", "src/a"), True),
        (Scope("path", "src"), Scope("path", "src2"), False),
        (Scope("path", "."), Scope("path", "src"), True),
        (Scope("path", "."), Scope("glob", "*.py"), True),
        (Scope("path", "src"), Scope("glob", "lib/*"), False),
        (Scope("path", "src/a.py"), Scope("glob", "src/*.py"), True),
        (Scope("path", "src/a.txt"), Scope("glob", "src/*.py"), False),
        (Scope("path", "src/deep"), Scope("glob", "src/**/*.py"), True),
        (Scope("glob", "src/*.py"), Scope("glob", "*/a.*"), True),
        (Scope("glob", "src/*.py"), Scope("glob", "src/*.txt"), False),
        (Scope("name", "slot:a"), Scope("name", "slot:a"), True),
        (Scope("name", "slot:a"), Scope("name", "slot:b"), False),
        (Scope("name", "slot:a"), Scope("path", "."), False),
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
        (Scope("path", "src/a"), Scope("path", "src"), True),
        (Scope("path", "src"), Scope("path", "src/a"), False),
        (Scope("path", "src"), Scope("path", "."), True),
        (Scope("glob", "src/*.py"), Scope("path", "src"), True),
        (Scope("glob", "*.py"), Scope("path", "src"), False),
        (Scope("glob", "**"), Scope("path", "."), True),
        (Scope("glob", "src/*.py"), Scope("glob", "src/*.py"), True),
        (Scope("glob", "src/*.py"), Scope("glob", "src/**"), True),
        (Scope("path", "src/a"), Scope("glob", "src/**"), True),
        (Scope("path", "src"), Scope("glob", "src/**"), False),
        (Scope("path", "."), Scope("glob", "**"), True),
        (Scope("path", "src/a.py"), Scope("glob", "src/*.py"), False),
        (Scope("path", "src/a"), Scope("glob", "src/*/**"), False),
        (Scope("path", "src"), Scope("glob", "*/**"), False),
        (Scope("name", "slot:a"), Scope("name", "slot:a"), True),
        (Scope("name", "slot:a"), Scope("path", "."), False),
    ],
)
def test_what_is_surely_within(inner: Scope, outer: Scope, answer: bool) -> None:
    """Widening is recognised where it is certain: directories, and globs that are whole directories."""
    assert within(inner, outer) is answer


components = st.text("ab[", min_size=1, max_size=2)
paths = st.lists(components, min_size=1, max_size=4).map("/".join)
globs = st.lists(
    st.sampled_from(["a", "b", "ab", "*", "**", "**", "?", "a*", "[ab]", "[!a]*", "b**", "\\[", "*["]),
    min_size=1,
    max_size=4,
).map("/".join)
scopes = st.one_of(
    st.just(Scope("path", ".")),
    paths.map(lambda text: Scope("path", text)),
    globs.map(lambda text: Scope("glob", text)),
    st.sampled_from(["a:a", "a:b"]).map(lambda text: Scope("name", text)),
)


@settings(max_examples=1200, deadline=None)
@given(a=scopes, b=scopes, path=paths)
@example(a=Scope("path", "a"), b=Scope("glob", "a**"), path="a/b/a")
def test_a_file_in_two_scopes_is_an_overlap(a: Scope, b: Scope, path: str) -> None:
    """No overlap is ever missed, and it is symmetric."""
    if covers(a, path) and covers(b, path):
        assert overlap(a, b)
    assert overlap(a, b) == overlap(b, a)
    assert overlap(a, a)


@settings(max_examples=1200, deadline=None)
@given(inner=scopes, outer=scopes, path=paths)
@example(inner=Scope("glob", "a**"), outer=Scope("path", "a"), path="ab")
@example(inner=Scope("path", "a"), outer=Scope("glob", "a/**"), path="a")
@example(inner=Scope("glob", "a/b**"), outer=Scope("glob", "a/**"), path="a/b/a")
def test_what_is_within_is_covered(inner: Scope, outer: Scope, path: str) -> None:
    """A file in the inner of two nested scopes is in the outer."""
    if within(inner, outer) and covers(inner, path):
        assert covers(outer, path)
    assert within(inner, inner)


def test_scopes_sort_and_hash() -> None:
    """Scopes have one order and can be members of sets."""
    mixed = [Scope("path", "b"), Scope("name", "a:b"), Scope("path", "a"), Scope("glob", "*")]
    assert sorted(mixed) == [Scope("glob", "*"), Scope("name", "a:b"), Scope("path", "a"), Scope("path", "b")]
    assert len({*mixed, Scope("path", "a")}) == 4


def test_scopes_as_a_commit_subject_shows_them() -> None:
    """One printable line; a path that looks like a name is written so that it reads back as a path."""
    scopes = [Scope("path", "src/auth"), Scope("path", "a:b"), Scope("path", ":x"), Scope("name", "slot:a")]
    assert text_of(scopes) == "src/auth, ./a:b, ./:x, slot:a"
    hostile = [
        Scope("path", "a\nb"),
        Scope("glob", "\x1b*"),
        Scope("name", "a:\u202e"),
        Scope("path", "\udce9"),
    ]
    assert text_of(hostile) == "a\\nb, \\x1b*, a:\\u202e, \\xe9"
    assert Scope("path", "caf\udce9").encode() == b"caf\xe9"
