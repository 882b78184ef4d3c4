"""Many processes, killed programs, broken disks: what the ledger must survive.

The ordinary suite runs short variants. `GITCOORD_TORTURE=N` makes every loop N times as long:

    GITCOORD_TORTURE=10 python -m pytest tests/torture

`GITCOORD_NEW_GIT=/opt/git-2.55` (a directory with `bin/git` of Git 2.46 or later in it) adds the reftable backend. Some
tests need root (mounts) or strace and say so where they skip.
"""
