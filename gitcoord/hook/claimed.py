"""Which paths somebody claims, as a function of the shell: a commit of other paths then starts no Python.

`<coord>/claimed` is made by a guard that found some of what it looked at claimed by nobody, and sourced by the shell of
the next one (hooks/guard.sh). Its first line names the claims and rules of the ledger by their object ids, its last is
the end; the function between is true of every path that a claim may concern, in any case of its letters, and of more:
what it is true of is left to the judge. `<coord>/guarded` says at which tip of the ledger these are the ids, and that
no halt stands there and no role limits a session: the shell need not ask git then.
"""

from __future__ import annotations

from gitcoord.guard import claims
from gitcoord.kernel import atomic, coordfile, file, lightjson
from gitcoord.policy import layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gitcoord.guard.reader import Directory
    from gitcoord.guard.snapshot import Snapshot
    from gitcoord.hook.context import Context

NAME = coordfile.CLAIMED
FORMAT = 2

_MOST = 600  # patterns: beyond that, to go through them in the shell takes longer than to start Python
_EVERYTHING = "*"
_END = "\nclaimed_end=end\n"
_PLAIN = frozenset("0123456789/._-+,=@%:")


def keep(context: Context, snapshot: Snapshot, tip: str) -> None:
    """Write the files, unless they are about these claims and rules already.

    `tip` is the ledger's, '' where it is not known. May raise `Unreadable`.
    """
    if is_plain(context, snapshot, tip):
        _put(f"{context.coord_dir}/{coordfile.GUARDED}", f"{tip} {key(snapshot)}\n")
    if (snapshot.record("rules.json") or {}).get("require-claim") is True:
        return  # then what nobody claims is not free either
    head = f"claimed_key='{key(snapshot)}'\n"
    path = f"{context.coord_dir}/{NAME}"
    try:
        known = file.read(path)
    except OSError:
        known = b""
    if known.startswith(head.encode()) and known.endswith(_END.encode()):
        return
    _put(path, head + function(patterns(snapshot.directory(layout.PATHS))) + _END)


def is_plain(context: Context, snapshot: Snapshot, tip: str) -> bool:
    """Return whether the ledger's tip is still `tip`, with neither a halt nor the limits of a role.

    May raise `Unreadable`.
    """
    is_tip = bool(tip) and tip == context.ledger_tip()
    return is_tip and not snapshot.has("halt.json") and not snapshot.has("roles")


def key(snapshot: Snapshot) -> str:
    """Return what the claims and rules of the ledger are known by, `-` for what it has not. May raise `Unreadable`."""
    top = snapshot.directory("")
    return f"{FORMAT} {top.get('claims')[1] or '-'} {top.get('rules.json')[1] or '-'}"


def _put(path: str, text: str) -> None:
    try:
        if file.read(path) == text.encode("ascii"):
            return
    except OSError:
        pass  # not there yet
    try:
        atomic.put(path, text.encode("ascii"))
    except OSError:
        return  # the next guard tries again


def function(of: Iterable[str]) -> str:
    """Return the function of the shell that is true of a path which one of these patterns takes."""
    listed = list(of)
    body = "case $1 in\n" + "|\\\n".join(listed) + ") return 0 ;;\nesac\n" if listed else ""
    return f"claimed_count={len(listed)}\nclaimed() {{\n{body}return 1\n}}"


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
        yield literal(path)  # a file here would stand in the way of those below


def _standing(here: Directory, path: str) -> Iterator[str]:
    for name in here.names():
        parsed = layout.parse_entry(name)
        if parsed is not None and parsed[2] == "glob":
            yield from _globs(here.content(name))
        elif not path:
            yield _EVERYTHING
        else:
            yield literal(path)
            yield literal(path) + "/*"


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
            found, at = found + literal(character), at + 1
    return found


def literal(text: str) -> str:
    """Return a pattern that takes this text in any case of its letters, and no other name that git writes plainly.

    A name with quotes, backslashes, control characters or anything that is not ASCII never reaches the patterns: git
    writes it in quotes. What is not a letter stands in quotes of the shell, which reads the pattern as its own text.
    """
    return "".join(map(_character, text))


def _character(character: str) -> str:
    if character.isascii() and character.isalpha():
        return f"[{character.lower()}{character.upper()}]"
    if character in _PLAIN:
        return character
    if not " " <= character < "\x7f" or character in '"\\':
        return "?"
    return "\\'" if character == "'" else f"'{character}'"
