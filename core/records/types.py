"""RecordType: all that the engines know of a kind of record, built in or a plugin's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import ColumnElement, Text, literal, or_, select, union_all
from sqlalchemy.sql import Select

from core import current, db
from core.access import Member as MemberRow
from core.access import may, permitted, scope_clause
from core.errors import NotFound
from core.i18n import _, _l, _lp
from core.records.custom import custom_fields
from core.records.fields import Choice, DateTime, FieldType, Member, State
from core.records.model import Record


class NoInput(ma.Schema):
    """The schema of an action that needs nothing to be said."""


@dataclass(frozen=True)
class RecordAction:
    """A verb on a record: a button, a bulk action and an API call at once.

    `grant` is what the member must hold for the record (`edit`, `view`, …), `permission` a module permission in
    its place. `run(record, **values)` is a service; `schema` says what it must be told; `shown(record)` whether it
    makes sense now; `find(id)` looks the record up where others may have taken it out of sight meanwhile, and says so.
    `done` is what the member is told afterwards.
    """

    name: str
    label: Any
    run: Callable[..., Any]
    grant: str = "edit"
    permission: str | None = None
    schema: type[ma.Schema] = NoInput
    icon: str = "bolt"
    shown: Callable[[Any], bool] = lambda record: True
    find: Callable[[UUID], Any] | None = None
    confirm: Any = ""
    done: Any = ""
    style: str = ""


@dataclass(frozen=True)
class Section:
    """Fields of a form that belong together, under a heading."""

    label: Any
    fields: tuple[str, ...]


@dataclass(eq=False)
class RecordType:
    """One kind of record.

    `columns` are the fields that its list shows at first, `form` the fields of its form in order, some perhaps in
    a `Section`; `through` names
    the link whose record decides who may see this one (a contact is seen by whoever sees its customer);
    `ownerless_is_open` shows a record without an owner to everyone who may see any. `create(values)`,
    `update(record, values)` and `delete(record)` are the services that write it, where the generic ones will not
    do. `create_has_consequences` has imports
    make each row by that service. `module` is set by the loader.
    """

    model: type[Record]
    name: str
    label: Any
    plural: str
    plural_label: Any
    icon: str = "file"
    title: str = "name"
    columns: Sequence[str] = ()
    form: Sequence[str | Section] = ()
    actions: Sequence[RecordAction] = ()
    through: str | None = None
    ownerless_is_open: bool = False
    customer_attr: str | None = None
    create: Callable[..., Any] | None = None
    update: Callable[..., Any] | None = None
    delete: Callable[..., Any] | None = None
    create_has_consequences: bool = False
    customisable: bool = True
    sort: str = "-updated_at"
    module: str = "core"
    color: str = "blue"
    builtin: dict[str, FieldType] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.model.__table__.columns:
            if found := column.info.get("field"):
                found.bind(column.key)
                self.builtin[found.key] = found
        for key, made in _system_fields().items():
            self.builtin.setdefault(key, made)
        self.title_field = self.builtin[self.title]
        self.by_action = {action.name: action for action in self.actions}

    @property
    def noun(self) -> str:
        """The label inside a sentence: "customer", but "RMA" as it is."""
        return _inside(str(self.label))

    @property
    def plural_noun(self) -> str:
        return _inside(str(self.plural_label))

    # --- fields ----------------------------------------------------------------------------------------

    def fields(self) -> dict[str, FieldType]:
        """All fields by key: built in, then the tenant's own."""
        own = custom_fields(self.name)
        return self.builtin | {f.key: f for f in own} if own else self.builtin

    def field(self, key: str) -> FieldType | None:
        return self.fields().get(key)

    def form_fields(self) -> list[FieldType]:
        """The fields of the form, in order, the tenant's own last."""
        return [field for _label, fields in self.sections() for field in fields]

    def sections(self) -> list[tuple[Any, list[FieldType]]]:
        """The fields of the form under their headings: those without one first, the tenant's own last."""
        form = self.form or [key for key, field in self.builtin.items() if field.editable]
        plain = [self.builtin[key] for key in form if not isinstance(key, Section)]
        named = [(each.label, [self.builtin[key] for key in each.fields]) for each in form if isinstance(each, Section)]
        own = list(custom_fields(self.name))
        return [("", plain), *named, *([(_("Own fields"), own)] if own else [])]

    def list_fields(self) -> list[FieldType]:
        fields = self.fields()
        return [fields[key] for key in self.columns]

    def state_field(self) -> Choice | None:
        """The field a board is made of: the state, else the first single choice."""
        choices = [f for f in self.fields().values() if isinstance(f, Choice)]
        return next((f for f in choices if isinstance(f, State)), choices[0] if choices else None)

    # --- records ---------------------------------------------------------------------------------------

    def title_of(self, record: Any) -> str:
        return self.title_field.text(self.title_field.get(record)) or _("Without a name")

    def customer_of(self, record: Any) -> UUID | None:
        """The customer whose timeline the record's events belong to."""
        if self.name == "customer":
            return record.id
        return getattr(record, self.customer_attr) if self.customer_attr else None

    def visible(self, *entities: Any, action: str = "view") -> Select[Any]:
        """Select the records of this tenant that the member may see (or edit, …)."""
        model = self.model
        return select(*(entities or (model,))).where(
            model.tenant_id == current.tenant_id(), model.deleted_at.is_(None), scope_clause(action, self)
        )

    def get(self, record_id: UUID, *, action: str = "view", lock: bool = False) -> Any:
        """The record, or NotFound: the same whether it is absent, deleted, a neighbour's or out of scope."""
        found = self.visible(action=action).where(self.model.id == record_id)
        if lock:
            found = found.with_for_update().execution_options(populate_existing=True)
        record = db.session().scalars(found).one_or_none()
        if record is None:
            raise NotFound(_("There is no such record, or you may not see it."))
        return record

    def get_for(self, action: RecordAction, record_id: UUID) -> Any:
        """The record that an action is to be run on, locked. Raises NotFound, or what the action's `find` raises."""
        return action.find(record_id) if action.find else self.get(record_id, lock=True)

    def is_visible(self, record: Any) -> bool:
        """Whether the member may (still) see this record."""
        return db.session().scalar(self.visible(self.model.id).where(self.model.id == record.id)) is not None

    def owned_by(self, members: Any) -> ColumnElement[bool]:
        """The condition that a record is one of these members'."""
        model: Any = self.model
        if self.through:
            parent = RECORD_TYPES[self.builtin[self.through].refers_to() or ""]
            mine = select(parent.model.id).where(
                parent.model.tenant_id == current.tenant_id(), parent.owned_by(members)
            )
            return getattr(model, self.builtin[self.through].attr).in_(mine)
        owner = model.owner_id if hasattr(model, "owner_id") else model.created_by_id
        if self.ownerless_is_open:
            return or_(owner.in_(members), owner.is_(None))
        return owner.in_(members)

    def actions_for(self, record: Any) -> list[RecordAction]:
        """The actions that make sense for the record and that the member may run."""
        return [a for a in self.actions if a.shown(record) and action_allowed(a, self, record)]


def _inside(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def action_allowed(action: RecordAction, record_type: RecordType, record: Any = None) -> bool:
    from_permission = action.permission is not None and permitted(action.permission)
    return from_permission or (action.permission is None and may(action.grant, record_type, record))


def _system_fields() -> dict[str, FieldType]:
    made: dict[str, FieldType] = {
        "created_at": DateTime(_lp("date", "Created"), editable=False),
        "updated_at": DateTime(_l("Last change"), editable=False),
        "created_by_id": Member(_l("Created by"), editable=False),
    }
    for attr, each in made.items():
        each.bind(attr)
    return {each.key: each for each in made.values()}


RECORD_TYPES: dict[str, RecordType] = {}
"""Every record type of the installation by name."""


def register(record_type: RecordType) -> None:
    """Make a record type known. Raises ValueError when its name or plural is taken."""
    for other in RECORD_TYPES.values():
        if other is not record_type and (other.name == record_type.name or other.plural == record_type.plural):
            raise ValueError(f"two record types are called {record_type.name} or {record_type.plural}")
    RECORD_TYPES[record_type.name] = record_type


def enabled_types() -> list[RecordType]:
    """The record types of the core and of the modules that the tenant has switched on."""
    modules = current.tenant().modules
    return [t for t in RECORD_TYPES.values() if t.module == "core" or t.module in modules]


def type_named(name: str) -> RecordType:
    """Raises NotFound where there is no such type or its module is off."""
    for record_type in enabled_types():
        if record_type.name == name:
            return record_type
    raise NotFound(_("There is no such page."))


def type_of_plural(plural: str) -> RecordType:
    """Raises NotFound where there is no such type or its module is off."""
    for record_type in enabled_types():
        if record_type.plural == plural:
            return record_type
    raise NotFound(_("There is no such page."))


def names_for(fields: Sequence[FieldType], records: Sequence[Any]) -> Mapping[tuple[str, UUID], str]:
    """The titles of everything that these fields of these records point at: one statement for each type."""
    return titles(pointed_by(fields, records))


def pointed_by(fields: Sequence[FieldType], records: Sequence[Any]) -> dict[str, set[UUID]]:
    """What these fields of these records point at, by type."""
    wanted: dict[str, set[UUID]] = {}
    for each in fields:
        if not each.points:
            continue
        for record in records:
            if pointed := each.points_at(each.get(record)):
                wanted.setdefault(pointed[0], set()).add(pointed[1])
    return wanted


def titles(wanted: Mapping[str, set[UUID]]) -> Mapping[tuple[str, UUID], str]:
    """Titles of records and names of members by (type, id), in one statement, of what the member may see."""
    known = [_titles_of(t, ids) for t, ids in wanted.items() if ids and (t == "member" or t in RECORD_TYPES)]
    if not known:
        return {}
    return {(row[0], row[1]): row[2] for row in db.session().execute(union_all(*known))}


def _titles_of(target: str, ids: set[UUID]) -> Any:
    name = literal(target, Text)
    if target == "member":
        mates = select(name, MemberRow.id, MemberRow.name)
        return mates.where(MemberRow.tenant_id == current.tenant_id(), MemberRow.id.in_(ids))
    record_type = RECORD_TYPES[target]
    title = record_type.title_field.expression(record_type.model)
    return record_type.visible(name, record_type.model.id, title).where(record_type.model.id.in_(ids))
