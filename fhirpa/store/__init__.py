"""The store: tables, types and what differs between SQLite and PostgreSQL."""
