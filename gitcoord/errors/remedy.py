"""What helps: commands, each with what it is asked. This module alone knows how a command is typed. Light."""

from __future__ import annotations

PROGRAM = "git coord"

_CAPITALS = (
    "BRANCH BRANCHES CMD FILE GLOB ID JSON KEY MESSAGE NAME PATH REASON REMOTE RIGHT ROLE SCOPE SUBJECT TEXT TITLE"
    " VALUE WHAT WHY"
)
TO_FILL_IN = frozenset(_CAPITALS.split())
"""Words of steps in whose place the reader puts others."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@%+")


def quote(word: str) -> str:
    """Return a word as a shell takes it, in one harmless line: what cannot be printed as bash writes it."""
    if word and _PLAIN.issuperset(word):
        return word
    if word.isprintable():
        return "'" + word.replace("'", "'\"'\"'") + "'"
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(char if char.isprintable() else _escape(ord(char)) for char in escaped) + "'"


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def step(command: str, *words: str) -> str:
    """Return a command with its words as they are typed behind the program's name; `words` are quoted."""
    return " ".join([command, *map(quote, words)])


def typed(command: str, *words: str) -> str:
    """Return a command as it is typed; `words` are quoted."""
    return f"{PROGRAM} {step(command, *words)}"


class Remedy(str):
    """A hint that names commands: `steps` are those that help, as they are typed behind the program's name.

    The command line shows the text; where a caller types no commands, the steps say what to ask.
    """

    steps: tuple[str, ...]

    def __new__(cls, text: str, *steps: str) -> Remedy:
        """Make a hint: each `{}` of the text stands for a step. Steps that have no `{}` are not shown."""
        shown, rest = "", text
        for each in steps:
            before, place, rest = rest.partition("{}")
            shown += before + (f"{PROGRAM} {each}" if place else "")
        self = super().__new__(cls, shown + rest)
        self.steps = steps
        return self

    @property
    def command(self) -> str:
        """The first command that can be run as it stands; '' where in each a word has to be filled in."""
        return next((f"{PROGRAM} {each}" for each in self.steps if TO_FILL_IN.isdisjoint(_words(each))), "")


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()


def join(separator: str, *texts: str) -> Remedy:
    """Return one hint of several, with the steps of all."""
    steps = tuple(each for text in texts if isinstance(text, Remedy) for each in text.steps)
    self = Remedy(separator.join(texts))
    self.steps = steps
    return self
