"""A squash of the holder's own work passes all who judge what is staged: hook, `check --staged`, `git coord commit`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support.judged import NOW, Judged

from gitcoord.domain.commit import sharing
from gitcoord.kernel import staging

if TYPE_CHECKING:
    from pathlib import Path


WAYS = {
    "squash": ("merge", "-q", "--squash", "topic"),
    "restore": ("restore", "--source=topic", "--staged", "--worktree", "a.py"),
    "pick": ("cherry-pick", "-n", "topic"),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("maker", ["holder", "stranger"])
def test_all_judges_agree_on_a_squash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, maker: str, way: str) -> None:
    """It passes where the claim's holder made what is squashed, and is refused where another session did."""
    world = Judged(tmp_path, {"a.py": "x\n"})
    monkeypatch.setattr("gitcoord.hook.context.time.time", lambda: float(NOW))
    with contextlib.closing(world), contextlib.chdir(world.repo):
        sessions = {name: world.start(name, world.here) for name in ("holder", "stranger", "mia")}
        assert world.record(sessions["holder"], "claim", scopes=[{"file": "a.py"}])
        world.git("checkout", "-q", "-b", "topic")
        (world.repo / "a.py").write_text("y\n")
        world.git("commit", "-q", "-a", "-m", "work")
        world.git("notes", "--ref=coord", "add", "-m", f"Coord-Session: {sessions[maker]}", "HEAD")
        world.git("checkout", "-q", "main")
        world.git(*WAYS[way])
        me, refused = sessions["mia"], maker != "holder"
        with world.workspace(me) as (workspace, reader):
            assert reader is not None
            git = staging.git_with(workspace.place, staging.path_of(workspace.place))
            left = sharing.left_alone(workspace, reader, git, staging.staged(git, staging.head(workspace.place)), ())
        assert (world.staged(me).refused, world.hook(me), bool(left)) == (refused, refused, refused)
        assert world.push(me, world.commit()) is refused
