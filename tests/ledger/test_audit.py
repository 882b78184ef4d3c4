"""The ledger as people read it with plain git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.domain.claim import acquire as claim
from gitcoord.domain.claim import release
from gitcoord.domain.session import end, start
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from gitcoord.domain.session.record import Session
    from gitcoord.domain.workspace import Workspace


def _start(workspace: Workspace, name: str) -> Session:
    from gitcoord.domain.session import record as session

    started = start.start(workspace, start.Request(name=name))
    found = session.read(workspace.ledger.state(), started.session)
    assert found is not None
    return found


def _claim(workspace: Workspace, me: Session, *texts: str, why: str = "") -> str:
    scopes = tuple(Scope("glob" if "*" in text else "directory", text) for text in texts)
    return claim.acquire(workspace, me, claim.Request(scopes, why)).result


def test_log_of_a_directory_is_its_audit(repo, workspace: Workspace) -> None:  # type: ignore[no-untyped-def] # conftest cannot be imported
    """`git log --first-parent LEDGER -- claims/paths/+src` names exactly the operations on claims in that directory."""
    alice, bob = _start(workspace, "alice"), _start(workspace, "bob")
    assert _claim(workspace, alice, "src", why="rewrite the parser") == "won"
    assert _claim(workspace, bob, "docs") == "won"
    assert _claim(workspace, bob, "src/a.py") == "refused"
    release.release(workspace, alice, (Scope("directory", "src"),), "", everything=False)
    assert _claim(workspace, bob, "src/a.py", "src/*.txt") == "won"
    assert _claim(workspace, bob, "srcs") == "won"
    end.end(workspace, bob, "done")
    log = ["log", "--first-parent", "--format=%s", "refs/coord/ledger", "--"]
    assert repo.git(*log, "claims/paths/+src").splitlines() == [
        "end bob", "claim src/a.py, src/*.txt", "release src", "claim src"
    ]  # fmt: skip
    assert repo.git(*log, "claims/paths/+docs").splitlines() == ["end bob", "claim docs"]
    assert "rewrite the parser" in repo.git("log", "refs/coord/ledger")
    whole = repo.git(*log[:-1]).splitlines()
    assert whole == [
        "end bob", "claim srcs", "claim src/a.py, src/*.txt", "release src", "claim docs", "claim src",
        "start bob", "start alice", "start the ledger",
    ]  # fmt: skip
    assert repo.git("fsck", "--strict", "--no-dangling") == ""


def test_tree_of_the_ledger_reads_as_the_claims_do(repo, workspace: Workspace) -> None:  # type: ignore[no-untyped-def] # conftest cannot be imported
    """`git ls-tree -r` shows who holds what by name, for names that git itself would not have in a tree, too."""
    alice = _start(workspace, "alice")
    hard = ("src/ a\nb", "-x", "ü/\udcff", "a" * 300, "=", "+", ".gitmodules", "git~1", "x/.gitattributes")
    assert _claim(workspace, alice, *hard) == "won"
    listed = repo.git("ls-tree", "-r", "-z", "--name-only", "refs/coord/ledger").split("\0")
    paths = [name.rpartition("/=/")[0] for name in listed if name.startswith("claims/paths/")]
    assert sorted(paths) == sorted("claims/paths/+" + path.replace("/", "/+") for path in hard)
    assert (
        repo.git("-c", "core.protectHFS=true", "-c", "core.protectNTFS=true", "fsck", "--strict", "--no-dangling") == ""
    )
