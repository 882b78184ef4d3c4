"""Output that the locale has no bytes for, and output that cannot be written."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Repo

LATIN = ("env", "PYTHONIOENCODING=latin-1", "PYTHONUTF8=0")


@pytest.fixture
def alice(repo: Repo) -> str:
    """A session that claims a path whose name ASCII cannot write, and latin-1 only in part."""
    session = repo.start("alice")
    repo.here("claim", "src/b\u00e4r-\u65e5", "-m", "\u65e5", session=session, check=True)
    return session


@pytest.mark.parametrize("words", [["claims"], ["status"], ["log"], ["watch", "--since", "1d", "--limit", "2"]])
def test_what_the_locale_cannot_write_is_escaped(repo: Repo, alice: str, words: list[str]) -> None:
    """What has no bytes there is shown as in the listings of what is foreign, and the rest as it is."""
    ran = repo.run(*LATIN, "git", "coord", *words, GIT_COORD_SESSION=alice)
    assert "src/b\udce4r-\\u65e5" in ran.out
    assert ran.err == ""


def test_json_is_utf8_in_every_locale(repo: Repo, alice: str) -> None:
    """A program need not know the locale of the one it has started."""
    (claim,) = repo.run(*LATIN, "git", "coord", "claims", "--json", GIT_COORD_SESSION=alice).json["claims"]
    assert (claim["scope"], claim["work"]) == ("src/b\u00e4r-\u65e5", "\u65e5")


@pytest.mark.slow
@pytest.mark.parametrize("words", [["rules"], ["claims"], ["log"], ["help", "-a"], ["status", "--json"]])
def test_output_that_cannot_be_written_is_an_error_of_one_line(repo: Repo, alice: str, words: list[str]) -> None:
    """A full disk is no bug of ours: status 3, and what went wrong."""
    with Path("/dev/full").open("w") as full:
        env = repo.env | {"GIT_COORD_SESSION": alice}
        ran = subprocess.run(
            ["git-coord", *words], cwd=repo.top, env=env, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ran.returncode == 3
    assert ran.stderr.splitlines()[0] == "error: cannot read or write: No space left on device"
    assert all(line.startswith("hint: ") for line in ran.stderr.splitlines()[1:])


def test_a_message_that_could_not_be_shown_stays_unread(repo: Repo, alice: str) -> None:
    """What is marked as read was shown: an inbox that cannot write its lines leaves them for the next one."""
    bob = repo.run("git", "coord", "start", "bob").out.strip()
    repo.run("git", "coord", "send", "alice", "news", GIT_COORD_SESSION=bob)
    with Path("/dev/full").open("w") as full:
        env = repo.env | {"GIT_COORD_SESSION": alice}
        ran = subprocess.run(["git-coord", "inbox"], cwd=repo.top, env=env, stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 3
    shown = [repo.run("git", "coord", "inbox", GIT_COORD_SESSION=alice).out for _ in range(2)]
    assert ["news" in text for text in shown] == [True, False]
