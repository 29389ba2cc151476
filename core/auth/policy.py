"""The security policy of a workspace: what its administrators demand of everybody's way in."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from core import current


@dataclass(frozen=True)
class Policy:
    """What a workspace demands. The defaults suit a small company, which need never look at them.

    `second_factor_from` is the day (ISO) from which members must have a second factor, None when it is left to them;
    `idle_minutes` and `absolute_hours` end a session in this workspace that is not used, or is that old, 0 for never.
    `personal_tokens` lets every member make API tokens to act as themselves; `token_days_most` is how many days a new
    token may live, 0 for as long as one likes.
    """

    second_factor_from: str | None = None
    idle_minutes: int = 0
    absolute_hours: int = 0
    personal_tokens: bool = True
    token_days_most: int = 0

    watermark: bool = True
    """Whether exported sheets say who exported them, and when."""
    unusual_alarm: bool = True
    """Whether those who manage security are told of a member who looks at or takes out unusually much in a day: more
    than `unusual_times` as much as is usual for them and above the floor, or above the limit."""
    unusual_times: int = 5
    opened_floor: int = 200
    opened_limit: int = 2000
    listed_floor: int = 10_000
    listed_limit: int = 100_000
    exported_floor: int = 2000
    exported_limit: int = 50_000
    revealed_floor: int = 10
    revealed_limit: int = 40

    company_domains: tuple[str, ...] | list[str] = ()
    """Members with an address of these domains come in by the company's own provider, owners excepted. Kept by it."""

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Policy":
        """The policy in what the tenant keeps; what is unknown, from a later version, is left alone."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: value for key, value in kept.items() if key in known})


def policy() -> Policy:
    """The policy of the workspace we are in."""
    return Policy.of(current.tenant().security)
