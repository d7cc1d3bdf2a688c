"""Build the Jinja2 environment of every page: strict, escaped, translated, aware of direction.

Named in settings as ``TEMPLATES[...]["OPTIONS"]["environment"] = "plumbline.ui.environment.environment"``
with the backend ``django.template.backends.jinja2.Jinja2``. An unknown name in a template is an error, never a blank.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.dates import format_skeleton, format_time, get_datetime_format
from babel.numbers import format_decimal, format_percent
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils import translation
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from plumbline.ui import charts, maps
from plumbline.ui.icons import icon
from plumbline.ui.text import content, direction, highlighted, language, language_name, listed


def environment(**options: Any) -> Environment:
    """Return the environment with the globals that ``ui/README.md`` lists; ``options`` are Django's."""
    options["undefined"] = StrictUndefined  # Django would choose a lenient one
    options.setdefault("trim_blocks", True)
    options.setdefault("lstrip_blocks", True)
    options["autoescape"] = True
    env = Environment(**options, extensions=["jinja2.ext.i18n"])  # noqa: S701 -- autoescape is set above
    env.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext,
        translation.ngettext,
        newstyle=True,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
    )
    env.globals.update(
        boundary_note=maps.boundary_note,
        content=content,
        direction=direction,
        find_url=find_url,
        format_date=format_date,
        heat_table=charts.heat_table,
        highlighted=highlighted,
        icon=icon,
        language=language,
        language_name=language_name,
        listed=listed,
        number=number,
        percent=percent,
        bar_chart=charts.bar_chart,
        stacked_chart=charts.stacked_chart,
        query_with=query_with,
        static=static,
        time_chart=charts.time_chart,
        unsettled_borders=maps.UNSETTLED,
        url=url,
    )
    return env


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the address of a named page: ``url('records:entry-show', entry='k3…')``."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def find_url(name: str, default: str = "") -> str:
    """Return the address of a named page, or ``default`` where this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return default


def query_with(request: HttpRequest, **changes: Any) -> str:
    """Return the page's own address with some query parameters changed.

    A value of None or '' removes the parameter, a list repeats it. Changing anything but ``page`` goes back to page 1.
    """
    query = request.GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        values = value if isinstance(value, list | tuple) else [value]
        query.setlist(key, [str(item) for item in values if item not in (None, "")])
    encoded = query.urlencode()
    return f"{request.path}?{encoded}" if encoded else request.path


def number(value: float | Decimal | None, digits: int | None = None) -> str:
    """Write a number as the page's language does, at most ``digits`` decimals; None is an en dash."""
    if value is None:
        return "–"
    pattern = None if digits is None else "#,##0" + ("." + "#" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=_locale())


def percent(share: float) -> str:
    """Write a share from 0 to 1 as whole percent in the page's language."""
    return str(format_percent(share, locale=_locale()))


def format_date(value: date | str | Mapping[str, str] | None, style: str = "long") -> str | Markup:
    """Write a date, a moment, an ISO string or a date claim as the page's language does.

    A date claim is ``{"start", "end", "precision"}``; precision month and year show no day, a range shows both ends.
    ``style`` is short, medium or long. None is an en dash.
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping):
        return _claimed_date(value, style)
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
    written = _moment(value, style) if isinstance(value, datetime) else _day(value, style)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), written)


def _day(value: date, style: str) -> str:
    """Write a day; medium names the month in every language (Arabic's own medium is 04/09/2024)."""
    if style == "medium":
        return format_skeleton("yMMMd", value, locale=_locale())
    return babel_date(value, format=style, locale=_locale())


def _moment(value: datetime, style: str) -> str:
    if style == "short":
        return babel_datetime(value, format=style, locale=_locale())
    pattern = get_datetime_format("medium", locale=_locale())
    return str(pattern).format(format_time(value, "medium", locale=_locale()), _day(value, "medium"))


def _claimed_date(value: Mapping[str, str], style: str) -> str | Markup:
    start, end = date.fromisoformat(value["start"]), date.fromisoformat(value["end"])
    precision = value.get("precision", "day")
    if precision == "year":
        return Markup('<time datetime="{0}">{0}</time>').format(start.year)
    if precision == "month":
        written = babel_date(start, format="LLLL y", locale=_locale())
        return Markup('<time datetime="{}">{}</time>').format(start.isoformat()[:7], written)
    if precision == "circa":
        return escape(translation.gettext("about %(date)s")) % {"date": format_date(start, style)}
    if start == end:
        return format_date(start, style)
    return Markup("{} – {}").format(format_date(start, style), format_date(end, style))


def _locale() -> Locale:
    tag = language()
    try:
        return Locale("en", "GB") if tag == "en" else Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
