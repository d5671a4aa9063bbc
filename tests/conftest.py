"""What every test has: databases of both kinds, and an ear for account numbers."""

pytest_plugins = ("tests.redaction", "tests.postgres")
