"""Orders over HTTP: recorded one by one or ten thousand at once, looked up, explained, and decided about."""
