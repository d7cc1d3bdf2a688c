"""Writes on works, passages, entries and claims: every act of this app, by what it is done to."""

from plumbline.apps.library.actions.claims import (
    NewClaim,
    add_claims,
    decide_claims,
    erase_claim,
    mark_claim,
    marks_of_new,
)
from plumbline.apps.library.actions.entries import create_record, mark_entry, merge_records, set_status, split_record
from plumbline.apps.library.actions.media import attach_medium, caption_medium, decide_medium, mark_medium
from plumbline.apps.library.actions.pages import correct_passage, fail_page, recognise_pages, store_page
from plumbline.apps.library.actions.roles import default_mark, needs_role, own_mark, person_of, refuse_merged
from plumbline.apps.library.actions.searches import delete_search, look_at_search, renew_feed, save_search
from plumbline.apps.library.actions.versions import compare_works, decide_version, link_works, order_version
from plumbline.apps.library.actions.works import (
    deposit_work,
    describe_work,
    fail_reading,
    finish_reading,
    note_reading,
    reinstate_work,
    retry_reading,
    store_passages,
    withdraw_work,
)
from plumbline.apps.library.merging import last_move, members_below
from plumbline.apps.library.withholding import mark_of_words

__all__ = [
    "NewClaim",
    "add_claims",
    "attach_medium",
    "caption_medium",
    "compare_works",
    "correct_passage",
    "create_record",
    "decide_claims",
    "decide_medium",
    "decide_version",
    "default_mark",
    "delete_search",
    "deposit_work",
    "describe_work",
    "erase_claim",
    "fail_page",
    "fail_reading",
    "finish_reading",
    "last_move",
    "link_works",
    "look_at_search",
    "mark_claim",
    "mark_entry",
    "mark_medium",
    "mark_of_words",
    "marks_of_new",
    "members_below",
    "merge_records",
    "needs_role",
    "note_reading",
    "order_version",
    "own_mark",
    "person_of",
    "recognise_pages",
    "refuse_merged",
    "reinstate_work",
    "renew_feed",
    "retry_reading",
    "save_search",
    "set_status",
    "split_record",
    "store_page",
    "store_passages",
    "withdraw_work",
]
