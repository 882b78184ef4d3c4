"""Clones that coordinate through a hub: real git, real transports, and a hub to which everything happens."""

import sys
from pathlib import Path

# The walks go beside the model, a package next to this one; pytest itself looks for neither on the path.
sys.path.append(str(Path(__file__).parents[1]))
