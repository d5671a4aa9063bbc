"""What every test has: databases of both kinds, an ear for account numbers, and a heap that is not walked in vain."""

pytest_plugins = (
    "tests.redaction",
    "tests.postgres",
    "tests.heap",
    "tests.wholes",
    "tests.statements",
    "tests.commands",
)
