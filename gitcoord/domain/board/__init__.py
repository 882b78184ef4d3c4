"""The board: who works here, what they hold, what needs attention."""
