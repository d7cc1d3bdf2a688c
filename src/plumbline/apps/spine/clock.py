"""The day by which marks with an embargo or an expiry are read. The domain takes it as an argument."""

from __future__ import annotations

from datetime import date

from django.utils import timezone


def today() -> date:
    """Give the day in UTC."""
    return timezone.now().date()
