"""Programs to begin with: each does one job of a merchant's system against a running server, on a test book."""
