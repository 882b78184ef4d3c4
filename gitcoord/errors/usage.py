"""Requests that make no sense as they stand, one class a case (`Usage`, status 2)."""

from __future__ import annotations

from gitcoord.errors import Usage
from gitcoord.errors.remedy import Remedy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

CANDIDATES = 5
"""Of many ids that a text could mean, so many are named."""

DIGITS = 12
"""Digits of an id that are shown."""


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


class Exclusive(Usage):
    """Two options, or more, that exclude each other."""

    def __init__(self, *names: str) -> None:
        super().__init__(f"{_listed(names[:-1])} and {names[-1]} exclude each other")


class GoesWith(Usage):
    """An option that means something only beside another one; `example` is a command that has both."""

    def __init__(self, name: str, other: str, example: str = "") -> None:
        super().__init__(f"{name} goes with {other}", Remedy("{}", example) if example else "")


class NotOneOf(Usage):
    """A word that is not one of those that there are: `what` is a word for them, with its article."""

    def __init__(self, text: str, what: str, known: Iterable[str]) -> None:
        super().__init__(f"{text!r} is not {what}", f"it is one of: {_listed(known)}")


class NotWritten(Usage):
    """A text that is not `what` it should be (a noun with its article); `example` shows how it is written."""

    def __init__(self, text: str, what: str, example: str) -> None:
        super().__init__(f"{text!r} is not {what}", f"write {example}")


class OutOfRange(Usage):
    """A value that is written well, and too small or too large: `what` is a noun with its article."""

    def __init__(self, what: str, text: str, example: str) -> None:
        super().__init__(f"{what} {text!r} is out of range", f"write {example}")


class TooLong(Usage):
    """A text that is longer than `what` may be, in characters or another unit."""

    def __init__(self, what: str, most: int, unit: str = "characters", hint: str = "") -> None:
        super().__init__(f"{what} has at most {most} {unit}", hint)


class NotOneLine(Usage):
    """A text that should be one short line."""

    def __init__(self, what: str, most: int, unit: str = "characters", hint: str = "") -> None:
        super().__init__(f"{what} is one line of 1 to {most} {unit}", hint)


class Missing(Usage):
    """Something without which a request means nothing: `whole` needs `part`, both with their articles."""

    def __init__(self, whole: str, part: str, hint: str = "") -> None:
        super().__init__(f"{whole} needs {part}", hint)


class UnpairedSurrogate(Usage):
    """A text that cannot be stored: half of a character stands in it."""

    def __init__(self) -> None:
        super().__init__("the text contains an unpaired surrogate", "write it as valid Unicode")


class Ambiguous(Usage):
    """The beginning of several ids."""

    def __init__(self, text: str, ids: Iterable[str]) -> None:
        named = " or ".join(name[:DIGITS] for name in list(ids)[:CANDIDATES])
        super().__init__(f"{text} could be {named}", "write more of the id")


class AmbiguousName(Usage):
    """The name of several living sessions (ids)."""

    def __init__(self, name: str, ids: Iterable[str]) -> None:
        known = list(ids)
        super().__init__(f"{len(known)} live sessions are called {name}: {_listed(known)}", "say which by its id")


class NotAnId(Usage):
    """A text that cannot be the id of such a thing (a noun), nor the beginning of one."""

    def __init__(self, text: str, noun: str, hint: str = "") -> None:
        article = "an" if noun[:1] in "aeiou" else "a"
        super().__init__(f"{text!r} is not the id of {article} {noun}", hint)


class Oneself(Usage):
    """The session that asks is named where another one is meant."""

    def __init__(self, hint: str = "") -> None:
        super().__init__("that is this session itself", hint or Remedy("see who is there: {}", "sessions"))


class Circular(Usage):
    """Things (a plural) that wait for each other, by their names."""

    def __init__(self, things: str, names: Iterable[str]) -> None:
        named = ", ".join(name[:40] for name in list(names)[:10])
        super().__init__(f"these {things} wait for each other: {named}")


class TwoAlike(Usage):
    """Two things (a plural) of one name."""

    def __init__(self, things: str, name: str) -> None:
        super().__init__(f"two {things} are called {name}")


class NoCommit(Usage):
    """A name that no commit of this repository has."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(f"there is no commit {text!r} in this repository", hint)


class Bare(Usage):
    """Something that a bare repository does not have."""

    def __init__(self, thing: str, hint: str = "run it in a worktree") -> None:
        super().__init__(f"there is no {thing} in a bare repository", hint)


class NothingToClaim(Usage):
    """A claim that names nothing."""

    def __init__(self) -> None:
        said = "name a path, a glob such as 'src/**/*.py', or a name such as slot:deploy"
        super().__init__("nothing to claim", said)
