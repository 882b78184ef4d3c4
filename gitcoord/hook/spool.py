"""What a hook cannot write into the ledger itself, left for the next command: `<coord>/spool/<pid>-<time_ns>`."""

# ruff: noqa: PTH102, PTH104, SIM105 - light: neither pathlib nor contextlib is imported

from __future__ import annotations

import os
import time

from gitcoord.kernel import coordfile, lightjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.hook.context import Context


def leave(context: Context, record: dict[str, object]) -> None:
    """Write one record, a JSON object; it appears whole. Raises `OSError`."""
    directory = f"{context.coord_dir}/{coordfile.SPOOL}"
    try:
        os.mkdir(directory)
    except FileExistsError:
        pass
    name = f"{os.getpid()}-{time.time_ns()}"
    fd = os.open(f"{directory}/.{name}", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        data = memoryview((lightjson.dumps(record) + "\n").encode())
        while data:
            data = data[os.write(fd, data) :]
    finally:
        os.close(fd)
    os.rename(f"{directory}/.{name}", f"{directory}/{name}")


def bypass(context: Context, commit: str, session: str, holders: list[dict[str, object]], subject: str) -> None:
    """Leave word that `commit` went past the guard; `holders` are the sessions to be told, with the paths."""
    import pwd

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    leave(
        context,
        {
            "what": "bypass",
            "commit": commit,
            "session": session,
            "who": f"{user}@{os.uname().nodename}",
            "holders": holders,
            "subject": subject,
        },
    )


def renew(context: Context, session: str) -> None:
    """Leave word that the lease of `session` should be renewed."""
    leave(context, {"what": "renew", "session": session})
