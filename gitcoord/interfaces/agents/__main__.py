"""`PYTHON -I gitcoord/interfaces/agents/__main__.py ACTION EVENT`: what a hook becomes, or leaves behind."""

import sys

# Python runs isolated, so the package has to be found from here.
sys.path.insert(0, __file__.rpartition("/gitcoord/interfaces/")[0])

from gitcoord.interfaces.agents.main import main

main(sys.argv[1:])
