"""The API: what a merchant's system and a returns desk build on, over the same actions as the command line."""
