"""The pages that every record type has: list, board, record, forms, and what helps them.

A room or plugin that shows a record in a way of its own builds on `show_detail` and the blocks of
`records/detail.html`.
"""

from core.records.pages import actions, boards, builder, deletion, forms, inline, lists, lookups, own_fields, transfer
from core.records.pages.addresses import list_url, new_url, url_of
from core.records.pages.blueprint import records
from core.records.pages.details import detail_context, show_detail
from core.records.pages.history import Happening, happenings, sentence

__all__ = [
    "Happening",
    "actions",
    "boards",
    "builder",
    "deletion",
    "detail_context",
    "forms",
    "happenings",
    "inline",
    "list_url",
    "lists",
    "lookups",
    "new_url",
    "own_fields",
    "records",
    "sentence",
    "show_detail",
    "transfer",
    "url_of",
]
