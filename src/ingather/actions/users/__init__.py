"""People, their sessions, and keys of the API."""
