"""The database of people and access: SQLite in the data folder or PostgreSQL by URL, by SQLAlchemy Core.

Only what has accounts imports this package. `Store` hands out transactions; `schema` has the tables; `migrations` bring a database
of an earlier version up to it. Synchronous: any thread, never an event loop; opened after forks.
"""

from framecast.store.open import open_store
from framecast.store.store import Store

__all__ = ["Store", "open_store"]
