"""Putting hooks and settings into a user's repository, taking them out, and proving that they are reached.

The hooks themselves (`shims`) stand in `<common git directory>/coord/hooks`. What differs is how git comes to
them:

==============  ======================================================================================
`git-config`    git 2.54 and newer: `hook.coord-NAME.command`, beside all other managers (`config_hooks`)
`files`         an entry in the hooks directory, the hook that was there kept beside it (`hooks_dir`);
                where `core.hooksPath` is set, a directory of ours that hands on to that one, which is
                not touched (`hooks_path`)
`none`          nothing: somebody else calls `git coord hook NAME`
==============  ======================================================================================

Everything that is changed is written down first (`record`), so that `uninstall` takes out exactly that.
"""
