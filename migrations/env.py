"""How Alembic reaches the book: the engine is handed over by the caller, never read from a file."""

from alembic import context

from ingather.store.tables import Base

with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
