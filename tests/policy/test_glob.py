"""Globs mean what git's `:(glob)` means, and no meeting of two is ever missed."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support.torture import drawn

from gitcoord.policy.glob import Glob, has_wildcard, literal_prefix, matches, may_meet, may_reach_below

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Named = Callable[[bytes], set[bytes]]

EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

FILES = [
    *(b"README.md", b"a", b"ab", b"abc", b"b", b"src/a.py", b"src/b.py", b"src/ab.txt", b"src/.hidden"),
    *(b"src/lib/a.py", b"src/lib/deep/a.py", b"src/lib/deep/er/still/a.py", b"src2/a.py", b"srcx/y/b"),
    *(b"with space/a b.txt", b"tab\there", b"line\nbreak/x\ny", b"-dash", b"--", b"-d/-f", b"!bang", b"^hat"),
    *(b"app/[id]/page.tsx", b"app/i/page.tsx", b"app/d/page.tsx", b"app/x/page.tsx", b"app/[...all]/p.tsx"),
    *(
        b"star*name",
        b"star-name",
        b"starXname",
        b"quest?",
        b"questX",
        b"back\\slash",
        b"back/slash",
        b"backslash",
    ),
    *(
        "größe/naïve.txt".encode(),
        "日本語.md".encode(),
        b"latin1-\xe9.txt",
        b"high/\xff",
        b"]",
        b"[",
        b"-",
        b"[",
    ),
    *(b"x/y/z/w", b"x/w", b"x/y/w", b"foo/bar", b"fooX/bar", b"foobar", b"foo.bar", b"fo/o/bar", b":colon"),
    *(b"tests/a_test.py", b"tests/unit/b_test.py", b"UPPER/Case.TXT", b"0/1", b"0/9", b"0/a", b"0/A", b"0/_"),
]
# One file for each byte, to see what a class takes.
SINGLE = [b"one/" + bytes([byte]) for byte in range(1, 256) if byte not in b"./"]

PATTERNS = [
    *(b"*", b"**", b"**/*", b"**/**", b"*/*", b"*/**", b"**/", b"?", b"??", b"???", b"*.py", b"**/*.py"),
    *(b"src/*", b"src/**", b"src/**/*.py", b"src/**/a.py", b"src/*/a.py", b"src*/a.py", b"src?/a.py"),
    *(b"**/a.py", b"**/lib/**", b"**/lib/**/a.py", b"src/**/deep/**/a.py", b"src/**/**/a.py", b"s*c/*.py"),
    # `**` beside something else than a slash
    *(b"src**", b"src**/b", b"foo**bar", b"foo**/bar", b"**bar", b"f**/bar", b"?**/b*", b"x/**w", b"*x**"),
    *(b"**\\/a.py", b"src/**\\/a.py", b"x**\\/w", b"***/a.py", b"src/***", b"fo**/**/bar", b"[f]**/bar"),
    *(
        b"app/[id]/page.tsx",
        b"app/\\[id\\]/page.tsx",
        b"app/[[]id]/*",
        b"app/[!i]/*",
        b"app/[^i]/*",
        b"app/?/*",
    ),
    *(b"star\\*name", b"star*name", b"star?name", b"quest\\?", b"quest?", b"back\\\\slash", b"back*slash"),
    *(
        b"back?slash",
        b"back[/]slash",
        b"back[!a]slash",
        b"\\-dash",
        b"-*",
        b"[-]*",
        b"[!-]*",
        b"[^-]*",
        b"\\!*",
    ),
    *(
        b"[]]",
        b"[]-]",
        b"[!]]",
        b"[[]",
        b"[[-]]",
        b"[\\]]",
        b"[\\[\\]]",
        b"[a-]",
        b"[--]",
        b"[!!]*",
        b"[\\!]*",
    ),
    *(b"0/[0-9]", b"0/[!0-9]", b"0/[a-zA-Z]", b"0/[9-0]", b"0/[0-]", b"0/[0-9-a]", b"0/[\\0-\\9]"),
    *(b"one/[[:%s:]]" % name for name in (b"alnum", b"alpha", b"blank", b"cntrl", b"digit", b"graph")),
    *(b"one/[[:%s:]]" % name for name in (b"lower", b"print", b"punct", b"space", b"upper", b"xdigit")),
    *(
        b"one/[![:alpha:]]",
        b"one/[[:alpha:][:digit:]_]",
        b"one/[[:alpha:]-z]",
        b"one/[[:digit:]-]",
        b"one/[[:]",
    ),
    *(
        b"one/[[:alpha]",
        b"one/[[::]]",
        b"one/[[:nonsense:]]",
        b"one/[[:ALPHA:]]",
        b"one/[[:a]b]",
        b"one/[[=a=]]",
    ),
    *(b"one/[\x80-\xff]", b"one/[!\x01-\x7f]", b"one/[a-\\d]", b"one/[d-a]", b"one/[+--]", b"one/[*-\\]]"),
    # not closed
    *(b"[", b"[a", b"one/[a", b"one/[!", b"one/[a-", b"one/[\\", b"one/*[", b"*\\", b"one/[[:alpha:]"),
    *("gr?ße/*".encode(), "gr??ße/*".encode(), "*/na[ï]ve.txt".encode(), b"latin1-?.txt", b"latin1-\xe9*"),
    *(b"high/[\xff]", b"line\n*/*", b"*/x?y", b"* */*", b":*", b"UPPER/[a-z]*", b"upper/*", b"*.TXT"),
    *(b"src/lib/deep/er/still/*", b"src/lib/**/still/*", b"**/er/**", b"*/*/*", b"*/*/*/*", b"**/?/**/w"),
]

ALPHABET = b"ab/*?[]!-\\"
patterns = st.one_of(
    st.binary(max_size=8).map(lambda data: bytes(ALPHABET[byte % len(ALPHABET)] for byte in data)),
    st.lists(
        st.sampled_from(
            [
                b"a",
                b"b",
                b"ab",
                b"/",
                b"/",
                b"*",
                b"**",
                b"**/",
                b"/**/",
                b"?",
                b"[ab]",
                b"[!a]",
                b"\\a",
                b"\\/",
            ]
        ),
        max_size=7,
    ).map(b"".join),
)
components = st.text("ab[-", min_size=1, max_size=3).map(str.encode)
paths = st.lists(components, min_size=1, max_size=4).map(b"/".join)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Named:
    """Asks git which of `FILES` and `SINGLE` a pattern names; the files stand in an index only."""
    home = tmp_path_factory.mktemp("glob")
    return repository(home, FILES + SINGLE)


def repository(home: Path, files: list[bytes]) -> Named:
    """An index of `files`, and git's answers about it."""
    env = {
        "HOME": str(home),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
    }

    def git(*args: bytes, data: bytes = b"") -> bytes:
        done = subprocess.run([b"git", *args], cwd=home, env=env, input=data, capture_output=True, check=True)
        return done.stdout

    git(b"init", b"-q")
    entries = b"".join(f"100644 {EMPTY_BLOB} 0\t".encode() + name + b"\0" for name in dict.fromkeys(files))
    git(b"update-index", b"-z", b"--index-info", data=entries)
    assert set(git(b"ls-files", b"-z").split(b"\0")[:-1]) == set(files)

    def ask(pattern: bytes) -> set[bytes]:
        return set(git(b"ls-files", b"-z", b"--", b":(glob)" + pattern).split(b"\0")[:-1])

    return ask


def expected(pattern: bytes, files: list[bytes]) -> set[bytes]:
    """What git should name: a pathspec is also taken literally, as the file or a directory above it."""
    below = pattern if pattern.endswith(b"/") else pattern + b"/"
    return {path for path in files if matches(pattern, path, exact=True) or path == pattern or path.startswith(below)}


@pytest.mark.parametrize("pattern", PATTERNS, ids=repr)
def test_a_pattern_matches_what_git_says(pattern: bytes, named: Named) -> None:
    """The files that match are those that `git ls-files ':(glob)PATTERN'` lists."""
    assert expected(pattern, FILES + SINGLE) == named(pattern)


@settings(max_examples=drawn(400), deadline=None)
@given(pattern=patterns)
def test_a_random_pattern_matches_what_git_says(pattern: bytes, small: Named) -> None:
    """Odd mixtures of stars, brackets, escapes and slashes mean what they mean to git."""
    # git tidies a pathspec before it matches, and an empty one names everything.
    assume(pattern and not pattern.startswith(b"/") and b"//" not in pattern)
    assert expected(pattern, SMALL) == small(pattern)


@pytest.mark.slow
@settings(max_examples=drawn(300), deadline=None)
@given(pattern=patterns)
@example(pattern=b"[!a]*")
@example(pattern=b"[A-Z]")
@example(pattern=b"A**/B")
def test_one_path_in_every_case(pattern: bytes, small: Named) -> None:
    """A pattern takes a path of which git names some spelling: nothing that git names is ever missed."""
    for path in SMALL:
        spelled = (
            {bytes(at) for at in product(*({byte, *_swapped(byte)} for byte in path))} if len(path) < 8 else {path}
        )
        assert matches(pattern, path) == any(matches(pattern, one, exact=True) for one in spelled) or len(path) >= 8
    assume(pattern and not pattern.startswith(b"/") and b"//" not in pattern)
    assert {path for path in small(pattern) if matches(pattern, path, exact=True)} <= {
        path for path in SMALL if matches(pattern, path.swapcase())
    }


def _swapped(byte: int) -> bytes:
    return bytes([byte]).swapcase()


SMALL = [
    *(
        b"a",
        b"b",
        b"ab",
        b"ba",
        b"aa",
        b"abb",
        b"bab",
        b"[",
        b"]",
        b"-",
        b"!",
        b"*",
        b"?",
        b"\\",
        b"a*",
        b"b]",
    ),
    *(
        b"a b/a",
        b"x/a",
        b"x/b",
        b"x/ab",
        b"x/a!b",
        b"x/x/a",
        b"x/x/b",
        b"x/x/ab",
        b"aab/a",
        b"aab/b",
        b"aab/ab",
    ),
    *(b"bb/a/a", b"bb/a/b", b"bb/b/ab", b"abab/a/b/a", b"abab/b/a/b", b"[a/b", b"]b/a", b"a\\/b", b"--/-/-"),
]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Named:
    """As `named`, for few files of few letters."""
    return repository(tmp_path_factory.mktemp("small"), SMALL)


@pytest.mark.slow
@settings(max_examples=drawn(1500), deadline=None)
@given(a=patterns, b=patterns, path=paths)
@example(a=b"a**/b", b=b"?b", path=b"ab")
@example(a=b"**/a", b=b"*", path=b"a")
@example(a=b"a**/b", b=b"*", path=b"ab")
@example(a=b"a**/b/a**/b", b=b"*b/**", path=b"ab/ab/b")
@example(a=b"a/**/b", b=b"a/b", path=b"a/b")
@example(a=b"**/a/**/b", b=b"**/b/**/b", path=b"b/a/b")
def test_a_path_that_matches_both_is_a_meeting(a: bytes, b: bytes, path: bytes) -> None:
    """Where some path matches two patterns, they may meet, and the answer does not depend on their order."""
    if matches(a, path) and matches(b, path):
        assert may_meet(a, b)
    assert may_meet(a, b) == may_meet(b, a)


@pytest.mark.slow
@settings(max_examples=drawn(600), deadline=None)
@given(path=paths, data=st.data())
def test_patterns_made_from_one_path_meet(path: bytes, data: st.DataObject) -> None:
    """Two patterns that were both widened from the same path match it and meet."""

    def widened() -> bytes:
        made = b""
        for byte in path:
            char = bytes([byte])
            plain = b"\\" + char if char == b"[" else char
            choices = [plain, plain, b"\\" + char] + ([] if char == b"/" else [b"?", b"*", plain + b"*", b"[!/]"])
            made += data.draw(st.sampled_from(choices))
        return data.draw(st.sampled_from([b"", b"**/"])) + made

    a, b = widened(), widened()
    assert matches(a, path)
    assert matches(b, path)
    assert may_meet(a, b)


@settings(max_examples=drawn(800), deadline=None)
@given(pattern=patterns, path=paths)
@example(pattern=b"a/b*/**/[", path=b"a/bb/a/[")
@example(pattern=b"a/b*/**/b", path=b"a/bb/a/b")
@example(pattern=b"**/b", path=b"a/a/b")
def test_a_match_reaches_below_every_directory_above_it(pattern: bytes, path: bytes) -> None:
    """A pattern that matches a path may reach below each of its directories, and below the literal prefix."""
    if not matches(pattern, path):
        return
    parts = path.split(b"/")
    for depth in range(len(parts) + 1):
        assert may_reach_below(pattern, b"/".join(parts[:depth]))
    prefix = literal_prefix(pattern)
    assert not prefix or path.startswith(prefix + b"/")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (b"src/*.py", b"src/*.txt"),
        (b"src/*.py", b"tests/*.py"),
        (b"src/*.py", b"src/*/*.py"),
        (b"src/**/*.py", b"lib/**"),
        (b"**/*.py", b"**/*.txt"),
        (b"[ab]", b"[cd]"),
        (b"a?", b"b?"),
        (b"?", b"a/**"),
        (b"a[!1]", b"a1"),
        (b"*/x", b"*/*/x"),
        (b"[a", b"**"),
        (b"a\\", b"*"),
    ],
)
def test_patterns_with_nothing_in_common_do_not_meet(a: bytes, b: bytes) -> None:
    """Claims on globs that clearly name different files do not conflict."""
    assert not may_meet(a, b)


@pytest.mark.parametrize(
    ("pattern", "directory", "answer"),
    [
        (b"src/*.py", b"src", True),
        (b"src/*.py", b"src/a.py", True),
        (b"src/*.py", b"src/a.txt", False),
        (b"src/*.py", b"lib", False),
        (b"src/*.py", b"src/a.py/b", False),
        (b"src/**", b"src/a/b", True),
        (b"**/a.py", b"any/where", True),
        (b"*.py", b"src", False),
        (b"s*/a", b"src", True),
        (b"sr", b"src", False),
        (b"anything", b"", True),
    ],
)
def test_reach_below_a_directory(pattern: bytes, directory: bytes, answer: bool) -> None:
    """A pattern conflicts with a claimed directory only where it could match something in it."""
    assert may_reach_below(pattern, directory) is answer


def test_the_literal_prefix_is_whole_directories() -> None:
    """Claims on globs stand at the directories before the first component that is not plain."""
    assert literal_prefix(b"src/lib/*.py") == b"src/lib"
    assert literal_prefix(b"src/l*/a/b.py") == b"src"
    assert literal_prefix(b"*.py") == b""
    assert literal_prefix(b"**") == b""
    assert literal_prefix(b"src**/b") == b""
    assert literal_prefix(b"app/\\[id\\]/*.ts") == b"app"
    assert literal_prefix(b"x/[a/b]c") == b"x"
    assert literal_prefix(b"src/a.py") == b"src"


def test_has_wildcard() -> None:
    """Stars, question marks and brackets are wildcards; a backslash alone is not."""
    assert all(has_wildcard(text) for text in (b"*", b"a?", b"[x"))
    assert not any(has_wildcard(text) for text in (b"", b"a/b", b"a\\b", b"]"))


HOSTILE = [
    b"*a" * 1000 + b"b",
    b"**/" * 1300 + b"b",
    b"**/a/" * 800 + b"b",
    b"*/" * 2000 + b"b",
    b"**/*a" * 800 + b"b",
    b"?*" * 2000 + b"b",
    b"[ab]*" * 800 + b"c",
    b"".join(b"[a%c%c]*" % (33 + i % 57, 40 + i // 57) for i in range(600)) + b"~",
    b"[" * 4096,
    b"[[:" * 1300,
    b"*" * 4095 + b"b",
]


@pytest.mark.slow
@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_a_hostile_pattern_is_answered_soon(index: int) -> None:
    """Patterns made to backtrack take well below two seconds, against a long path and against each other."""
    pattern = HOSTILE[index]
    start = time.process_time()
    matches(pattern, b"a" * 4000)
    matches(pattern, b"a/" * 2000 + b"a")
    for other in HOSTILE:
        may_meet(pattern, other)
    assert time.process_time() - start < 2


def test_one_glob_answers_for_many_paths() -> None:
    """A glob built once keeps no memory of earlier paths."""
    glob = Glob(b"src/**/[ab]?.py")
    assert [glob.matches(path) for path in (b"src/ab.py", b"src/x/bb.py", b"src/cb.py", b"src/ab.py")] == [
        True,
        True,
        False,
        True,
    ]
    assert not glob.malformed
    assert Glob(b"a[").malformed
    assert Glob(b"a\\").malformed


def test_the_module_imports_nothing() -> None:
    """The guard loads it on every commit: it brings in no module but itself and its packages."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules)\n"
        "import gitcoord.policy.glob, gitcoord.policy.layout, gitcoord.policy.printable, gitcoord.policy.spelling\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    root = str(__import__("pathlib").Path(__file__).parents[2])
    done = subprocess.run([sys.executable, "-I", "-c", code, root], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert [name for name in loaded if not name.startswith("gitcoord") and name != "__future__"] == []
