"""What strategies are called, and what each does, for forms and lists."""

from typing import Any

from core.sdk import _l

STRATEGY_WORDS: dict[str, tuple[Any, Any, str]] = {
    "turn": (_l("In turn"), _l("One after the other, each the same number."), "rotate-clockwise"),
    "weighted": (
        _l("By share"), _l("In turn, but some more often than others: by the share of each seller."), "percentage",
    ),
    "performance": (
        _l("By performance"),
        _l("Who converts more gets more, the best first. Sellers with few closed leads are taken to be like everyone."),
        "trending-up",
    ),
    "load": (_l("By load"), _l("Whoever has least open leads, in relation to what they can take."), "scale"),
    "skill": (
        _l("By skill"), _l("Whoever has most of the skills that the lead's industry and tags ask for."), "certificate",
    ),
    "territory": (_l("By territory"), _l("Whose territory says most exactly where the lead is."), "map-pin"),
    "same_company": (
        _l("To who has the company"),
        _l("The owner of the customer, or of an open lead of the same company or mail domain."), "building",
    ),
    "pool": (_l("Into a pool"), _l("Nobody gets it: it waits there to be claimed."), "ripple"),
    "person": (_l("To a person"), _l("Always the same one, or their deputy."), "user"),
}  # fmt: skip
HOW_WORDS: dict[str, Any] = {
    "turn": _l("It was their turn."), "weighted": _l("It was their turn, by their share."),
    "performance": _l("It was their turn, by how many leads they convert."),
    "load": _l("They had least to do."), "skill": _l("They have the skills for it."),
    "territory": _l("It lies in their territory."), "same_company": _l("They look after the company already."),
    "pool": _l("A rule sends such leads to a pool."), "person": _l("A rule names them for such leads."),
    "nobody": _l("Nobody could take it."), "customer": _l("They look after the customer already."),
    "choice": _l("Somebody chose them."), "claim": _l("They claimed it."), "clock": _l("A clock ran out."),
    "handover": _l("It was handed over to them."),
}  # fmt: skip
WHY_NOT: dict[str, Any] = {
    "had_it": _l("had it before"), "paused": _l("paused"), "away": _l("away"),
    "outside_hours": _l("outside their hours"), "full": _l("full"), "day_full": _l("full for today"),
    "not_asked": _l("receives no leads"),
}  # fmt: skip
CAME: dict[str, Any] = {
    "not_met": _l("The lead does not meet it."), "broken": _l("It could not be followed."),
    "nobody": _l("Nobody of its people could take it."), "took": _l("It decided."),
}  # fmt: skip
