"""Orders: found by what people know of them, told as one story, and decided about."""
