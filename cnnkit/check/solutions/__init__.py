"""The kit's own solutions of the exercises."""
