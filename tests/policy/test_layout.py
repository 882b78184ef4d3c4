"""Claims stand where the state tree's description says, and are found from every file they cover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitcoord.policy import layout
from gitcoord.policy.scope import Scope, covers

OPERATION = "0123456789abcdef" * 2

components = st.text("abA*[+=", min_size=1, max_size=3)
paths = st.lists(components, min_size=1, max_size=4).map("/".join)
scopes = st.one_of(
    paths.map(lambda text: Scope("directory", text)),
    paths.map(lambda text: Scope("file", text)),
    st.just(Scope("directory", ".")),
    st.lists(st.sampled_from(["a", "b", "*", "**", "?", "a*", "[ab]", "b**", "A", "B*"]), min_size=1, max_size=4)
    .map("/".join)
    .map(lambda text: Scope("glob", text)),
)


@pytest.mark.parametrize(
    ("kind", "text", "directory"),
    [
        ("directory", "src/auth", "claims/paths/+src/+auth/="),
        ("file", "src/Auth.PY", "claims/paths/+src/+auth.py/="),
        ("directory", "GRÖSSE/É", "claims/paths/+grÖsse/+É/="),
        ("glob", "SRC/*.py", "claims/paths/+src/="),
        ("name", "slot:Deploy", "claims/names/+slot/+deploy/="),
        ("directory", ".", "claims/paths/="),
        ("directory", "=/+a", "claims/paths/+=/++a/="),
        ("directory", "caf\udce9", "claims/paths/+caf\udce9/="),
        ("glob", "src/*.py", "claims/paths/+src/="),
        ("glob", "src/lib/**/x", "claims/paths/+src/+lib/="),
        ("glob", "**/*.py", "claims/paths/="),
        ("glob", "caf\udce9/*", "claims/paths/+caf\udce9/="),
        ("name", "slot:deploy", "claims/names/+slot/+deploy/="),
        ("name", "url:a/b%2Fc", "claims/names/+url/+a%2Fb%252fc/="),
        ("name", "a:b:c", "claims/names/+a/+b:c/="),
    ],
)
def test_the_directory_of_a_scope(kind: str, text: str, directory: str) -> None:
    """Paths are mirrored, globs stand at their literal prefix, names have no slash inside."""
    assert layout.directory(kind, text) == directory


@given(a=st.text("a/%25F", min_size=1, max_size=6), b=st.text("a/%25F", min_size=1, max_size=6))
def test_different_names_stand_apart(a: str, b: str) -> None:
    """No two names share a directory, whatever slashes and percent signs they hold."""
    same = layout.directory("name", f"k:{a}") == layout.directory("name", f"k:{b}")
    assert same == (a.lower() == b.lower())


def test_lookups_go_from_the_root_to_the_file() -> None:
    """A file's claims are its own and those of every directory above it."""
    assert layout.lookups("src/auth/a.py") == [
        "claims/paths/=",
        "claims/paths/+src/=",
        "claims/paths/+src/+auth/=",
        "claims/paths/+src/+auth/+a.py/=",
    ]
    assert layout.lookups(".") == ["claims/paths/="]


def test_below_holds_what_is_deeper() -> None:
    """Everything claimed in a directory stands below the directory's place."""
    assert layout.below("src/auth") == "claims/paths/+src/+auth"
    assert layout.below(".") == "claims/paths"
    assert layout.directory("directory", "src/auth/x").startswith(layout.below("src/auth") + "/")


@given(scope=scopes, path=paths)
def test_a_claim_that_covers_a_file_is_among_its_lookups(scope: Scope, path: str) -> None:
    """Looking where `lookups` says never misses a claim, path or glob, that covers the file."""
    if covers(scope, path):
        assert layout.directory(scope.kind, scope.text) in layout.lookups(path)


@given(
    kind=st.sampled_from(["file", "directory", "glob"]),
    shared=st.booleans(),
    session=st.from_regex(r"[a-z0-9-]+", fullmatch=True),
)
def test_an_entry_reads_back(kind: str, shared: bool, session: str) -> None:
    """Operation, session, kind and mark come back from the name."""
    name = layout.entry(OPERATION, session, kind=kind, shared=shared)
    assert layout.parse_entry(name) == (OPERATION, session, kind, shared)


def test_an_entry_as_people_see_it() -> None:
    """The marks stand behind the session, the kind first; a directory has none."""
    assert layout.entry(OPERATION, "amber-7", kind="glob", shared=True) == f"{OPERATION}.amber-7.glob.shared"
    assert layout.entry(OPERATION, "amber-7", kind="directory", shared=False) == f"{OPERATION}.amber-7"


@pytest.mark.parametrize(
    "name",
    [
        "",
        OPERATION,
        f"{OPERATION}.",
        f".{OPERATION}",
        f"{OPERATION[1:]}.amber",
        f"{OPERATION}0.amber",
        f"{OPERATION.upper()}.amber",
        f"{OPERATION}.Amber",
        f"{OPERATION}.am ber",
        f"{OPERATION}.amber\n",
        f"{OPERATION}.ambér",
        f"{OPERATION}.amber.shared.glob",
        f"{OPERATION}.amber.glob.glob",
        f"{OPERATION}.amber.file.glob",
        f"{OPERATION}.amber.directory",
        f"{OPERATION}.amber.other",
        f"{OPERATION}.amber.",
        f"{OPERATION}..glob",
    ],
)
def test_a_malformed_entry_is_none(name: str) -> None:
    """What is not exactly an entry's name is not read as one."""
    assert layout.parse_entry(name) is None


def test_a_live_session_stands_in_one_of_sixteen_fans() -> None:
    """The tree of the fans is written with every operation, so it has to stay short however many sessions live."""
    fans = {layout.live_session(f"alice-eb8c56{number:02x}").rpartition("/")[0] for number in range(256)}
    assert fans == {f"sessions/live/{digit}" for digit in "0123456789abcdef"}
    assert layout.live_session("alice-eb8c5667") == "sessions/live/7/alice-eb8c5667"
