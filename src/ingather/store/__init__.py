"""The books: the only SQL. Tables, migrations, bulk columns in and out, and the read models."""
