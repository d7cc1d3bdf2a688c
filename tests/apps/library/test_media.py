"""Media: attached, reviewed before others see them, marked by themselves, served as nothing but their own type."""

from __future__ import annotations

import hashlib
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from tests import factories as make

from plumbline.apps.library import actions
from plumbline.apps.library.intake import take_medium
from plumbline.apps.library.models import Medium
from plumbline.apps.library.queries import get_medium, media_of
from plumbline.domain.access import Mark
from plumbline.domain.errors import Conflict, Forbidden, InvalidInput, NotFound

pytestmark = pytest.mark.django_db


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def house() -> make.House:
    return make.a_house()


def a_medium(house: make.House, mark: Mark | None = None) -> Medium:
    record = make.a_record(house, make.claim("note", "seen"))
    return take_medium(io.BytesIO(picture()), "drum.png", record, "A drum at the quay", by=house.ann, mark=mark)


def test_attached_picture_waits_and_is_shown_once_a_reviewer_accepts_it(house: make.House) -> None:
    medium = a_medium(house)
    assert medium.sha256 == hashlib.sha256(picture()).hexdigest()
    assert media_of(medium.entry, house.bo) == []
    with pytest.raises(NotFound):
        get_medium(medium.public_id, house.bo)
    with pytest.raises(Forbidden):
        actions.decide_medium(medium, "accepted", by=house.di)
    actions.decide_medium(medium, "accepted", by=house.eve)
    assert media_of(medium.entry, house.bo) == [medium]
    with pytest.raises(InvalidInput):
        actions.decide_medium(medium, "burnt", by=house.eve)


def test_caption_changed_by_a_contributor_waits_for_review_again(house: make.House) -> None:
    medium = a_medium(house)
    actions.decide_medium(medium, "accepted", by=house.eve)
    actions.caption_medium(medium, "Another drum", by=house.di)
    assert get_medium(medium.public_id, house.ann).state == "waiting"
    with pytest.raises(InvalidInput):
        actions.caption_medium(medium, "  ", by=house.ann)
    with pytest.raises(Conflict):
        take_medium(io.BytesIO(picture()), "again.png", medium.entry, "Again", by=house.ann)


def test_stricter_medium_is_kept_from_those_who_see_its_record(house: make.House) -> None:
    medium = a_medium(house, Mark("AMBER+STRICT", "org:police", frozenset()))
    actions.decide_medium(medium, "accepted", by=house.ann)
    address = f"/media/{medium.public_id}/"
    for name, status in (("bo", 200), ("cy", 404)):
        client = make.signed_in(house, name)
        assert client.get(f"/r/{medium.entry.public_id}/").status_code == 200
        for one in (address, address + "file/"):
            answer = client.get(one)
            if answer.streaming:
                assert b"".join(answer.streaming_content) == picture()  # type: ignore[attr-defined]
            assert answer.status_code == status
    with pytest.raises(Forbidden):
        actions.mark_medium(medium, Mark("CLEAR", "org:police"), by=house.cy)


def test_attaching_the_bytes_of_a_hidden_medium_tells_nothing_of_it(house: make.House) -> None:
    hidden = a_medium(house, Mark("AMBER+STRICT", "org:police", frozenset()))
    added = take_medium(io.BytesIO(picture()), "mine.png", hidden.entry, "Mine", by=house.cy)
    assert media_of(hidden.entry, house.cy) == [added]
    with pytest.raises(Conflict):
        take_medium(io.BytesIO(picture()), "twice.png", hidden.entry, "Twice", by=house.cy)


def test_bytes_are_served_by_range_as_their_own_type_without_scripts(house: make.House) -> None:
    client, medium = make.signed_in(house, "ann"), a_medium(house)
    address = f"/media/{medium.public_id}/file/"
    whole = client.get(address, headers={"accept-encoding": "gzip"})
    assert b"".join(whole.streaming_content) == picture()  # type: ignore[attr-defined]
    assert (whole["Content-Type"], whole["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in whole["Content-Security-Policy"]
    part = client.get(address, headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content, part["Content-Range"]) == (206, b"PNG", f"bytes 1-3/{len(picture())}")
    assert client.get(address, headers={"range": "bytes=-4"}).content == picture()[-4:]
    assert client.get(address, headers={"range": "bytes=99999-"}).status_code == 416


def test_form_attaches_shows_and_decides(house: make.House) -> None:
    record = make.a_record(house, make.claim("note", "seen"))
    client = make.signed_in(house, "ann")
    sent = {"file": SimpleUploadedFile("drum.jpg", picture()), "caption": "A drum", "level": "GREEN"}
    page = client.post(f"/media/of/{record.public_id}/", sent, follow=True)
    medium = Medium.objects.get()
    assert (medium.name, medium.media_type) == ("drum.png", "image/png")
    assert f'src="/media/{medium.public_id}/file/"' in page.content.decode()
    assert "media-src 'self'" in page["Content-Security-Policy"]
    client.post(f"/media/{medium.public_id}/decide/", {"state": "accepted"})
    client.post(f"/media/{medium.public_id}/", {"caption": "Two drums", "level": "RED"})
    medium.refresh_from_db()
    assert (medium.state, medium.caption, medium.mark_class.mark.level) == ("accepted", "Two drums", "RED")
    refused = client.post(
        f"/media/of/{record.public_id}/", {"file": SimpleUploadedFile("a.svg", b"<svg/>"), "caption": "x"}
    )
    assert refused.status_code == 400
    assert "a.svg" in refused.content.decode()
