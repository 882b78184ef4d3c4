"""Processes of this machine: who started whom, and whether one that was met before still lives.

Facts come from Linux's `/proc`. Where there is none (other systems, a sandbox that hides it, or one that
shows the `/proc` of another pid namespace) they are simply unknown: `read` gives None, `ancestors` nothing,
`boot` and `namespace` an empty string, `state_of` "unknown"; then only a session's lease counts. Light: the
guard uses it.
"""

# ruff: noqa: PTH115 - light: pathlib is not imported

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Literal, Protocol

    from gitcoord.policy.origin import Origin, Surroundings

    State = Literal["alive", "dead", "unknown"]

    class Started(Protocol):
        """Anything that says which process it is: its number and when it was started."""

        @property
        def pid(self) -> int:
            """Its number."""

        @property
        def start(self) -> str:
            """When it was started, in clock ticks since boot."""


# proc_pid_stat(5), counted from the field behind the name.
_STATE, _PARENT, _SESSION, _TERMINAL, _THREADS, _START = 0, 1, 3, 4, 17, 19

_FIRST_NAMESPACE = "pid:[4026531836]"  # PROC_PID_INIT_INO of the kernel: the machine's own

SETTINGS = ("coord.agents", "coord.peopletools")
"""Names of programs that are agents, and of agents' tools that people use too, as git writes these settings."""

_ARGUMENTS = 65536  # bytes of a command line that are looked at: scopes may be many, programs stand in front


class Process:
    """A process as it was when it was read.

    `start` is its starting time in clock ticks since boot, as text; `name` what the kernel calls it (15 bytes
    at most, any characters); `leader` whether it leads its own session; `terminal` whether it has a
    controlling terminal.
    """

    __slots__ = ("_argv", "_attended", "leader", "name", "parent", "pid", "start", "terminal")

    def __init__(self, pid: int, parent: int, start: str, name: str, *, leader: bool, terminal: bool) -> None:
        self.pid = pid
        self.parent = parent
        self.start = start
        self.name = name
        self.leader = leader
        self.terminal = terminal
        self._argv: list[str] | None = None
        self._attended: bool | None = None

    @property
    def argv(self) -> list[str]:
        """Its command line (the first 64 KiB), read when first asked for; empty where it cannot be read.

        A process may overwrite it: node's `process.title` leaves one element, the title.
        """
        if self._argv is None:
            line = _content(f"/proc/{self.pid}/cmdline", _ARGUMENTS).rstrip(b"\0")
            self._argv = [os.fsdecode(part) for part in line.split(b"\0")] if line else []
        return self._argv

    @property
    def attended(self) -> bool:
        """Whether it reads from a terminal and writes to one; False where that cannot be seen."""
        if self._attended is None:
            self._attended = _is_terminal(self.pid, 0) and (_is_terminal(self.pid, 1) or _is_terminal(self.pid, 2))
        return self._attended

    def __repr__(self) -> str:
        return f"<process {self.pid} {self.name!r}>"


class Mark:
    """The name of one process for ever: pids are used again, and small ones repeat in every container."""

    __slots__ = ("boot", "namespace", "pid", "start")

    def __init__(self, pid: int, start: str, boot: str, namespace: str) -> None:
        self.pid = pid
        self.start = start
        self.boot = boot
        self.namespace = namespace

    def __repr__(self) -> str:
        return f"<mark {self.pid} started {self.start} in {self.namespace} of boot {self.boot}>"


def read(pid: int) -> Process | None:
    """The process with this number; None where there is none or nothing can be known."""
    stat = _stat(pid)
    if stat is None:
        return None
    name, fields = stat
    return Process(
        pid,
        int(fields[_PARENT]),
        fields[_START],
        name,
        leader=fields[_SESSION] == str(pid),
        terminal=fields[_TERMINAL] != "0",
    )


def ancestors(pid: int) -> list[Process]:
    """The parent of `pid`, its parent and so on, nearest first; `pid` itself is not among them.

    Ends before pid 0 and where nothing more can be known. Empty where this `/proc` counts pids in another
    namespace.
    """
    found: list[Process] = []
    child = read(pid) if _proc_is_ours() else None
    seen = {pid}
    while child is not None and child.parent > 0 and child.parent not in seen:
        parent = read(child.parent)
        # A parent younger than its child is not the parent: that one died and its number was given out again.
        if parent is None or int(parent.start) > int(child.start):
            break
        seen.add(parent.pid)
        found.append(parent)
        child = parent
    return found


def boot() -> str:
    """The identity of this run of the kernel; empty where unknown."""
    return _content("/proc/sys/kernel/random/boot_id", 256).decode("ascii", "replace").strip()


def namespace() -> str:
    """The identity of the pid namespace this process counts in; empty where unknown."""
    try:
        return os.readlink("/proc/self/ns/pid") if _proc_is_ours() else ""
    except OSError:
        return ""


def mark(process: Started) -> Mark:
    """The mark of a process of this machine, to be kept and asked about later."""
    return Mark(process.pid, process.start, boot(), namespace())


def here() -> tuple[str, str]:
    """Boot and pid namespace that this process counts in, for who asks about many processes."""
    return boot(), namespace()


def enclosed() -> bool:
    """Whether this process counts pids in a namespace of its own, outside of which it can see nobody."""
    if not _proc_is_ours():
        return bool(_content("/proc/uptime", 16))  # the outer /proc, in which this process does not appear
    return namespace() != _FIRST_NAMESPACE


def state_of(mark: Mark, where: tuple[str, str] | None = None) -> State:
    """Whether the marked process lives. `where` is what `here` said, asked here where it is not given.

    "dead" is said only on evidence: same boot, same pid namespace, and the process is missing, a zombie, or
    another one under the same number. "unknown" wherever a fact is missing or another machine, boot or
    container made the mark.
    """
    if mark.pid <= 0 or not mark.start or not mark.boot or not mark.namespace:
        return "unknown"
    if (mark.boot, mark.namespace) != (where or here()):
        return "unknown"
    stat = _stat(mark.pid)
    if stat is None:
        return "dead" if _is_gone(mark.pid) else "unknown"
    fields = stat[1]
    if fields[_START] != mark.start or fields[_STATE] in "Xx":
        return "dead"
    # A main thread that ended is shown as a zombie although its other threads go on.
    return "dead" if fields[_STATE] == "Z" and int(fields[_THREADS]) <= 1 else "alive"


def _stat(pid: int) -> tuple[str, list[str]] | None:
    """Name and further fields of `/proc/PID/stat`. The name may hold spaces, parentheses, line ends."""
    line = os.fsdecode(_content(f"/proc/{pid}/stat", 4096))
    head, closed, rest = line.rpartition(")")
    name = head.partition("(")[2]
    fields = rest.split()
    if not closed or len(fields) <= _START:
        return None
    return name, fields


def _is_gone(pid: int) -> bool:
    """Whether there is no such process. Asks the kernel: a `/proc` with hidepid shows only one's own."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _is_terminal(pid: int, fd: int) -> bool:
    """Whether this file of a process is a terminal."""
    try:
        target = os.readlink(f"/proc/{pid}/fd/{fd}")
    except OSError:
        return False
    return target.startswith(("/dev/pts/", "/dev/tty", "/dev/console"))


def _proc_is_ours() -> bool:
    """Whether `/proc` counts pids as we do: a sandbox may have its own pids and still the outer `/proc`."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def _content(path: str, limit: int) -> bytes:
    """The beginning of a file of the kernel's; empty where it cannot be read."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, limit)
    except OSError:
        return b""
    finally:
        os.close(fd)


def around(
    environ: Mapping[str, str], pid: int, uid: int, worktree: str, said: Callable[[], Mapping[str, str]]
) -> tuple[Surroundings, Origin]:
    """Return what is around the process `pid` of the user `uid` in a worktree, and what that says.

    `said` returns the values of `SETTINGS`, and is asked where it comes to that.
    """

    from gitcoord.policy import origin  # not everybody who asks about processes asks where it comes from

    def more() -> tuple[frozenset[str], frozenset[str]]:
        values = said()
        agents, tools = (frozenset(values.get(key, "").replace(",", " ").split()) for key in SETTINGS)
        return agents, tools

    found = origin.Surroundings(
        ancestors(pid),
        environ,
        own=read(pid),
        boot=boot(),
        namespace=namespace(),
        enclosed=enclosed(),
        uid=uid,
        worktree=worktree,
        more=more,
    )
    return found, origin.of(found)
