"""The board, and the figures."""
