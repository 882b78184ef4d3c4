"""`install` and `uninstall`: what `git coord init` and `uninit` do to hooks and settings."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gitcoord.dataclass import dataclass, field
from gitcoord.errors.remedy import Remedy
from gitcoord.errors.storage import SetupForbidden
from gitcoord.setup.installation import (
    config_hooks,
    hooks_dir,
    hooks_path,
    led_past,
    record,
    settings,
    shims,
    worktree_hooks,
)
from gitcoord.setup.installation.config import Config, version
from gitcoord.setup.installation.intact import git_program
from gitcoord.setup.installation.record import Change, Installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.kernel.git import Git

Mode = Literal["auto", "git-config", "files", "none"]

Between = tuple[str, Change] | None
"""The directory that `core.hooksPath` named, and the change that puts ours in its place."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was done, what was left alone, and what a person should know, as sentences.

    `mode`: how git comes to our hooks, never "auto"; empty after `uninstall`.
    """

    mode: str
    done: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def install(
    git: Git, common_dir: Path, coord_dir: Path, *, mode: Mode, python: str, package: str, store: str = ""
) -> Report:
    """Put hooks and settings in, or bring them up to date; a second time it finds nothing to do.

    `python`: a real interpreter, no version manager's shim. `package`: the directory that holds `gitcoord/`.
    `store`: the separate store, empty where the refs are in the repository itself. `auto` takes Git's config
    hooks where git has them. Never both forms at once: another mode than last time takes the old form out.
    Raises `Unreadable` where something cannot be read or written, and `GitFailed`.
    """
    with _writing():
        return _install(git, common_dir, coord_dir, mode, Installed("", python, package, store))


def uninstall(git: Git, common_dir: Path, coord_dir: Path) -> Report:
    """Take out exactly what `install` put in. What somebody changed since is left as it is, and said.

    Raises `Unreadable` where the record or a file cannot be read or written, and `GitFailed`.
    """
    report = Report("")
    with _writing():
        config = Config(git, common_dir)
        installed = record.load(coord_dir)
        if installed is None:
            installed = _unrecorded(config)
            report.kept.append("nothing is on record here: other settings were not taken back")
            if installed.change(hooks_path.KEY):
                report.kept.append("the earlier core.hooksPath is not on record, so core.hooksPath is unset now")
        installed.changes += worktree_hooks.unknown(common_dir, config, installed, [])
        _take_unwanted(config, common_dir, installed, Installed(""), report)
        worktree_hooks.take(common_dir, [])
        record.remove(coord_dir)
    return report


@contextmanager
def _writing() -> Iterator[None]:
    """Say in our words that a file could not be written."""
    try:
        yield
    except OSError as error:
        raise SetupForbidden(error.filename, error.strerror) from error


def _install(git: Git, common_dir: Path, coord_dir: Path, mode: Mode, new: Installed) -> Report:
    config, git_version = Config(git, common_dir), version(git)
    old = record.load(coord_dir) or _unrecorded(config)
    if _same_interpreter(old.python, new.python):
        new.python = old.python
    chosen: str = mode
    if mode == "auto":
        chosen = "git-config" if git_version >= config_hooks.SINCE else "files"
    top = _top(git)
    between = hooks_path.plan(common_dir, config, old, top) if chosen == "files" else None
    entries = hooks_path.directory(common_dir) if between else common_dir / "hooks"
    apart = worktree_hooks.plan(common_dir, config, old, entries) if chosen == "files" else []
    old.changes += worktree_hooks.unknown(common_dir, config, old, apart)
    new.mode, new.git = chosen, git_program(git.env)
    new.changes = _hook_changes(chosen, config, old, between)
    new.changes += _setting_changes(config, git_version, old, new.store)
    new.changes += [each.change for each in apart]
    if between:
        new.directory = between[0]
    elif chosen == "files":
        new.files = dict(old.files)
        new.made = old.made or not (common_dir / "hooks").is_dir()
    report = Report(chosen)
    _take_unwanted(config, common_dir, old, new, report)
    # Before anything is put in: what a crash leaves behind can still be taken out.
    record.save(coord_dir, new)
    if chosen != "none" and shims.write(common_dir, new.python, new.package, new.store):
        report.done.append(f"wrote the hooks to {shims.directory(common_dir)}")
    wrote = between is not None and hooks_path.put(entries, common_dir, top, *between)
    if between is None and chosen == "files":
        _put_entries(common_dir / "hooks", new, report)
    if hooks_path.KEY in _set(config, new, report) or wrote:
        report.done.append(f"core.hooksPath leads to {entries}, whose hooks run ours and then those in {new.directory}")
    if between is not None and hooks_path.overridden(common_dir, config):
        config.say_last(between[1])
    report.done.extend(worktree_hooks.put(common_dir, config, apart))
    worktree_hooks.take(common_dir, apart)
    record.save(coord_dir, new)
    report.hints.extend(_hints(config, common_dir, new, git_version))
    return report


def _same_interpreter(known: str, python: str) -> bool:
    """Whether two paths are one interpreter in one environment: `bin/python3` of the entry point, `bin/python -m`.

    Of another environment it is another one, although both may link to the same file.
    """
    try:
        return Path(known).parent == Path(python).parent and Path(known).samefile(python)
    except OSError:
        return False


def _unrecorded(config: Config) -> Installed:
    """What of ours is there without a record: entries and keys are known by their text, settings are not."""
    keys = [change.key for change in config_hooks.plan()] + [hooks_path.KEY]
    found = [Change(key, value) for key in keys for value in config.own(key)[-1:]]
    found = [each for each in found if each.key != hooks_path.KEY or hooks_path.is_ours(each.value)]
    return Installed("files", changes=found)


def _top(git: Git) -> str:
    status, out, _ = git.ask("rev-parse", "--show-toplevel")
    return os.fsdecode(out).removesuffix("\n") if status == 0 else ""


def _hook_changes(chosen: str, config: Config, old: Installed, between: Between) -> list[Change]:
    if chosen == "git-config":
        return [_over_what_was_there(change, config, old) for change in config_hooks.plan()]
    return [between[1]] if between else []


def _setting_changes(config: Config, git_version: tuple[int, int], old: Installed, store: str) -> list[Change]:
    mine = [change for change in old.changes if not _is_hook(change)]
    planned = settings.plan(config, git_version, mine, separate=bool(store))
    return [change if change.added else _over_what_was_there(change, config, old) for change in planned]


def _over_what_was_there(change: Change, config: Config, old: Installed) -> Change:
    """The change with what the user had in its place: what stands there now, unless we wrote that."""
    known, own = old.change(change.key), config.own(change.key)
    if known and own == (known.value,):
        own = known.before
    return Change(change.key, change.value, () if own == (change.value,) else own)


def _is_hook(change: Change) -> bool:
    return change.key == hooks_path.KEY or change.key.startswith(config_hooks.PREFIX)


def _take_unwanted(config: Config, common_dir: Path, old: Installed, new: Installed, report: Report) -> None:
    """Undo of the old installation all that the new one does not want."""
    wanted = {(change.file, change.key, change.value) for change in new.changes}
    replaced = {(change.file, change.key) for change in new.changes if not change.added}
    for change in reversed(old.changes):
        where = (change.file, change.key)
        if (*where, change.value) in wanted or (where in replaced and not change.added):
            continue
        left = config.take_back(change)
        if left:
            report.kept.append(left)
        else:
            report.done.append(f"took {change.key}{f' in {change.file}' if change.file else ''} back")
    if not new.directory:
        hooks_path.take(common_dir)
    if new.mode != "files" or new.directory:
        hooks = common_dir / "hooks"
        for name in shims.NAMES:
            done, left_alone = hooks_dir.take(hooks, old, name)
            report.done.extend(done)
            report.kept.extend(left_alone)
        if old.made:
            shims.remove_if_empty(hooks)
    if new.mode in ("none", ""):
        shims.remove(common_dir)


def _put_entries(hooks: Path, new: Installed, report: Report) -> None:
    hooks.mkdir(exist_ok=True)
    for name in shims.NAMES:
        done, kept = hooks_dir.put(hooks, new, name)
        report.done.extend(done)
        report.kept.extend(kept)


def _set(config: Config, new: Installed, report: Report) -> set[str]:
    """Apply the changes to the configuration; return the keys that had another value before."""
    changed = set()
    for change in new.changes:
        if change.file or not config.apply(change):
            continue
        changed.add(change.key)
        if not _is_hook(change):
            report.done.append(settings.say(change))
        elif change.key.endswith(".event"):
            report.done.append(f"git runs our {change.value} from its configuration ({change.key})")
    return changed


def _hints(config: Config, common_dir: Path, new: Installed, git_version: tuple[int, int]) -> list[str]:
    if new.mode == "git-config":
        return ["a git older than 2.54 passes over these hooks: if an editor brings one, use --hooks files"]
    if new.mode == "none":
        return [Remedy("no hook was installed: have your hook manager run `{}`", "hook NAME")]
    hints = [led_past.by_environment(value) for value in led_past.in_environment(config)]
    hooks = common_dir / "hooks"
    if any(hooks_dir.is_framework(hooks / name) for name in shims.NAMES):
        hints.append("the pre-commit framework runs our hook first; `pre-commit install -f` would delete it")
    if any(b"lefthook" in shims.content_of(hooks / (name + hooks_dir.KEPT)).lower() for name in shims.NAMES):
        hints.append(Remedy("`lefthook install` moves our hooks aside: run {} after it", "init"))
    if new.directory:
        hints.append(Remedy("when this repository is moved, run {} in its new place", "init"))
    if git_version >= config_hooks.SINCE:
        hints.append("this git has config hooks, which no other manager can displace: --hooks git-config")
    return hints
