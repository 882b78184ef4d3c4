"""Packets that vanish: the hub and two clones in network namespaces of their own, and directions that are cut."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.torture import every

from .conftest import Clone, Hub, make_clone
from .faults import operations, settled, times
from .test_transports import exec_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.programs import Ran

NOWHERE = "02:00:00:00:00:01"
"""A hardware address that nobody has: what is sent there vanishes, and nobody is told."""
PORT = 9418


def ip(*words: str) -> None:
    """Run ip(8), which must succeed."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Apart(Clone):
    """A clone whose programs run in a network namespace of its own."""

    space: str

    def here(self, *args: str, session: str = "", check: bool = False) -> Ran:
        """Run `git coord` there."""
        inside = ("ip", "netns", "exec", self.space)
        return self.run(*inside, "git-coord", *args, check=check, GIT_COORD_SESSION=session)

    def processes(self) -> list[str]:
        """What still runs in its namespace."""
        pids = subprocess.run(["ip", "netns", "pids", self.space], check=True, capture_output=True, text=True).stdout
        shown = ["ps", "-o", "args=", "-p", ",".join(pids.split()) or "1"]
        return subprocess.run(shown, check=False, capture_output=True, text=True).stdout.splitlines() if pids else []


@dataclass
class Net:
    """The hub's namespace in the middle, a wire to each clone's."""

    name: str
    spaces: list[str] = field(default_factory=list)

    def add(self, leaf: str) -> str:
        """A namespace."""
        space = f"{self.name}{leaf}"
        ip("netns", "add", space)
        self.spaces.append(space)
        ip("-n", space, "link", "set", "lo", "up")
        return space

    def wire(self, number: int, space: str) -> None:
        """A wire between the hub and a clone's namespace."""
        near, far = f"{self.name}n{number}", f"{self.name}f{number}"
        ip("link", "add", near, "netns", self.spaces[0], "type", "veth", "peer", "name", far, "netns", space)
        for where, device, host in ((self.spaces[0], near, 1), (space, far, 2)):
            ip("-n", where, "addr", "add", f"10.213.{number}.{host}/24", "dev", device)
            ip("-n", where, "link", "set", device, "up")

    def cut_command(self, number: int, direction: str) -> list[str]:
        """The words for ip(8) that let packets vanish: from a clone 'up' to the hub, or 'down' from it."""
        where, device, host = (self.spaces[0], "n", 2) if direction == "down" else (self.spaces[number], "f", 1)
        words = ["-n", where, "neigh", "replace", f"10.213.{number}.{host}", "lladdr", NOWHERE]
        return [*words, "dev", f"{self.name}{device}{number}", "nud", "permanent"]

    def cut(self, number: int, *directions: str) -> None:
        """Let packets vanish from now on."""
        for direction in directions:
            ip(*self.cut_command(number, direction))

    def heal(self, number: int) -> None:
        """Let packets of both directions arrive again."""
        for where, device, host in ((self.spaces[0], "n", 2), (self.spaces[number], "f", 1)):
            name = f"{self.name}{device}{number}"
            words = ["ip", "-n", where, "neigh", "del", f"10.213.{number}.{host}", "dev", name]
            subprocess.run(words, check=False, capture_output=True)

    def remove(self) -> None:
        """End what runs in the namespaces, and remove them with their wires."""
        for space in self.spaces:
            pids = subprocess.run(["ip", "netns", "pids", space], check=False, capture_output=True, text=True).stdout
            for pid in pids.split():
                subprocess.run(["kill", "-9", pid], check=False, capture_output=True)
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


@pytest.fixture
def net() -> Iterator[Net]:
    """Namespaces; the test is skipped where they cannot be made."""
    if shutil.which("ip") is None:
        pytest.skip("ip(8) is not installed")
    made = Net(f"gc{os.getpid() % 100000}")
    try:
        try:
            made.add("h")
            for number in (1, 2):
                made.wire(number, made.add("ab"[number - 1]))
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces cannot be made here: {error.stderr.decode(errors='replace').strip()}")
        yield made
    finally:
        made.remove()


@pytest.fixture
def apart(net: Net, hub: Hub, tmp_path: Path) -> Iterator[tuple[Apart, Apart]]:
    """Two clones and a `git daemon`, each in a namespace of its own; the clones have a time limit of a second."""
    program = exec_path(hub, "git-daemon")
    options = ["--reuseaddr", f"--port={PORT}", "--export-all", "--enable=receive-pack", f"--base-path={tmp_path}"]
    running = subprocess.Popen(
        ["ip", "netns", "exec", net.spaces[0], program, *options], env=hub.env, stderr=subprocess.DEVNULL
    )
    try:
        clones = []
        for number, name in ((1, "one"), (2, "two")):
            clone = make_clone(tmp_path, name, hub.env)
            made = Apart(clone.top, clone.env)
            made.space = net.spaces[number]
            url = f"git://10.213.{number}.1/{hub.top.name}"
            deadline = time.monotonic() + 10
            while made.run("ip", "netns", "exec", made.space, "git", "ls-remote", url, check=False).status:
                assert running.poll() is None, "git daemon does not start"
                assert time.monotonic() < deadline, "the hub cannot be reached"
            made.git("remote", "add", "origin", url)
            made.here("init", "--hub", "origin", "-q", check=True)
            made.git("config", "coord.hubTimeout", "1")
            clones.append(made)
        yield clones[0], clones[1]
    finally:
        running.terminate()
        running.wait(timeout=10)


def timed(clone: Clone, session: str, path: str) -> float:
    """Claim what must be won provisionally; returns how long the answer took."""
    began = time.monotonic()
    answer = clone.claim(session, path)
    took = time.monotonic() - began
    assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", False, "offline"), answer
    return took


@pytest.mark.slow
@pytest.mark.parametrize("directions", every(3, [("up",), ("up", "down"), ("down",)]), ids="-".join)
def test_a_clone_cut_off(net: Net, apart: tuple[Apart, Apart], hub: Hub, directions: tuple[str, ...]) -> None:
    """Cut off, it waits for the hub once, then answers at once; healed, there is one holder, and the loser is told."""
    one, two = apart
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "mine")
    net.cut(1, *directions)
    first = timed(one, alice, "f")
    later = [timed(one, alice, f"later/{number}") for number in range(3)]
    print(f"coord.hubTimeout 1: provisional after {first:.2f} s, then {max(later):.2f} s; left: {one.processes()}")
    assert first < 6, "two time limits, and what a slow machine adds"
    assert min(later) < first, "the hub is not waited for again"
    assert one.commit("f", session=alice).status == 0, "it is believed while nobody says otherwise"
    two.won(bob, "f")
    net.heal(1)
    one.sync()
    told = one.here("claims", "--json", session=alice).json["warnings"]
    assert any("claim f" in text for text in told), told
    assert one.commit("f", session=alice).status == 1
    assert one.claim(alice, "f")["result"] == "refused"
    held = settled(hub, one, two, full=False)
    assert held == {"mine": "alice", "f": "bob"} | {f"later/{number}": "alice" for number in range(3)}
    assert one.processes() == []


@pytest.mark.slow
def test_the_answer_vanishes(net: Net, apart: tuple[Apart, Apart], hub: Hub) -> None:
    """The hub takes a push and its answer never arrives: provisional, true for others, confirmed at next contact."""
    one, two = apart
    alice, bob = one.start("alice"), two.start("bob")
    one.won(alice, "mine")
    two.sync()
    hub.hook("update", f"case $1 in refs/coord/ledger) ip {' '.join(net.cut_command(1, 'down'))};; esac; exit 0")
    took = timed(one, alice, "f")
    print(f"coord.hubTimeout 1: provisional after {took:.2f} s")
    hub.hook("update", "")
    assert two.claim(bob, "f")["result"] == "refused"
    net.heal(1)
    one.forget_away()
    answer = one.claim(alice, "f")
    assert (answer["result"], answer["confirmed"]) == ("won", True)
    assert times(one, alice, "claim f") == 1
    operations(one)
    assert settled(hub, one, two, full=False) == {"mine": "alice", "f": "alice"}
