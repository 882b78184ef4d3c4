"""`PYTHON -E -P gitcoord/interfaces/agents/__main__.py ACTION EVENT`: what a hook becomes, or leaves behind."""

import sys

# The package has to be found from here, wherever the hook runs.
sys.path.insert(0, __file__.rpartition("/gitcoord/interfaces/")[0])

from gitcoord.interfaces.agents.main import main

main(sys.argv[1:])
