"""What commits changed at some paths, file by file, to find a change that was picked or squashed."""

from __future__ import annotations

from gitcoord.policy.ids import Oid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from gitcoord.kernel.git import Git

_MOST_PATHS = 500  # that a command line names; of more than that all is looked at
_EVERYTHING = ("--root", "-r", "--no-renames", "--ignore-submodules=none")
_PATCH = ("-p", "--full-index", "--binary", "--no-ext-diff", "--no-textconv", "--no-color")

STAGED = Oid("")
"""What stands for the index in place of a commit."""

Patches = dict[str, bytes]
"""Path -> the change of it: without line numbers, so that the same change elsewhere in the file is the same."""


def of(git: Git, commits: Iterable[Oid], paths: list[str]) -> dict[Oid, Patches]:
    """Return the changes that commits made at these paths, and perhaps at others. Merges change nothing here."""
    asked = list(commits)
    if not asked:
        return {}
    data = "".join(f"{commit}\n" for commit in asked).encode()
    names = _names(_limited(git, paths, "diff-tree", "--stdin", "--raw", "-z", *_EVERYTHING, data=data))
    lines = _limited(git, paths, "diff-tree", "--stdin", *_EVERYTHING, *_PATCH, data=data).split(b"\n")
    starts = {commit.encode(): commit for commit in names}
    found: dict[Oid, Patches] = {}
    commit, first = STAGED, 0
    for at, line in enumerate([*lines, *list(starts)[:1]]):
        if line in starts:
            if commit:
                found[commit] = _sections(lines[first:at], names[commit])
            commit, first = starts[line], at + 1
    return found


def between(git: Git, old: str, new: str, paths: list[str]) -> Patches:
    """Return the changes from one commit to another, or to the index (`STAGED`), at these paths."""
    command, ends = ("diff-index", ("--cached", old)) if new == STAGED else ("diff-tree", (old, new))
    out = _limited(git, paths, command, "--raw", "-z", *_EVERYTHING, *ends)
    names = [_text(name) for name in out.split(b"\0")[1::2]]
    return _sections(_limited(git, paths, command, *_EVERYTHING, *_PATCH, *ends).split(b"\n"), names)


def spellings(paths: list[str]) -> list[str]:
    """Return the paths as git may have them: composed, and decomposed."""
    from unicodedata import normalize

    return list(
        dict.fromkeys(one for path in paths for one in (path, path if path.isascii() else normalize("NFD", path)))
    )


def _limited(git: Git, paths: list[str], *args: str, data: bytes = b"") -> bytes:
    spelled = spellings(paths)
    few = [f":(top,literal){path}" for path in spelled] if len(spelled) <= _MOST_PATHS else []
    return git.run(*args, "--", *few, data=data)


def _names(out: bytes) -> dict[Oid, list[str]]:
    """The paths that each commit changed, in git's order; commits that changed nothing are missing."""
    found: dict[Oid, list[str]] = {}
    paths: list[str] = []
    fields = iter(out.split(b"\0"))
    for field in fields:
        if field.startswith(b":"):
            paths.append(_text(next(fields)))
        elif field:
            paths = found.setdefault(Oid(field.decode()), [])
    return {commit: paths for commit, paths in found.items() if paths}


def _sections(lines: list[bytes], names: list[str]) -> Patches:
    """Take a patch apart: one section a file, in the order of the names."""
    sections: list[list[bytes]] = []
    for line in lines:
        if line.startswith(b"diff --git "):
            sections.append([])
        elif sections and not line.startswith(b"index "):
            sections[-1].append(b"@@" if line.startswith(b"@@ ") else line)
    texts = [b"\n".join(section).rstrip(b"\n") for section in sections]
    return dict(zip(names, texts, strict=False))


def _text(name: bytes) -> str:
    from gitcoord.guard.changes import normal

    return normal(name)
