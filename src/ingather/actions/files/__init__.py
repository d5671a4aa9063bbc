"""The life of a file: sealed, approved, sent, answered."""
