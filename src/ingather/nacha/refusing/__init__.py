"""What is refused before a byte is written, by what it is about: the plan's shape, head, batches, entries, addenda."""
