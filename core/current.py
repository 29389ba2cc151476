"""Who and where we are: the tenant, the member and the cause of whatever happens now."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from uuid_utils.compat import uuid7


class NoTenant(RuntimeError):
    """Tenant data was touched outside of any tenant: a fault of the program, never of a person."""


@dataclass(frozen=True)
class Cause:
    """Why something changed. `kind` is member, token, import, bulk, sheet, merge, undo, job, deadline, form, plugin
    or system.

    `ref` points at the import, token or rule; `depth` counts how many causes stand behind this one. `quiet` says that
    whoever brought it about wants no rules to answer it; listeners that keep a module's own data right still do.
    """

    kind: str = "system"
    ref: str | None = None
    depth: int = 0
    quiet: bool = False
    via: str | None = None
    """The app of a third party by which the member acts."""

    def deeper(self, kind: str, ref: str | None = None) -> "Cause":
        return Cause(kind, ref, self.depth + 1, self.quiet)

    def told(self) -> dict[str, object]:
        """The cause as events and jobs keep it."""
        known: dict[str, object] = {"kind": self.kind, "ref": self.ref, "depth": self.depth}
        more = {"quiet": True if self.quiet else None, "via": self.via}
        return known | {key: value for key, value in more.items() if value is not None}


@dataclass(frozen=True)
class FieldAccess:
    """How far a field is open to somebody: at least at `floor`; and at more on the records of some scopes.

    Levels are 0 hidden, 1 masked, 2 read-only, 3 open. A scope is as roles name it; with `only:` before it, it leaves
    out the records that it would cover because they have no owner.
    """

    floor: int
    raised: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Grants:
    """What the roles of a member add up to.

    `records` maps record type (or "*") to action to the scopes granted; `fields` maps record type to the fields that
    are not open; `permissions` are module permissions such as `leads.manage_routing`, or "*" for all; `sources` keeps,
    for each role, its own grants, so that a decision can be explained.
    """

    records: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=lambda: MappingProxyType({}))
    permissions: frozenset[str] = frozenset()
    fields: Mapping[str, tuple[tuple[str, FieldAccess], ...]] = field(default_factory=lambda: MappingProxyType({}))
    sources: tuple[tuple[str, Mapping[str, object]], ...] = ()


@dataclass(frozen=True)
class MemberContext:
    id: UUID
    name: str
    email: str
    user_id: UUID | None
    team_id: UUID | None
    team_path: str
    roles: tuple[str, ...]
    locale: str | None
    timezone: str | None
    role_ids: tuple[UUID, ...] = ()
    stands_for: tuple[UUID, ...] = ()
    """The members who are away now, and whose deputy this is."""
    has_shares: bool = True
    """Whether there may be records that are shared with the member."""


@dataclass(frozen=True)
class TenantContext:
    """Made once per request or job and never changed. Without a member, the system itself is acting."""

    tenant_id: UUID
    slug: str
    name: str
    public_id: str
    locale: str = "en"
    timezone: str = "UTC"
    currency: str = "CNY"
    schema_version: int = 0
    modules: frozenset[str] = frozenset()
    member: MemberContext | None = None
    grants: Grants = Grants()
    cause: Cause = Cause()
    scopes: frozenset[str] | None = None
    """What an API token may do; None when no token limits it."""
    security: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """The tenant's security policy, as it is kept."""
    working_time: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    """When the tenant works, as it is kept."""
    request_id: str = field(default_factory=lambda: uuid7().hex)

    def caused_by(self, cause: Cause) -> "TenantContext":
        return replace(self, cause=cause)


@dataclass(frozen=True)
class Whence:
    """Where a request came from: what the audit log keeps of it beside who and why. Jobs come from nowhere."""

    address: str | None = None
    device: str | None = None
    session: str | None = None

    def told(self) -> dict[str, str]:
        known = {"address": self.address, "device": self.device, "session": self.session}
        return {key: value for key, value in known.items() if value}


TRACES = frozenset({"address", "device", "session"})
"""What only the audit log shows of a cause."""

_whence: ContextVar[Whence] = ContextVar("whence", default=Whence())  # noqa: B039


def whence() -> Whence:
    """Where the request at hand came from."""
    return _whence.get()


def come_from(place: Whence) -> None:
    """Said at the door of each request, and with nothing at its end."""
    _whence.set(place)


_context: ContextVar[TenantContext | None] = ContextVar("tenant_context", default=None)


def tenant() -> TenantContext:
    """The tenant we work in. Raises NoTenant outside of one."""
    context = _context.get()
    if context is None:
        raise NoTenant("tenant data touched outside of a tenant")
    return context


def tenant_or_none() -> TenantContext | None:
    return _context.get()


def tenant_id() -> UUID:
    return tenant().tenant_id


def member() -> MemberContext:
    """The member who acts. Raises NoTenant where the system itself is acting."""
    acting = tenant().member
    if acting is None:
        raise NoTenant("no member is acting here")
    return acting


def member_id() -> UUID | None:
    acting = tenant().member
    return acting.id if acting else None


@contextmanager
def entering(context: TenantContext) -> Iterator[TenantContext]:
    token = _context.set(context)
    try:
        yield context
    finally:
        _context.reset(token)


@contextmanager
def because(kind: str, ref: str | None = None) -> Iterator[None]:
    """Give another cause to what is done inside."""
    context = tenant()
    with entering(context.caused_by(Cause(kind, ref, context.cause.depth))):
        yield


def now() -> datetime:
    """The present, in UTC. The database's own clock is not asked, so that tests can move time."""
    return datetime.now(UTC)
