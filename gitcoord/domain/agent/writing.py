"""Files outside of any repository, changed whole or not at all, and what has to be remembered of them.

What an agent's file was before is kept only where our parts cannot be taken out again exactly. It stands in the user's
directory for state, readable by the user alone, since configuration may hold secrets.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import asdict, dataclass
from gitcoord.errors.agent import LeadsNowhere, NotADirectory, NotUtf8
from gitcoord.errors.storage import CannotAccess

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of a file that holds something of ours.

    `wrote` is the hash of what we wrote. `before` is the text of before; None where it is not needed, or where the
    file did not exist.
    """

    path: str
    wrote: str
    before: str | None = None


def digest(text: str | None) -> str:
    """Return the hash of a text."""
    return hashlib.sha256((text or "").encode("utf-8", "surrogatepass")).hexdigest()


def read(path: Path) -> str | None:
    """Return the text of a file, None where there is none. Raises `Unreadable`, also for what is not UTF-8."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        if path.is_symlink():
            raise LeadsNowhere(path) from None
        return None
    except NotADirectoryError:
        raise NotADirectory(path.parent) from None
    except UnicodeDecodeError:
        raise NotUtf8(path) from None
    except OSError as error:
        raise CannotAccess("read", path, error.strerror) from error


def replace(path: Path, text: str, *, expected: str | None, mode: int = 0o600) -> bool:
    """Replace a file whole, through a link; False where it is no longer what was expected.

    Its owner and permissions are kept; `mode` is for a new one. Raises `Unreadable`.
    """
    target = Path(os.path.realpath(path))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.git-coord-new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(text.encode())
            with suppress(FileNotFoundError):
                known = target.stat()
                mode = stat.S_IMODE(known.st_mode)
                with suppress(PermissionError):
                    os.fchown(file.fileno(), known.st_uid, known.st_gid)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        if read(target) != expected:
            beside.unlink()
            return False
        beside.replace(target)
    except OSError as error:
        raise CannotAccess("write", target, error.strerror, "nothing else was changed in it") from error
    return True


def delete(path: Path, *, home: Path) -> None:
    """Delete a file that held nothing but ours, and directories left empty by that. Raises `Unreadable`."""
    target = Path(os.path.realpath(path))
    try:
        target.unlink(missing_ok=True)
    except OSError as error:
        raise CannotAccess("delete", target, error.strerror) from error
    if path.is_symlink():
        return
    with suppress(OSError):
        for directory in target.parents:
            if directory == home or directory == directory.parent:
                break
            directory.rmdir()


def memory(environ: Mapping[str, str], home: Path, path: Path) -> Memory | None:
    """Return what is remembered of a file; None where nothing is."""
    try:
        said = json.loads(_place(environ, home, path).read_bytes())
        known = Memory(str(said["path"]), str(said["wrote"]), said["before"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known if known.path == str(path) and isinstance(known.before, str | None) else None


def remember(environ: Mapping[str, str], home: Path, known: Memory) -> None:
    """Remember a file. Raises `Unreadable`."""
    place = _place(environ, home, Path(known.path))
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CannotAccess("make", place.parent, error.strerror) from error
    replace(place, json.dumps(asdict(known), ensure_ascii=False) + "\n", expected=read(place))


def forget(environ: Mapping[str, str], home: Path, path: Path) -> None:
    """Forget a file."""
    delete(_place(environ, home, path), home=home)


def _place(environ: Mapping[str, str], home: Path, path: Path) -> Path:
    named = environ.get("XDG_STATE_HOME", "")
    state = Path(named) if named.startswith("/") else home / ".local" / "state"
    return state / "git-coord" / "agents" / f"{digest(str(path))[:20]}.json"
