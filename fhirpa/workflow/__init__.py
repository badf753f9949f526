"""The use cases, one module each; one database transaction per use case."""
