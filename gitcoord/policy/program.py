"""How a command line names its program. Light: the guard uses it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


SHELLS = frozenset(
    {"sh", "bash", "rbash", "dash", "ash", "zsh", "ksh", "ksh93", "mksh", "yash", "fish", "nu", "tcsh", "csh"}
)
_JAVASCRIPT = frozenset({"node", "nodejs", "bun", "deno"})
_PYTHON = frozenset({"python", "pypy"})
_OTHERS = frozenset({"ruby", "perl", "php", "lua", "wish", "tclsh"})
_SUFFIXES = (".js", ".mjs", ".cjs", ".py", ".rb", ".pl", ".tcl", ".exe")

TEXT = "-c"
"""What `script` says of an interpreter that was given its program as text."""

# Options whose value is the next argument.
_SHELL_VALUES = frozenset({"--rcfile", "--init-file", "--init-command", "--emulate"})
_SHELL_TEXTS = ("--command", "--commands")
_JAVASCRIPT_VALUES = frozenset(
    {"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions", "--config"}
)
_JAVASCRIPT_TEXTS = ("-e", "-p", "-pe", "--eval", "--print")


def base(path: str) -> str:
    """Return the last component of a path, without the dash that marks a login shell."""
    return path.rpartition("/")[2].removeprefix("-")


def names(name: str, argv: Sequence[str]) -> frozenset[str]:
    """Return every name that a process goes by: the kernel's, its program's, its script's.

    A process may write a title over its command line: of `claude bg-spare` and `npm run build` the first word counts.
    """
    started = base(argv[0]) if argv else ""
    ran = base(script(argv))
    found = {name, stem(name), started, stem(started), started.partition(" ")[0], ran, stem(ran)}
    return frozenset(found - {"", TEXT})


def is_shell(argv: Sequence[str]) -> bool:
    """Whether this command line started a shell."""
    return bool(argv) and _interpreter(argv[0]) in SHELLS


def script(argv: Sequence[str]) -> str:
    """Return what an interpreter was started to run: a path, or Python's module name.

    `TEXT` where the program is on the command line or comes in through standard input; empty where there is
    nothing to run (an interactive shell) or the program is not an interpreter.
    """
    if not argv:
        return ""
    interpreter = _interpreter(argv[0])
    if interpreter in SHELLS:
        return _shell_script(argv[1:], fish=interpreter == "fish")
    if interpreter in _PYTHON:
        return _python_script(argv[1:])
    if interpreter in _JAVASCRIPT:
        return _javascript_script(argv[1:])
    return _other_script(argv[1:]) if interpreter in _OTHERS else ""


def _interpreter(path: str) -> str:
    """Return the name of a program without its version: bash for -bash, python for /usr/bin/python3.11."""
    name = base(path)
    return name if name in SHELLS else name.rstrip("0123456789.").rstrip("-")


def stem(name: str) -> str:
    """Return a file name without the suffix that says what runs it."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name


def _shell_script(arguments: Sequence[str], *, fish: bool) -> str:
    """As `script`; terminals of editors start `bash --init-file FILE`, which is interactive."""
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument in ("-", "--"):
            return arguments[place + 1] if place + 1 < len(arguments) else ""
        elif argument.startswith("--"):
            if argument.partition("=")[0] in _SHELL_TEXTS:
                return TEXT
            skip = argument in _SHELL_VALUES
        elif argument.startswith(("-", "+")):
            if argument[0] == "-" and ("c" in argument or "s" in argument):
                return TEXT
            skip = argument[-1] in "oO" or (fish and argument == "-C")
        else:
            return argument
    return ""


def _python_script(arguments: Sequence[str]) -> str:
    """As `script`; short options may stand together, and -c and -m end them (`-Im NAME`, `-Ic TEXT`)."""
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument == "-":
            return TEXT
        elif argument.startswith("--"):
            skip = argument == "--check-hash-based-pycs"
        elif argument.startswith("-"):
            for at, letter in enumerate(argument[1:], 2):
                value = argument[at:]
                if letter == "c":
                    return TEXT
                if letter == "m":
                    return value or (arguments[place + 1] if place + 1 < len(arguments) else "")
                if letter in "WX":
                    skip = not value
                    break
        else:
            return argument
    return ""


def _javascript_script(arguments: Sequence[str]) -> str:
    """As `script`, for node, bun and deno."""
    skip = False
    for place, argument in enumerate(arguments):
        if skip:
            skip = False
        elif argument == "--":
            return arguments[place + 1] if place + 1 < len(arguments) else ""
        elif argument == "-" or argument.partition("=")[0] in _JAVASCRIPT_TEXTS:
            return TEXT
        elif argument.startswith("-"):
            skip = argument in _JAVASCRIPT_VALUES
        elif argument != "run":  # bun run SCRIPT, deno run SCRIPT
            return argument
    return ""


def _other_script(arguments: Sequence[str]) -> str:
    """As `script`, for Ruby, Perl, PHP, Lua and Tcl (`wish`, in which git-gui and gitk are written)."""
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument == "-":
            return TEXT
        elif argument[:2] in ("-I", "-r", "-C", "-M", "-d"):
            skip = argument in ("-I", "-r", "-C")
        elif argument.startswith("-") and argument[-1:] in ("e", "E") and not argument.startswith("--"):
            return TEXT
        elif not argument.startswith("-"):
            return argument
    return ""
