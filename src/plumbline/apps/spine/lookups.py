"""`field__among=[ids]`: membership in a list that is passed as one parameter, however long it is.

SQLite refuses a statement with too many parameters and plans `IN (?, ?, ...)` anew for each length;
one JSON array (SQLite) or one array (PostgreSQL) keeps the statement the same for every viewer.
"""

from __future__ import annotations

import json
from typing import Any

from django.db.models import Field, ForeignKey, Lookup


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup):
    """Match when the field's value is one of the integers given."""

    lookup_name = "among"
    prepare_rhs = False

    def get_prep_lookup(self) -> Any:
        """Keep the list as it is."""
        return list(self.rhs)

    def get_db_prep_lookup(self, value: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Pass the list as one parameter."""
        if connection.vendor == "postgresql":
            return "%s", (value,)
        return "%s", (json.dumps(value),)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Compile for SQLite: a json_each subquery."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", [*lhs_params, json.dumps(self.rhs)]  # noqa: S608 -- lhs is a column

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Compile for PostgreSQL: = ANY(array)."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s)", [*lhs_params, self.rhs]
