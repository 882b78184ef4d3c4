"""The git commands in a line of shell, as far as they can be seen without running it.

Quotes, escapes, comments, here-documents, `cd`, `git -C`, variables set in front, programs that run another one
(`env`, `sudo`, `timeout`, ...), `sh -c`, what `sh` is given to read, substitutions and groups are understood. What
cannot be told (a variable's value, an alias of the shell) is left as it is written: a line that hides its command from
this is not refused.
"""

# ruff: noqa: PTH111, PTH118 - light: pathlib is not imported

from __future__ import annotations

import os

from gitcoord.hook.agent.words import CLOSE, LINE, OPEN, Here, Inner, Scanner

_RUNNERS = {
    "command": "",
    "builtin": "",
    "exec": "",
    "env": "uSC",
    "sudo": "ugpCDhRT",
    "doas": "uC",
    "nice": "n",
    "ionice": "cn",
    "nohup": "",
    "setsid": "",
    "stdbuf": "ioe",
    "time": "fo",
    "timeout": "ks",
    "xargs": "IiLnPdEas",
    "caffeinate": "",
    "then": "",
    "do": "",
    "else": "",
    "if": "",
    "while": "",
    "until": "",
    "elif": "",
    "!": "",
    "{": "",
}
"""Programs and words behind which a command stands, each with its options that take a value."""

_SHELLS = frozenset(["sh", "bash", "dash", "zsh", "ksh", "ash"])
_GIT_VALUES = frozenset(
    ["-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env", "--super-prefix"]
)
_DEEPEST = 5
_LONGEST = 64 * 1024


class Command:
    """A git command: `verb` and what follows it, `where` the directory it runs in, `settings` what `-c` says.

    `args` of `git coord` begin with the name of its own command.
    """

    __slots__ = ("args", "settings", "verb", "where")

    def __init__(self, verb: str, args: list[str], where: str, settings: list[str]) -> None:
        self.verb = verb
        self.args = args
        self.where = where
        self.settings = settings

    def __repr__(self) -> str:
        return f"<git {self.verb} {self.args} in {self.where}>"


def git_commands(line: str, cwd: str, depth: int = 0) -> list[Command]:
    """Return the git commands in a line of shell that is run in the directory `cwd`."""
    if "git" not in line or depth > _DEEPEST:
        return []
    found: list[Command] = []
    where, above = cwd, [cwd]
    words: list[str] = []
    texts: list[str] = []
    reads = False  # whether a shell of this line runs what it reads
    for word in [*Scanner(line[:_LONGEST]).scan(), LINE]:
        if isinstance(word, str):
            words.append(word)
            continue
        if isinstance(word, Here):
            texts.append(word.text)
            continue
        if isinstance(word, Inner):
            found += git_commands(word.text, where, depth + 1)
            continue
        reads = reads or _reads_commands(words)
        where = _run(words, where, found, depth)
        words = []
        if word is LINE:
            for text in texts if reads else ():
                found += git_commands(text, where, depth + 1)
            texts, reads = [], False
        if word is OPEN:
            above.append(where)
        elif word is CLOSE and len(above) > 1:
            where = above.pop()
    return found


def _run(words: list[str], where: str, found: list[Command], depth: int) -> str:
    """Take one simple command; returns the directory in which the next one runs."""
    words = _unwrapped(words)
    if not words:
        return where
    program, args = words[0].rpartition("/")[2], words[1:]
    if program in ("cd", "pushd"):
        named = [arg for arg in args if arg not in ("--", "-P", "-L")]
        return _joined(where, named[0]) if named else where
    if program in _SHELLS:
        for at, arg in enumerate(args):
            if arg.startswith("-") and not arg.startswith("--") and "c" in arg and at + 1 < len(args):
                found += git_commands(args[at + 1], where, depth + 1)
                break
    elif program == "eval":
        found += git_commands(" ".join(args), where, depth + 1)
    elif program == "git":
        command = _git(args, where)
        if command is not None:
            found.append(command)
    elif program == "git-coord":
        found.append(_coord(args, where, []))
    return where


def _reads_commands(words: list[str]) -> bool:
    """Whether a simple command is a shell that runs what it reads; one with `-c` is told what to run."""
    words = _unwrapped(words)
    if not words or words[0].rpartition("/")[2] not in _SHELLS:
        return False
    return not any(arg.startswith("-") and not arg.startswith("--") and "c" in arg for arg in words[1:])


def _git(args: list[str], where: str) -> Command | None:
    settings: list[str] = []
    at = 0
    while at < len(args) and args[at].startswith("-"):
        option, equals, value = args[at].partition("=")
        if option == "-C" and at + 1 < len(args):
            where = _joined(where, args[at + 1])
            at += 1
        elif option == "--work-tree":
            where = _joined(where, value if equals else args[at + 1] if at + 1 < len(args) else ".")
            at += 0 if equals else 1
        elif option in _GIT_VALUES and not equals:
            settings += args[at + 1 : at + 2] if option == "-c" else []
            at += 1
        at += 1
    if args[at : at + 1] == ["coord"]:
        return _coord(args[at + 1 :], where, settings)
    return Command(args[at], args[at + 1 :], where, settings) if at < len(args) else None


def _coord(args: list[str], where: str, settings: list[str]) -> Command:
    """A command of ours: its own name stands first, whatever options stood before it."""
    if "-C" in args[:-1]:
        where = _joined(where, args[args.index("-C") + 1])
    at = 0
    while at < len(args) and args[at].startswith("-"):
        at += 2 if args[at] in ("-C", "--session") else 1
    return Command("coord", args[at:], where, settings)


def _unwrapped(words: list[str]) -> list[str]:
    """A command without what only runs it: variables in front, `env`, `sudo` and the like, words of the shell."""
    while words:
        name = words[0].rpartition("/")[2]
        if _is_assignment(words[0]):
            words = words[1:]
        elif name in _RUNNERS:
            takes, words = _RUNNERS[name], words[1:]
            while words and words[0].startswith("-") and len(words[0]) > 1:
                valued = len(words[0]) == 2 and words[0][1] in takes
                words = words[2:] if valued else words[1:]
            if name == "timeout":
                words = words[1:]
        else:
            break
    return words


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _joined(where: str, name: str) -> str:
    """The directory `name` seen from `where`; `where` itself for a name that only the shell can tell."""
    if not name or "$" in name or "`" in name or name == "-":
        return where
    return os.path.join(where, os.path.expanduser(name))
