"""Returns: what came back, what follows from it and why, and all that a desk decides about it."""
