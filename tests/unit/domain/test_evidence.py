"""What claims resolve to, and how spans are withheld."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plumbline.domain.evidence import Claim, Span, mask, occurrences, resolve


def a_claim(value: object, status: str = "accepted", confidence: float = 0.8, **more: object) -> Claim:
    order = int(str(more.pop("order", 1)))
    return Claim(str(order), "field", value, status, confidence, order=order, **more)  # type: ignore[arg-type]


def values(*claims: Claim, many: bool = False) -> list[object]:
    return [one.value for one in resolve(claims, {"field": many}).get("field", ())]


def test_resolve_prefers_accepted_to_proposed_however_sure() -> None:
    assert values(a_claim("a", confidence=0.2), a_claim("b", "proposed", 0.99, order=2)) == ["a"]


def test_resolve_shows_what_is_proposed_where_nothing_is_accepted_and_says_so() -> None:
    [found] = resolve([a_claim("b", "proposed")], {"field": False})["field"]
    assert (found.value, found.status) == ("b", "proposed")


def test_resolve_lets_the_newest_value_set_by_hand_win() -> None:
    read = [a_claim("read", source=str(n), order=n) for n in (1, 2, 3)]
    assert values(*read, a_claim("first", by_hand=True, order=4), a_claim("second", by_hand=True, order=5)) == [
        "second"
    ]


def test_resolve_takes_the_value_that_more_sources_state() -> None:
    said = [
        a_claim("one", confidence=0.99, source="x", order=9),
        a_claim("two", source="y"),
        a_claim("two", source="z", order=2),
    ]
    [found] = resolve(said, {"field": False})["field"]
    assert found.value == "two"
    assert found.contested


def test_resolve_never_counts_rejected_or_erased_claims() -> None:
    assert values(a_claim("a", "rejected"), a_claim(None, "erased", order=2)) == []


def test_resolve_of_many_keeps_each_value_once_in_the_order_told() -> None:
    assert values(a_claim("b"), a_claim("a", order=2), a_claim("b", order=3), many=True) == ["b", "a"]


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["proposed", "accepted", "rejected"]), st.floats(0, 1)))
)
def test_resolve_is_blind_to_the_order_in_which_claims_are_given(rows: list[tuple[str, str, float]]) -> None:
    claims = [a_claim(value, status, sure, order=n, source=str(n)) for n, (value, status, sure) in enumerate(rows)]
    assert values(*claims) == values(*reversed(claims))
    assert set(values(*claims, many=True)) <= {value for value, status, _ in rows if status != "rejected"}


@given(st.text(min_size=1), st.data())
def test_mask_keeps_length_and_everything_outside_its_spans(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text) + 3))
    hidden = mask(text, [Span(start, end)])
    assert len(hidden) == len(text)
    assert hidden[:start] == text[:start]
    assert hidden[end:] == text[end:]
    assert set(hidden[start:end]) <= {"█"}


def test_occurrences_ignores_case_and_short_quotations() -> None:
    assert occurrences("Ann Lee met ANN LEE", "ann lee") == (Span(0, 7), Span(12, 19))
    assert occurrences("a b a b", "a b") == ()


@given(st.text(), st.text(min_size=4, max_size=6))
def test_occurrences_point_at_the_quotation(text: str, quote: str) -> None:
    for span in occurrences(text + quote + text, quote):
        assert (text + quote + text)[span.start : span.end].lower() == quote.lower()
