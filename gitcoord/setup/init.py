"""Set a repository up for gitcoord, and take it out again."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import gitcoord
from gitcoord.dataclass import dataclass, field
from gitcoord.domain.kinds import KINDS
from gitcoord.errors import NoRepository
from gitcoord.errors.hub import StoreStays
from gitcoord.errors.storage import CannotAccess
from gitcoord.kernel import clone, refname, sharing
from gitcoord.kernel.place import discover
from gitcoord.kernel.refname import LEDGER, NOTES, OURS
from gitcoord.kernel.refs import ABSENT, Update
from gitcoord.kernel.store import open_store
from gitcoord.ledger import restore
from gitcoord.ledger.ledger import Ledger
from gitcoord.setup import mend
from gitcoord.setup.installation import refspecs, setup
from gitcoord.sync import makers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gitcoord.domain.workspace import Caller
    from gitcoord.kernel.clock import Clock, Ids
    from gitcoord.kernel.place import Place
    from gitcoord.setup.installation.setup import Mode


@dataclass(frozen=True, slots=True)
class SetUp:
    """What `init` or `uninit` did, what it left alone, and what could be done next, as sentences."""

    store: str
    hooks: str
    done: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


def lines(answer: SetUp, otherwise: str) -> Iterator[str]:
    """Tell people what was done and kept, or `otherwise` where that is nothing, and what could be done next."""
    yield from [*answer.done, *(f"kept: {text}" for text in answer.kept)] or [otherwise]
    yield from (f"hint: {text}" for text in answer.hints)


def init(place: Place, clock: Clock, ids: Ids, caller: Caller, *, hooks: Mode, store: str, python: str) -> SetUp:
    """Make the store, the ledger's first commit and the hooks; a second time it finds nothing to do.

    `store` is 'repo', 'separate', a path, or '' for what was chosen before. `python` is the interpreter that hooks run.
    """
    done: list[str] = []
    place = _choose_store(place, store or _apart(place, done), done)
    try:
        place.coord_dir.mkdir(exist_ok=True)
        done += _share(place)
    except OSError as error:
        raise CannotAccess("make", place.coord_dir, error.strerror) from error
    if place.store_dir != place.common_dir and not Path(place.store_dir, "objects").is_dir():
        shared = f"--shared={place.setting('core.sharedrepository', 'umask')}"
        place.git.run("init", "--quiet", "--bare", "--template=", "--object-format=sha1", shared, place.store_dir)
        done.append(f"made the store {place.store_dir}")
    done += mend.put_aside(place.coord_dir)
    try:
        opened = open_store(place)
    except NoRepository:
        # Nothing was begun: another --store may still be chosen.
        with suppress(OSError):
            place.coord_dir.rmdir()
        raise
    known = clone_exists(place)
    if known and not clone.is_damaged(place.coord_dir) and clone.copied(place.coord_dir):
        done.append("gave this clone an id of its own: it was copied from another one")
    try:
        mail = place.setting("user.email") or f"{caller.user}@{caller.host}"
        ledger = Ledger(opened, lambda: KINDS, clock, ids, mail)
        done += mend.files(place.coord_dir)
        mended = restore.mend(opened, refname.confirmed(place.setting("coord.hub")), KINDS) if known else []
        if ledger.begin(caller.user):
            done.append(f"began the ledger {LEDGER}")
        if mended:
            ledger.merge_logs()
        done += mended
        clone.create(place.coord_dir, ids, known=mend.clone_id(ledger.state(), place.coord_dir))
    finally:
        opened.close()
    done += _put_notes_back(place)
    separate = place.store_dir if place.store_dir != place.common_dir else ""
    report = setup.install(
        place.git,
        Path(place.common_dir),
        place.coord_dir,
        mode=hooks,
        python=python,
        package=str(Path(gitcoord.__file__).resolve().parent.parent),
        store=separate,
    )
    hints = [
        f"{each.key} = {each.value} replaces {each.what} at each git fetch; to prevent that: {each.mend}"
        for each in refspecs.overwriting(place.git, Path(place.common_dir), notes_only=bool(separate))
    ]
    return SetUp(place.store_dir, report.mode, done + report.done, report.kept, [*report.hints, *hints])


def _put_notes_back(place: Place) -> list[str]:
    """Put notes of this clone's commits that were lost back from its own record; return what was done."""
    lost = makers.drop_lost(place.git, NOTES)
    restored, failed = makers.tend(place.git, str(place.coord_dir), NOTES)
    back = f"put the notes of this clone back into {NOTES}" if restored else ""
    return [text for text in (lost, back, failed) if text]


def _share(place: Place) -> list[str]:
    """Open everything in the coord directory as `core.sharedRepository` says; returns what was mended."""
    bits = sharing.mode(place.setting("core.sharedrepository"))
    if not bits:
        return []
    known = clone_exists(place)
    opened = sharing.open_directory(str(place.coord_dir), bits)
    sharing.adopt(str(place.coord_dir))
    for path in [path for path in place.coord_dir.rglob("*") if not path.is_symlink()] if opened and known else ():
        with suppress(PermissionError):  # another member's file: that member's own `init` opens it
            if path.is_dir():
                sharing.open_directory(str(path), bits)
            else:
                path.chmod(path.stat().st_mode & 0o7777 | bits)
    return [f"opened {place.coord_dir} to the group (core.sharedRepository)"] if opened and known else []


def _apart(place: Place, done: list[str]) -> str:
    """Choose a store of its own where the user's own fetch would replace our refs; '' where it would not."""
    if clone_exists(place) or place.setting("coord.store"):
        return ""
    found = [each for each in refspecs.overwriting(place.git, Path(place.common_dir)) if each.covers_state]
    if not found:
        return ""
    done.append(f"chose a separate store: {found[0].key} = {found[0].value} would replace refs/coord at each git fetch")
    return "separate"


def _choose_store(place: Place, store: str, done: list[str]) -> Place:
    if not store:
        return place
    configured = place.setting("coord.store", "repo")
    wanted = store if store in ("repo", "separate") else str(Path(place.cwd, Path(store).expanduser()))
    if wanted == configured:
        return place
    if clone_exists(place):
        raise StoreStays(place.store_dir)
    if wanted == "repo":
        place.git.run("config", "--local", "--unset-all", "coord.store")
    else:
        place.git.run("config", "--local", "coord.store", wanted)
        done.append(f"set coord.store = {wanted}")
    return discover(place.cwd, place.environ)


def clone_exists(place: Place) -> bool:
    """Whether `init` was run here before."""
    return clone.is_set_up(place.coord_dir)


def uninit(place: Place, *, purge: bool, leave: Callable[[], list[str]]) -> SetUp:
    """Take out the hooks and settings that `init` put in; with `purge` also every ref and file of ours.

    `leave` takes out what is ours at the hub, and says what it did. It may take long, so hooks and settings go before;
    the hub's name goes after it, so that whoever breaks it off can do it again.
    """
    report = setup.uninstall(place.git, Path(place.common_dir), place.coord_dir)
    done = list(report.done)
    if purge and place.setting("coord.hub"):
        done += leave()
    for key in ("coord.hub", "coord.hubReadOnly"):
        if key.lower() in place.config:
            place.git.ask("config", "--local", "--unset-all", key)
            done.append(f"took {key} back")
    if purge and place.coord_dir.is_dir():
        store = open_store(place)
        with store.write_lock():
            refs = {ref: oid for prefix in OURS for ref, oid in store.refs.list(prefix).items()}
            if refs:
                store.refs.update([Update(ref, ABSENT, oid) for ref, oid in refs.items()])
                done.append(f"deleted {len(refs)} refs")
        store.close()
        if place.store_dir != place.common_dir:
            _delete_notes(place, done)
        shutil.rmtree(place.coord_dir, ignore_errors=True)
        if place.setting("coord.store"):
            place.git.ask("config", "--local", "--unset-all", "coord.store")
        done.append(f"deleted {place.coord_dir}")
    hints = [] if purge else ["claims and history stay under refs/coord; --purge deletes them, too"]
    return SetUp(place.store_dir, "none", done, report.kept, [*report.hints, *hints])


def _delete_notes(place: Place, done: list[str]) -> None:
    """Notes are on the user's commits, wherever the store is."""
    status, _, _ = place.git.ask("update-ref", "-d", NOTES)
    if status == 0:
        done.append(f"deleted {NOTES}")
