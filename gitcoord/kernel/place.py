"""Where we are: the work repository, its common git directory, and the store that holds the coordination refs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord import errors
from gitcoord.dataclass import dataclass, field
from gitcoord.kernel import coordfile
from gitcoord.kernel.git import Git

if TYPE_CHECKING:
    from gitcoord.errors import NoRepository

SEPARATE = coordfile.STORE
"""Name of the separate store inside the coord directory (`coord.store = separate`)."""


_READ = (
    r"^(coord\..*|user\.(name|email)|core\.(ignorecase|hookspath|sharedrepository|symlinks|filemode)"
    r"|init\.defaultbranch)$"
)
"""The configuration that we look at."""


@dataclass(frozen=True, slots=True)
class Place:
    """One repository as seen from one directory. All paths are absolute.

    `top` is the top of the work tree, empty in a bare repository. `git_dir` belongs to this worktree, `common_dir` to
    all of them. `store_dir` is the repository with `refs/coord`: `common_dir`, unless `coord.store` names another.
    """

    cwd: str
    top: str
    git_dir: str
    common_dir: str
    object_format: str
    store_dir: str
    environ: dict[str, str] = field(repr=False)
    config: dict[str, list[str]] = field(repr=False)

    @property
    def coord_dir(self) -> Path:
        """Everything of ours that is not a ref or an object: locks, journal, roster."""
        return Path(self.common_dir, "coord")

    @property
    def below(self) -> str:
        """Where below the top of the work tree `cwd` is; empty at the top, and outside of it."""
        inside = self.top and self.cwd.startswith(f"{self.top}/")
        return self.cwd[len(self.top) + 1 :] if inside else ""

    @property
    def git(self) -> Git:
        """Git as the user would run it here."""
        if "GIT_DIR" in self.environ:  # the work tree knows nothing of its repository
            return Git(self.environ, cwd=self.top or self.common_dir, git_dir=self.git_dir, work_tree=self.top)
        return Git(self.environ, cwd=self.top or self.common_dir)

    @property
    def store_git(self) -> Git:
        """Git on the store, whatever directory or environment we were called from.

        What is missing there is missing: in a partial clone git does not ask the promisor for it.
        """
        return Git({**self.environ, "GIT_NO_LAZY_FETCH": "1"}, git_dir=self.store_dir)

    @property
    def hooks_path(self) -> str:
        """The user's `core.hooksPath`; '' where there is none. The last value is our own, which silences hooks."""
        return ["", *self.config.get("core.hookspath", [])[:-1]][-1]

    def setting(self, key: str, default: str = "") -> str:
        """The last value of a configuration key, which is written in lower case."""
        values = self.config.get(key)
        return values[-1] if values else default

    def flag(self, key: str, default: bool) -> bool:
        """A boolean configuration value, as git reads them."""
        value = self.setting(key, "true" if default else "false").lower()
        return value in ("true", "yes", "on") or (value.lstrip("+-").isdigit() and int(value) != 0)


def discover(cwd: str, environ: dict[str, str]) -> Place:
    """Find the repository around `cwd`. Raises `NoRepository` with git's own reason where there is none to use."""
    # keep_local: a hook or a user may have said GIT_DIR; what they said is where we are.
    git = Git(environ, cwd=cwd, keep_local=True)
    asked = git.start(
        "rev-parse",
        "--path-format=absolute",
        "--git-dir",
        "--git-common-dir",
        "--show-object-format",
        "--is-bare-repository",
        "--show-toplevel",
        keep_stderr=True,
    )
    configured = git.start("config", "--null", "--get-regexp", _READ)
    _, out, err = asked.communicate()
    _, pairs, _ = configured.communicate()
    lines = os.fsdecode(out).split("\n", 4)
    if len(lines) < 4 or not lines[3]:
        raise _no_repository(cwd, err.decode(errors="replace"))
    git_dir, common_dir, object_format = lines[0], lines[1], lines[2]
    if object_format not in ("sha1", "sha256") or lines[3] not in ("true", "false"):
        raise errors.place.LineEndInPath()
    config = _parse(pairs)
    return Place(
        cwd=str(Path(cwd).absolute()),
        top=lines[4].removesuffix("\n") if len(lines) > 4 else "",
        git_dir=git_dir,
        common_dir=common_dir,
        object_format=object_format,
        store_dir=_store(common_dir, config.get("coord.store", ["repo"])[-1]),
        environ=environ,
        config=config,
    )


def _store(common_dir: str, value: str) -> str:
    if value in ("repo", ""):
        return common_dir
    if value == "separate":
        return str(Path(common_dir, "coord", SEPARATE))
    return str(Path(common_dir, Path(value).expanduser()))


def _parse(pairs: bytes) -> dict[str, list[str]]:
    config: dict[str, list[str]] = {}
    for item in os.fsdecode(pairs).split("\0"):
        key, valued, value = item.partition("\n")
        if key:
            config.setdefault(key, []).append(value if valued else "true")
    return config


def _no_repository(cwd: str, said: str) -> NoRepository:
    reason = [line.removeprefix("fatal: ").strip() for line in said.splitlines() if line.startswith("fatal: ")]
    if "dubious ownership" in said:
        return errors.place.OfAnotherUser(cwd, _named(said) or cwd)
    if "not a git repository" in said:
        return errors.place.NotInRepository(cwd)
    return errors.place.RefusedByGit(cwd, reason[0] if reason else "")


def _named(said: str) -> str:
    """The repository that git named between quotes."""
    return said.partition("repository at '")[2].partition("'")[0]
