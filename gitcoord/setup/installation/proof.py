"""Proof that git really reaches each hook: `doctor` runs them through git and looks who answered.

With `GIT_COORD_PROBE` in the environment our hook writes its name to that file and ends with 1, before
anything else. Hooks of other people have side effects, so none of them is to run for the question:

- Config hooks of others are switched off for it (`-c hook.NAME.enabled=false`), and with ours in the
  configuration the hook directory too.
- Our entry in a hook directory runs ours first, and 1 ends it there.
- Where git would come to a hook that leads to none of ours, nothing is run: that it is not reached is known.
- The pre-commit framework goes on after ours: it is run in an empty work tree, where it finds no
  configuration of its own.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.errors.remedy import Remedy
from gitcoord.kernel import spawn
from gitcoord.setup.installation import config_hooks, hooks_dir, hooks_path, led_past, record, shims, worktree_hooks
from gitcoord.setup.installation.config import Config, as_the_user, version
from gitcoord.setup.installation.intact import intact

if TYPE_CHECKING:
    from gitcoord.kernel.git import Git
    from gitcoord.setup.installation.record import Installed

PROBE = "GIT_COORD_PROBE"

_INIT: str = Remedy("{}", "init")

_HOOK_RUN_SINCE = (2, 36)

_ARGUMENTS = {
    "prepare-commit-msg": ["COMMIT_EDITMSG"],
    "pre-push": ["origin", "origin"],
    "post-merge": ["0"],
    "post-rewrite": ["rebase"],
}
"""What git would pass; the pre-commit framework looks at how many there are."""

_LIMIT = 20.0
"""Seconds for one hook to answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One hook: whether git reaches it; where it does not, why, and what mends it (a command)."""

    hook: str
    reached: bool
    reason: str = ""
    mend: str = ""


def prove(git: Git, common_dir: Path, coord_dir: Path) -> list[Finding]:
    """Run each of the six hooks through git, as it would be run from where `git` stands.

    One finding for each hook, and one more for each worktree whose own configuration leads past them. Raises
    `Unreadable` where the record cannot be read, and `GitFailed`.
    """
    installed, git_version = record.load(coord_dir), version(git)
    if installed is None or installed.mode == "none":
        return _all("it was not installed", _INIT)
    known = ".".join(map(str, git_version))
    if git_version < _HOOK_RUN_SINCE:
        return _all(f"git {known} has no `git hook run` to prove it with", "use git 2.36 or newer")
    if installed.mode == "git-config" and git_version < config_hooks.SINCE:
        return _all(f"git {known} does not know config hooks", f"{_INIT} --hooks files")
    # Outside of the repository: the pre-commit framework refuses to work inside a git directory.
    with tempfile.TemporaryDirectory(prefix="coord-probe-", dir=git.env.get("TMPDIR", "/tmp")) as scratch:
        question = _Question(git, common_dir, coord_dir, installed, Path(scratch))
        findings = [question.about(name) for name in shims.NAMES]
    if installed.mode == "files":
        config, entries = Config(git, common_dir), common_dir / "hooks"
        if installed.directory:
            entries = hooks_path.directory(common_dir)
        findings += [
            Finding(f"worktree {each.top}", False, f"its own core.hooksPath leads to {each.where}", _INIT)
            for each in worktree_hooks.plan(common_dir, config, installed, entries)
            if config.in_file(each.change.file, hooks_path.KEY, included=True)[-1:] != (each.change.value,)
        ]
    return findings


def _all(reason: str, mend: str) -> list[Finding]:
    return [Finding(name, False, reason, mend) for name in shims.NAMES]


class _Question:
    """Asking git for one hook after the other."""

    def __init__(self, git: Git, common_dir: Path, coord_dir: Path, installed: Installed, scratch: Path) -> None:
        self._git, self._common, self._coord, self._scratch = git, common_dir, coord_dir, scratch
        self._config = Config(git, common_dir)
        status, out, _ = git.ask("rev-parse", "--show-toplevel")
        self._top = os.fsdecode(out).removesuffix("\n") if status == 0 else str(common_dir)
        self._hooks = {key.removesuffix(".event") for key in self._config.matching(r"^hook\..*\.event$")}
        self._from_config = installed.mode == "git-config"
        self._words = as_the_user(git)

    def about(self, name: str) -> Finding:
        words, env = [*self._words, *self._silence()], dict(self._git.env)
        if self._from_config:
            words += ["-c", "core.hooksPath=/dev/null"]
        else:
            found = self._file(name)
            entry = hooks_dir.standing(found.parent, name)
            if entry is None:
                return self._past(name, found)
            if entry != found:
                words += self._in_an_empty_tree()
                env["PRE_COMMIT_ALLOW_NO_CONFIG"] = "1"
        answer = self._scratch / name
        env[PROBE] = str(answer)
        words += ["hook", "run", name, "--", *_ARGUMENTS.get(name, [])]
        status, out, err = spawn.run(words, env, timeout=_LIMIT)
        if shims.content_of(answer).split() == [name.encode()]:
            return Finding(name, True)
        said = (err or out).decode(errors="replace").strip().splitlines()
        values = self._config.in_force(hooks_path.KEY, path=True)
        named = values[-1].value if values else ""
        reason = intact(self._git, self._common, self._coord, named=named, top=self._top) or "; ".join(said[-1:])
        return Finding(name, False, reason or f"git ended with {status} and ran nothing of ours", _INIT)

    def _silence(self) -> list[str]:
        """Options that switch config hooks off: those of others, and ours where an entry is asked for."""
        hooks = self._hooks
        if self._from_config:
            hooks = {hook for hook in hooks if not hook.startswith(config_hooks.PREFIX)}
        return [word for hook in sorted(hooks) for word in ("-c", f"{hook}.enabled=false")]

    def _file(self, name: str) -> Path:
        """The hook file that git would run."""
        words = [*self._words, "rev-parse", "--git-path", f"hooks/{name}"]
        status, out, _ = spawn.run(words, self._git.env)
        path = Path(os.fsdecode(out).removesuffix("\n")) if status == 0 else self._common / "hooks" / name
        return Path(self._top, path)

    def _in_an_empty_tree(self) -> list[str]:
        empty = self._scratch / "empty"
        empty.mkdir(exist_ok=True)
        git_dir = self._git.text("rev-parse", "--absolute-git-dir")
        return ["-C", str(empty), f"--git-dir={git_dir}", f"--work-tree={empty}"]

    def _past(self, name: str, found: Path) -> Finding:
        """Git comes to a file that leads to none of ours: why."""
        values = self._config.in_force(hooks_path.KEY, path=True)
        if said := led_past.in_environment(self._config):
            return Finding(name, False, led_past.by_environment(said[-1]), "unset GIT_CONFIG_COUNT")
        if values and not hooks_path.is_ours(values[-1].value):
            reason = f"core.hooksPath ({values[-1].scope}) leads to {values[-1].value}"
        elif hooks_dir.is_framework(found):
            reason = (
                f"{found} is the pre-commit framework's, and ours is not at {found.name}{hooks_dir.LEGACY} "
                "(`pre-commit install -f` deletes it)"
            )
        elif found.exists():
            reason = f"{found} is another hook"
        else:
            reason = f"{found} is gone"
        return Finding(name, False, reason, _INIT)
