"""Tables where the data is: files as columns, plans that an engine runs."""

from plumbline.engines.tables.files import read_columns, read_list, read_rows, read_yaml

__all__ = ["read_columns", "read_list", "read_rows", "read_yaml"]
