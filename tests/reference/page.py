"""The pages with the options of all commands as the commands have them."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from gitcoord.interfaces.cli.commands import names
from gitcoord.policy import roles

with warnings.catch_warnings():
    # typer 0.25 imports from click what click 9 will not have.
    warnings.simplefilter("ignore", DeprecationWarning)
    from gitcoord.interfaces.cli.completion import common, options
    from gitcoord.interfaces.cli.parser import find

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gitcoord.interfaces.cli.completion import Option

DOCS = Path(__file__).parents[2] / "docs"
REFERENCE, MAN = DOCS / "reference.md", DOCS / "git-coord.1"

END = "<!-- end of options -->"
_TABLE = rf"(?s)<!-- options -->\n.*?{re.escape(END)}\n\n?"
_ROLES = r"(?s)(<!-- roles -->\n[^\n]*\n[^\n]*\n).*?(?=<!-- end of roles -->)"
_MAN = r'(?s)(\.\\" Made by python -m tests\.reference\n).*?(?=\.\\" End of the generated part\n)'


def own_options(name: str) -> list[Option]:
    """Return the options that a command has besides those of every command."""
    command = find(name.split())
    assert command is not None, name
    of_all = {spelled for option in common() for spelled in option.names} | {"-h", "--help"}
    return [option for option in options(command.params) if not of_all.intersection(option.names)]


def reference(text: str) -> str:
    """Return the text of the reference with the tables as they have to be.

    A table stands behind the lines that show how its command is typed. Its rows are the options of the command. What a
    row says of an option is kept, as it may say more than the help does; a new row says what the help says.
    """
    for name in names():
        section = re.search(rf"(?ms)^### `{name}`\n\n(?:    [^\n]*\n)+\n.*?(?=^##|\Z)", text)
        assert section is not None, f"docs/reference.md does not show how {name} is typed"
        said = _said(section[0])
        bare = re.sub(_TABLE, "", section[0])
        typed, rest = re.split(r"(?<=\n\n)(?!    )", bare.partition("\n\n")[2], maxsplit=1)
        table = "".join(f"{line}\n" for line in _rows(own_options(name), said))
        whole = f"### `{name}`\n\n{typed}{table}" + ("\n" if table else "") + rest
        text = text[: section.start()] + whole + text[section.end() :]
    return re.sub(_ROLES, lambda at: at[1] + "".join(f"{line}\n" for line in _roles()), text)


def _roles() -> Iterator[str]:
    """The rows of the table of built-in roles."""
    for role, said in roles.BUILT_IN.items():
        globs = [", ".join(f"`{glob}`" for glob in said[right]) for right in roles.BY_PATH]
        assert len(set(globs)) == 1, f"{role} has several rights by path: the table needs more columns"
        paths = "everything" if said["commit"] == [roles.ALL] else globs[0] or "nothing"
        types = ", ".join(f"`{kind}`" for kind in said[roles.TASKS]).replace("`*`", "all").replace("`!", "but `")
        may = ", ".join(f"`{right}`" for right in roles.PLAIN if said[right])
        yield f"| `{role}` | {paths} | {types or 'none'} | {may} |"


def _said(section: str) -> dict[str, str]:
    """Return what the table of a section says of each option."""
    rows = [re.fullmatch(r"\| (`-.*?`) \| (.*) \|", line) for line in section.splitlines()]
    return {name: row[2] for row in rows if row for name in re.findall(r"`(-[\w-]+)", row[1])}


def _rows(known: list[Option], said: Mapping[str, str]) -> Iterator[str]:
    if not known:
        return
    yield from ("<!-- options -->", "| option | meaning |", "|---|---|")
    for option in known:
        *others, last = option.names
        spelled = ", ".join(f"`{one}`" for one in (*others, f"{last} {option.value}".strip()))
        meaning = next((said[name] for name in option.names if name in said), _cell(option.help))
        yield f"| {spelled.replace('|', chr(92) + '|')} | {meaning} |"
    yield END


def _cell(text: str) -> str:
    """Return a help text as a cell: no sentence of its own, and no markup."""
    text = (text if text.endswith("...") else text.removesuffix(".")).replace("|", "\\|").replace("<", "&lt;")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def man(text: str) -> str:
    """Return the source of the man page with the options of all commands as they have to be."""
    made = "".join(f"{line}\n" for name in names() for line in _entries(name))
    text, found = re.subn(_MAN, lambda at: at[1] + made, text)
    assert found == 1, "docs/git-coord.1 has no place for the options of the commands"
    return text


def _entries(name: str) -> Iterator[str]:
    known = own_options(name)
    if not known:
        return
    yield f'.SS "git coord {name}"'
    for option in known:
        yield ".TP"
        spelled = ", ".join(f"\\fB{_escaped(one)}\\fR" for one in option.names)
        yield spelled + (f" \\fI{_escaped(option.value)}\\fR" if option.value else "")
        yield _escaped(option.help)


def _escaped(text: str) -> str:
    """Return text as troff takes it, no line of which is a request."""
    return re.sub(r"(?m)^(?=[.'])", r"\\&", text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq"))
