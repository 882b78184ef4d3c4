"""Which paths somebody claims, as patterns of the shell: a commit of other paths then starts no Python.

`<coord>/claimed` is made by a guard that found nothing claimed of what it looked at, and read by the next one's shell
(hooks/common.sh). Its first line names the claims and rules of the ledger by their object ids, its last is `end`; each
line between is a pattern for `case`, in which `*` also takes slashes. The patterns take every path that a claim may
concern in any case of its letters, and more: what one takes is left to the judge.
"""

from __future__ import annotations

from gitcoord.guard import claims
from gitcoord.kernel import atomic, coordfile, file, lightjson
from gitcoord.policy import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from gitcoord.guard.reader import Directory
    from gitcoord.guard.snapshot import Snapshot
    from gitcoord.hook.context import Context

NAME = coordfile.CLAIMED
FORMAT = 1

_MOST = 600  # patterns: beyond that, to go through them in the shell takes longer than to start Python
_EVERYTHING = "*"
_END = "\nend\n"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyz0123456789/._-+,=@%: ")


def keep(context: Context, snapshot: Snapshot) -> None:
    """Write the file, unless it is about these claims and rules already. May raise `Unreadable`."""
    top = snapshot.directory("")
    key = f"{FORMAT} {top.get('claims')[1] or '-'} {top.get('rules.json')[1] or '-'}\n"
    path = f"{context.coord_dir}/{NAME}"
    try:
        known = file.read(path)
    except OSError:
        known = b""
    if known.startswith(key.encode()) and known.endswith(_END.encode()):
        return
    lines = patterns(snapshot.directory(layout.PATHS))
    _write(path, key + "\n".join(lines) + _END)


def patterns(index: Directory) -> list[str]:
    """Return patterns that take every path which a claim in this index concerns; `*` alone where they are too many."""
    found: dict[str, None] = {}
    for pattern in _of(index, ""):
        found[pattern] = None
        if len(found) > _MOST or pattern == _EVERYTHING:
            return [_EVERYTHING]
    return list(found)


def _of(directory: Directory, path: str) -> Iterator[str]:
    """Yield the patterns of the claims that stand at `path`, '' for the root, and below."""
    below = False
    for name in directory.names():
        inner = directory.inner(name)
        if inner is None:
            yield _EVERYTHING  # damaged: the judge says so
        elif name == claims.HERE:
            yield from _standing(inner, path)
        else:
            below = True
            yield from _of(inner, f"{path}/{name[1:]}" if path else name[1:])
    if below and path:
        yield _literal(path)  # a file here would stand in the way of those below


def _standing(here: Directory, path: str) -> Iterator[str]:
    for name in here.names():
        parsed = layout.parse_entry(name)
        if parsed is not None and parsed[2] == "glob":
            yield from _globs(here.content(name))
        elif not path:
            yield _EVERYTHING
        else:
            yield _literal(path)
            yield _literal(path) + "/*"


def _globs(content: bytes | None) -> Iterator[str]:
    try:
        texts = lightjson.loads(content or b"")
    except ValueError:
        texts = None
    for text in texts if isinstance(texts, list) else [None]:
        yield _wild(text) if isinstance(text, str) else _EVERYTHING


def _wild(glob: str) -> str:
    """Return a pattern that takes all that `glob` matches: a run of stars, with the slash behind two, is one star."""
    found, at = "", 0
    while at < len(glob):
        character = glob[at]
        if character == "*":
            start = at
            while at < len(glob) and glob[at] == "*":
                at += 1
            at += at - start > 1 and glob[at : at + 1] == "/"
            found += "*"
        elif character == "?":
            found, at = found + "?", at + 1
        elif character in "[\\":
            return found + "*"
        else:
            found, at = found + _literal(character), at + 1
    return found


def _literal(text: str) -> str:
    """Return a pattern that takes this text in any case of its letters, and no other name that git writes plainly.

    A name with quotes, backslashes, control characters or anything that is not ASCII never reaches the patterns: git
    writes it in quotes.
    """
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if "a" <= character.lower() <= "z":
        return f"[{character.lower()}{character.upper()}]"
    if character in _PLAIN:
        return character
    if not " " < character < "\x7f" or character in '"\\':
        return "?"
    return character if character in "]^!" else f"[{character}]"


def _write(path: str, text: str) -> None:
    try:
        atomic.put(path, text.encode("ascii"))
    except OSError:
        return  # the next guard tries again
