"""The search page, which the search field also asks for as one types."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from core.host.asking import ask
from core.host.manifest import SearchResult
from core.i18n import _
from core.records.pages import list_url, url_of
from core.records.pages.recent import recent_records
from core.records.search import Hit, search_records
from core.records.types import RecordType
from core.web import is_fragment, render
from core.web.blueprints import any_member, workspace

search = workspace("search", __name__, template_folder="templates")

TYPING, READING = 4, 10
"""How many of each type are shown under the field, and on the page."""


@search.get("/search", permission=any_member)
def show_results() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:200]
    found = search_records(text, each=TYPING if is_fragment() else READING)
    further = [r for r in ask("search_results", text=text) if isinstance(r, SearchResult)] if text else []
    groups = [_group(record_type, hits, guessed=found.guessed) for record_type, hits in found.groups]
    if further:
        groups.append({"title": _("More"), "hits": [_of_plugin(r) for r in further], "more": None})
    if not text and (latest := recent_records()):
        groups = [_recent(latest)]
    pairs = [(group["title"], group["hits"]) for group in groups]
    more = {"guessed": found.guessed and bool(groups)}
    return render("search/results.html", "search/_hits.html", groups=groups, pairs=pairs, q=text, **more)


def _group(record_type: RecordType, hits: Sequence[Hit], *, guessed: bool) -> dict[str, Any]:
    shown = [
        {"label": hit.title, "detail": hit.detail, "icon": record_type.icon, "url": url_of(record_type, hit.id)}
        for hit in hits
    ]
    return {
        "title": record_type.plural_label,
        "hits": shown,
        "more": list_url(record_type) if len(hits) >= READING and not guessed else None,
    }


def _recent(latest: Sequence[tuple[RecordType, UUID, str]]) -> dict[str, Any]:
    """What the member looked at last: what one is looking for more often than not."""
    shown = [
        {"label": title, "detail": str(record_type.label), "icon": record_type.icon, "url": url_of(record_type, each)}
        for record_type, each, title in latest
    ]
    return {"title": _("Recent"), "hits": shown, "more": None}


def _of_plugin(result: SearchResult) -> dict[str, str]:
    return {"label": result.title, "detail": result.subtitle, "icon": result.icon, "url": result.url}
