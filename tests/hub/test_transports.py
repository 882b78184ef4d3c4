"""The same small scenario over every transport that git has: nothing else is needed on the server."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel.place import discover
from gitcoord.sync.open import open_hub

from .conftest import Clone, Hub, joined, make_clone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until_open(port: int, server: subprocess.Popen[bytes]) -> None:
    """Wait until the server listens there. Raises `ChildProcessError` where it has ended instead."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise ChildProcessError
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on port {port}")


def exec_path(hub: Hub, program: str) -> str:
    """A program of git's own; the test is skipped where it is not installed."""
    found = shutil.which(program, path=hub.git("--exec-path"))
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


class Backend(BaseHTTPRequestHandler):
    """Smart http: hands requests to `git http-backend` as CGI says."""

    protocol_version = "HTTP/1.0"
    hub: Hub
    program: str

    def do_GET(self) -> None:
        """Answer a request."""
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else self._chunks()
        env = self.hub.env | {
            "GIT_PROJECT_ROOT": str(self.hub.top.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": "tester",
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        ended = subprocess.run([self.program], env=env, input=body, capture_output=True, check=False)
        head, _, content = ended.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for key, value in fields.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def _chunks(self) -> bytes:
        body = b""
        while "chunked" in self.headers.get("Transfer-Encoding", ""):
            size = int(self.rfile.readline().strip() or b"0", 16)
            body += self.rfile.read(size)
            self.rfile.readline()
            if not size:
                break
        return body

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Serving:
    """A hub behind a transport: where it is, and how it is taken away and brought back."""

    def __init__(self, url: str, start: Callable[[], AbstractContextManager[None]]) -> None:
        self.url = url
        self.start = start


@contextmanager
def nothing() -> Iterator[None]:
    """No server is needed."""
    yield


def by_path(hub: Hub) -> Serving:
    """A directory of the same machine."""
    return Serving(str(hub.top), nothing)


def by_file_url(hub: Hub) -> Serving:
    """The same as an address."""
    return Serving(hub.top.as_uri(), nothing)


def by_http(hub: Hub, backend: type[Backend] = Backend) -> Serving:
    """`git http-backend` behind a small server."""
    program, port = exec_path(hub, "git-http-backend"), free_port()
    exec_path(hub, "git-remote-http")
    hub.git("config", "http.receivepack", "true")

    @contextmanager
    def start() -> Iterator[None]:
        handler = type("Backend", (backend,), {"hub": hub, "program": program})
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return Serving(f"http://127.0.0.1:{port}/{hub.top.name}", start)


def by_daemon(hub: Hub) -> Serving:
    """`git daemon`."""
    program, port = exec_path(hub, "git-daemon"), free_port()
    options = ["--reuseaddr", "--listen=127.0.0.1", "--export-all", "--enable=receive-pack"]
    argv = [program, f"--port={port}", *options, f"--base-path={hub.top.parent}"]
    return Serving(f"git://127.0.0.1:{port}/{hub.top.name}", lambda: process(argv, port, hub.env))


def by_ssh(hub: Hub) -> Serving:
    """A real sshd with keys of its own."""
    sshd, keygen, ssh = shutil.which("sshd", path="/usr/sbin:/usr/bin"), shutil.which("ssh-keygen"), shutil.which("ssh")
    if sshd is None or keygen is None or ssh is None:
        pytest.skip("sshd, ssh or ssh-keygen is not installed")
    port, base = free_port(), hub.top.parent / "ssh"
    base.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(base / name)], check=True)
    shutil.copy(base / "user.pub", base / "authorized")
    config = base / "config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {base / 'host'}\nAuthorizedKeysFile {base / 'authorized'}\n"
        f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nUseDNS no\nMaxStartups 100\n"
    )
    hub.env["GIT_SSH_COMMAND"] = (
        f"{ssh} -F none -i {base / 'user'} -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        " -o LogLevel=ERROR"
    )
    argv = [sshd, "-D", "-e", "-f", str(config)]
    if not Path("/run/sshd").is_dir():  # it wants one; where we may, it gets one that nobody else sees
        script = 'mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$@"'
        argv = ["unshare", "--mount", "sh", "-c", script, "sh", *argv]
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{hub.top}"
    return Serving(url, lambda: process(argv, port, hub.env))


@contextmanager
def process(argv: list[str], port: int, env: dict[str, str]) -> Iterator[None]:
    """A server in a process of its own, which is ended with all that it started."""
    running = subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        try:
            until_open(port, running)
        except ChildProcessError:
            pytest.skip(f"{argv[0]} does not start here: status {running.returncode}")
        yield
    finally:
        running.terminate()
        running.wait(timeout=10)


@pytest.mark.slow
@pytest.mark.parametrize("way", [by_path, by_file_url, by_http, by_daemon, by_ssh])
def test_the_same_over_every_transport(hub: Hub, tmp_path: Path, way: Callable[[Hub], Serving]) -> None:
    """Claim, conflict, release; away, where claims are provisional; and back, where they are confirmed."""
    serving = way(hub)
    with serving.start():
        one, two = (joined(tmp_path, name, hub.env, serving.url) for name in ("one", "two"))
        alice, bob = one.start("alice"), two.start("bob")
        one.won(alice, "f")
        refused = two.claim(bob, "f")
        assert [item["held"]["name"] for item in refused["conflicts"]] == ["alice"]
        one.release(alice, "f")
        two.won(bob, "f")
    hub.away()
    answer = one.claim(alice, "g")
    assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", False, "offline")
    hub.back()
    with serving.start():
        one.sync()
        two.sync()
        assert one.holders() == two.holders() == {"f": "bob", "g": "alice"}
        assert one.ledger == two.ledger == hub.ledger


@pytest.mark.parametrize("atomic", [True, False])
def test_init_says_whether_pushes_are_atomic(hub: Hub, tmp_path: Path, env: dict[str, str], atomic: bool) -> None:
    """Whether the hub takes several refs all or none is said by `init --hub` and `doctor --full`, and not asked for."""
    hub.git("config", "receive.advertiseAtomic", str(atomic).lower())
    one = make_clone(tmp_path, "one", env)
    one.git("remote", "add", "origin", str(hub.top))
    told = one.here("init", "--hub", "origin", "--hooks", "none", check=True).out
    words = "refused; pushes are atomic" if atomic else "refused; pushes are not atomic"
    assert words in told
    assert words in one.here("doctor", "--full").out
    assert not hub.refs("refs/coord/canary")


def test_a_branch_like_prefix(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """With coord.refPrefix all refs at the hub are branches, for hosts that take nothing else."""
    hub.hook("update", "case $1 in refs/heads/*) exit 0;; *) exit 1;; esac")
    clones = []
    for name in ("one", "two"):
        clone = Clone(tmp_path / name, env)
        clone.top.mkdir()
        clone.git("init", "-q")
        clone.git("remote", "add", "origin", str(hub.top))
        refused = clone.here("init", "--hub", "origin", "--hooks", "none")
        assert refused.status == 1
        assert "refPrefix" in refused.err
        clone.git("config", "coord.refPrefix", "refs/heads/coord")
        clone.here("init", "--hub", "origin", "--hooks", "none", check=True)
        clones.append(clone)
    one, two = clones
    one.won(one.start("alice"), "f")
    assert two.claim(two.start("bob"), "f")["result"] == "refused"
    assert {ref.split("/")[1] for ref in hub.refs("refs/")} == {"heads"}


def test_a_host_that_does_not_answer_is_not_waited_for_twice(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """A host that takes connections and says nothing costs the time limit once; then the clone is offline at once."""
    one = joined(tmp_path, "one", env, str(hub.top))
    alice = one.start("alice")
    one.git("config", "coord.hubTimeout", "1")
    began = time.monotonic()
    one.won(alice, "e")
    quick = time.monotonic() - began
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        one.git("remote", "set-url", "origin", f"git://127.0.0.1:{mute.getsockname()[1]}/hub.git")
        (one.coord / "hub").unlink()  # as if that had been its address from the beginning
        began = time.monotonic()
        answer = one.claim(alice, "f")
        first = time.monotonic() - began
        assert (answer["result"], answer["confirmed"], answer["hub"]) == ("won", False, "offline")
        assert first < quick + 4, "as long as one waits for a hub that has answered once"
        assert (one.coord / "hub-away").exists()
        began = time.monotonic()
        for name in "ghi":
            assert one.claim(alice, name)["confirmed"] is False
        assert time.monotonic() - began < first
    ago = time.time() - 61
    os.utime(one.coord / "hub-away", (ago, ago))
    one.git("remote", "set-url", "origin", str(hub.top))
    one.won(alice, "j")
    assert not (one.coord / "hub-away").exists()


def test_a_refused_connection_is_quick(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """Where nobody listens the answer comes at once, sync ends with 3, and commands that only look are not held up."""
    one = joined(tmp_path, "one", env, str(hub.top))
    alice = one.start("alice")
    one.git("remote", "set-url", "origin", f"git://127.0.0.1:{free_port()}/hub.git")
    (one.coord / "hub").unlink()  # as if that had been its address from the beginning
    began = time.monotonic()
    assert one.claim(alice, "f")["hub"] == "offline"
    ran = one.here("sync", "--json")
    assert (ran.status, ran.json["reason"]) == (3, "offline")
    assert one.holders() == {"f": "alice"}
    assert time.monotonic() - began < 8


def test_the_time_limit_is_the_users(hub: Hub, tmp_path: Path, env: dict[str, str]) -> None:
    """`coord.hubTimeout` is in seconds, their letter or not; where it says nothing that makes sense it is 3."""
    one = joined(tmp_path, "one", env, str(hub.top))
    for said, seconds in (("", 3.0), ("1", 1.0), ("7s", 7.0), ("soon", 3.0)):
        one.git("config", "coord.hubTimeout", said)
        opened = open_hub(discover(str(one.top), env))
        assert opened is not None
        assert opened.timeout == seconds


def test_no_hook_of_the_users_is_run(pair: tuple[Clone, Clone]) -> None:
    """Talking to the hub fires nothing that the user has for pushes and refs of their own."""
    one, two = pair
    fired = one.top.parent / "fired"
    for name in ("pre-push", "reference-transaction", "post-update", "update", "push-to-checkout"):
        hook = one.top / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\necho {name} >>{fired}\n")
        hook.chmod(0o755)
    two.won(two.start("bob"), "f")
    alice = one.start("alice")
    assert one.claim(alice, "f")["result"] == "refused"
    one.won(alice, "g")
    one.here("beat", "coding", session=alice, check=True)
    one.git("-c", "core.hooksPath=/dev/null", "notes", "--ref=coord", "add", "-m", "x", one.write("blob", b"x"))
    assert one.sync()["sent"] == 2
    one.here("end", session=alice, check=True)
    assert one.sync()["dropped"] == 2
    assert not fired.exists(), fired.read_text()
    one.git("update-ref", "refs/heads/mine", one.ledger)
    assert fired.exists(), "they would have been"
