"""What stands in files below `refs/` and in `packed-refs` is listed as git lists it, or left to git."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gitcoord.kernel import file, refdir
from gitcoord.policy.ids import RefName

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Repo

NAMES = ("a", "s/x", "s/y/log", "s/y.z", "s2/x", "sa")
PLAIN = ("{}\n", "{}", "{} \n")
NOTHING = ("", "\0" * 41, "0" * 40 + "\n", "{:.39}\n", "words\n")
ODD = {"refs/coord/s/x~1": "{}\n", "refs/coord/s/sym": "ref: refs/heads/main\n", "refs/coord/s/a..b": "{}\n"}
PREFIXES = ("refs/coord/", "refs/coord/s/", "refs/coord/none/")


def listed(repo: Repo, prefix: str) -> dict[str, str]:
    """The refs below a prefix as git lists them; what it warns of is left out."""
    argv = ["git", "for-each-ref", "--format=%(refname) %(objectname)", prefix]
    said = subprocess.run(argv, cwd=repo.top, env=repo.env, check=True, capture_output=True, text=True).stdout
    return {ref: oid for ref, _, oid in (line.partition(" ") for line in said.splitlines())}


def lay(git_dir: Path, files: dict[str, str], packed: dict[str, int], oids: list[str], *, ordered: bool) -> None:
    """Put these files and these packed refs in the place of all that are there below `refs/coord`."""
    shutil.rmtree(git_dir / "refs/coord", ignore_errors=True)
    for ref, text in files.items():
        path = git_dir / ref
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(oids[0]))
    lines = [f"{oids[number]} refs/coord/{name}\n" for name, number in packed.items()]
    lines += [f"{oids[0]} refs/heads/old\n", f"{oids[1]} refs/tags/v1\n^{oids[0]}\n"]
    head = "# pack-refs with: peeled fully-peeled sorted \n" if ordered else "# pack-refs with: peeled \n"
    lines = sorted(lines, key=lambda line: line.split(" ")[1]) if ordered else lines[::-1]
    (git_dir / "packed-refs").write_text(head + "".join(lines))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    loose=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(PLAIN * 2 + NOTHING)),
    packed=st.dictionaries(st.sampled_from(NAMES), st.integers(0, 1)),
    odd=st.sets(st.sampled_from(sorted(ODD)), max_size=1) | st.just(set()),
    ordered=st.booleans(),
)
def test_listed_as_git_does(
    loose: dict[str, str], packed: dict[str, int], odd: set[str], ordered: bool, bare_repo: Repo
) -> None:
    """Own files come before packed refs, what names nothing hides its packed one, and odd things are git's to read."""
    git_dir = bare_repo.top / ".git"
    oids = [bare_repo.git("rev-parse", "HEAD"), bare_repo.git("rev-parse", "HEAD^{tree}")]
    files = {f"refs/coord/{name}": text for name, text in loose.items()} | {name: ODD[name] for name in odd}
    lay(git_dir, files, packed, oids, ordered=ordered)
    (git_dir / "refs/coord/s").mkdir(parents=True, exist_ok=True)
    (git_dir / "refs/coord/s/x.lock").touch()
    for prefix in PREFIXES:
        ours, gits = refdir.read(str(git_dir), prefix), listed(bare_repo, prefix)
        if ours is None:
            assert odd
        else:
            assert list(ours.items()) == list(gits.items())
    for name in (*NAMES, "none"):
        ref = RefName(f"refs/coord/{name}")
        one, gits = refdir.one(str(git_dir), ref), listed(bare_repo, ref)
        plain = files.get(ref, PLAIN[0]) in PLAIN and not (git_dir / ref).is_dir()
        assert one == (gits.get(ref, "") if plain else None)
    if odd:
        assert refdir.read(str(git_dir), "refs/coord/s/") is None


def test_what_is_not_plain_is_left_to_git(bare_repo: Repo) -> None:
    """A single ref, all refs with those of a worktree, a file in the place of a directory, and tables."""
    git_dir = bare_repo.top / ".git"
    bare_repo.git("update-ref", "refs/coord/a", "HEAD")
    for prefix in ("refs/coord/a", "refs/", "refs/bisect/", "HEAD", "refs/coord/a/"):
        assert refdir.read(str(git_dir), prefix) is None
    assert refdir.read(str(git_dir), "refs/coord/") == {"refs/coord/a": bare_repo.git("rev-parse", "HEAD")}
    bare_repo.git("symbolic-ref", "refs/coord/sym", "refs/coord/a")
    (git_dir / "refs/coord/link").symlink_to(git_dir / "refs/coord/none")
    for name in ("sym", "link"):
        assert refdir.one(str(git_dir), RefName(f"refs/coord/{name}")) is None
    (git_dir / "reftable").mkdir()
    assert refdir.read(str(git_dir), "refs/coord/") is None
    assert refdir.one(str(git_dir), RefName("refs/coord/a")) is None


def test_many_packed_refs_are_left_to_git(bare_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """It searches them by halves."""
    bare_repo.git("update-ref", "refs/coord/a", "HEAD")
    bare_repo.git("pack-refs", "--all")
    size = (bare_repo.top / ".git/packed-refs").stat().st_size
    monkeypatch.setattr(refdir, "MOST_PACKED", size)
    assert refdir.read(str(bare_repo.top / ".git"), "refs/coord/") is not None
    monkeypatch.setattr(refdir, "MOST_PACKED", size - 1)
    assert refdir.read(str(bare_repo.top / ".git"), "refs/coord/") is None


def test_a_ref_that_is_packed_meanwhile_is_found(bare_repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read first: git writes the packed refs before it takes the file away."""
    git_dir, read = bare_repo.top / ".git", file.read
    bare_repo.git("update-ref", "refs/coord/a", "HEAD")

    def packs_first(path: str) -> bytes:
        if path.endswith("refs/coord/a"):
            bare_repo.git("pack-refs", "--all")
        return read(path)

    monkeypatch.setattr(file, "read", packs_first)
    assert refdir.read(str(git_dir), "refs/coord/") == {"refs/coord/a": bare_repo.git("rev-parse", "HEAD")}


@pytest.mark.parametrize("damage", [lambda text: b"\0" * len(text), lambda text: text[:-3]], ids=["zeros", "cut"])
def test_damaged_packed_refs_are_left_to_git(bare_repo: Repo, damage: Callable[[bytes], bytes]) -> None:
    """Git says what is wrong; here nothing is taken for missing."""
    git_dir = bare_repo.top / ".git"
    bare_repo.git("update-ref", "refs/coord/a", "HEAD")
    bare_repo.git("pack-refs", "--all")
    assert refdir.one(str(git_dir), RefName("refs/coord/a")) == bare_repo.git("rev-parse", "HEAD")
    packed = git_dir / "packed-refs"
    packed.write_bytes(damage(packed.read_bytes()))
    assert refdir.one(str(git_dir), RefName("refs/coord/a")) is None
    assert refdir.one(str(git_dir), RefName("refs/coord/b")) is None
    assert refdir.read(str(git_dir), "refs/coord/") is None
