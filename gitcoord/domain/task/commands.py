"""The commands about tasks."""

from __future__ import annotations

from gitcoord.domain.command import Command
from gitcoord.domain.task import adding, giving, importing, listing, saying, view

COMMANDS = (
    Command("task add", adding.Add, adding.add, view.changed, quiet=view.name_only),
    Command("task import", importing.Import, importing.run, importing.told, quiet=importing.names),
    Command("task next", giving.Next, giving.take_next, view.taken, quiet=view.name_only),
    Command("task list", listing.List, listing.page, listing.listed, quiet=listing.ids, does="reads"),
    Command("task show", listing.Show, listing.one, listing.whole, quiet=listing.whole, does="reads"),
    Command("task update", saying.Update, saying.update, view.changed),
    Command("task take", giving.Take, giving.take, view.taken, quiet=view.name_only),
    Command("task done", saying.Done, saying.done, view.changed),
    Command("task fail", saying.Fail, saying.fail, view.changed),
    Command("task return", saying.Return, saying.give_back, view.changed),
    Command("task decline", saying.Decline, saying.decline, view.changed),
    Command("task cancel", saying.Cancel, saying.cancel, view.changed, does="destroys"),
    Command("ask", adding.Ask, adding.ask, view.changed, quiet=view.name_only),
)
