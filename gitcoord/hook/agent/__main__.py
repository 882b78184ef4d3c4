"""`PYTHON -I -S gitcoord/hook/agent/__main__.py AGENT EVENT COMMON_DIR`: what the shell line of a hook starts."""

import os
import sys

# Python runs isolated, so the package has to be found from here; no bytecode is kept of this file, so it is short.
sys.path.insert(0, __file__.rpartition("/gitcoord/hook/")[0])

from gitcoord.hook.agent.main import main

status = main(sys.argv[1:])
# Taking the interpreter down in good order would be a tenth of the whole time.
os._exit(status)
