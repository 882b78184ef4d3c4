"""System calls that fail: what could not be done is said, what was said to be done is done, nothing is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.torture import TIMES, chosen, every, failing, skip_unless_killed

from gitcoord.domain.claim import record as claim
from gitcoord.kernel.refname import LEDGER, log_ref
from gitcoord.policy.ids import SessionId

if TYPE_CHECKING:
    from pathlib import Path

    from .rig import Arena

RENAMES = "rename,renameat,renameat2"
FAULTS = [
    ("openat", "EMFILE"),
    ("openat", "EIO"),
    ("read", "EIO"),
    ("write", "ENOSPC"),
    ("write", "EIO"),
    ("fsync,fdatasync", "EIO"),
    (RENAMES, "EIO"),
    (RENAMES, "ENOSPC"),
]
SHORT = {("openat", "EIO"): 8, ("write", "ENOSPC"): 4, (RENAMES, "EIO"): 9}
"""What the ordinary suite runs of these: every so many calls; `GITCOORD_TORTURE=2` runs all."""


def _watched(arena: Arena, who: str) -> list[Path]:
    """The files that a claim cannot do without."""
    log = log_ref(SessionId(who))
    names = ("lock", "pending", "journal", "roster", "clone", "chronicle")
    refs = (LEDGER, f"{LEDGER}.lock", log, f"{log}.lock")
    return [arena.git_dir / "coord" / name for name in names] + [arena.git_dir / ref for ref in refs]


@pytest.mark.parametrize(("calls", "error"), chosen(SHORT, FAULTS), ids=lambda value: value.partition(",")[0])
def test_a_call_that_fails(arena: Arena, tmp_path: Path, calls: str, error: str) -> None:
    """A claim whose K-th call of a kind fails, for every K: it is in force where that was said, and only there."""
    skip_unless_killed(tmp_path)
    arena.git("config", "coord.fsync", "true")
    (who,) = arena.sessions("ann")
    files = _watched(arena, who) if calls != RENAMES else []
    trace = tmp_path / "trace"
    failures, when, met = 0, 1, True
    while met:
        assert when < 400, "it never gets through"
        path = f"{error}/{when}"
        argv = failing(calls, error, *files, when=when, trace=str(trace))
        ran = arena.run(*argv, "git-coord", "claim", path, "--json", check=False, GIT_COORD_SESSION=who)
        met = "(INJECTED)" in trace.read_text()
        assert ran.returncode in ((0, 3) if met else (0,)), (calls, error, when, ran.stdout, ran.stderr)
        assert "Traceback" not in ran.stderr
        assert ran.stdout, (calls, error, when, ran)
        done, said = ran.returncode == 0, json.loads(ran.stdout)
        failures += not done
        arena.settle()
        with arena.opened() as workspace:
            claims = claim.of(workspace.ledger.state(), SessionId(who))
            held = {scope.text for one in claims for scope in one.scopes}
        if "what becomes of it is not known" not in said.get("message", ""):
            assert (path in held) == done, (calls, error, when, said)
        examined = arena.coord("doctor")
        assert "BAD" not in examined.out, (calls, error, when, examined.out)
        arena.coord("release", "--all", who=who)
        when += SHORT.get((calls, error), 1) if TIMES == 1 else 1
    assert failures, "nothing failed: the test tests nothing"
    arena.sound()


@pytest.mark.parametrize("name", every(3, ["refs", "clone", "roster", "installed.json", "hub-met", "pending"]))
def test_what_cannot_be_read_is_not_taken_for_damaged(arena: Arena, tmp_path: Path, name: str) -> None:
    """`init` replaces what is damaged; what it may not read it leaves, and `doctor` says which file that is."""
    skip_unless_killed(tmp_path)
    (who,) = arena.sessions("ann")
    arena.coord("claim", "src", who=who, check=True)
    path = arena.git_dir / (log_ref(SessionId(who)) if name == "refs" else f"coord/{name}")
    if name == "hub-met":
        path.write_text("1700000000\n")
    before = path.read_bytes()
    argv = failing("openat", "EACCES", path)
    arena.run(*argv, "git-coord", "init", check=False)
    if name != "pending":  # every writer writes it over
        assert path.read_bytes() == before
    ran = arena.run(*argv, "git-coord", "doctor", check=False)
    assert "Traceback" not in ran.stderr
    if name != "refs":
        assert (ran.returncode, f"{path} cannot be read: Permission denied" in ran.stdout) == (3, True), ran.stdout
    assert arena.coord("doctor").status == 0
    assert arena.coord("check", "src", who=who).status == 0
