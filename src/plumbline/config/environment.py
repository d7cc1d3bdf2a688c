"""Every setting that the environment may give, typed and documented in one table.

`SETTINGS` is what `docs/reference/settings.md` and `plumbline doctor` are made from.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plumbline.engines.chat import Endpoint
from plumbline.engines.spark import Cluster


def _flag(text: str) -> bool:
    return text.strip().lower() in {"1", "true", "yes", "on"}


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole(text: str) -> int:
    """Read a whole number above 0; 0 is none, and refused by what uses it."""
    return int(text) if text.strip().isdecimal() and len(text) < 9 else 0


@dataclass(frozen=True)
class Setting:
    """One variable: its name, how its text is read, its default as text, what it does."""

    name: str
    read: Callable[[str], Any]
    default: str
    help: str


SETTINGS = (
    Setting(
        "PLUMBLINE_DATA", Path, "data", "The data folder: database, files, search index. Made by `plumbline init`."
    ),
    Setting("PLUMBLINE_DATABASE_URL", str, "", "postgresql://user@host:port/name; empty: SQLite in the data folder."),
    Setting(
        "PLUMBLINE_SECRET_KEY",
        str,
        "",
        "Signs sessions; empty: the one that `plumbline init` wrote to the data folder.",
    ),
    Setting("PLUMBLINE_HOSTS", _list, "127.0.0.1,localhost,[::1]", "Host names that the server answers to, by commas."),
    Setting("PLUMBLINE_ORIGINS", _list, "", "Origins for forms behind a proxy, such as https://evidence.example.org."),
    Setting("PLUMBLINE_SECURE", _flag, "no", "yes behind HTTPS: secure cookies, HSTS."),
    Setting("PLUMBLINE_DEBUG", _flag, "no", "yes for development only: tracebacks in the browser."),
    Setting("PLUMBLINE_UPLOAD_MB", int, "250", "Largest file that may be added, in megabytes."),
    Setting("PLUMBLINE_TIME_ZONE", str, "UTC", "Time zone in which times are shown."),
    Setting("PLUMBLINE_EMAIL_FROM", str, "plumbline@localhost", "The sender of mails, as your mail server expects it."),
    Setting(
        "PLUMBLINE_EMAIL_URL",
        str,
        "",
        "smtp://user:password@host:port (smtps for TLS from the start, smtp+starttls for STARTTLS); empty: mails are written to the data folder.",
    ),
    Setting(
        "PLUMBLINE_LLM_URL",
        str.strip,
        "",
        "Base address of a language model that speaks OpenAI's chat completions, such as http://127.0.0.1:8080/v1; empty: none is asked. A workspace must allow it too (`reading` in its blueprint).",
    ),
    Setting(
        "PLUMBLINE_LLM_MODEL", str.strip, "", "The name of the language model at that address, at most 56 characters."
    ),
    Setting(
        "PLUMBLINE_LLM_KEY", str.strip, "", "The key of the language model's service, if it needs one; never shown."
    ),
    Setting("PLUMBLINE_LLM_SECONDS", _whole, "60", "So many seconds a language model may take for an answer."),
    Setting(
        "PLUMBLINE_SPARK_MASTER", str.strip, "local[*]", "Where `--engine spark` runs: local[2], or spark://host:7077."
    ),
    Setting("PLUMBLINE_SPARK_MEMORY", str.strip, "2g", "Memory of each process of Spark."),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def read(name: str) -> Any:
    """Read one setting from the environment; refuses a name that the table does not hold (KeyError)."""
    setting = _BY_NAME[name]
    return setting.read(os.environ.get(name) or setting.default)


def language_model() -> Endpoint | None:
    """Give the language model that the environment names; None where it names none."""
    given = {name: read(f"PLUMBLINE_LLM_{name.upper()}") for name in ("url", "model", "key", "seconds")}
    return Endpoint(**given) if given["url"] else None


def spark_cluster() -> Cluster:
    """Give where Spark runs."""
    return Cluster(read("PLUMBLINE_SPARK_MASTER"), read("PLUMBLINE_SPARK_MEMORY"))
