"""The writer's parts: sums, places, and the records themselves, a stretch of rows at a time."""
