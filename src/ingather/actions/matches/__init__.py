"""Matches: what explains an item or a posting, recorded with rule, score and evidence, and undone by a person."""
