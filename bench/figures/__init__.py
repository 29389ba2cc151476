"""The figures, each in a module of its own, in the order in which they are taken."""

from collections.abc import Callable, Mapping, Sequence

from bench.figures import (
    api_lead,
    api_list,
    big_form,
    capture,
    claim,
    cold_start,
    custom_list,
    customer_page,
    deadlines,
    duplicates,
    events,
    exports,
    funnel,
    import_leads,
    import_updates,
    imports,
    list_page,
    long_list,
    merges,
    rescore,
    scope,
    search,
    sign_in,
)
from bench.figures.size import Size
from bench.timing import Result

__all__ = ["FIGURES", "Size"]

FIGURES: Mapping[str, Callable[[Size], Sequence[Result]]] = {
    "list-page": list_page.measure,
    "customer-page": customer_page.measure,
    "big-form": big_form.measure,
    "api-list": api_list.measure,
    "api-lead": api_lead.measure,
    "capture": capture.measure,
    "claim": claim.measure,
    "long-list": long_list.measure,
    "scope": scope.measure,
    "search": search.measure,
    "sign-in": sign_in.measure,
    "own-fields": custom_list.measure,
    "import": imports.measure,
    "import-updates": import_updates.measure,
    "import-leads": import_leads.measure,
    "export": exports.measure,
    "events": events.measure,
    "deadlines": deadlines.measure,
    "funnel": funnel.measure,
    "rescore": rescore.measure,
    "merge": merges.measure,
    "duplicates": duplicates.measure,
    "cold-start": cold_start.measure,
}
