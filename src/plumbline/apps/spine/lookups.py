"""`field__among=[ids]`: membership in a list that is passed as one parameter, however long it is.

SQLite refuses a statement with too many parameters and plans `IN (?, ?, ...)` anew for each length;
one JSON array (SQLite) or one array (PostgreSQL) keeps the statement the same for every viewer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any

from django.db.models import Field, ForeignKey, Lookup


class Keys:
    """Integers as one value, no list: the ORM walks into lists item by item, for each query anew."""

    def __init__(self, values: Iterable[int]) -> None:
        self.values = list(values)

    @cached_property
    def json(self) -> str:
        """The integers as a JSON array."""
        return json.dumps(self.values)


@ForeignKey.register_lookup
@Field.register_lookup
class Among(Lookup):
    """Match when the field's value is one of the integers given."""

    lookup_name = "among"
    prepare_rhs = False
    rhs: Any

    def get_prep_lookup(self) -> Keys:
        """Keep the integers as they are."""
        return self.rhs if isinstance(self.rhs, Keys) else Keys(self.rhs)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Compile for SQLite: a json_each subquery."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", [*lhs_params, self.rhs.json]  # noqa: S608 -- lhs is a column

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Compile for PostgreSQL: = ANY(array)."""
        lhs, lhs_params = self.process_lhs(compiler, connection)
        return f"{lhs} = ANY(%s)", [*lhs_params, self.rhs.values]
