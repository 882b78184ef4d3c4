"""What a commit or a push may touch: one judge. Standard library, policy and the light part of kernel only."""
