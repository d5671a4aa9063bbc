"""The NACHA format: bytes to columns and back, every record taken from one table of fields."""
