"""A copy of the user's index, and what is thrown away afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitcoord.kernel import scratch, staging, uncommitted

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from conftest import Repo


def test_a_commit_while_the_copy_is_looked_at_is_not_taken_back(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the index changed since it was copied, both are read again: nothing that was committed looks deleted."""
    repo.write("new.py", "x\n")
    repo.git("add", "new.py")
    workspace = repo.workspace()
    copied = staging.copied
    seen: list[str] = []

    def late(place: object, to: Path, look: object) -> object:
        def after_a_commit() -> object:
            if not seen:
                repo.git("commit", "-q", "-n", "-m", "in between")
                repo.write("later.py", "x\n")
            seen.append("look")
            return look()  # type: ignore[operator]  # handed on as it came

        return copied(place, to, after_a_commit)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(staging, "copied", late)
    status = uncommitted.look(workspace.place, tmp_path / "index")
    workspace.ledger.store.close()
    assert len(seen) == 2
    assert (status.head, [one.path for one in status.changed]) == (repo.git("rev-parse", "HEAD"), ["later.py"])


def test_a_directory_that_is_thrown_away_is_gone_with_all_that_is_in_it(tmp_path: Path) -> None:
    """Directories in it, links and files without permissions among them; one that is not there is no error."""
    away, kept = tmp_path / "away", tmp_path / "kept"
    (away / "objects" / "pack").mkdir(parents=True)
    (away / "objects" / "pack" / "a").touch(mode=0o400)
    (away / "index").touch()
    kept.write_text("stays")
    (away / "link").symlink_to(kept)
    scratch.remove(away)
    scratch.remove(away)
    assert not away.exists()
    assert kept.read_text() == "stays"
