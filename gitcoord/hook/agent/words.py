"""Splits a line of shell into words, and what stands between commands.

Quotes, escapes, comments, redirections, here-documents and substitutions are understood as POSIX has them.
"""

from __future__ import annotations

_OPERATORS = frozenset(";&|\n()")


class Mark:
    """Stands between two commands."""

    __slots__ = ()


class Inner:
    """A substitution: a line of its own."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Here:
    """What a command reads that is written in the line itself: a here-document, or the word behind `<<<`."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


END, LINE, OPEN, CLOSE = Mark(), Mark(), Mark(), Mark()
"""Where a command ends, a line of commands ends, and around a group."""


class Scanner:
    """Splits a line into words and what stands between commands."""

    __slots__ = ("_at", "_bodies", "_found", "_has", "_line", "_word")

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0
        self._word: list[str] = []
        self._has = False
        self._found: list[str | Mark | Inner | Here] = []
        self._bodies: list[str] = []

    def scan(self) -> list[str | Mark | Inner | Here]:
        """Return the words, marks, substitutions and what commands read, in their order."""
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            if char in " \t\r":
                self._end_word()
            elif char == "#" and not self._has:
                end = self._line.find("\n", self._at)
                self._at = len(self._line) if end < 0 else end
            elif char in _OPERATORS:
                self._operator(char)
            elif char in "<>":
                self._redirection(char)
            else:
                self._part(char)
        self._end_word()
        return self._found

    def _part(self, char: str) -> None:
        """Take a piece of a word."""
        if char == "\\" and self._line[self._at : self._at + 1] == "\n":  # the line goes on
            self._at += 1
            return
        self._has = True
        if char == "\\":
            self._word.append(self._line[self._at : self._at + 1])
            self._at += 1
        elif char == "'":
            end = self._line.find("'", self._at)
            end = len(self._line) if end < 0 else end
            self._word.append(self._line[self._at : end])
            self._at = end + 1
        elif char == '"':
            self._double()
        elif char == "`":
            end = self._line.find("`", self._at)
            end = len(self._line) if end < 0 else end
            self._found.append(Inner(self._line[self._at : end]))
            self._at = end + 1
        elif char == "$" and self._line[self._at : self._at + 1] == "(":
            self._substitution()
        else:
            self._word.append(char)

    def _double(self) -> None:
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            if char == '"':
                return
            if char == "\\" and self._line[self._at : self._at + 1] in ("$", "`", '"', "\\", "\n"):
                self._word.append(self._line[self._at])
                self._at += 1
            elif char == "`" or (char == "$" and self._line[self._at : self._at + 1] == "("):
                self._part(char)
            else:
                self._word.append(char)

    def _substitution(self) -> None:
        """Take `$( ... )`, whatever stands in it, as a line of its own."""
        start, depth, quote = self._at + 1, 0, ""
        while self._at < len(self._line):
            char = self._line[self._at]
            self._at += 1
            if char == "\\" and quote != "'":
                self._at += 1
            elif quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
                if depth == 0:
                    break
        self._found.append(Inner(self._line[start : self._at - 1]))
        self._word.append("$()")

    def _operator(self, char: str) -> None:
        self._end_word()
        if char == "\n" and self._bodies:
            self._take_bodies()
        self._found.append({"(": OPEN, ")": CLOSE, "\n": LINE}.get(char, END))

    def _redirection(self, char: str) -> None:
        """Pass over `>file`, `2>&1` and the like; remember the end of a here-document."""
        if self._has and "".join(self._word).isdigit():
            self._word, self._has = [], False
        self._end_word()
        line, here = self._line, char == "<" and self._line[self._at : self._at + 1] == "<"
        text = here and line[self._at : self._at + 2] == "<<"
        while self._at < len(line) and line[self._at] in "<>&|-":
            self._at += 1
        while self._at < len(line) and line[self._at] in " \t":
            self._at += 1
        before = len(self._found)
        while self._at < len(line) and line[self._at] not in " \t\r<>" and line[self._at] not in _OPERATORS:
            self._at += 1
            self._part(line[self._at - 1])
        name = "".join(self._word)
        self._word, self._has = [], False
        del self._found[before:]
        if here and text:
            self._found.append(Here(name))
        elif here and name:
            self._bodies.append(name)

    def _take_bodies(self) -> None:
        for name in self._bodies:
            start = last = self._at
            while self._at < len(self._line):
                end = self._line.find("\n", self._at)
                end = len(self._line) if end < 0 else end
                body = self._line[self._at : end].strip("\t")
                last, self._at = self._at, end + 1
                if body == name:
                    break
                last = self._at
            self._found.append(Here(self._line[start:last]))
        self._bodies = []

    def _end_word(self) -> None:
        if self._has:
            self._found.append("".join(self._word))
        self._word, self._has = [], False
