"""What installing changes in each file, worked out whole before anything is written."""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gitcoord.dataclass import dataclass
from gitcoord.domain.agent import merge, tomltext, writing
from gitcoord.domain.agent.parts import Json, Own, Toml, is_hook
from gitcoord.errors.agent import (
    Inline,
    KeepsWriting,
    NotAsExpected,
    NotOurs,
    NotParsed,
    NotValid,
    Unfit,
    WrittenInline,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gitcoord.domain.agent.parts import Part, Where
    from gitcoord.domain.agent.writing import Memory

OURS = "git-coord wrote this file"
"""What every file that is ours alone says in its first lines."""

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A file, what it holds now and what it is to hold; None: there is no file. `base` is its text without ours.

    `kept` says, as sentences, what was not changed and why.
    """

    path: Path
    now: str | None
    then: str | None
    base: str | None = None
    exact: bool = True
    kept: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """What happens to the file."""
        if self.now == self.then:
            return "unchanged"
        return "created" if self.now is None else "deleted" if self.then is None else "changed"

    def diff(self) -> Iterator[str]:
        """Yield the lines of a unified diff."""
        for line in difflib.unified_diff(
            (self.now or "").splitlines(keepends=True),
            (self.then or "").splitlines(keepends=True),
            "/dev/null" if self.now is None else str(self.path),
            "/dev/null" if self.then is None else str(self.path),
        ):
            yield line.removesuffix("\n")
            if not line.endswith("\n"):
                yield "\\ No newline at end of file"


def installing(part: Part, where: Where) -> Change:
    """Return what a file becomes with everything of ours. Raises `Unreadable` for one that is not what it has to be."""
    now = writing.read(part.path)
    if isinstance(part, Own):
        if now is not None and not _is_our_own(now):
            raise NotOurs(part.path)
        return Change(part.path, now, part.text)
    with _explained(part.path):
        base = _base(part, now, writing.memory(where.environ, where.home, part.path))
        then = _put_in(part, base)
        return Change(part.path, now, then, base, _taken_out(part, then) == base, _in_the_way(part, then))


def uninstalling(part: Part, where: Where) -> Change:
    """Return what a file becomes without ours. Raises `Unreadable`."""
    now = writing.read(part.path)
    known = writing.memory(where.environ, where.home, part.path)
    if now is None:
        return Change(part.path, None, None)
    if isinstance(part, Own):
        if not _is_our_own(now):
            return Change(part.path, now, now)
        if known is not None and known.wrote != writing.digest(now):
            return Change(part.path, now, now, kept=(f"{part.path} was edited by hand: delete it yourself",))
        return Change(part.path, now, None)
    if known is not None and known.before is not None and known.wrote == writing.digest(now):
        return Change(part.path, now, known.before)
    with _explained(part.path):
        return Change(part.path, now, _taken_out(part, now, known.before if known is not None else None))


def carry_out(part: Part, where: Where, plan: Callable[[Part, Where], Change]) -> Change:
    """Write what was planned, and remember it. Raises `Unreadable`, and `Busy` where another program keeps writing."""
    for _ in range(_TRIES):
        change = plan(part, where)
        if not _written(change, where):
            continue
        if plan is uninstalling:
            writing.forget(where.environ, where.home, part.path)
        elif change.then is not None:
            before = None if change.exact else change.base
            known = writing.Memory(str(part.path), writing.digest(change.then), before)
            if known != writing.memory(where.environ, where.home, part.path):
                writing.remember(where.environ, where.home, known)
        return change
    raise KeepsWriting(part.path)


def _written(change: Change, where: Where) -> bool:
    if change.then == change.now:
        return True
    if change.then is not None:
        mode = 0o644 if where.project else 0o600  # of a new file
        return writing.replace(change.path, change.then, expected=change.now, mode=mode)
    if writing.read(change.path) != change.now:
        return False
    writing.delete(change.path, home=where.top if where.project else where.home)
    return True


def _base(part: Json | Toml, now: str | None, known: Memory | None) -> str | None:
    """Return the text without what was installed before; what a person typed like it, stays."""
    if now is None:
        return None
    if known is not None:
        same = known.wrote == writing.digest(now)
        return known.before if same and known.before is not None else _taken_out(part, now, known.before)
    if isinstance(part, Toml) or any(is_hook(value) for _, value in merge.owned(now, part.plan)):
        return _taken_out(part, now)  # nobody types our hooks by hand: another machine installed them
    return now


def _put_in(part: Json | Toml, text: str | None) -> str | None:
    if isinstance(part, Toml):
        return tomltext.put_in(text, part.header, part.body)
    whole = merge.put_in(text, part.plan)
    return text if text is None and not merge.owned(whole, part.plan) else whole


def _taken_out(part: Json | Toml, text: str | None, before: str | None = None) -> str | None:
    if text is None:
        return None
    if isinstance(part, Toml):
        return tomltext.taken_out(text, part.header, part.body)
    return merge.taken_out(text, part.plan, before)


def _in_the_way(part: Json | Toml, text: str | None) -> tuple[str, ...]:
    """Return what stands in the place of ours, and stays, as sentences."""
    if text is None:
        return ()
    if isinstance(part, Toml):
        there = not tomltext.is_ours(text, part.header)
        return (f"{part.path} has a table {part.header} already: it was left as it is",) if there else ()
    names = [".".join((*entry.path, entry.key or "")) for entry in merge.others(text, part.plan)]
    return tuple(f"{part.path} has {name} already: it was left as it is" for name in names)


def _is_our_own(text: str) -> bool:
    return OURS in text[:200]


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say of a file that cannot be read what is wrong with it."""
    language = "TOML" if path.suffix == ".toml" else "JSON"
    try:
        yield
    except NotParsed as error:
        raise NotValid(path, language, error.line) from error
    except Unfit as error:
        raise NotAsExpected(path, error.name) from error
    except Inline as error:
        raise WrittenInline(path, error.name) from error
