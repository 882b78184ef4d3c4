"""The environment in which benchmarks run git: nobody's configuration, no session, our git-coord."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def surroundings(**more: str) -> dict[str, str]:
    """That environment, with some more in it."""
    drop = ("GIT_", "CLAUDE", "CODEX_", "GEMINI_", "CURSOR_", "COPILOT_", "OPENCODE")
    env = {key: value for key, value in os.environ.items() if not key.startswith(drop)}
    who = {f"GIT_{role}_{key}": "b@example.com" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', os.defpath)}"
    return env | who | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": path} | more
