"""`git coord release`, from outside: what it says of work that is not pushed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Repo


def test_it_says_what_is_not_pushed(repo: Repo, tmp_path: Path) -> None:
    """Commits on the released scope that no remote has are counted and warned of; others, and pushed ones, are not."""
    alice = repo.start("alice")
    hub = tmp_path / "hub.git"
    repo.git("init", "-q", "--bare", str(hub))

    def release() -> tuple[int, str]:
        repo.here("claim", "src", "'lib/*.py'", session=alice, check=True)
        ran = repo.here("release", "--all", "--json", session=alice, check=True)
        return ran.json["unpushed"], "; ".join(ran.json["warnings"])

    repo.commit("src/a.py", session=alice, check=True)
    assert release() == (0, ""), "nothing is known of any remote"
    repo.git("remote", "add", "origin", str(hub))
    repo.git("push", "-q", "origin", "main")
    repo.commit("docs/guide.md", session=alice, check=True)
    assert release() == (0, "")
    repo.commit("src/a.py", session=alice, check=True)
    repo.commit("src/b.py", session=alice, check=True)
    count, warned = release()
    assert count == 2
    assert "2 commits that touch what you released are not pushed: git push" in warned
    repo.git("push", "-q", "origin", "main")
    assert release() == (0, "")
