"""Reading of settings: designs and plans come as mappings, and what does not fit is refused by its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plumbline.domain.errors import InvalidInput, unfit


def mapping(settings: Any, known: Iterable[str], *, name: str, key: str = "") -> dict[str, Any]:
    """Give settings as a mapping of known keys, else refuse them."""
    if not isinstance(settings, Mapping):
        raise unfit(name, key or "settings", "a mapping of settings is needed here", settings)
    wanted = tuple(known)
    for one in settings:
        if one not in wanted:
            raise unfit(name, f"{key}.{one}" if key else str(one), f"one of {', '.join(wanted)} is needed here", one)
    return dict(settings)


def names(value: Any, *, name: str, key: str) -> tuple[str, ...]:
    """Give one name or a list of names as a tuple."""
    if value is None or value == "":
        return ()
    listed = value if isinstance(value, list | tuple) else (value,)
    for one in listed:
        if isinstance(one, bool) or not isinstance(one, str | int):
            raise unfit(name, key, "a column or a list of columns is needed here", value)
    return tuple(str(one) for one in listed)


def choice(value: Any, among: Iterable[str], *, name: str, key: str) -> str:
    """Give a value that is among some words, else refuse it."""
    words = tuple(among)
    if value not in words:
        raise unfit(name, key, f"one of {', '.join(words)} is needed here", value)
    return str(value)


def amount(
    value: Any, *, name: str, key: str, low: float = 0, high: float = float("inf"), open_: bool = False
) -> float:
    """Give a number between bounds (bounds left out where `open_`), else refuse it."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not good or (open_ and value in (low, high)):
        raise InvalidInput(
            "setting.range",
            "{name}: {key} must be between {low} and {high}, not {value}.",
            name=name, key=key, low=low, high=high, value=value,
        )  # fmt: skip
    return float(value)
