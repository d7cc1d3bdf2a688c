"""Every read follows the sharing rule: each address, API route, export and command, for each kind of viewer.

The world (`sharing_world`) puts a word of its own into every text. No viewer may meet a word that `decide` keeps from
them, in any body or header; each word that a viewer may read is met somewhere, which shows that the search for leaks
finds words. A new route is walked as soon as it stands in the URL patterns or in the OpenAPI document; a parameter of
a name that the world has no example of fails the test.
"""

from __future__ import annotations

import difflib
import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.contracts.sharing_world import UNKNOWN, World, build, of_marks

from plumbline.apps.spine.queries import clear_caches
from plumbline.config.api import api

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"
OURS = ("spine", "accounts", "library", "teamwork", "records", "programme")
QUERIES = {
    "record-list": ("", "?status=accepted&status=proposed&status=rejected", "?sort=title&q=qx"),
    "record-export": ("?status=accepted&status=proposed&status=rejected",), "record-count": ("", "?rows=note&columns=country"),
    "record-clusters": ("", "?zoom=18"), "work-list": ("", "?state=failed"), "act-list": ("", "?verify=1"),
    "api": ("", "?status=accepted&status=proposed&status=rejected&size=100"),
    "search": ("", "?q=plainly OR driver OR text"), "workspace-search": ("?q=plainly OR driver OR text",),
    "hits-export": ("?q=plainly OR driver OR text",), "workspace-hits-export": ("?q=plainly OR driver OR text",),
}  # fmt: skip
ONCE = {
    "record-status",
    "record-decide",
    "record-undo",
    "review-act",
    "work-mark",
    "work-retry",
    "version-link",
    "medium-decide",
    "person-active",
    "task-set",
    "comment-write",
    "mention-note",
}
"""Addresses that only take what is posted: reading them once shows that they refuse."""
SOME = {
    "api",
    "record-history",
    "record-edit",
    "record-who",
    "review-record",
    "pair-show",
    "passage-show",
    "passage-like",
    "passage-beside",
    "work-like",
    "work-describe",
    "work-withdraw",
    "work-file",
    "media-list",
    "task-show",
}
MANY = 12
"""Of addresses that show what others show too, about so many are opened."""
SAMPLE = 1
"""Of the addresses of a route, so many from either end take what is posted."""


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """The world, made once for the module and rolled back after it; each test undoes what it writes."""
    from plumbline.apps.library.indexing import reading_index

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(settings, "DATA", tmp_path_factory.mktemp("sharing"))
        reading_index.cache_clear()
        clear_caches()
        with transaction.atomic():
            yield build()
            reading_index().close()
            transaction.set_rollback(True)
        reading_index.cache_clear()
        clear_caches()


# -- addresses -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """One URL pattern: its name, its address with {parameters}, and the names of these."""

    name: str
    address: str
    parameters: tuple[str, ...]


def routes() -> list[Route]:
    """Every pattern of the resolver; those of the API are walked from its own document."""
    found = _walk(get_resolver().url_patterns, "", "")
    return [one for one in found if not (one.parameters and one.address.startswith("/api/"))]


def _walk(patterns: Any, before: str, space: str) -> Iterator[Route]:
    for one in patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, address, one.namespace or space)
        elif isinstance(one, URLPattern):
            plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address)
            plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", plain).replace("^", "").replace("$", "").replace("\\Z", "")
            yield Route(one.name or "", "/" + plain, tuple(re.findall(r"{(\w+)}", plain)))


def api_routes() -> list[Route]:
    """Every operation of the API that reads, from its OpenAPI document."""
    paths = api.get_openapi_schema()["paths"] if api.urls else {}
    return [Route("api", path, tuple(re.findall(r"{(\w+)}", path))) for path, kinds in paths.items() if "get" in kinds]


def addresses(world: World, route: Route, viewer: str = "") -> list[str]:
    """The addresses of a route for the examples of its parameters: each entry, and a few of everything else.

    Of what opens by a secret address, a viewer has their own.
    """
    missing = [one for one in route.parameters if one not in world.examples and one not in world.optional]
    assert not missing, f"{route.address}: put examples of {missing} into tests/contracts/sharing_world.py"
    if any(one in world.optional for one in route.parameters):
        return []
    found = [route.address]
    for name in route.parameters:
        values = world.own.get(viewer, {}).get(name, world.examples[name])
        if name in ("record", "work", "entry", "passage", "pair") and route.name in (ONCE | SOME):
            values = values[:1] if route.name in ONCE else values[:: len(values) // MANY + 1]
        found = [address.replace(f"{{{name}}}", value) for address in found for value in values]
    name = "search" if route.address.endswith("/search") else "api" if route.address.endswith("s") else route.name
    queries = QUERIES.get(name if route.name == "api" else route.name, ("",))
    return [address + query for address in found for query in queries]


def reading(world: World, viewer: str = "") -> list[str]:
    """All addresses, without those whose work is to sign out."""
    every = [address for route in (*routes(), *api_routes()) for address in addresses(world, route, viewer)]
    return [one for one in every if not one.startswith("/account/logout")]


# -- what a viewer meets ---------------------------------------------------------------------------------------------


def client(world: World, name: str) -> Client:
    """A browser in which a viewer is signed in."""
    made = Client(raise_request_exception=False, headers={"accept-language": "en"})
    if person := world.people[name]:
        made.force_login(person, backend=SIGN_IN)
    return made


def said(response: Any) -> str:
    """Everything that an answer says: status line, headers, body; a spreadsheet is unpacked."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            body = b"\n".join(packed.read(one) for one in packed.namelist())
    response.close()
    headers = "\n".join(f"{key}: {value}" for key, value in response.headers.items())
    return f"{response.status_code}\n{headers}\n{body.decode('utf-8', 'replace')}"


def plain(text: str, *words: str) -> str:
    """An answer without what differs each time, and with words (ids, queries) taken out."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)
    text = re.sub(r"nonce-?=?[\"']?[\w+/=-]+", "", text)
    text = re.sub(r"Set-Cookie:.*|Content-Length:.*|Expires:.*|csrftoken[^\n]*", "", text)
    text = re.sub(r"(written(?:_at)?\W+)[\dT:+-]+", r"\1", text)
    for word in words:
        text = text.replace(word, "#")
    return text


@dataclass
class Met:
    """Words that a viewer met, and where the first time."""

    words: dict[str, str] = field(default_factory=dict)

    def read(self, text: str, where: str) -> None:
        """Note the words in an answer."""
        for word in set(re.findall(r"qx[a-z]+zj", text.lower())):
            self.words.setdefault(word, where)


def walk_of(world: World, name: str) -> tuple[Met, dict[str, set[int]]]:
    """What a viewer met, walked once."""
    if name not in world.walks:
        world.walks[name] = walked(world, name)
    return world.walks[name]


def walked(world: World, name: str) -> tuple[Met, dict[str, set[int]]]:
    """Let a viewer open every address, as a page and as htmx does; give the words met and the statuses of each route."""
    browser, met, statuses = client(world, name), Met(), defaultdict(set)
    for route in (*routes(), *api_routes()):
        for address in addresses(world, route, name):
            if address.startswith("/account/logout"):
                continue
            answer = browser.get(address)
            statuses[route.address].add(answer.status_code)
            met.read(said(answer), address)
            if route.name in ("passage-show", "batch-show"):
                met.read(said(browser.get(address, headers={"hx-request": "true"})), f"{address} (htmx)")
    return met, statuses


def leaks(world: World, name: str, met: Met) -> list[str]:
    """The words that a viewer met and may not read."""
    viewer = world.viewer(name)
    return sorted(
        f"{name} reads {word} at {where}"
        for word, where in met.words.items()
        if word in world.canaries and not world.canaries[word].allowed(viewer)
    )


VIEWERS = ("public", "outsider", "owner", "colleague", "circle", "audience", "named", "administrator")


@pytest.mark.parametrize("name", VIEWERS)
def test_every_page_holds_what_the_viewer_may_read_and_nothing_else(world: World, name: str) -> None:
    met, statuses = walk_of(world, name)
    assert leaks(world, name, met) == []
    viewer = world.viewer(name)
    unmet = [
        one.word for one in world.canaries.values() if one.shown and one.allowed(viewer) and one.word not in met.words
    ]
    assert unmet == [], f"{name} may read these and no page shows them"
    broken = {address: seen for address, seen in statuses.items() if seen & {500}}
    assert broken == {}


def test_every_route_answers_somebody(world: World) -> None:
    _, owner = walk_of(world, "owner")
    _, chief = walk_of(world, "administrator")
    silent = [one for one in owner if not any(status < 400 or status == 405 for status in owner[one] | chief[one])]
    assert silent == []


SEARCHES = {
    "/search/?q={}": ("passage", "span", "gone", "worktitle", "filename", "spacetext"), "/w/trial/search/?q={}": ("passage", "span"),
    "/search/?q=title:{}": ("worktitle", "newtitle"), "/search/?q=heading:{}": ("span",), "/search/?q=publisher:{}": ("publisher",),
    "/w/trial/incident/?q={}": ("title", "waiting", "merged", "alikeone"), "/w/trial/incident/?note={}": ("value", "overlay"),
    "/w/trial/incident/clusters.json?q={}": ("title",), "/w/trial/incident/timeline/?q={}": ("title",),
    "/w/trial/works/?q={}": ("worktitle", "brokentitle"), "/api/v1/search?q={}": ("passage", "span"),
}  # fmt: skip
"""Ways to ask for a word, and the kinds of words that each might find."""


@pytest.mark.parametrize("name", ["public", "outsider", "owner", "circle", "named"])
def test_search_by_a_hidden_word_answers_like_search_by_an_unknown_one(world: World, name: str) -> None:
    browser, viewer, found = client(world, name), world.viewer(name), set()
    for form, kinds in SEARCHES.items():
        nothing = plain(said(browser.get(form.format("qxunknownzj"))), "qxunknownzj")
        for word, canary in world.canaries.items():
            if canary.kind in kinds:
                same = plain(said(browser.get(form.format(word))), word) == nothing
                assert same or canary.allowed(viewer), f"{name} learns of {word} from {form}"
                found |= set() if same else {canary.kind}
    assert {"passage", "span", "worktitle", "title", "value"} <= found


# -- what is hidden answers like what is not there -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["public", "outsider", "circle", "named", "administrator"])
def test_what_one_may_not_see_answers_like_what_is_not_there(world: World, name: str) -> None:
    browser, viewer, tried = client(world, name), world.viewer(name), 0
    hidden = {
        "record": of_marks(world.examples["record"], viewer, False)[:4],
        "work": of_marks(world.examples["work"], viewer, False)[:4],
        "passage": world.hidden_passages(viewer)[:4], "pair": world.hidden_pairs(viewer)[:4],
        "tie": world.hidden_ties(viewer)[:4], "version": world.hidden_versions(viewer)[:4],
        "workspace": ["cellar"],
    }  # fmt: skip
    for route in (*routes(), *api_routes()):
        names = [one for one in route.parameters if one in hidden]
        if not names or not all(hidden[one] for one in names[-1:]):
            continue
        last = names[-1]
        for value in hidden[last]:
            unknown = "999999" if last == "pair" else "attics" if last == "workspace" else UNKNOWN
            pair = [_filled(world, route, last, one) for one in (value, unknown)]
            for way in ("get", "post"):
                told = [said(getattr(browser, way)(one)) for one in pair]
                ours, theirs = (
                    plain(one, _shape(last, each)) for one, each in zip(told, (value, unknown), strict=True)
                )
                assert ours == theirs, f"{name} tells {pair[0]} ({way}) from an unknown one"
                tried += 1
    assert tried > 40


def _shape(name: str, value: str) -> str:
    """The part of an address that may differ; a bare number would be found all over a page."""
    return f"pairs/{value}/" if name == "pair" else value


def _filled(world: World, route: Route, last: str, value: str) -> str:
    address = route.address.replace(f"{{{last}}}", value)
    return re.sub(r"{(\w+)}", lambda found: world.examples[found[1]][0], address)


@pytest.mark.parametrize("name", ["outsider", "circle"])
def test_adding_what_one_may_not_see_changes_nothing_that_one_sees(world: World, name: str) -> None:
    pages = [one for one in reading(world, name) if not re.search(r"^/administration|^/account|/add/$|xlsx", one)]
    unnamed = [one for one in pages if not re.search(r"/(r|work|p)/", one)] + world.own_pages(world.viewer(name))
    before = {one: plain(said(client(world, name).get(one))) for one in unnamed}
    world.add_hidden()
    after = {one: plain(said(client(world, name).get(one))) for one in unnamed}
    changed = {one: _difference(before[one], after[one]) for one in unnamed if before[one] != after[one]}
    assert changed == {}, json.dumps(dict(list(changed.items())[:6]), indent=1)
    chosen = "/w/trial/incident/"
    assert said(client(world, "named").get(chosen)) != before[chosen], "what was added shows to nobody"


def _difference(one: str, other: str) -> list[str]:
    """The first lines in which two answers differ."""
    lines = difflib.unified_diff(one.splitlines(), other.splitlines(), n=0, lineterm="")
    return [line[:240] for line in lines if line[:3] not in ("---", "+++", "@@ ")][:6]


# -- writes ----------------------------------------------------------------------------------------------------------


def rows() -> dict[str, list[Any]]:
    """Every row of every table of ours."""
    return {
        model._meta.label: list(model.objects.order_by("pk").values_list())
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        if model._meta.label != "accounts.Person"
    }


def sent(world: World) -> dict[str, Any]:
    """What every form could send, all in one."""
    record = world.examples["claim"][0]
    return {
        "status": "rejected", "claim": record, "act": str(world.acts[0]), "level": "CLEAR", "change": "record", "title": "Changed",
        "reason": "Because", "v-name": "Changed", "decision": "accept-record", "into": world.examples["record"][0],
        "email": "new@example.org", "name": "New", "slug": "new", "language": "en",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["public", "colleague", "administrator"])
def test_writing_without_a_role_is_refused_and_changes_nothing(world: World, name: str) -> None:
    browser, before = client(world, name), rows()
    accepted = []
    for route in routes():
        if route.address.startswith(("/account/", "/language/")) or (
            name == "administrator" and "/administration/" in route.address
        ):
            continue
        for address in _few(addresses(world, route)):
            browser.post(address, sent(world) | {"files": io.BytesIO(b"A new file.")}).close()
            if rows() != before:
                accepted.append(address)
                before = rows()
    assert accepted == []


def test_the_same_writes_by_those_with_a_role_change_something(world: World) -> None:
    browser, before, changed = client(world, "owner"), rows(), set()
    for route in routes():
        if route.address.startswith("/account/"):
            continue
        for address in _few(addresses(world, route)):
            browser.post(address, sent(world) | {"files": io.BytesIO(b"A new file.")}).close()
            if (now := rows()) != before:
                changed.add(route.name)
                before = now
    assert {
        "record-status",
        "work-mark",
        "work-withdraw",
        "work-describe",
        "record-new",
        "batch-show",
        "saved-delete",
    } <= changed


def _few(found: list[str]) -> list[str]:
    plain_ones = [one for one in found if "?" not in one]
    return plain_ones[:SAMPLE] + plain_ones[-SAMPLE:]


# -- the command line ------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    from plumbline.cli.main import main

    done = CliRunner().invoke(main, list(arguments))
    return done.output + (done.stderr if done.stderr_bytes else "")


@pytest.mark.parametrize("name", [one for one in VIEWERS if one != "public"])
def test_commands_read_as_the_person_named(world: World, name: str) -> None:
    email, met = world.people[name].email, Met()
    for form in ("csv", "jsonl", "geojson"):
        met.read(run("export", "incident", "-w", "trial", "--format", form, "--as", email), f"export {form}")
    met.read(run("search", "seized OR driver OR plainly", "--as", email, "--limit", "500", "--json"), "search")
    for arguments in (
        ("-w", "trial"),
        *((one,) for one in of_marks(world.examples["work"], world.viewer(name), True)[-3:]),
    ):
        met.read(run("versions", *arguments, "--as", email, "--json"), "versions")
    for record in of_marks(world.examples["record"], world.viewer(name), True)[:2]:
        run("access", "explain", record, email, "--json")
    hidden = [one for one in world.canaries.values() if not one.allowed(world.viewer(name))]
    for canary in hidden[::4]:
        found = run("search", canary.word, "--as", email, "--json")
        assert '"total": 0' in found, f"{name} learns of {canary.word} from the command line"
    assert leaks(world, name, met) == []
    kinds = {world.canaries[word].kind for word in met.words if word in world.canaries}
    assert {"title", "value", "passage"} <= kinds


def test_explaining_access_tells_only_what_who_asks_may_see(world: World) -> None:
    from plumbline.apps.library.queries import explain_access
    from plumbline.domain.errors import NotFound

    asker = world.viewer("circle")
    for record in world.examples["record"]:
        try:
            told = json.dumps(explain_access(record, world.viewer("owner"), asker))
        except NotFound:
            continue
        met = Met()
        met.read(told, record)
        assert leaks(world, "circle", met) == []
