"""What the git hooks run. Standard library, policy and the light part of kernel only: everybody waits for it."""
