"""Connections cut before or after the hub took a push, and races, over path, ssh, http and git://."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from support.torture import every

from .faults import operations, receive_pack, settled, times
from .test_agreement import outcome, together
from .test_transports import Backend, Serving, by_daemon, by_http, by_path, by_ssh, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Clone, Hub, Mould

CUTTER = """#!{python}
# In the place of git-receive-pack: its first answer passes, then the connection ends, before or after a push is taken.
import os, pathlib, subprocess, sys
flag = pathlib.Path({flag!r})
when = flag.read_text() if flag.exists() else ""
argv = ["git", "receive-pack", *sys.argv[1:]]
if not when:
    os.execvp("git", argv)
stdin = subprocess.DEVNULL if when == "before" else 0
with subprocess.Popen(argv, stdin=stdin, stdout=subprocess.PIPE) as running:
    head = b""
    while head != b"0000":
        head = running.stdout.read(4)
        os.write(1, head + running.stdout.read(max(0, int(head, 16) - 4)))
    running.stdout.read()
"""


class Cut:
    """The connection of a clone whose pushes can be cut: the flag holds 'before', 'after', or nothing."""

    def __init__(self, base: Path) -> None:
        self.flag = base / "cut"

    def cut(self, when: str) -> None:
        """Cut every push from now on; '' for none."""
        self.flag.write_text(when)

    @property
    def when(self) -> str:
        """What happens to pushes now."""
        return self.flag.read_text() if self.flag.exists() else ""


@contextmanager
def by_script(hub: Hub, way: Callable[[Hub], Serving], cut: Cut) -> Iterator[tuple[str, Callable[[Clone], None]]]:
    """The hub's receive-pack is a script that cuts: for transports that name the program to run."""
    text = CUTTER.format(python=sys.executable, flag=str(cut.flag))

    def prepare(clone: Clone) -> None:
        receive_pack(clone, clone.top.parent / "cutter", text)

    serving = way(hub)
    with serving.start():
        yield serving.url, prepare


@contextmanager
def by_server(hub: Hub, cut: Cut) -> Iterator[tuple[str, Callable[[Clone], None]]]:
    """The http server itself cuts."""

    class Cutting(Backend):
        def do_POST(self) -> None:
            """Answer a push, or do not."""
            when = cut.when if self.path.endswith("/git-receive-pack") else ""
            if when == "before":
                return
            if when == "after":
                answer, self.wfile = self.wfile, open("/dev/null", "wb")  # noqa: SIM115, PTH123 - closed below
                self.do_GET()
                self.wfile.close()
                self.wfile = answer
                return
            self.do_GET()

    serving = by_http(hub, Cutting)
    with serving.start():
        yield serving.url, lambda _: None


@contextmanager
def by_proxy(hub: Hub, cut: Cut) -> Iterator[tuple[str, Callable[[Clone], None]]]:
    """A proxy before `git daemon` cuts."""
    serving, port = by_daemon(hub), free_port()
    behind = int(serving.url.split(":")[2].split("/")[0])

    def pump(source: socket.socket, to: socket.socket | None) -> None:
        try:
            while chunk := source.recv(65536):
                if to is not None:
                    to.sendall(chunk)
        except OSError:
            pass

    def serve(client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", behind)) as server:
            request = client.recv(4, socket.MSG_WAITALL)  # git writes its length on its own
            request += client.recv(int(request or b"4", 16) - 4, socket.MSG_WAITALL)
            server.sendall(request)
            when = cut.when if b"git-receive-pack" in request else ""
            if when:
                reader = server.makefile("rb")
                head = b""
                while head != b"0000":
                    head = reader.read(4)
                    client.sendall(head + reader.read(max(0, int(head, 16) - 4)))
                if when == "before":
                    return
            upward = threading.Thread(target=pump, args=(client, server), daemon=True)
            upward.start()
            pump(server, None if when else client)
            client.shutdown(socket.SHUT_RDWR)
            upward.join()

    def accept(listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    with serving.start(), socket.create_server(("127.0.0.1", port)) as listening:
        thread = threading.Thread(target=accept, args=(listening,), daemon=True)
        thread.start()
        yield serving.url.replace(f":{behind}/", f":{port}/"), lambda _: None
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


WAYS = {
    "path": lambda hub, cut: by_script(hub, by_path, cut),
    "ssh": lambda hub, cut: by_script(hub, by_ssh, cut),
    "http": by_server,
    "git": by_proxy,
}


@pytest.mark.slow
@pytest.mark.parametrize("way", every(2, WAYS))
def test_cut_before_and_after_the_push_was_taken(hub: Hub, tmp_path: Path, way: str, mould_of_clones: Mould) -> None:
    """Cut after: confirmed, although no answer came, or at the next contact; before: provisional. Counted once."""
    cut = Cut(tmp_path)
    with ExitStack() as stack:
        url, prepare = stack.enter_context(WAYS[way](hub, cut))
        one, two = mould_of_clones.press(tmp_path, hub.env, "one", "two", url=url)
        prepare(one)
        alice, bob = one.start("alice"), two.start("bob")
        one.won(alice, "first")
        for when in ("before", "after"):
            cut.cut(when)
            known = hub.ledger
            answer = one.claim(alice, when)
            assert answer["result"] == "won", answer
            if when == "before":
                assert (hub.ledger, answer["confirmed"], answer["token"]) == (known, False, None)
            else:
                assert hub.ledger != known
                assert (answer["token"] is not None) == answer["confirmed"]
            assert not any("delete that file" in text for text in answer["warnings"]), "nothing speaks of a lock"
            cut.cut("")
            two.won(bob, f"beside/{when}")
            if when == "after":
                assert two.claim(bob, when)["result"] == "refused", "the hub had it, whatever was answered"
            one.forget_away()
            one.won(alice, f"next/{when}")
            assert one.claim(alice, when)["confirmed"] is True
            assert times(one, alice, f"claim {when}") == 1
        held = settled(hub, one, two, full=way == "path")
        assert held["after"] == "alice"
        assert len(operations(one)) == len({identity for _, identity, _ in operations(two)})


@pytest.mark.slow
@pytest.mark.parametrize("way", every(3, ["git", "http", "ssh"]))
def test_a_race_over_the_wire(hub: Hub, tmp_path: Path, way: str, mould_of_clones: Mould) -> None:
    """Three clones want one path at once: exactly one wins, confirmed."""
    with ExitStack() as stack:
        url, _ = stack.enter_context(WAYS[way](hub, Cut(tmp_path)))
        clones = mould_of_clones.press(tmp_path, hub.env, "one", "two", "three", url=url)
        answers = [outcome(answer) for answer in together(clones, ["same"] * 3)]
        assert sorted(answers) == [("refused", True), ("refused", True), ("won", True)], answers
        assert len(settled(hub, *clones, full=False)) == 1
