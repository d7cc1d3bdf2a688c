"""What of a language model's reply stands: words of the text, in one paragraph, that hold a value."""

from __future__ import annotations

from typing import Any

import pytest
from tests.chatting import DATA
from tests.unit.domain.extraction_making import BLUEPRINT

from plumbline.domain.blueprints import Blueprint, BlueprintInvalid, Field, parse
from plumbline.domain.errors import InvalidInput
from plumbline.domain.extraction import Mention, ProposedRecord
from plumbline.domain.extraction.pointing import (
    LONGEST,
    LONGEST_REPLY,
    SURE,
    Pointed,
    add_pointed,
    content_of,
    fields_to_ask,
    pointed,
    question,
)

TEXT = "On 5 March 2011 members of Red Dawn attacked a bridge with rifles.\n\nPolice said that Judge Rios was wounded."


@pytest.fixture(scope="module")
def unrest() -> Blueprint:
    return parse(BLUEPRINT, name="unrest.yaml")


def reply(name: str) -> str:
    return content_of((DATA / f"{name}.json").read_bytes())


def words(field: Field, said: str) -> Any:
    return None if field.type == "date" and "2011" not in said else said


@pytest.mark.parametrize("name", ["good", "fenced"])
def test_words_of_the_text_stand_with_their_place(unrest: Blueprint, name: str) -> None:
    found = pointed(reply(name), TEXT, fields_to_ask(unrest))
    [(kind, spans)] = found.records
    said = [(field, TEXT[start:end]) for field, start, end in spans]
    assert (kind, found.refused) == ("attack", 0)
    assert said == [("date", "5 March 2011"), ("organisation", "Red Dawn"), ("target", "a bridge"), ("victim", "Judge Rios")]  # fmt: skip


def test_what_the_text_does_not_hold_is_refused(unrest: Blueprint) -> None:
    [(_, spans)], refused = (found := pointed(reply("refused"), TEXT, fields_to_ask(unrest))).records, found.refused
    assert [(field, TEXT[start:end]) for field, start, end in spans] == [("organisation", "Red Dawn"), ("target", "a bridge")]  # fmt: skip
    assert refused == 10, "a weapon, a date, four victims, a target over two paragraphs, a field, a type, no record"


@pytest.mark.parametrize("content", [reply("broken"), "", "no", "[]", '{"records": 3}', "{" * 100_000, "[" * 100_000])
def test_a_reply_of_another_form_is_refused_whole(unrest: Blueprint, content: str) -> None:
    with pytest.raises(InvalidInput, match="Nothing of it was used"):
        pointed(content, TEXT, fields_to_ask(unrest))


def test_a_reply_of_odd_form_is_read_up_to_a_length_and_refused_beyond(unrest: Blueprint) -> None:
    told = '{"records": [{"type": "attack", "fields": {"target": ["a bridge"]}}]}'
    fields = fields_to_ask(unrest)
    thought = f'<think>{{"records": []}} <think></think>{told}'
    for content in (
        thought,
        f"```json\n{' ' * (LONGEST_REPLY - 100)}{told}\n```",
        f"No.\n```\n{told}```",
        f"So: {told}.",
    ):
        assert len(pointed(content, TEXT, fields).records) == 1, content[:40]
    for content in (told + " " * LONGEST_REPLY, "```json\n" + " " * 1_900_000, "<think>" * 250_000, "```{" * 400_000):
        with pytest.raises(InvalidInput, match="Nothing of it was used"):
            pointed(content, TEXT, fields)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"choices": []}', b'{"choices": [{"message": {"content": null}}]}', b"[" * 100_000])  # fmt: skip
def test_a_body_of_another_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="Nothing of it was used"):
        content_of(body)


def test_withheld_words_are_neither_sent_in_length_nor_taken(unrest: Blueprint) -> None:
    hidden = TEXT.replace("Judge Rios", "█" * 10).replace("attacked a bridge", " " * 17)
    sent = question(hidden, unrest, fields_to_ask(unrest))[1]["content"]
    assert "that █ was" in sent and "██" not in sent and "   " not in sent
    fields = fields_to_ask(unrest)
    found = pointed(
        '{"records": [{"type": "attack", "fields": {"victim": ["that █ was", "██████████"]}}]}', hidden, fields
    )
    assert (found.records, found.refused) == ((), 2)


def test_whole_words_are_found_before_parts_and_across_lines(unrest: Blueprint) -> None:
    text = "Redouble Red\nDawn; 在拉各斯港 Red"
    content = '{"records": [{"type": "attack", "fields": {"organisation": ["Red", "Red Dawn", "拉各斯"]}}]}'
    [(_, spans)] = pointed(content, text, fields_to_ask(unrest)).records
    assert [text[start:end] for _, start, end in spans] == ["Red", "Red\nDawn", "拉各斯"] and spans[0][1] == 9


def test_a_text_too_long_is_not_sent(unrest: Blueprint) -> None:
    with pytest.raises(InvalidInput, match="40001 characters"):
        question("a" * (LONGEST + 1), unrest, fields_to_ask(unrest))


def test_only_empty_fields_are_filled_and_never_surer_than_the_others(unrest: Blueprint) -> None:
    found = pointed(reply("good"), TEXT, fields_to_ask(unrest))
    at = TEXT.index("a bridge")
    own = Mention("target", "a bridge", "a bridge", at, at + 8, 0.3)
    [one] = add_pointed([ProposedRecord("attack", (own,), 0, 40, 0.7)], found, TEXT, unrest, words, "llm/m")
    assert one.mentions[0] is own and one.confidence == 0.7
    new = one.mentions[1:]
    assert {each.field for each in new} == {"date", "organisation", "victim"}
    assert {(each.extractor, each.confidence) for each in new} == {("llm/m", 0.3)}
    assert all(TEXT[each.start : each.end] == each.text for each in new)


def test_an_incident_that_others_overlook_needs_two_fields(unrest: Blueprint) -> None:
    found = pointed(reply("good"), TEXT, fields_to_ask(unrest))
    [one] = add_pointed([], found, TEXT, unrest, words, "llm/m")
    assert (one.type, one.confidence, len(one.mentions)) == ("attack", SURE, 4)
    alone = Pointed((("attack", (("organisation", 27, 35),)),))
    assert add_pointed([], alone, TEXT, unrest, words, "llm/m") == ()
    unread = Pointed((("attack", (("organisation", 27, 35), ("date", 0, 2))),))
    assert add_pointed([], unread, TEXT, unrest, words, "llm/m") == (), "'On' is no date"


def test_a_blueprint_says_up_to_which_mark_and_only_some_fields_may_be_asked_for() -> None:
    assert parse(BLUEPRINT, name="b").llm_up_to == ""
    allowed = parse(BLUEPRINT + "reading: {llm: {up_to: GREEN}}\n", name="b")
    assert allowed.llm_up_to == "GREEN"
    asked = fields_to_ask(allowed, lambda field: field.id != "victim")
    assert "victim" not in asked["attack"] and "weapon" in asked["kidnapping"]
    for level in ("RED", "green"):
        with pytest.raises(BlueprintInvalid, match="reading.llm.up_to"):
            parse(BLUEPRINT + f"reading: {{llm: {{up_to: {level}}}}}\n", name="b")
