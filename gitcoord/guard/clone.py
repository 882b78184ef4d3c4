"""What this clone says of itself: its id, and the sessions that were started in it. Read when first asked for."""

from __future__ import annotations

from gitcoord import errors
from gitcoord.errors import DamagedId
from gitcoord.kernel import coordfile, file, lightjson, roster, whereabouts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gitcoord.guard.sessions import Session


class Clone:
    """The files `clone` and `roster` of a coord directory. All of it raises `Unreadable` where one cannot be read."""

    __slots__ = ("_coord_dir", "_entries", "_former", "_here", "_id")

    def __init__(self, coord_dir: str) -> None:
        self._coord_dir = coord_dir
        self._id: str | None = None
        self._here = False
        self._former: tuple[object, ...] = ()
        self._entries: list[roster.Entry] | None = None

    def id(self) -> str:
        """The clone's id; '' where it has none, and in a copy of another clone, whose id is that one's."""
        if self._id is None:
            path = f"{self._coord_dir}/{coordfile.CLONE}"
            try:
                known = lightjson.record(file.read(path))
                self._here = whereabouts.is_here(known, self._coord_dir)
                copied = not self._here and whereabouts.is_copy(known, whereabouts.of(self._coord_dir))
                found = "" if copied else known.get("id", "")
            except FileNotFoundError:
                known, found = {}, ""
            except OSError as error:
                raise errors.storage.IdUnread(path, error.strerror) from None
            except ValueError as error:
                raise errors.storage.IdUnread(path, error) from None
            if not isinstance(found, str):
                raise DamagedId(path)
            former = known.get("former") if found else ()
            self._id, self._former = found, tuple(former) if isinstance(former, list) else ()
        return self._id

    @property
    def is_here(self) -> bool:
        """Whether this is for certain the place in which its id was made: the same one of the same disk."""
        return bool(self.id()) and self._here

    def entries(self) -> list[roster.Entry]:
        """The sessions of this clone, the first started first; none in a copy of another clone: they are that one's."""
        if self._entries is None:
            self._entries = roster.read(f"{self._coord_dir}/{coordfile.ROSTER}") if self.id() else []
        return self._entries

    def recorded(self, session: str) -> roster.Entry | None:
        """The entry of a session of this clone, None where there is none."""
        return next((entry for entry in self.entries() if entry.session == session), None)

    def has(self, session: Session) -> bool:
        """Whether it is a session of this clone, under its present id or a former one."""
        return bool(self.id()) and (session.clone == self.id() or session.clone in self._former)

    def is_of_user(self, session: Session, uid: int) -> bool:
        """Whether it was started in this clone by this user, and is not an agent's."""
        entry = self.recorded(session.id)
        return entry is not None and entry.uid == uid and not session.agent
