"""How long commands take as whole processes: `python tests/bench/bench_start.py [ROUNDS]`.

Against the start of an interpreter that imports what a program like this one would: pygit2, typer and one pydantic
model. Everything is run in turns, and medians are compared.
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
WANTED = {
    "--version": 0.3,
    "help": 0.4,
    "claims": 0.4,
    "whoami": 0.4,
    "check src": 0.4,
    "status --short": 0.4,
    "claim": 0.5,
    "claim, with fsync": 0.5,
}
"""At most how many times the imports a command may take."""


def timed(argv: list[str], top: Path, env: dict[str, str]) -> float:
    """Milliseconds for one run."""
    began = time.perf_counter()
    subprocess.run(argv, cwd=top, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Measure and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 25
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
        out = subprocess.run(
            [program, "start", "bench", "-q", "--json"], cwd=top, env=env, check=True, capture_output=True, text=True
        ).stdout
        env["GIT_COORD_SESSION"] = out.partition('"session": "')[2].partition('"')[0]
        (top / "src").mkdir()
        subprocess.run([program, "claim", "-q", "src"], cwd=top, env=env, check=True)
        floors: list[float] = []
        times: dict[str, list[float]] = {name: [] for name in WANTED}
        for turn in range(rounds + 2):
            taken = {"": timed([sys.executable, "-c", FLOOR], top, env)}
            for number, name in enumerate(WANTED):
                words = name.partition(",")[0].split()
                if words[0] == "claim":
                    file = f"file{turn}-{number}"
                    (top / file).write_text("x\n")
                    fsync = "true" if "fsync" in name else "false"
                    subprocess.run(["git", "-C", str(top), "config", "coord.fsync", fsync], env=env, check=True)
                    words += [file, "-q"]
                taken[name] = timed([program, *words], top, env)
            if turn >= 2:
                floors.append(taken.pop(""))
                for name, took in taken.items():
                    times[name].append(took)
        floor = statistics.median(floors)
        print(f"{'the imports':24}{'1.00':>8}          {floor:6.0f} ms")
        for name, found in times.items():
            middle = statistics.median(found)
            print(f"{name:24}{middle / floor:8.2f} (at most {WANTED[name]}) {middle:6.0f} ms")


if __name__ == "__main__":
    main()
