"""What Alembic runs for each migration: in the connection and the transaction that `migrations.run` was given."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
