"""The whole contract between the host and its plugins, besides the manifest: a few questions and duties."""

from typing import Any

import pluggy

from core.host.manifest import HomeCard, Panel, SearchResult

hookspec = pluggy.HookspecMarker("guanxi")
hookimpl = pluggy.HookimplMarker("guanxi")


class Questions:
    """Asked while a page or an answer is being made. A plugin that fails is left out and logged."""

    @hookspec
    def customer_panels(self, customer: Any) -> list[Panel]:  # type: ignore[empty-body]
        """What do you know about this customer?

        Asked each time a customer page is drawn: answer at once, draw later at the panel's own address.
        """

    @hookspec
    def home_cards(self) -> list[HomeCard]:  # type: ignore[empty-body]
        """What should the member see first today? Answer at once, draw later."""

    @hookspec
    def search_results(self, text: str) -> list[SearchResult]:  # type: ignore[empty-body]
        """What of yours, beyond your record types, does this text find? At most a handful."""


class Duties:
    """Done inside the transaction that makes them necessary. A plugin that fails undoes it."""

    @hookspec
    def customer_merging(self, kept: Any, gone: Any) -> None:
        """Point every row of yours from `gone` to `kept`, remembering where it came from."""

    @hookspec
    def following_up(self, record: Any, follow_up: Any) -> None:
        """Someone is logging a follow-up of a record: restart what waits for it, if it is one of yours."""

    @hookspec
    def module_enabled(self) -> None:
        """The tenant has just switched you on: make what you need from the start. May come more than once."""

    @hookspec
    def module_disabled(self) -> None:
        """The tenant has just switched you off: stop what runs by itself, and keep everything."""


QUESTIONS = frozenset(name for name in vars(Questions) if not name.startswith("_"))
DUTIES = frozenset(name for name in vars(Duties) if not name.startswith("_"))
