"""What the server adds, and what it bears: `python tests/bench/bench_serve.py [RUNS] [EVENTS]`.

A server in a process of its own. Requests over a connection that is kept, in turns with the same call in this process;
the way from an operation to a client that listens; 200 clients while 50 operations a second are made, for ten seconds;
its processor time while nothing happens; and the page, with 200 sessions, 1,000 claims and some history.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from bench_ledger import arena
from bench_status import CLAIMS, SESSIONS, messages, name, settle_in
from surroundings import surroundings
from websockets.sync.client import connect

from gitcoord.interfaces import registry
from gitcoord.interfaces.http.asking import Asker
from gitcoord.interfaces.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLIENTS, RATE, SECONDS = 200, 50, 10
PROGRAM = str(Path(sys.executable).with_name("git-coord"))


class Server:
    """A server process, and a client of it."""

    def __init__(self, top: Path, env: dict[str, str]) -> None:
        words = [PROGRAM, "-C", str(top), "serve", "--port", "0", "--json"]
        self.process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        said = json.loads(self.process.stdout.readline())
        self.address = said["address"]
        token = Path(said["projects"][0]["token"]).read_text().strip()
        self.bearer = {"authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=self.address, headers=self.bearer, timeout=60, trust_env=False)

    def stat(self) -> tuple[float, int]:
        """Its processor time in seconds, and its memory in KiB."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), pages * resource.getpagesize() // 1024

    def listen(self) -> Any:
        """A WebSocket that hears of everything."""
        address = self.address.replace("http", "ws") + "/api/v1/events"
        found = connect(address, additional_headers=self.bearer, proxy=None, max_queue=4096, legacy=True)
        found.send(json.dumps({"type": "subscribe"}))
        while json.loads(found.recv())["type"] != "subscribed":
            pass
        return found


@contextmanager
def serving(top: Path, env: dict[str, str]) -> Iterator[Server]:
    """A server for the block."""
    found = Server(top, env)
    try:
        yield found
    finally:
        found.http.close()
        found.process.send_signal(signal.SIGTERM)
        found.process.wait(20)


def clocked(work: Callable[[], object]) -> float:
    """Milliseconds for one call."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def here(asker: Asker, asked: str, session: str = "", *, aside: bool, **fields: Any) -> Any:
    """The same call in this process."""
    command, stop = registry.commands()[asked], Stop()
    try:
        said = asker.run(command, command.request(**fields), session, stop, aside=aside)
    finally:
        stop.close()
    assert said.status == 200, said
    return said.record


def compare(
    title: str, limit: float, runs: int, over: Callable[[int], object], within: Callable[[int], object]
) -> None:
    """Print what HTTP costs beside the call itself, measured in turns."""
    over(-1), within(-1)
    pairs = [(clocked(lambda at=at: over(at)), clocked(lambda at=at: within(at))) for at in range(runs)]  # type: ignore[misc]
    ours, plain = (statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"{title}: {ours:.1f} ms, {ours / plain:.2f} times the call in process   (at most {limit})")


def requests(server: Server, asker: Asker, session: str, runs: int) -> None:
    """GET and POST of a claim."""
    me = {"coord-session": session}
    here(asker, "claim", session, aside=False, scopes=["slot:bench"])
    compare(
        "GET of a claim's state",
        2,
        runs,
        lambda _: server.http.get("/api/v1/claims?paths=slot:bench", headers=me).raise_for_status(),
        lambda _: here(asker, "claims", session, aside=True, paths=["slot:bench"]),
    )
    compare(
        "POST claim",
        1.3,
        runs,
        lambda at: server.http.post("/api/v1/claim", json={"scopes": [f"slot:o{at}"]}, headers=me).raise_for_status(),
        lambda at: here(asker, "claim", session, aside=False, scopes=[f"slot:w{at}"]),
    )
    tag = server.http.get("/api/v1/status").headers["etag"]
    found = [clocked(lambda: server.http.get("/api/v1/status", headers={"if-none-match": tag})) for _ in range(runs)]
    print(f"GET of what has not changed (304): {statistics.median(found):.1f} ms")


def latency(server: Server, asker: Asker, session: str, runs: int) -> None:
    """From the end of an operation in another process to a client."""
    taken = []
    with server.listen() as found:
        for at in range(runs):
            here(asker, "claim", session, aside=False, scopes=[f"slot:l{at}"])
            began = time.perf_counter()
            found.recv(timeout=30)
            taken.append((time.perf_counter() - began) * 1000)
    print(f"from an operation to a client: median {statistics.median(taken):.0f} ms   (at most 100)")


def crowd(server: Server, asker: Asker, session: str) -> None:
    """Many clients, many operations."""
    told = [0] * CLIENTS
    clients = [server.listen() for _ in range(CLIENTS)]
    done = threading.Event()

    def hear(at: int) -> None:
        while not done.is_set():
            try:
                clients[at].recv(timeout=0.5)
            except TimeoutError:
                continue
            told[at] += 1

    threads = [threading.Thread(target=hear, args=(at,)) for at in range(CLIENTS)]
    for thread in threads:
        thread.start()
    _, before = server.stat()
    began, made = time.monotonic(), 0
    while made < RATE * SECONDS:
        here(asker, "send", session, aside=False, to="all", subject=f"number {made}")
        made += 1
        time.sleep(max(0.0, began + made / RATE - time.monotonic()))
    rate = made / (time.monotonic() - began)
    give_up = time.monotonic() + 60
    while min(told) < made and time.monotonic() < give_up:
        time.sleep(0.1)
    late = time.monotonic() - began - made / rate
    done.set()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    _, after = server.stat()
    whole = sum(count >= made for count in told)
    print(
        f"{CLIENTS} clients, {made} operations at {rate:.0f} a second: {whole} heard all of them, {late:.1f} s later;"
        f" memory {before // 1024} to {after // 1024} MiB"
    )


def idle(server: Server) -> None:
    """Nothing happens, and somebody listens."""
    with server.listen():
        time.sleep(2)
        before, _ = server.stat()
        time.sleep(20)
        after, _ = server.stat()
    print(f"while nothing happens: {(after - before) / 20 * 100:.1f} % of a processor")


def page(server: Server, asker: Asker, runs: int) -> None:
    """The board with much on it, once its chronicle is built."""
    plain = statistics.median(clocked(lambda: here(asker, "status", aside=True)) for _ in range(5))
    first = clocked(lambda: server.http.get("/").raise_for_status())
    print(f"the first page of a server, first byte: {first:.0f} ms, {first / plain:.2f} times status in process")
    compare(
        "GET status, 200 sessions and 1,000 claims",
        2,
        runs,
        lambda _: server.http.get("/api/v1/status").raise_for_status(),
        lambda _: here(asker, "status", aside=True),
    )
    compare(
        "the page, first byte",
        2,
        runs,
        lambda _: server.http.get("/").raise_for_status(),
        lambda _: here(asker, "status", aside=True),
    )


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    events = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as directory:
        top = Path(directory, "repo")
        env = surroundings(HOME=directory)
        subprocess.run(["git", "init", "-q", "-b", "main", str(top)], env=env, check=True)
        subprocess.run(["git", "-C", str(top), "commit", "-q", "--allow-empty", "-m", "first"], env=env, check=True)
        subprocess.run([PROGRAM, "-C", str(top), "init", "-q"], env=env, check=True)
        asker = Asker(env, str(top))
        session = here(asker, "start", aside=False, name="bench")["session"]
        with serving(top, env) as server:
            requests(server, asker, session, runs)
            latency(server, asker, session, runs)
            crowd(server, asker, session)
            idle(server)
    with arena(CLAIMS, SESSIONS, said=lambda number: messages(number, events // SESSIONS)) as workspace:
        settle_in(workspace, name(0), events // SESSIONS)
        env = surroundings(GIT_COORD_SESSION=name(0))
        with serving(Path(workspace.place.top), env) as server:
            page(server, Asker(env, workspace.place.top), max(5, runs // 4))


if __name__ == "__main__":
    main()
