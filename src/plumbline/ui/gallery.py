"""Show every component in every state, in Latin, Cyrillic and Arabic: the style guide, and what browser tests look at."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from markupsafe import Markup

from plumbline.ui.charts import Bar

MARKS = [
    {"level": "CLEAR", "url": "#marks"},
    {"level": "GREEN", "url": "#marks"},
    {"level": "AMBER", "url": "#marks", "audience": "4 organisations"},
    {"level": "AMBER+STRICT", "url": "#marks"},
    {"level": "RED", "url": "#marks", "audience": "2 persons"},
]

TEXTS = [
    {"language": "en", "label": "12", "work": "Customs bulletin, autumn 2011 (fictional)",
     "text": "On 3 March 2011 customs officers at Apapa opened two containers declared as second-hand goods and found 38 tonnes of spent lead-acid batteries.",
     "spans": [("3 March 2011", "claim"), ("38 tonnes", "current"), ("spent lead-acid batteries", "match")]},
    {"language": "ru", "label": "7", "work": "Вестник таможни (вымышленный)",
     "text": "В марте 2011 года таможенники нашли в двух контейнерах 38 тонн отработанных свинцовых аккумуляторов.",
     "spans": [("марте 2011 года", "claim"), ("38 тонн", "current"), ("отработанных", "withheld")]},
    {"language": "ar", "label": "٤٠", "work": "نشرة الجمارك (خيالية)",
     "text": "في 3 مارس 2011 فتح رجال الجمارك حاويتين مصرح بهما بضائع مستعملة، فوجدوا 38 طناً من بطاريات الرصاص المستهلكة.",
     "spans": [("3 مارس 2011", "claim"), ("38 طناً", "current"), ("بطاريات الرصاص", "match")]},
    {"language": "zh-Hans", "label": "3", "work": "海关通报(虚构)",
     "text": "2011年3月3日,海关人员打开两个申报为旧货的集装箱,发现38吨废铅酸电池。", "spans": [("38吨", "current")]},
]  # fmt: skip


def gallery(request: HttpRequest) -> HttpResponse:
    """Answer the gallery page; with the header ``HX-Request`` the fragment that a provenance popover shows."""
    if request.headers.get("HX-Request"):
        return render(request, "gallery_fragment.html", {"passages": passages()[:1]})
    return render(request, "gallery.html", {**parts(), "page_mark": MARKS[2]})


def passages() -> list[dict[str, Any]]:
    """Return one passage a script, with its spans as ``highlighted`` wants them."""
    return [
        {
            "language": item["language"], "label": item["label"], "url": "#passages", "text": item["text"],
            "work": {"title": item["work"], "url": "#passages", "language": item["language"]}, "mark": MARKS[0],
            "spans": [
                {"start": item["text"].index(words), "end": item["text"].index(words) + len(words), "kind": kind, "key": words}
                for words, kind in item["spans"]
            ],
        }
        for item in TEXTS
    ]  # fmt: skip


def parts() -> dict[str, Any]:
    """Return the sample data of the gallery, by component; all of it invented."""
    years = [Bar(str(2003 + i), value, "#charts") for i, value in enumerate([2, 3, 3, 6, 5, 9, 12, 11, 19, 17, 14, 8])]
    places = ["Lagos", "Одесса", "ميناء طنجة", "Antwerpen", "Callao"]
    counts = [31, 22, 17, 9, 2]
    return {
        "marks": MARKS,
        "passages": passages(),
        "crumbs": [("Home", "#"), ("Hazardous and e-waste", "#"), ("Incidents", "#")],
        "tabs": [{"title": "List", "url": "#", "current": True, "count": 312}, {"title": "Map", "url": "#", "current": False},
                 {"title": "Timeline", "url": "#", "current": False}, {"title": "Counts", "url": "#", "current": False}],
        "columns": [{"key": "title", "title": "Incident", "sort_url": "#", "sorted": "descending"}, {"key": "date", "title": "Date", "kind": "date"},
                    {"key": "amount", "title": "Amount", "unit": "t", "kind": "number"},
                    {"key": "status", "title": "Review", "kind": "status"}, {"key": "mark", "title": "Shared", "kind": "mark"}],
        "rows": [
            {"url": "#", "cells": {"title": "Batteries in two containers, Apapa", "date": "3 March 2011", "amount": 38.0, "status": "accepted", "mark": MARKS[0]}},
            {"url": "#", "cells": {"title": Markup('<bdi lang="ru">Аккумуляторы в порту Одессы</bdi>'), "date": "2011", "amount": 1204.5, "status": "proposed", "mark": MARKS[2]}},
            {"url": "#", "cells": {"title": Markup('<bdi lang="ar" dir="rtl">بطاريات في ميناء طنجة</bdi>'), "date": "", "amount": 7, "status": "rejected", "mark": MARKS[3]}},
        ],
        "years": years,
        "places": [Bar(name, value, "#charts") for name, value in zip(places, counts, strict=True)],
        "intervals": [Bar("Before the campaign", 33, low=27, high=40), Bar("After it", 21, low=16, high=27)],
        "stack": (places, {"Lead batteries": [14, 9, 4, 5, 1], "Screens": [10, 8, 9, 1, 0], "Mixed plastics": [7, 5, 4, 3, 1]}),
        "heat": (places, ["2008", "2009", "2010", "2011", "2012"],
                 [[2, 5, 9, 14, 1], [0, 3, 8, 11, 0], [1, 0, 6, 7, 3], [0, 0, 2, 5, 2], [0, 0, 0, 1, 1]]),
        "history": [
            {"when": "12 May 2012, 09:40", "who": "Noor Haddad", "text": "accepted 38 t as amount", "url": "#", "reason": "Read in the bulletin, confirmed by telephone."},
            {"when": "11 May 2012, 17:02", "who": "Игорь Петров", "text": "proposed 40 t as amount"},
        ],
        "desk_fields": [
            {"key": "3 March 2011", "label": "Date", "value": "3 March 2011", "input": "2011-03-03", "status": "accepted", "confidence": 0.94},
            {"key": "38 tonnes", "label": "Amount", "value": "38 t", "input": "38 t", "status": "proposed", "confidence": 0.81, "mark": MARKS[2]},
            {"key": "spent lead-acid batteries", "label": "Waste stream", "value": "", "input": "", "status": "open"},
        ],
    }  # fmt: skip
