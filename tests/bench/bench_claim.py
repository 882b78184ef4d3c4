"""How long `git coord claim FILE` takes as a whole process: `python tests/bench/bench_claim.py [RUNS]`.

Against the start of an interpreter that imports what a program like this one would: pygit2, typer and one pydantic
model. Both are run in turns; medians are compared.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from surroundings import surroundings

FLOOR = "import pygit2, typer, pydantic\nclass M(pydantic.BaseModel): x: int"


def timed(argv: list[str], top: Path, env: dict[str, str]) -> float:
    """Milliseconds for one run."""
    began = time.perf_counter()
    subprocess.run(argv, cwd=top, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    program = str(Path(sys.executable).with_name("git-coord"))
    with tempfile.TemporaryDirectory() as home:
        top = Path(home, "repo")
        env = surroundings()
        for argv in (
            ["git", "init", "-q", str(top)],
            ["git", "-C", str(top), "commit", "-q", "--allow-empty", "-m", "first"],
            [program, "-C", str(top), "init", "-q"],
        ):
            subprocess.run(argv, env=env, check=True, stdout=subprocess.DEVNULL)
        for number in range(runs * 2 + 4):
            (top / f"file{number}.py").write_text("x\n")
        out = subprocess.run(
            [program, "start", "bench", "-q", "--json"], cwd=top, env=env, check=True, capture_output=True, text=True
        ).stdout
        env["GIT_COORD_SESSION"] = out.partition('"session": "')[2].partition('"')[0]
        for fsync in ("false", "true"):
            subprocess.run(["git", "-C", str(top), "config", "coord.fsync", fsync], env=env, check=True)
            floors, claims = [], []
            base = runs if fsync == "true" else 0
            for number in range(runs):
                floors.append(timed([sys.executable, "-c", FLOOR], top, env))
                claims.append(timed([program, "claim", f"file{base + number}.py", "-q"], top, env))
            floor, claim = statistics.median(floors), statistics.median(claims)
            print(
                f"fsync {fsync}: claim {claim:.0f} ms, imports {floor:.0f} ms: {claim / floor:.2f} times (at most 1.25)"
            )


if __name__ == "__main__":
    main()
