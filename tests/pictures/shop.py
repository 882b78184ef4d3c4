"""A repository in which much goes on, for the picture of the board."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.programs import in_process, started

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("auth/login.py", "auth/session.py", "cart/cart.py", "pay/card.py")


@dataclass(frozen=True)
class Shop:
    """A work tree of the repository."""

    top: Path
    env: dict[str, str]

    def git(self, *words: str) -> None:
        """Run git."""
        started(self.top, self.env, "git", *words, check=True)

    def coord(self, session: str, *words: str) -> dict[str, object]:
        """Run `git coord` as a session; returns what it says, whatever that is."""
        return in_process(self.top, self.env, *words, "--json", session=session, check=False).json

    def start(self, name: str, *words: str) -> str:
        """Start a session; returns its id."""
        return str(self.coord("", "start", name, *words)["session"])

    def change(self, path: str, line: int, text: str, session: str, message: str) -> None:
        """Commit another line of a file."""
        file = self.top / path
        lines = file.read_text().splitlines()
        lines[line] = text
        file.write_text("\n".join(lines) + "\n")
        guard = ("-c", "coord.guard=off") if not session else ()
        env = self.env | ({"GIT_COORD_SESSION": session} if session else {})
        started(self.top, env, "git", *guard, "commit", "-qam", message, check=True)

    def apart(self, branch: str) -> Shop:
        """Another worktree, on a branch of its own."""
        place = self.top.parent / branch
        self.git("worktree", "add", "-q", "-b", branch, str(place))
        return Shop(place, self.env)


def open_up(top: Path, env: dict[str, str]) -> tuple[Shop, str]:
    """Make the repository and let its sessions work; returns it, and the session of the person who looks."""
    shop = Shop(top / "shop", env)
    for path in (*(f"src/{name}" for name in FILES), "tests/test_cart.py", "docs/guide.md"):
        (shop.top / path).parent.mkdir(parents=True, exist_ok=True)
        (shop.top / path).write_text("".join(f"line {number}\n" for number in range(20)))
    shop.git("init", "-q", "-b", "main")
    shop.git("add", ".")
    shop.git("commit", "-q", "-m", "first")
    shop.coord("", "init")
    cart, login, payments = (shop.apart(branch) for branch in ("cart", "login", "payments"))

    carol = cart.start("claude:cart", "--can", "python", "--work", "the cart keeps its items")
    cart.coord(carol, "claim", "src/cart", "tests/test_cart.py", "-m", "the cart keeps its items")
    cart.change("src/cart/cart.py", 3, "keep items", carol, "cart: keep items")
    cart.coord(carol, "beat", "writing", "--target", "tests/test_cart.py", "--phase", "tests", "--progress", "60")
    (cart.top / "tests/test_cart.py").write_text("assert True\n")

    lee = login.start("codex:login", "--can", "review", "--work", "sign in with passkeys")
    login.coord(lee, "claim", "src/auth", "-m", "passkeys")
    login.coord(lee, "beat", "reading the spec", "--progress", "15", "--next", "the form")
    child = login.start("codex:login/tests", "--parent", lee, "--work", "tests for passkeys")
    login.coord(child, "claim", "tests/auth/", "-m", "tests for passkeys")

    pat = payments.start("gemini:payments", "--work", "refunds")
    payments.coord(pat, "claim", "src/pay", "slot:deploy", "-m", "refunds")
    payments.change("src/pay/card.py", 7, "refund(card)", pat, "pay: refunds")
    shop.change("src/pay/card.py", 7, "charge(card, twice=False)", "", "card: charge once")

    person = shop.start("ann", "--work", "reviews")
    for title, more in (
        ("Review the passkey form", ("--priority", "high", "--type", "review")),
        (
            "Refund of a partly paid order",
            (
                "--priority",
                "critical",
            ),
        ),
        ("Document the cart", ()),
        ("Release notes", ()),
    ):
        shop.coord(person, "task", "add", title, *more)
    payments.coord(pat, "task", "next")
    cart.coord(carol, "task", "next")
    login.coord(lee, "ask", "ann", "Look at the passkey form", "--type", "review")
    payments.coord(pat, "handoff", "offer", "next", "-m", "The card side is done, orders are open")
    return shop, person
