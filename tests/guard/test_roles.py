"""Limits of roles: `check` says what the hooks then do, and where nobody has a role no Python is started for them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support.judged import NOW, Judged

from gitcoord.domain.claim import check
from gitcoord.policy.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = (
    # role, path, whether a commit of it is refused
    ("implementer", "src/a.py", False),
    ("implementer", "tests/a.py", False),
    ("reviewer", "src/a.py", True),
    ("reviewer", "tests/a.py", True),
    ("tester", "src/a.py", True),
    ("tester", "tests/a.py", False),
    ("refactorer", "src/a.py", False),
    ("security", "src/a.py", False),
    ("integrator", "src/a.py", False),
    ("observer", "src/a.py", True),
    ("lead", "src/a.py", False),
    ("", "src/a.py", False),
    ("reviewer", "hot/log", False),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    """One repository for all roles."""
    files = {"src/a.py": "x\n", "tests/a.py": "x\n", "hot/log": "x\n", ".gitattributes": "hot/* coord=shared\n"}
    made = Judged(tmp_path_factory.mktemp("roles"), files)
    with pytest.MonkeyPatch.context() as patch, contextlib.chdir(made.repo):
        patch.setattr("gitcoord.hook.context.time.time", lambda: float(NOW))
        yield made
    made.close()


@pytest.mark.parametrize(("role", "path", "refused"), TABLE)
def test_check_and_the_hooks_agree(world: Judged, role: str, path: str, refused: bool) -> None:
    """`check --staged`, the commit hook, `git coord commit`, `check --range` and the push hook agree with the table."""
    me = world.start("mia", world.here, role=role)
    try:
        world.stage(path)
        staged = world.staged(me)
        assert (staged.refused, world.hook(me)) == (refused, refused)
        commit = world.commit()
        with world.workspace(me) as (workspace, reader):
            ranged = check.commits(workspace, reader, f"HEAD..{commit}", onto="refs/heads/x")
        assert (ranged.refused, world.push(me, commit)) == (refused, refused)
        assert world.left(me) == ({path: "forbidden"} if refused else {})
        for said in (staged, ranged) if refused else ():
            assert f"role {role} may not commit {path}" in said.forbidden
    finally:
        world.record(me, "end")


def test_asking_for_paths(world: Judged) -> None:
    """`check PATH` says beforehand that a claim would be refused."""
    me = world.start("mia", world.here, role="tester")
    try:
        with world.workspace(me) as (workspace, reader):
            said = check.scopes(workspace, reader, (Scope("file", "src/a.py"),))
            assert said.refused
            assert said.forbidden.startswith("role tester may not claim src/a.py: it may claim only test/**, ")
            assert not check.scopes(workspace, reader, (Scope("file", "tests/a.py"),)).refused
    finally:
        world.record(me, "end")
