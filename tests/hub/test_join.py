"""Joining: a canary finds out what a hub can do, and a hub that cannot arbitrate is refused with the reason."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from .conftest import Clone, Hub, joined, make_clone

if TYPE_CHECKING:
    from pathlib import Path

    from support.programs import Ran


@pytest.fixture
def one(hub: Hub, tmp_path: Path, env: dict[str, str]) -> Clone:
    """A clone that knows the remote, and has joined nothing yet."""
    clone = make_clone(tmp_path, "one", env)
    clone.git("remote", "add", "origin", str(hub.top))
    return clone


def join(clone: Clone, *options: str) -> Ran:
    """Name the hub."""
    return clone.here("init", "--hub", "origin", "--hooks", "none", *options)


NO_MOVE = "case $2 in *[!0]*) case $3 in *[!0]*) exit 1 ;; esac ;; esac\n"
FORGETFUL = """#!/bin/sh
git -C "$1" for-each-ref --format='delete %(refname)' refs/coord/canary | git -C "$1" update-ref --stdin
exec git-receive-pack "$@"
"""


def test_a_remote_that_takes_no_pushes(hub: Hub, one: Clone, tmp_path: Path, env: dict[str, str]) -> None:
    """It is refused with the server's reason, and nothing is set; with --read-only its claims are obeyed."""
    two = joined(tmp_path, "two", env, str(hub.top))
    two.won(two.start("bob"), "f")
    hub.hook("pre-receive", "printf 'closed \\033[2J\\007for the holidays\\n' >&2; exit 1")
    refused = join(one)
    assert refused.status == 1
    assert "a ref cannot be created there" in refused.err
    assert "for the holidays" in refused.err
    assert refused.err.replace("\n", "").isprintable(), "whatever it says is harmless"
    assert "--read-only" in refused.err
    assert one.git("config", "coord.hub", check=False) == ""
    assert join(one, "--read-only").status == 0
    assert one.claim(one.start("alice"), "f")["result"] == "refused"


def test_a_hub_that_moves_nothing(hub: Hub, one: Clone) -> None:
    """Where refs can be made and not moved, there is no compare-and-swap: refused, and the canary is gone."""
    hub.hook("update", NO_MOVE)
    refused = join(one)
    assert (refused.status, "a ref cannot be moved there" in refused.err) == (1, True), refused.err
    assert not hub.refs()
    assert one.git("config", "coord.hub", check=False) == ""


@pytest.mark.slow
@pytest.mark.parametrize("answered", range(5))
def test_a_line_that_is_cut_says_nothing_of_the_hub(
    one: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answered: int
) -> None:
    """Whichever push of the trial gets no answer, the hub does not answer; never is it called one that cannot."""
    real = shutil.which("git")
    program = tmp_path / "bin/git"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nfor word in "$@"; do\n  if [ "$word" = push ]; then\n    echo >>{tmp_path}/pushes\n'
        f"    if [ $(wc -l <{tmp_path}/pushes) -gt {answered} ]; then\n"
        "      echo 'Warning: Permanently added [127.0.0.1] to the list of known hosts.' >&2\n      exit 128\n    fi\n"
        f'    break\n  fi\ndone\nexec {real} "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{one.env['PATH']}")
    said = join(one)
    assert "cannot be" not in said.err
    assert said.status in (3, 0), said.err
    assert (said.status == 0) == (one.git("config", "coord.hub", check=False) == "origin")


def test_a_hub_that_takes_a_wrong_lease(hub: Hub, one: Clone, tmp_path: Path) -> None:
    """A server that forgets between two pushes what a ref was cannot arbitrate, however well it takes both."""
    program = tmp_path / "receive-pack"
    program.write_text(FORGETFUL)
    program.chmod(0o755)
    one.git("config", "remote.origin.receivepack", str(program))
    refused = join(one)
    assert (refused.status, "a wrong lease is not refused there" in refused.err) == (1, True), refused.err


def test_a_hub_that_deletes_nothing(hub: Hub, one: Clone) -> None:
    """It is said and no obstacle, as where branches are protected: only refs of what is over stay there."""
    hub.git("config", "receive.denyDeletes", "true")
    one.git("config", "coord.refPrefix", "refs/heads/coord")
    said = join(one)
    assert said.status == 0, said.err
    assert "is refused; it deletes no refs, so those of ended sessions stay there" in said.out
    alice = one.start("alice")
    one.won(alice, "f")
    one.here("beat", "coding", session=alice, check=True)
    one.sync()
    one.here("end", session=alice, check=True)
    assert one.sync()["dropped"] == 0
    assert f"refs/heads/coord/sessions/{alice}/beat" in hub.refs("refs/heads")
    assert "it deletes no refs" in one.here("doctor", "--full").out
