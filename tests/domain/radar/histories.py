"""Random histories of two branches, for the radar and `git merge` to be asked about: all made by one fast-import."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from conftest import Repo

File = tuple[str, str]
"""Mode and content; of a submodule the commit."""

Tree = dict[str, File]

ATTRIBUTES = (
    "",
    "*.txt merge=union\n",
    "*.txt -merge\n",
    "*.txt merge=mine\n",
    "*.c text eol=crlf\n",
    "x/* merge=mine\n",
)
NAMES = ("a.txt", "b.txt", "c.c", "x/d.txt", "x/e.c", "x/y/f.txt", "z/g.txt", "z/h.c", "new.txt", "x", "z/g.txt/deep")


def text(*changed: int) -> str:
    """Return a file of twenty lines of which these were changed."""
    return "".join(f"line {number}{' changed' if number in changed else ''}\n" for number in range(20))


def base(random: Random) -> Tree:
    """Return the files that both branches begin with."""
    tree: Tree = {name: ("100644", text() + name) for name in (*NAMES[:2], *NAMES[3:8])}
    tree["module"] = ("160000", "1" * 40)
    tree["link"] = ("120000", "a.txt")
    if random.random() < 0.3:
        tree[".gitattributes"] = ("100644", random.choice(ATTRIBUTES))
    return tree


def change(random: Random, tree: Tree, mark: str) -> Tree:
    """Return the files after one more commit of a branch."""
    new = dict(tree)
    for _ in range(random.randint(1, 4)):
        _one(random, new, mark)
    for path in list(new):  # where a file and a directory have one name, the directory stays
        for number in range(path.count("/")):
            new.pop("/".join(path.split("/")[: number + 1]), None)
    return new


def _one(random: Random, new: Tree, mark: str) -> None:
    files = sorted(path for path, (mode, _) in new.items() if mode.startswith("100") and path != ".gitattributes")
    path = random.choice(files)
    what = random.choice(("edit", "edit", "edit", "add", "delete", "move", "move", "folder", "mode", "attr", "odd"))
    mode, content = new[path]
    if what == "edit":
        line = f"line {random.choice((2, 3, 15))}"
        new[path] = (mode, content.replace(f"{line}\n", f"{line} {mark}\n"))
    elif what == "add":
        new[random.choice((*NAMES, "x/fresh.txt", "z/fresh.txt"))] = ("100644", text(random.randint(0, 2)))
    elif what == "delete":
        del new[path]
    elif what == "move":
        new[random.choice(("moved.txt", "x/moved.txt", "z/moved.c", path + "2"))] = new.pop(path)
    elif what == "folder":
        source, target = random.choice((("x/", "w/"), ("z/", "v/"), ("x/y/", "z/")))
        for inner in [inner for inner in new if inner.startswith(source)]:
            new[target + inner.removeprefix(source)] = new.pop(inner)
    elif what == "mode":
        new[path] = ("100755" if mode == "100644" else "100644", content)
    elif what == "attr":
        new[random.choice((".gitattributes", "x/.gitattributes"))] = ("100644", random.choice(ATTRIBUTES))
    else:
        odd = random.choice(
            (("module", ("160000", random.choice("23") * 40)), ("link", ("120000", random.choice("bc"))))
        )
        new[odd[0]] = odd[1]


def make(repo: Repo, random: Random, count: int) -> list[tuple[str, str]]:
    """Make so many histories; returns the names of the two branches of each."""
    stream: list[str] = []
    made = 0

    def commit(branch: str, tree: Tree, *parents: int) -> int:
        nonlocal made
        made += 1
        stream.append(
            f"commit refs/heads/{branch}\nmark :{made}\ncommitter x <x@x> {1700000000 + made} +0000\ndata 1\nx"
        )
        stream.extend(f"{'merge' if number else 'from'} :{parent}" for number, parent in enumerate(parents))
        stream.append("deleteall")
        for path, (mode, content) in sorted(tree.items()):
            data = f"M {mode} {content} {path}" if mode == "160000" else f"M {mode} inline {path}\ndata {len(content)}"
            stream.append(data if mode == "160000" else f"{data}\n{content}")
        stream.append("")
        return made

    pairs = []
    for number in range(count):
        first, second = f"h{number}a", f"h{number}b"
        trees = [base(random)] * 2
        tips = [commit(first, trees[0])] * 2
        stream.append(f"reset refs/heads/{second}\nfrom :{tips[0]}\n")
        for step in range(random.randint(2, 5)):
            side = random.randint(0, 1) if step > 1 else step % 2
            crossed = step == 2 and random.random() < 0.4
            trees[side] = change(random, trees[side], f"{'ab'[side]}{step}")
            parents = (tips[side], tips[1 - side]) if crossed and tips[0] != tips[1] else (tips[side],)
            tips[side] = commit((first, second)[side], trees[side], *parents)
        pairs.append((first, second))
    repo.run("git", "fast-import", "--quiet", "--force", stdin="\n".join(stream) + "\n")
    return pairs
