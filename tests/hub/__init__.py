"""Clones that coordinate through a hub: real git, real transports, and a hub to which everything happens."""

import sys
from pathlib import Path

# What `python -m tests.hub.walks` needs; pytest is told so in pyproject.toml.
sys.path.append(str(Path(__file__).parents[1]))
