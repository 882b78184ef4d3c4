"""Raw commits: what both kinds of ours, events and sequencing commits, are made of.

A message is a subject, the person's own words, and one last paragraph of trailers, as `git interpret-trailers`
understands it. Only that last paragraph is ever read back, so words that look like trailers are just words.
"""

from __future__ import annotations

import json
from typing import Any

from gitcoord import errors
from gitcoord.dataclass import dataclass
from gitcoord.policy.ids import NO_OBJECT, StoreOid

SUBJECT = 200
"""Characters of a subject; what is longer is cut, the trailers have it whole."""

_SCISSORS = "------------------------ >8 ------------------------"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit as far as gitcoord cares. `time` is the committer's, in seconds.

    `flaw` says why its message was not read, '' where it was.
    """

    tree: StoreOid
    parents: tuple[StoreOid, ...]
    author: str
    mail: str
    time: int
    subject: str
    body: str
    trailers: tuple[tuple[str, str], ...]
    flaw: str = ""

    @property
    def before(self) -> StoreOid:
        """The first parent: what it was built on; '' for none."""
        return self.parents[0] if self.parents else NO_OBJECT

    def encode(self) -> bytes:
        """The commit object's content."""
        who = f"{_plain(self.author) or 'gitcoord'} <{_plain(self.mail)}> {self.time} +0000"
        head = [
            f"tree {self.tree}",
            *(f"parent {oid}" for oid in self.parents),
            f"author {who}",
            f"committer {who}",
        ]
        subject = _harmless(self.subject.replace("\n", " ").strip()) or "(nothing said)"
        paragraphs = [subject if len(subject) <= SUBJECT else subject[: SUBJECT - 1] + "…"]
        if self.body.strip():
            paragraphs.append(_harmless(self.body.strip()))
        paragraphs.append("\n".join(f"{key}: {value}" for key, value in self.trailers))
        text = "\n".join(head) + "\n\n" + "\n\n".join(paragraphs) + "\n"
        return text.encode("utf-8", "surrogateescape")


def decode(content: bytes) -> Commit:
    """Read a commit back. Raises `Unreadable` for anything that `Commit.encode` would not have written."""
    text = content.decode("utf-8", "surrogateescape")
    head, _, message = text.partition("\n\n")
    first, *lines = head.split("\n")
    tree, parents, author, mail, time = first.removeprefix("tree "), [], "", "", -1
    named = first.startswith("tree ")
    for at, line in enumerate(lines):
        key, _, value = line.partition(" ")
        if key == "tree":
            named = False  # git goes by the first, and brings along what is below it
        elif key == "parent":
            parents.append(value)
            named = named and at + 1 == len(parents)
        elif key == "author":
            author, _, rest = value.partition(" <")
            mail = rest.partition(">")[0]
        elif key == "committer":
            seconds = value.rpartition("> ")[2].partition(" ")[0]
            time = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) <= 12 else -1
    if not named or time < 0 or not all(map(StoreOid.fits, (tree, *parents))):
        raise errors.storage.MalformedObject("commit")
    words, _, block = message.rstrip("\n").rpartition("\n\n")
    subject, _, body = words.partition("\n\n")
    trailers = []
    for line in block.split("\n"):
        key, colon, value = line.partition(": ")
        if colon:
            trailers.append((key, value))
    return Commit(StoreOid(tree), tuple(map(StoreOid, parents)), author, mail, time, subject, body, tuple(trailers))


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces, on one line."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(name: str) -> str:
    return "".join(char for char in name if char not in "<>\n\0").strip(" .,:;\"'\\")


def _harmless(body: str) -> str:
    # A line of three dashes, or one with scissors behind a comment character, ends the message for git.
    lines = body.replace("\0", "\ufffd").split("\n")
    return "\n".join(" " + line if line.startswith("---") or _SCISSORS in line else line for line in lines)
