"""The pictures of the README, made from what is there: `python -m tests.pictures`."""
