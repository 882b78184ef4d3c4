"""What was installed: `<coord dir>/installed.json`, written before anything is changed.

{"schema": 1, "mode": "files", "python": ..., "package": ..., "store": "",
 "changes": [{"key": ..., "value": ..., "before": [...], "added": false, "file": ""}],
 "files": {"pre-commit": <sha-256 of our entry>}, "directory": ..., "made": false}
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gitcoord import errors
from gitcoord.dataclass import asdict, dataclass, field
from gitcoord.kernel import atomic, coordfile

if TYPE_CHECKING:
    from pathlib import Path

FILE = coordfile.INSTALLED
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One key of the repository's own configuration.

    `added`: one more value of a key that has many. Otherwise `value` stands instead of all that were there
    `before`. `file`: the configuration of a single worktree, below the common git directory; '' for that of the
    repository.
    """

    key: str
    value: str
    before: tuple[str, ...] = ()
    added: bool = False
    file: str = ""


@dataclass(slots=True)
class Installed:
    """What `uninstall` has to take out.

    `files`: names of the entries in the hooks directory, with the SHA-256 of each. `made`: that directory was
    not there before. `directory`: the one that `core.hooksPath` named, as a hook sees it, where we took its
    place. `git`: the program that was asked for its version (`intact.git_program`).
    """

    mode: str
    python: str = ""
    package: str = ""
    store: str = ""
    changes: list[Change] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    directory: str = ""
    made: bool = False
    git: str = ""

    def change(self, key: str) -> Change | None:
        """What was changed about a key of the repository's configuration that has one value."""
        return next((each for each in self.changes if each.key == key and not (each.added or each.file)), None)


def load(coord_dir: Path) -> Installed | None:
    """What was installed here, or None. Raises `Unreadable`: it is damaged, or a newer gitcoord's."""
    path = coord_dir / FILE
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
        if data.pop("schema") != SCHEMA:
            raise errors.storage.Newer(path)
        changes = [Change(**{**each, "before": tuple(each["before"])}) for each in data.pop("changes")]
        return Installed(changes=changes, **data)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise errors.storage.RecordUnread(path, error) from error


def save(coord_dir: Path, installed: Installed) -> None:
    """Write the record, whole or not at all."""
    text = json.dumps({"schema": SCHEMA, **asdict(installed)}, indent=1, ensure_ascii=True)
    try:
        coord_dir.mkdir(parents=True, exist_ok=True)
        atomic.put(coord_dir / FILE, text + "\n")
    except OSError as error:
        raise errors.storage.CannotAccess("write", coord_dir / FILE, error.strerror) from error


def remove(coord_dir: Path) -> None:
    """Forget what was installed."""
    (coord_dir / FILE).unlink(missing_ok=True)
