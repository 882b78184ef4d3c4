"""Requests that make no sense as they stand, one class a case (`Usage`, status 2)."""

from __future__ import annotations

from gitcoord.errors import Usage
from gitcoord.errors.listing import see
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

    def __init__(self, name: str, other: str, *, example: str = "") -> None:
        super().__init__(f"{name} goes with {other}", Remedy("{}", example) if example else "")


class TakesOneOf(Usage):
    """A command that takes exactly one of several things."""

    def __init__(self, command: str, *ways: str) -> None:
        super().__init__(f"{command} takes one of: {_listed(ways)}", Remedy("see: {}", f"help {command}"))


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


class AtMost(Usage):
    """More than `whole` may have of `parts`: a plural, or a unit of length."""

    def __init__(self, whole: str, most: int | str, parts: str = "characters", hint: str = "") -> None:
        super().__init__(f"{whole} has at most {most} {parts}", hint)


class NotOneLine(Usage):
    """A text that should be one short line; `example` is the command that takes the rest elsewhere."""

    def __init__(self, what: str, most: int, unit: str = "characters", hint: str = "", *, example: str = "") -> None:
        rest = Remedy("say the rest apart from it: {}", example) if example else hint
        super().__init__(f"{what} is one line of 1 to {most} {unit}", rest)


class Missing(Usage):
    """Something without which a request means nothing: `whole` needs `part`, both with their articles."""

    def __init__(self, whole: str, part: str, hint: str = "", *, example: str = "") -> None:
        super().__init__(f"{whole} needs {part}", hint or (Remedy("{}", example) if example else ""))


class WrongField(Usage):
    """A field that is not `what` it has to be: a noun with its article."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name} is {what}")


class WrongWord(Usage):
    """A field with a word that is not one of those that there are."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"{name} is one of: {_listed(known)}")


class UnknownField(Usage):
    """A field that `whole` does not have; `known` are those that it has."""

    def __init__(self, whole: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"{whole} has no {name}", f"it has: {_listed(known) or 'no fields'}")


class NotParsed(Usage):
    """A text, `what` with its article, that is not in a language, and why."""

    def __init__(self, what: str, language: str, why: object, hint: str = "") -> None:
        super().__init__(f"{what} is not {language}: {why}", hint)


class NotRecordable(Usage):
    """Words that the ledger does not take, and why."""

    def __init__(self, why: object, hint: str = "") -> None:
        super().__init__(f"this cannot be recorded: {why}", hint)


class NotInstalled(Usage):
    """A package of Python that `what` needs; `install` is the command that gets it."""

    def __init__(self, what: str, package: str, install: str) -> None:
        super().__init__(f"{what} needs the package {package}, which is not installed", install)


class CannotUse(Usage):
    """A file that was named, and that the system refuses to `verb`: `why` is what it says."""

    def __init__(self, verb: str, path: object, why: object) -> None:
        super().__init__(f"cannot {verb} {path}: {why}")


class NotEmpty(Usage):
    """A directory that was to be a new one."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is not an empty directory", "name one that does not exist yet")


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

    def __init__(self, text: str, noun: str) -> None:
        article = "an" if noun[:1] in "aeiou" else "a"
        super().__init__(f"{text!r} is not the id of {article} {noun}", see(noun))


class Oneself(Usage):
    """The session that asks is named where another one is meant."""

    def __init__(self) -> None:
        super().__init__("that is this session itself", Remedy("see who is there: {}", "sessions --all"))


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

    def __init__(self, text: str) -> None:
        hint = (
            "make a first commit"
            if text == "HEAD"
            else "fetch it (in CI: check out the whole history), or name another"
        )
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
