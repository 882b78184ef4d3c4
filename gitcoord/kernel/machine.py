"""Which machine this is, whatever it is called today: hostnames change with the network. Light: the guard uses it."""

from __future__ import annotations

from gitcoord.kernel import file
from gitcoord.policy.ids import is_hexadecimal

_PLACES = ("/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid")
# Files that a container engine puts over those of the image, out of a directory that bears the container's id.
_MOUNTED = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
_ID = 64  # hexadecimal digits of a container's id
_SHOWN = 12


def identity() -> str:
    """Return the machine's own id, with the container's where this is one; '' where nothing says it."""
    machine = next((found for place in _PLACES if (found := _text(place).strip())), "")
    inside = container()
    return f"{machine}/{inside}" if inside else machine


def name() -> str:
    """Return twelve hexadecimal digits that stand for the machine: its id itself is nobody else's business."""
    from hashlib import sha256  # not for the guard

    known = identity()
    return sha256(b"gitcoord " + known.encode()).hexdigest()[:_SHOWN] if known else ""


def container() -> str:
    """Return the id of the container that this is, '' where it is none that can be known."""
    for line in _text("/run/.containerenv").splitlines():
        if line.startswith("id="):
            return line.removeprefix("id=").strip('"')
    for line in _text("/proc/self/mountinfo").splitlines():
        fields = line.split(" ", 5)
        if len(fields) > 4 and fields[4] in _MOUNTED:
            found = _long_id(fields[3])
            if found:
                return found
    return _long_id(_text("/proc/self/cgroup"))


def _long_id(text: str) -> str:
    """Return the first part of a path that looks as a container's id does."""
    for part in text.replace("\n", "/").split("/"):
        word = part.removesuffix(".scope").rpartition("-")[2]
        if len(word) == _ID and is_hexadecimal(word):
            return word
    return ""


def _text(path: str) -> str:
    try:
        return file.read(path).decode("utf-8", "replace")
    except OSError:
        return ""
