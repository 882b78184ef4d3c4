"""Print the tutorial with what is said now: `python -m tests.tutorial`, from the root of the repository."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from .play import BLOCK, ID, PROMPT, play, stage

PERSON = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A Person"), ("EMAIL", "person@example.com"))
} | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def main() -> None:
    """Print the tutorial with what is said now, and the ids that are written wherever they are known."""
    text = Path("docs/tutorial.md").read_text()
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | PERSON
    with tempfile.TemporaryDirectory() as top, stage(Path(top), env) as scene:
        outcome = iter([said for _, _, said in play(text, scene)])

        def block(found: re.Match[str]) -> str:
            name, does, language, content = found.groups()
            above = f"<!-- {name} {does} -->\n" if does else ""
            if language == "console":
                content = next(outcome) if does == "goes on" else PROMPT.sub(line, content)
            return f"{above}```{language}\n{content}```"

        def line(found: re.Match[str]) -> str:
            return f"{found[1]}$ {found[2]}\n{next(outcome)}"

        written = {new: old for old, new in scene.ids.items()}
        shown = ID.sub(lambda found: written.get(found[0], found[0]), BLOCK.sub(block, text))
        print(re.sub(r"\(\S+@[\w.-]+, branch", "(you@laptop, branch", shown), end="")


if __name__ == "__main__":
    main()
