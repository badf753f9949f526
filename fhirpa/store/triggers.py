"""The statements of triggers, for both databases.

Migrations that were released use these functions: what one of them emits never changes; add another.
"""


def refuse_changes(dialect: str, table: str, *, deletes: bool = True) -> tuple[str, ...]:
    """Trigger statements that make a table insert-only (`deletes=False`: rows may be deleted)."""
    operations = ("UPDATE", "DELETE") if deletes else ("UPDATE",)
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{x.lower()} BEFORE {x} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            for x in operations
        )
    function = (
        f"CREATE FUNCTION {table}_insert_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is insert-only' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    row = (
        f"CREATE TRIGGER {table}_insert_only BEFORE {' OR '.join(operations)} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_insert_only()"
    )
    whole = (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_insert_only()"
    )
    return function, row, whole


def require_before_state(dialect: str, name: str, state: str, condition: str) -> tuple[str, ...]:
    """Trigger statements: a service line may take `state` only when a determination meets `condition`.

    `condition` is SQL over the alias `d` of the determinations of the same case and line.
    """
    exists = (  # all parts are constants of the migrations, none is input
        "EXISTS (SELECT 1 FROM determination d WHERE d.case_id = NEW.case_id "  # noqa: S608
        f"AND d.sequence = NEW.sequence AND {condition})"
    )
    message = f"{state} without its determination"
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {name}_{x.lower()} BEFORE {x} ON service_line "
            f"WHEN NEW.state = '{state}' AND NOT {exists} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for x in ("INSERT", "UPDATE")
        )
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT {exists} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
        "END IF; RETURN NEW; END $$"
    )
    trigger = (
        f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON service_line "
        f"FOR EACH ROW WHEN (NEW.state = '{state}') EXECUTE FUNCTION {name}()"
    )
    return function, trigger


def require_before_insert(
    dialect: str, table: str, name: str, when: str, condition: str, message: str
) -> tuple[str, ...]:
    """Trigger statements: a row of `table` for which `when` holds needs `condition` (SQL over NEW)."""
    name = f"{table}_{name}"
    if dialect == "sqlite":
        statement = (
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {when} AND NOT ({condition}) "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return (statement,)
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {when} AND NOT ({condition}) THEN RAISE EXCEPTION '{message}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    trigger = f"CREATE TRIGGER {name} BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return function, trigger


def require_before(
    dialect: str, operation: str, table: str, name: str, when: str, condition: str, message: str
) -> tuple[str, ...]:
    """Trigger statements: an INSERT or UPDATE of `table` for which `when` holds needs `condition`.

    Both are SQL over NEW and, of an update, OLD.
    """
    name = f"{table}_{name}"
    if dialect == "sqlite":
        return (
            f"CREATE TRIGGER {name} BEFORE {operation} ON {table} WHEN ({when}) AND NOT ({condition}) "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END",
        )
    function = (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF ({when}) AND NOT ({condition}) THEN RAISE EXCEPTION '{message}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
    trigger = f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    return function, trigger


def drop_state_requirement(dialect: str, name: str) -> tuple[str, ...]:
    """Statements that take away what `require_before_state` made."""
    if dialect == "sqlite":
        return tuple(f"DROP TRIGGER {name}_{x}" for x in ("insert", "update"))
    return f"DROP TRIGGER {name} ON service_line", f"DROP FUNCTION {name}()"


def drop_insert_requirement(dialect: str, table: str, name: str) -> tuple[str, ...]:
    """Statements that take away what `require_before_insert` made."""
    name = f"{table}_{name}"
    if dialect == "sqlite":
        return (f"DROP TRIGGER {name}",)
    return f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"
