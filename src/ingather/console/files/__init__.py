"""Files: their list, the annotated viewer with where each field comes from, and reading any file without keeping it."""
