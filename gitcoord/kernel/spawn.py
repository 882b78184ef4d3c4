"""Start a program and talk to it through pipes.

`subprocess` takes 12 ms to import, which everybody would wait for on every commit; `os.posix_spawn` is there already.
Light: imports only `os`, `select`, `signal` and `time`.
"""

from __future__ import annotations

import _signal as signal  # type: ignore[import-not-found]  # `signal` itself loads `enum`: 3 ms; the C part has no stubs
import os
import select
import time

TIMED_OUT = 124
"""Exit status reported for a program that was stopped at its time limit, as timeout(1) does."""

NOT_FOUND = 127
"""Exit status reported for a program that could not be started, as a shell does."""

_NEVER = float("inf")


class Process:
    """A running program with pipes to its standard input, output and error.

    `stdin`, `stdout` and `stderr` are file descriptors; `stderr` is -1 where it was sent away.
    """

    __slots__ = ("_status", "pid", "stderr", "stdin", "stdout")

    def __init__(self, argv: list[str], env: dict[str, str], *, keep_stderr: bool = False) -> None:
        """Start `argv` with exactly `env`. Raises `FileNotFoundError` or another `OSError` where it cannot."""
        child_in, self.stdin = os.pipe()
        self.stdout, child_out = os.pipe()
        self.stderr, child_err = os.pipe() if keep_stderr else (-1, -1)
        ours = [fd for fd in (self.stdin, self.stdout, self.stderr) if fd >= 0]
        theirs = [fd for fd in (child_in, child_out, child_err) if fd >= 0]
        actions: list[tuple[int, int, int] | tuple[int, int, str, int, int]] = [
            (os.POSIX_SPAWN_DUP2, child_in, 0),
            (os.POSIX_SPAWN_DUP2, child_out, 1),
            (os.POSIX_SPAWN_DUP2, child_err, 2)
            if keep_stderr
            else (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        self._status: int | None = None
        try:
            # Python ignores SIGPIPE; the programs we start must not inherit that.
            self.pid = os.posix_spawnp(argv[0], argv, env, file_actions=actions, setsigdef=[signal.SIGPIPE])
        except OSError:
            for fd in ours:
                os.close(fd)
            raise
        finally:
            for fd in theirs:
                os.close(fd)

    def wait(self) -> int:
        """Wait for the end; returns the exit status, 128 + N for signal N."""
        if self._status is None:
            self._ended(os.waitpid(self.pid, 0)[1])
        return self._status or 0

    def _ended(self, waited: int) -> None:
        code = os.waitstatus_to_exitcode(waited)
        self._status = code if code >= 0 else 128 - code

    def kill(self) -> None:
        """Stop it at once; no error where it has ended."""
        if self._status is None:
            try:  # noqa: SIM105 - light: contextlib is not imported
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def terminate(self) -> None:
        """Ask it to end, and so to take its lock files away; stop it at once where it does not within a second."""
        try:
            os.kill(self.pid, signal.SIGTERM)
            for _ in range(100):
                ended, waited = os.waitpid(self.pid, os.WNOHANG)
                if ended:
                    self._ended(waited)
                    return
                time.sleep(0.01)
        except ProcessLookupError:
            return
        self.kill()

    def close(self) -> None:
        """Close our ends of the pipes."""
        for name in ("stdin", "stdout", "stderr"):
            fd = getattr(self, name)
            if fd >= 0:
                os.close(fd)
                setattr(self, name, -1)

    def communicate(
        self,
        data: bytes = b"",
        timeout: float | None = None,
        silence: float | None = None,
        stall: float | None = None,
    ) -> tuple[int, bytes, bytes]:
        """Send `data`, read until the end; returns exit status, output, errors.

        Reads and writes in turns, so that neither side ever waits for the other. After `timeout` seconds the program
        is ended and the status is `TIMED_OUT`; so it is after `silence` seconds in which it has not said a word, and
        after `stall` seconds without another word.
        """
        # Long, since it is one loop over what may happen next: in parts each would hand the others all that it knows.
        limit = _NEVER if timeout is None else timeout
        began = time.monotonic()
        deadline = began + min(limit, limit if silence is None else silence)
        poller = select.poll()
        outputs: dict[int, list[bytes]] = {fd: [] for fd in (self.stdout, self.stderr) if fd >= 0}
        for fd in outputs:
            poller.register(fd, select.POLLIN | select.POLLHUP)
        pending = memoryview(data)
        os.set_blocking(self.stdin, False)
        poller.register(self.stdin, select.POLLOUT)
        stdin_open, readers, timed_out = True, set(outputs), False
        stdout, stderr = self.stdout, self.stderr
        while readers or stdin_open:
            left = deadline - time.monotonic()
            events = poller.poll(max(0.0, left) * 1000 if deadline < _NEVER else None)
            # At the whole limit whatever it still says; at the end of its silence, unless it says something.
            if time.monotonic() >= (began + limit if events else deadline):
                timed_out = True
                self.terminate()
                break
            for fd, _event in events:
                if fd in outputs:
                    chunk = os.read(fd, 65536)
                    if chunk:
                        outputs[fd].append(chunk)
                        deadline = min(began + limit, _NEVER if stall is None else time.monotonic() + stall)
                    else:
                        poller.unregister(fd)
                        readers.discard(fd)
                elif stdin_open:
                    try:
                        pending = pending[os.write(fd, pending[:65536]) :] if pending else pending
                    except BlockingIOError:
                        continue
                    except BrokenPipeError:
                        pending = pending[:0]
                    if not pending:
                        poller.unregister(fd)
                        os.close(fd)
                        self.stdin, stdin_open = -1, False
        self.close()
        status = self.wait()
        return (
            TIMED_OUT if timed_out else status,
            b"".join(outputs[stdout]),
            b"".join(outputs.get(stderr, [])),
        )


def run(
    argv: list[str],
    env: dict[str, str],
    data: bytes = b"",
    timeout: float | None = None,
    silence: float | None = None,
    stall: float | None = None,
) -> tuple[int, bytes, bytes]:
    """Run `argv` to its end; returns exit status, output and errors. Status `NOT_FOUND` where it cannot be started."""
    try:
        process = Process(argv, env, keep_stderr=True)
    except OSError as error:
        return NOT_FOUND, b"", str(error).encode()
    return process.communicate(data, timeout, silence, stall)
