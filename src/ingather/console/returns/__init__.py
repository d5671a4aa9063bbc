"""Returns: what came back, what follows from it and why, and everything that a desk decides about it."""
