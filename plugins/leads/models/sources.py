"""Where leads come from."""

from core.sdk import Option, _l

SOURCES = (
    Option("manual", _l("Entered by hand"), "gray"),
    Option("form", _l("Web form"), "green"),
    Option("api", _l("API"), "blue"),
    Option("import", _l("Import"), "teal"),
    Option("campaign", _l("Campaign"), "purple"),
    Option("referral", _l("Referral"), "orange"),
    Option("event", _l("Event or fair"), "pink"),
    Option("phone", _l("Phone call"), "cyan"),
    Option("mail", _l("E-mail"), "cyan"),
    Option("ads", _l("Advertisement"), "red"),
    Option("website", _l("Website"), "green"),
    Option("other", _l("Other"), "gray"),
)
