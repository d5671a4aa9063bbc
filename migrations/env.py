"""How Alembic reaches the book: the connection is handed over by the caller, who begins and ends its transaction."""

from contextlib import ExitStack

from alembic import context

from ingather.store.tables import Base

with ExitStack() as opened:
    given = context.config.attributes
    connection = given.get("connection") or opened.enter_context(given["engine"].connect())
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
