"""Where a hook runs: the repository, its coord directory, its worktree, and git as it was called."""

# ruff: noqa: PTH110, PTH118 - light: neither pathlib nor contextlib is imported

from __future__ import annotations

import os
import sys
import time

from gitcoord.kernel import file
from gitcoord.kernel.git import Git


class Context:
    """The place and the environment of one hook.

    `git` is the user's own repository with the index that git gave the hook; `common_dir`, `store_dir` and `coord_dir`
    are the common git directory, the repository with the ledger, and the directory with everything else of ours.
    `asker` is the process id of the git that runs the hook, as the hook's shell knows it, '' where that is not known.
    `git_dir` is that of the worktree, looked for where it is not given.
    """

    __slots__ = ("_git_dir", "asker", "common_dir", "coord_dir", "environ", "git", "store_dir")

    def __init__(
        self, common_dir: str, store: str, environ: dict[str, str], asker: str = "", git_dir: str = ""
    ) -> None:
        # A hook never waits for the network: what a partial clone lacks is missing (git 2.44 and later).
        self.environ = {**environ, "GIT_NO_LAZY_FETCH": "1"}
        self.asker = asker
        self.common_dir = common_dir
        self.store_dir = os.path.join(common_dir, store) if store else common_dir
        self.coord_dir = common_dir + "/coord"
        self.git = Git(self.environ, keep_local=True)
        self._git_dir = git_dir

    @property
    def store_git(self) -> Git:
        """Git on the repository that holds the ledger."""
        return Git(self.environ, git_dir=self.store_dir)

    @property
    def git_dir(self) -> str:
        """The git directory of this worktree, absolute and without symbolic links."""
        if not self._git_dir:
            found = self.environ.get("GIT_DIR") or _below_here()
            self._git_dir = os.path.realpath(found or self.git.text("rev-parse", "--absolute-git-dir"))
        return self._git_dir

    @property
    def worktree_name(self) -> str:
        """A name for this worktree: linked ones have different ones already."""
        parent, _, name = self.git_dir.rpartition("/")
        return f"worktree-{name}" if parent.endswith("/worktrees") else "main"

    def has(self, name: str) -> bool:
        """Whether this worktree's git directory has such a file or directory."""
        return os.path.exists(f"{self.git_dir}/{name}")

    @property
    def rebasing(self) -> bool:
        """Whether a rebase (or am) is under way here."""
        return self.has("rebase-merge") or self.has("rebase-apply")

    def ledger_tip(self) -> str:
        """Return the id of the ledger's tip as its file has it; '' where it has none."""
        return file.first_line(f"{self.store_dir}/refs/coord/ledger")

    def amends(self) -> bool:
        """Whether the git that runs this hook was told to amend, as far as its command line can be seen."""
        from gitcoord.kernel import process

        found = process.read(int(self.asker) if self.asker.isdigit() else os.getppid())
        return any(len(arg) > 3 and "--amend".startswith(arg) for arg in found.argv) if found is not None else False

    def now(self) -> int:
        """The time, in seconds."""
        return int(time.time())

    def skew(self) -> int:
        """How many seconds the clocks of two clones may be apart (`coord.clockSkew`). Raises `Usage`."""
        from gitcoord.policy import duration, lease

        _, out, _ = self.git.ask("config", "--get", "coord.clockSkew")
        text = out.decode(errors="replace").removesuffix("\n")
        return max(lease.SKEW, duration.parse(text)) if text else lease.SKEW

    def strictness(self) -> str:
        """`coord.guard`: 'refuse', 'warn' or 'off'. What is none of these is 'refuse'."""
        _, out, _ = self.git.ask("config", "--get", "coord.guard")
        value = out.decode(errors="replace").strip().lower()
        return value if value in ("warn", "off") else "refuse"

    def say(self, lines: list[str]) -> None:
        """Tell the user, on standard error."""
        if lines:
            sys.stderr.write("".join(line + "\n" for line in lines))


def _below_here() -> str:
    """The git directory that `.git` is or names (a hook stands at the top of its worktree); '' where there is none."""
    try:
        content = file.read(".git")
    except IsADirectoryError:
        return ".git"
    except OSError:
        return ""
    return os.fsdecode(content.removeprefix(b"gitdir:").strip())
