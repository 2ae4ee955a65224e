"""Rooms as the servers of a process see them: who enters, what each member is sent, and what members do. Event loop; the database on threads."""
