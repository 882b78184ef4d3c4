"""Which machine this is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gitcoord.kernel import file, machine

if TYPE_CHECKING:
    from collections.abc import Callable

    Files = Callable[..., None]

ID = "ab" * 32
HOST = f"30 24 0:26 / /var/lib/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw\n"
INSIDE = f"31 24 8:1 /var/lib/docker/containers/{ID}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n"


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """Lets the machine have just these files."""

    def have(**content: str) -> None:
        known = {"/" + path.replace("__", "-").replace("_", "/"): text for path, text in content.items()}

        def read(path: str) -> bytes:
            if path not in known:
                raise FileNotFoundError(path)
            return known[path].encode()

        monkeypatch.setattr(file, "read", read)

    return have


def test_name_is_that_of_the_machine_id_and_not_it(files: Files) -> None:
    """The same machine-id gives the same twelve digits, which do not tell it; another one gives others."""
    files(etc_machine__id="1234\n")
    name = machine.name()
    assert (len(name), "1234" in name, machine.identity()) == (12, False, "1234")
    files(etc_machine__id="1235\n")
    assert machine.name() != name


@pytest.mark.parametrize(
    ("content", "inside"),
    [
        ({"proc_self_mountinfo": INSIDE}, ID),
        ({"proc_self_mountinfo": HOST}, ""),
        ({"run_.containerenv": 'engine="podman"\nid="' + ID + '"\n'}, ID),
        ({"proc_self_cgroup": f"0::/kubepods/burstable/pod1/{ID}\n"}, ID),
        ({"proc_self_cgroup": f"0::/system.slice/docker-{ID}.scope\n"}, ID),
        ({"proc_self_cgroup": "0::/user.slice/user-1000.slice\n"}, ""),
    ],
)
def test_containers_of_one_machine_are_told_apart(files: Files, content: dict[str, str], inside: str) -> None:
    """Inside of a container its id belongs to the machine's identity; what a host mounts for containers does not."""
    files(etc_machine__id="1234", **content)
    assert machine.identity() == (f"1234/{inside}" if inside else "1234")


def test_nothing_is_known(files: Files) -> None:
    """Where nothing says which machine this is, it has no name."""
    files()
    assert machine.name() == machine.identity() == ""
