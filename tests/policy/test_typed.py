"""How people write scopes, and which one they mean."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from gitcoord.errors import Usage
from gitcoord.policy.scope import Scope, covers
from gitcoord.policy.typed import parse

if TYPE_CHECKING:
    from gitcoord.policy.scope import PathKind

DIRECTORIES = {".", "app", "app/[id]", "src", "lib", "src/[lib]"}
THERE = DIRECTORIES | {"app/[id]/page.tsx", "what?", "src/a.py"}


class Ground:
    """A repository that holds `THERE`, seen by somebody who stands in a directory of it."""

    def __init__(self, cwd: str = "", links: dict[str, str] | None = None, unknown: PathKind = "file") -> None:
        self._cwd = cwd
        self._links = links or {}
        self._unknown = unknown

    def locate(self, text: str) -> str:
        """The path from the root; links among the parents are followed."""
        path = os.path.normpath(f"{self._cwd}/{text}" if self._cwd else text)
        if path.startswith(("..", "/")):
            raise Usage(f"{text} is outside the repository")
        above, _, name = path.rpartition("/")
        if not above:
            return path
        return os.path.normpath(f"{self._links.get(above, above)}/{name}").lstrip("/")

    def exists(self, text: str) -> bool:
        """Whether something stands there."""
        return self.locate(text) in THERE

    def is_file(self, text: str) -> bool:
        """Whether a file stands there."""
        return self.exists(text) and self.locate(text) not in DIRECTORIES

    def kind_at(self, text: str, path: str) -> PathKind:
        """What stands there."""
        return "directory" if path in DIRECTORIES else "file" if path in THERE else self._unknown


def typed(text: str) -> Scope:
    """What `text` means, typed at the root of a repository that holds `THERE`."""
    return parse(text, Ground())


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("src/a.py", Scope("file", "src/a.py")),
        ("src", Scope("directory", "src")),
        ("src/", Scope("directory", "src")),
        ("src/new", Scope("file", "src/new")),
        ("src/new/", Scope("directory", "src/new")),
        ("src/new/.", Scope("directory", "src/new")),
        (":(literal)src", Scope("directory", "src")),
        (".", Scope("directory", ".")),
        ("./src/../lib", Scope("directory", "lib")),
        ("./a:b", Scope("file", "a:b")),
        ("src/a.py:12", Scope("file", "src/a.py:12")),
        ("Slot:x", Scope("file", "Slot:x")),
        ("a.py:12", Scope("file", "a.py:12")),
        ("-dash", Scope("file", "-dash")),
        ("back\\slash", Scope("file", "back\\slash")),
        ("gro\u0308ße", Scope("file", "größe")),
        ("caf\udce9", Scope("file", "caf\udce9")),
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
        ("app/[id]/page.tsx", Scope("file", "app/[id]/page.tsx")),
        ("app/[id]/new.tsx", Scope("file", "app/[id]/new.tsx")),
        ("app/[id]/*.tsx", Scope("glob", "app/\\[id]/*.tsx")),
        ("app/[no]/page.tsx", Scope("glob", "app/[no]/page.tsx")),
        ("what?", Scope("file", "what?")),
        (":(glob)app/[id]/page.tsx", Scope("glob", "app/[id]/page.tsx")),
        (":(glob)what?", Scope("glob", "what?")),
        (":(literal)a*b", Scope("file", "a*b")),
        (":(literal)slot:x", Scope("file", "slot:x")),
        # a glob without a wildcard is a path, as for git
        (":(glob)src/a.py", Scope("file", "src/a.py")),
        (":(glob)src/a\\.py", Scope("file", "src/a.py")),
        (":(glob)src", Scope("directory", "src")),
        ("s\\rc/*.py", Scope("glob", "src/*.py")),
        ("s\\[c/*.py", Scope("glob", "s\\[c/*.py")),
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
        *("*/../x", "src/[a", "*\\", "src/a.py/", ".git/config", "a/.GIT/x", ".git/*"),
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
    scope = parse("*.py", Ground("src/[lib]"))
    assert scope == Scope("glob", "src/\\[lib]/*.py")
    assert covers(scope, "src/[lib]/a.py")
    assert not covers(scope, "src/l/a.py")
    up = parse("../*.py", Ground("src/[lib]"))
    assert up == Scope("glob", "src/*.py")
    everything = parse("**", Ground("src/[lib]"))
    assert everything == Scope("glob", "src/\\[lib]/**")


def test_a_glob_behind_a_link_is_about_where_it_leads() -> None:
    """What stands before the pattern is followed like the parents of any path, escapes in it or not."""
    ground = Ground(links={"alias": "src/deep"})
    assert parse("alias/*.py", ground) == Scope("glob", "src/deep/*.py")
    assert parse("alias/**", ground) == Scope("glob", "src/deep/**")
    assert parse(":(glob)al\\ias/*/x", ground) == Scope("glob", "src/deep/*/x")
    assert parse("./alias//*.py", ground) == Scope("glob", "src/deep/*.py")


def test_a_path_at_which_nothing_is_means_what_the_asker_says() -> None:
    """A claim means the file, a look at what is claimed all below it; a slash always means the directory."""
    assert parse("new", Ground(unknown="file")) == Scope("file", "new")
    assert parse("new", Ground(unknown="directory")) == Scope("directory", "new")
    assert parse("new/", Ground(unknown="file")) == Scope("directory", "new")


def test_a_slash_behind_a_file_is_a_usage_error() -> None:
    """`src/a.py/` cannot become a directory: whoever typed it is told what it is."""
    with pytest.raises(Usage) as caught:
        typed("src/a.py/")
    assert "is a file, not a directory" in caught.value.message
