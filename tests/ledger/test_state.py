"""The state's tree: what it reads and writes is what git lists."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitcoord.errors import Unreadable
from gitcoord.kernel.objects import EMPTY_TREE
from gitcoord.ledger.state import State
from gitcoord.policy.ids import StoreOid

from .rig import Rig

if TYPE_CHECKING:
    from gitcoord.kernel.objects import Objects


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """One object database for all examples."""
    made = Rig(Path(tmp_path_factory.mktemp("state"), "store.git"))
    made.objects.write("tree", b"")
    return made


def listed(rig: Rig, tree: str) -> dict[str, bytes]:
    """What `git ls-tree -r` and `git cat-file` say."""
    out = subprocess.run(
        ["git", "-C", str(rig.directory), "ls-tree", "-r", "-z", tree], capture_output=True, check=True
    ).stdout
    found = {}
    for line in filter(None, out.split(b"\0")):
        facts, _, name = line.partition(b"\t")
        oid = facts.split()[2].decode()
        found[name.decode("utf-8", "surrogateescape")] = rig.objects.expect(StoreOid(oid), "blob")
    return found


def empty(objects: Objects) -> State:
    """A state with nothing in it."""
    return State(objects, EMPTY_TREE)


NAMES = st.sampled_from(["a", "b", "a-", "a.b", "+a", "=", "ü", "\udcff", "a b", "A"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), PATHS, st.binary(max_size=3)),
        st.tuples(st.just("remove"), PATHS, st.just(b"")),
        st.tuples(st.just("copy"), PATHS, PATHS.map(lambda path: path.encode("utf-8", "surrogateescape"))),
        st.tuples(st.just("save"), st.just(""), st.sampled_from([b"", b"load"])),
    ),
    max_size=25,
)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(actions=ACTIONS)
def test_state_is_a_dictionary_of_paths(rig: Rig, actions: list[tuple[str, str, bytes]]) -> None:
    """Any writes, removals, copies and saves give the tree that a plain dictionary gives, without empty directories."""
    state, model = empty(rig.objects), dict[str, bytes]()
    for action, path, content in actions:
        above = ["/".join(path.split("/")[:n]) for n in range(1, path.count("/") + 1)]
        below = [name for name in model if name.startswith(path + "/")]
        if action == "write":
            if below or any(name in model for name in above):
                continue  # a file where a directory stands: tested below
            state.write(path, content)
            model[path] = content
        elif action == "remove":
            if any(name in model for name in above):
                continue
            state.remove(path)
            model.pop(path, None)
            for name in below:
                del model[name]
        elif action == "copy":
            target = content.decode("utf-8", "surrogateescape")
            inside = {name[len(path) :]: model[name] for name in below}
            if any(target.startswith(f"{name}/") or name == target for name in model):
                continue
            state.copy(path, target)
            if inside:
                model = {name: text for name, text in model.items() if not name.startswith(target + "/")}
                model |= {target + name: text for name, text in inside.items()}
        elif content:
            state = State(rig.objects, state.save())
        else:
            state.save()
        assert sorted(state.walk("")) == sorted(model)
    tree = state.save()
    assert {path: State(rig.objects, tree).read(path) for path in state.walk("")} == model
    assert tree == state.save(), "a second save finds nothing to do"
    if model:
        assert listed(rig, tree) == model
    else:
        assert tree == EMPTY_TREE


def test_empty_directories_vanish_up_to_the_root(rig: Rig) -> None:
    """Taking out the last file takes the directories above it, and no others."""
    state = empty(rig.objects)
    state.write("a/b/c", b"1")
    state.write("a/d", b"2")
    state.remove("a/b/c")
    assert (state.has("a/b"), state.has("a"), state.names("a")) == (False, True, ["d"])
    state.remove("a/d")
    assert state.save() == EMPTY_TREE


def test_same_files_give_the_same_tree_whatever_the_way(rig: Rig) -> None:
    """The tree depends on the files, not on the order in which they came and went."""
    one, other = empty(rig.objects), empty(rig.objects)
    for name in ("b", "a", "a.b", "a-b/x", "a/z"):
        if name != "a":
            one.write(name, b"")
    for name in ("a/z", "q/r", "a-b/x", "a.b", "b"):
        other.write(name, b"")
        other.save()
    other.remove("q")
    assert one.save() == other.save()


def test_removing_what_is_not_there_changes_nothing(rig: Rig) -> None:
    """A removal of a missing path, or below a file, leaves the tree as it was."""
    state = empty(rig.objects)
    state.write("a/b", b"")
    tree = state.save()
    for path in ("a/c", "x", "a/b/c", "x/y/z"):
        state.remove(path)
    assert state.save() == tree


def test_file_is_no_directory(rig: Rig) -> None:
    """Writing below a file is an error; reading there finds nothing; a directory is not read as a file."""
    state = empty(rig.objects)
    state.write("a", b"")
    with pytest.raises(Unreadable):
        state.write("a/b", b"")
    assert state.read("a/b") is None
    state.write("d/e", b"1")
    assert state.read("d") is None
    assert state.names("a") == []


def test_file_that_replaces_a_directory_stays(rig: Rig) -> None:
    """A file written where a directory stood is what is saved, even where the directory had been looked into."""
    state = empty(rig.objects)
    state.write("d/e", b"1")
    state.save()
    state.write("d", b"2")
    assert listed(rig, state.save()) == {"d": b"2"}


def test_states_of_one_database_do_not_see_each_other(rig: Rig) -> None:
    """What is changed in one state, saved or not, does not show in another that was loaded from the same tree."""
    state = empty(rig.objects)
    state.write("a/b", b"1")
    tree = state.save()
    one, other = State(rig.objects, tree), State(rig.objects, tree)
    one.write("a/b", b"2")
    one.write("a/c", b"3")
    assert (other.read("a/b"), other.names("a")) == (b"1", ["b"])
    one.save()
    one.write("a/d", b"4")
    assert (other.read("a/b"), other.names("a")) == (b"1", ["b"])
    assert State(rig.objects, tree).names("a") == ["b"]
    assert State(rig.objects, one.tree).names("a") == ["b", "c"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b"\xff", b"null", b"[" * 100_000])
def test_json_that_is_no_object_is_unreadable(rig: Rig, content: bytes) -> None:
    """A file that should hold a JSON object and does not is named, with the one error that means so."""
    state = empty(rig.objects)
    state.write("x.json", content)
    with pytest.raises(Unreadable):
        state.json("x.json")
    assert state.json("y.json") is None
