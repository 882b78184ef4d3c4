"""`PYTHON -I -S gitcoord/hook/__main__.py [--store=DIR] NAME COMMON_DIR [ARGS...]`: what a hook's shim starts."""

import os
import sys

# Python runs isolated, so the package has to be found from here; no bytecode is kept of this file, so it is short.
sys.path.insert(0, __file__.rpartition("/gitcoord/hook/")[0])

from gitcoord.hook.main import main

status = main(sys.argv[1:])
sys.stderr.flush()
# Taking the interpreter down in good order would be a tenth of the whole time.
os._exit(status)
