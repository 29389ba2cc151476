"""The whole contract between the host and its plugins, besides the manifest: a few questions and duties."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import pluggy

from core.host.manifest import ContactWay, ConversionOffer, Holding, HomeCard, Panel, SearchResult, UrgentWord
from core.records.types import RecordType
from core.records.usage import FieldUse

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

    @hookspec
    def field_uses(self, record_type: RecordType) -> list[FieldUse]:  # type: ignore[empty-body]
        """Which fields of this type do you use, and where?

        Asked before one is retired or becomes of another type: name every field that your rules, templates or reports
        keep the key of, all of them at once.
        """

    @hookspec
    def member_holdings(self, member: Any) -> list[Holding]:  # type: ignore[empty-body]
        """What do you keep about this member, besides records that they own?

        Asked before what they have is handed over: a place in a queue, approvals that wait for them, a share of a pool.
        """

    @hookspec
    def protecting(self, record_type: str, ids: Collection[UUID]) -> Collection[UUID]:  # type: ignore[empty-body]
        """Which of these records shall stay whose they are for now, since something of yours is open with them?

        Asked of up to some thousands at once before they go back to a public pool: a deal that is being made, an
        order that is on its way. Answer with their ids, from one statement.
        """

    @hookspec
    def contact_ways(self, record: Any) -> list[ContactWay]:  # type: ignore[empty-body]
        """How can one get in touch, through you, with who this record is about?

        Asked each time the page of a lead is drawn: answer at once, with the address of your own page or dialog.
        """

    @hookspec
    def conversion_offers(self, record: Any) -> list[ConversionOffer]:  # type: ignore[empty-body]
        """What else can be made of this record when it becomes a customer?"""


class Duties:
    """Done inside the transaction that makes them necessary. A plugin that fails undoes it."""

    @hookspec
    def customer_merging(self, kept: Any, gone: Any) -> None:
        """Two customers become one: see to what of yours knows customers otherwise than by a link.

        Rows whose links, references or fields point at `gone` point at `kept` by now, and are given back by themselves.
        """

    @hookspec
    def customer_unmerging(self, kept: Any, gone: Any) -> None:
        """The merge is taken back: give `gone` what you took in `customer_merging`. Its rows have been given back."""

    @hookspec
    def following_up(self, record: Any, follow_up: Any) -> None:
        """Someone is logging a follow-up of a record: restart what waits for it, if it is one of yours."""

    @hookspec
    def telling_urgently(self, words: Sequence[UrgentWord]) -> None:
        """Members are told something that cannot wait until they look: reach them by what you connect, be it SMS,
        WeCom or DingTalk. Ask for a job that does it: what fails to be sent must not undo what it tells of.
        """

    @hookspec
    def member_handing_over(self, member: Any, to: Any, restart_clocks: bool, run_id: UUID) -> None:
        """What `member` has becomes the member `to`'s: move what you named in `member_holdings`, unless it ends.

        Records have their new owners by now, by `RecordType.hands_over` where the type has it. With `restart_clocks`
        whoever takes over has the full time, else what was due stays due. Remember what you moved by the `run_id`.
        """

    @hookspec
    def member_handing_back(self, member: Any, to: Any, run_id: UUID) -> None:
        """The handover of this run is taken back: give `member` again what `to` got and still has."""

    @hookspec
    def demo_filling(self, members: Sequence[UUID]) -> None:
        """A workspace to look around in is made: put examples of what you keep into it, as if these members had worked
        there for a while. Customers are there already.
        """

    @hookspec
    def module_enabled(self) -> None:
        """The tenant has just switched you on: make what you need from the start. May come more than once."""

    @hookspec
    def module_disabled(self) -> None:
        """The tenant has just switched you off: stop what runs by itself, and keep everything."""


QUESTIONS = frozenset(name for name in vars(Questions) if not name.startswith("_"))
DUTIES = frozenset(name for name in vars(Duties) if not name.startswith("_"))
