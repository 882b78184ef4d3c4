"""Programs that stand between a person and a command: what each says about whose command it is. Light.

To teach gitcoord another one, add its name to the table where it belongs; a user names one in `coord.peopleTools`.
"""

from __future__ import annotations

from gitcoord.policy import program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# Everybody's ancestors: nothing at or above them belongs to one window. The kernel cuts names at 15 bytes.
_EVERYBODYS = frozenset(
    {
        *("init", "systemd", "launchd", "runit", "s6-svscan", "supervisord"),
        *("tini", "dumb-init", "catatonit", "docker-init", "dockerd", "containerd", "containerd-shim"),
        *("conmon", "runc", "crun", "podman", "bwrap", "codex-linux-sandbox", "firejail", "nsjail"),
        *(
            "sshd",
            "sshd-session",
            "dropbear",
            "mosh-server",
            "login",
            "cron",
            "crond",
            "CRON",
            "anacron",
            "atd",
            "fcron",
        ),
        *("tmux", "tmux: server", "screen", "SCREEN", "zellij", "dtach", "abduco"),
        *("gnome-terminal-", "gnome-terminal", "konsole", "kitty", "wezterm-gui", "ghostty", "xfce4-terminal"),
        *("terminator", "alacritty", "foot", "xterm", "urxvt", "rxvt", "st", "rio", "tilix", "ptyxis-agent"),
        *("ttyd", "gotty", "wetty"),
    }
)

# Who gives these a command is not seen from here, and may be a person, an agent elsewhere, or nobody.
_CONNECTIONS = frozenset({"sshd", "sshd-session", "dropbear"})
_SCHEDULERS = frozenset({"cron", "crond", "CRON", "anacron", "atd", "fcron"})

_SANDBOXES = frozenset({"bwrap", "codex-linux-sandbox", "firejail", "nsjail"})

# Where only a person works, however it starts its commands.
_EDITORS = frozenset(
    {
        *("code", "code-insiders", "code-oss", "codium", "vscodium", "cursor", "windsurf", "code-server"),
        *("zed", "zed-editor", "subl", "sublime_text", "kate", "gnome-builder"),
        *("idea", "pycharm", "webstorm", "goland", "clion", "rubymine", "phpstorm", "rider", "rustrover", "datagrip"),
        *("android-studio", "studio", "fleet"),
    }
)

_PEOPLES = frozenset(
    {
        *("emacs", "emacsclient", "vi", "vim", "nvim", "gvim", "hx", "helix", "nano", "micro", "kak"),
        *("lazygit", "tig", "gitui", "gitg", "gitk", "git-gui", "git-cola", "gitkraken", "smartgit", "sublime_merge"),
        *("giggle", "qgit", "ungit", "magit", "github-desktop", "gitu"),
        *("mc", "ranger", "yazi", "nnn", "lf", "vifm", "broot"),
    }
)

# Programs that start commands for whoever started them.
_ERRANDS = frozenset(
    {
        *("gh", "glab", "hub", "jj", "stg", "git-coord", "git"),
        *("setsid", "time", "timeout", "flock", "xargs", "env", "nice", "ionice", "chrt", "nohup"),
        *("sudo", "doas", "su", "runuser", "script", "strace", "ltrace", "unshare", "nsenter", "direnv", "stdbuf"),
        *("uv", "uvx", "pipx", "find", "parallel", "watch", "entr", "watchexec", "expect", "asciinema", "faketime"),
        *("make", "gmake", "ninja", "just", "task", "rake", "mage", "bazel", "npm", "npx", "pnpm", "yarn", "bunx"),
        *("tox", "nox", "poetry", "pipenv", "hatch", "nix-shell", "nix", "devbox", "mise", "asdf"),
        *("pre-commit", "pre_commit", "prek", "lefthook", "husky", "overcommit", "lint-staged"),
    }
)

HOOKS = frozenset(
    {
        *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-merge-commit", "post-merge"),
        *("pre-rebase", "post-rewrite", "post-checkout", "pre-push", "applypatch-msg", "pre-applypatch"),
    }
)
"""Names of the hooks that Git runs beside what a user asked for."""

_JETBRAINS = "com.intellij."
_REMOTE_EDITORS = ("/.vscode-server/", "/.cursor-server/", "/.windsurf-server/", "/.zed_server/", "/code-server/")


def is_everybodys(name: str, argv: Sequence[str]) -> bool:
    """Whether all windows may descend from this process: init, a terminal's server, a sandbox."""
    return _is_one_of(name, argv, _EVERYBODYS)


def is_sandbox(name: str, argv: Sequence[str]) -> bool:
    """Whether this process shuts others in a sandbox."""
    return _is_one_of(name, argv, _SANDBOXES)


def is_connection(name: str, argv: Sequence[str]) -> bool:
    """Whether this process serves one connection from another machine."""
    return _is_one_of(name, argv, _CONNECTIONS)


def is_scheduler(name: str, argv: Sequence[str]) -> bool:
    """Whether this process starts jobs at their time."""
    return _is_one_of(name, argv, _SCHEDULERS)


def is_editor(name: str, argv: Sequence[str]) -> bool:
    """Whether this is a process of an editor with a window of its own, here or of one that is used over a network."""
    if not program.names(name, argv).isdisjoint(_EDITORS):
        return True
    java = program.base(argv[0]) == "java" if argv else False
    if java and any(word.startswith(_JETBRAINS) for word in argv):
        return True
    return any(place in word for word in argv[:2] for place in _REMOTE_EDITORS)


def is_peoples(name: str, argv: Sequence[str], more: frozenset[str] = frozenset()) -> bool:
    """Whether only a person works with this program; `more` are those that the user calls so."""
    names = program.names(name, argv)
    return is_editor(name, argv) or not names.isdisjoint(_PEOPLES) or not names.isdisjoint(more)


def is_passing(name: str, argv: Sequence[str]) -> bool:
    """Whether it runs commands for whoever started it: `sh -c`, git, ourselves, make, `timeout` and the like."""
    if program.is_shell(argv):
        return program.script(argv) == program.TEXT
    names = program.names(name, argv)
    return not names.isdisjoint(_ERRANDS) or program.script(argv).startswith("gitcoord.")


def _is_one_of(name: str, argv: Sequence[str], names: frozenset[str]) -> bool:
    return name in names or (bool(argv) and program.base(argv[0]) in names)
