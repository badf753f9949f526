"""Alembic migrations: the way from any earlier schema to the present one."""
