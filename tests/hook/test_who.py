"""Which session a commit belongs to."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import TYPE_CHECKING

from gitcoord.kernel import process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import World


def test_by_id(world: World, bob: str) -> None:
    """GIT_COORD_SESSION may be an id, of a session that is not on the roster too."""
    assert world.commit("src/a.py", me=bob).status == 0
    assert world.trailers("Coord-Session") == [bob]


def test_by_name(world: World, bob: str) -> None:
    """GIT_COORD_SESSION may be a name that one live session of the roster bears; borne by two it names nobody."""
    world.at(bob, 0)
    world.at("bob-00000000", 0)  # on the roster still, but ended
    assert world.commit("src/a.py", me="bob").status == 0
    other = world.session("bob")
    world.at(other, 0)
    assert world.commit("src/a.py", me="bob").refused


def test_an_unknown_name_is_nobody(world: World, bob: str) -> None:
    """A variable that names no session makes nobody of the caller."""
    assert world.commit("src/a.py", me="x/../../y z\n").refused


def test_by_agents_variable(world: World, bob: str, agent: str) -> None:
    """An agent's own variable finds its session among several of one process, only while that agent is an ancestor."""
    world.stage("src/a.py")
    alice = world.session("alice")
    script = "echo $$ >pid; read line <go; git commit -q -m x; exit $?"
    os.mkfifo(world.top / "go")
    ran = world.apart(
        f"{shlex.quote(agent)} -c {shlex.quote(script)} & agent=$!;"
        f" while ! [ -s pid ]; do sleep 0.01; done; {roster_script(world, bob, alice)};"
        " git commit -q -m outside || echo outside it is refused; echo >go; wait $agent",
        CLAUDE_CODE_SESSION_ID="two",
    )
    assert ran.status == 0, ran.err
    assert world.trailers("Coord-Session") == [bob]
    assert ran.out == "outside it is refused\n"


def roster_script(world: World, second: str, first: str) -> str:
    """A shell command that puts two sessions of the process in the file `pid` on the roster, with keys of their own."""
    here = world.coord / "roster"
    row = "\\t".join(("%s", "n", "", "agent", "$(cat pid)", "$(cut -d' ' -f22 /proc/$(cat pid)/stat)", process.boot()))
    row += "\\t$(readlink /proc/self/ns/pid)\\tCLAUDE_CODE_SESSION_ID=%s\\t$(id -u)\\t/elsewhere\\n"
    one, two = (row.replace("%s", session, 1).replace("%s", key) for session, key in ((second, "two"), (first, "one")))
    return f'printf "gitcoord-roster\\t1\\n{two}{one}" >{shlex.quote(str(here))}'


def test_by_process(world: World, bob: str) -> None:
    """The nearest ancestor process that started a session is that session."""
    world.at(bob, os.getpid(), kind="pid", worktree="/elsewhere")
    assert world.commit("src/a.py").status == 0


def test_by_worktree(world: World, bob: str) -> None:
    """With nothing else to go by, the one session bound to this worktree that has no process counts."""
    world.at(bob, 0)
    assert world.commit("src/a.py").status == 0
    tree = world.linked("other")
    assert tree.commit("src/a.py").refused
    world.at(world.session("alice"), 0)
    assert world.commit("src/a.py").refused, "two are bound to it"


def test_by_linked_worktree(world: World, bob: str) -> None:
    """A linked worktree is told by its own git directory."""
    tree = world.linked("other")
    world.at(bob, 0, worktree=str(world.top / ".git" / "worktrees" / "other"))
    assert tree.commit("src/a.py").status == 0
    assert world.commit("src/a.py").refused


def test_a_worktrees_session_with_a_process_elsewhere(
    world: World, bob: str, running: Callable[[], subprocess.Popen[bytes]]
) -> None:
    """A session bound to this worktree whose process is no ancestor is not the caller's."""
    world.at(bob, running().pid)
    assert world.commit("src/a.py").refused


def test_a_gone_session_of_the_worktree(world: World) -> None:
    """A session whose lease is over is not found by its worktree; its claim does not refuse either."""
    bob = world.session("bob", ago=4000)
    world.claim(bob, "src/a.py", ago=4000)
    world.at(bob, 0)
    ran = world.commit("src/a.py")
    assert ran.status == 0
    assert "stale claim of bob" in ran.err
    assert world.note() == ""


def test_a_variable_that_names_nobody_alive(world: World, bob: str) -> None:
    """Whoever says to be somebody who is not there is nobody, whatever the processes and the worktree say."""
    world.at(bob, 0)
    for said in ("bob-00000000", "stranger"):
        assert world.commit("src/a.py", me=said).refused
    assert world.commit("src/a.py").status == 0
    world.entries.clear()
    world.at(bob, os.getpid(), kind="pid")
    assert world.commit("src/a.py", me="bob-00000000").refused


def test_a_name_means_the_living(world: World, bob: str) -> None:
    """A name that a gone session bears beside a living one is the living one's."""
    world.at(world.session("bob", ago=4000), 0)
    world.at(bob, 0)
    assert world.commit("src/a.py", me="bob").status == 0


def test_another_users_worktree(world: World, bob: str) -> None:
    """In a repository that users share, the session of a worktree is only its user's."""
    world.at(bob, 0, uid=os.getuid() + 1)
    assert world.commit("src/a.py").refused


def test_a_persons_own_session(world: World, bob: str) -> None:
    """What is no agent's and no program's commits as the person's session, in every worktree."""
    world.at(bob, 0, kind="person", worktree="/elsewhere")
    world.stage("src/a.py")
    assert world.apart("git commit -q -m x").status == 0
    assert world.commit("src/a.py").refused, "a program that nobody knows is not the person"
    world.git("reset", "-q")
    assert world.apart("git commit -q -am x", AI_AGENT="x").status == 1
    world.entries.clear()
    world.at(bob, 0, kind="person", uid=os.getuid() + 1)
    assert world.apart("git commit -q -am x").status == 1


def test_tools_and_agents_that_the_user_names(world: World, bob: str, tmp_path: Path) -> None:
    """`coord.peopleTools` makes a program the person's, `coord.agents` an agent's."""
    tool = tmp_path / "mystery"
    tool.write_text(f"#!{sys.executable}\nimport subprocess, sys\nsys.exit(subprocess.call(sys.argv[1:], stdin=-3))\n")
    tool.chmod(0o755)
    world.at(bob, 0, kind="person")
    world.stage("src/a.py")
    commit = f"{tool} git commit -q -m x"
    assert world.apart(commit).status == 1
    world.git("config", "coord.peopleTools", "other, mystery")
    assert world.apart(commit).status == 0
    world.stage("src/a.py")
    world.git("config", "coord.agents", "mystery")
    assert world.apart(commit).status == 1


def test_a_copy_of_the_clone(world: World, bob: str) -> None:
    """In a copy of the clone the sessions of the roster are the original's: nobody here commits as one of them."""
    world.at(bob, os.getpid(), kind="pid")
    assert world.commit("src/a.py").status == 0
    known = json.loads((world.coord / "clone").read_text())
    (world.coord / "clone").write_text(json.dumps({**known, "machine": "another", "disk": "another"}))
    assert world.commit("src/a.py").refused


def test_a_damaged_roster_refuses(world: World, bob: str) -> None:
    """A roster of a newer gitcoord cannot be read: refused, with the reason."""
    (world.coord / "roster").write_text("gitcoord-roster\t99\n")
    refused = world.commit("src/a.py")
    assert refused.refused
    assert "upgrade gitcoord" in refused.err


def test_a_damaged_clone_file_refuses(world: World, bob: str, alice: str) -> None:
    """A clone file that is no JSON cannot be read: refused, not taken for another clone."""
    (world.coord / "clone").write_text("{")
    assert world.commit("src/a.py", me=alice).refused
