"""RecordType: all that the engines know of a kind of record: built in, a plugin's, or a tenant's own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import marshmallow as ma
from sqlalchemy import ColumnElement, Text, and_, false, literal, or_, select, true, union_all
from sqlalchemy.sql import Select

from core import current, db
from core.access import Member as MemberRow
from core.access import may, permitted, scope_clause
from core.access.explaining import Reached
from core.errors import DomainError, NotFound
from core.i18n import _, _l, _lp
from core.records import fields as kinds
from core.records.covers import field_rules
from core.records.fields import Choice, DateTime, FieldType, Lookup, Member, State, StateOption
from core.records.guards import Guard, as_member_has
from core.records.layouts import Layout, LayoutSection, Placed, read_layout
from core.records.model import Record
from core.records.own import OwnRecord
from core.records.shape import OwnType, shape


class NoInput(ma.Schema):
    """The schema of an action that needs nothing to be said."""


@dataclass(frozen=True)
class RecordAction:
    """A verb on a record: a button, a bulk action and an API call at once.

    `grant` is what the member must hold for the record (`edit`, `view`, …), `permission` a module permission in
    its place. `run(record, **values)` is a service; `schema` says what it must be told; `shown(record)` whether it
    makes sense now; `find(id)` looks the record up where others may have taken it out of sight meanwhile, and says so.
    `done` is what the member is told afterwards. `of_any` has the grant asked of the type alone, where `find` says for
    itself which records the member may have.
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
    of_any: bool = False


@dataclass(frozen=True)
class HandsOver:
    """What a type sees to when many of its records get other owners at once, in the place of an `update` of each.

    `which` are those of a member's records that are handed over. Of the `fields` that change with the owner,
    `values(record, restart_clocks)` says what they become; they are put back with the owner. `done(ids)` comes when the
    records are written, both times.
    """

    fields: Sequence[str] = ()
    values: Callable[[Any, bool], Mapping[str, Any]] = lambda record, restart_clocks: {}
    done: Callable[[Sequence[UUID]], None] = lambda ids: None
    which: Callable[[], ColumnElement[bool]] = true


@dataclass(frozen=True)
class NewRecord:
    """One of many records that are to be made. `line` is the row of the file that it stands in, of an import."""

    values: Mapping[str, Any]
    line: int | None = None


@dataclass(frozen=True)
class Made:
    """What became of it: the record that was made; the known one, which it went to (`is_new` is false, `told` may say
    how it was known); or why it was refused."""

    id: UUID | None = None
    is_new: bool = True
    told: str = ""
    problem: DomainError | None = None


@dataclass(frozen=True)
class Section:
    """Fields of a form that belong together, under a heading."""

    label: Any
    fields: tuple[str, ...]


@dataclass(eq=False)
class RecordType:
    """One kind of record.

    `columns` are the fields that its list shows at first, `form` the fields of its form in order, some perhaps in
    a `Section`; `through` names the link whose record decides who may see this one (a contact is seen by whoever sees
    its customer); `ownerless_is_open` shows a record without an owner to everyone who may see any, or makes the
    condition under which it does; `first_owner` says whom the form of a new one proposes, unless it is whoever makes
    it. `create(values)`,
    `update(record, values)` and `delete(record)` are the services that write it, where the generic ones will not
    do; `update_minds` names the fields that `update` has something to do for, unless that is all of them.
    `create_many(rows)` is the same as `create` for many at once, by a few statements for all of them: imports and bulk
    calls of the API come to it. Without it, `create_has_consequences` has imports make each row by `create`.
    `changed(ids)` sees to what follows when many were changed at once past `update`; `hands_over` says how many of its
    records at once get other owners. `only_asked` are fields, by key, that conditions may name and nothing shows: what
    they compare is made in SQL of other fields and tables. `is_own` marks a type that a tenant made.
    `module` is set by the loader.
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
    ownerless_is_open: bool | Callable[[], ColumnElement[bool]] = False
    first_owner: Callable[[], UUID | None] | None = None
    customer_attr: str | None = None
    create: Callable[..., Any] | None = None
    update: Callable[..., Any] | None = None
    update_minds: Sequence[str] | None = None
    delete: Callable[..., Any] | None = None
    merging: Callable[..., Any] | None = None
    unmerging: Callable[..., Any] | None = None
    create_has_consequences: bool = False
    create_many: Callable[[Sequence["NewRecord"]], Sequence["Made"]] | None = None
    changed: Callable[[Sequence[UUID]], None] | None = None
    hands_over: HandsOver | None = None
    only_asked: Mapping[str, FieldType] = field(default_factory=dict)
    customisable: bool = True
    sort: str = "-updated_at"
    module: str = "core"
    color: str = "blue"
    is_own: bool = False
    description: str = ""
    builtin: dict[str, FieldType] = field(init=False, default_factory=dict)
    lent: list[tuple[str, RecordAction]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        for column in self.model.__table__.columns:
            if found := column.info.get("field"):
                found.bind(column.key)
                self.builtin[found.key] = found
        for key, made in _system_fields().items():
            self.builtin.setdefault(key, made)
        for key, made in self.only_asked.items():
            made.bind(key)
        self.title_field = self.builtin[self.title]
        if not self.is_own:
            self.model.of_type = self.name

    @property
    def noun(self) -> str:
        """The label inside a sentence: "customer", but "RMA" as it is."""
        return _inside(str(self.label))

    @property
    def plural_noun(self) -> str:
        return _inside(str(self.plural_label))

    # --- fields ----------------------------------------------------------------------------------------

    def fields(self) -> dict[str, FieldType]:
        """The fields by key, as the roles of the acting member leave them: what is shown, asked, sent or taken."""
        rules = field_rules(self.name)
        if not rules:
            return self.all_fields()
        now, key = shape(), ("fields", self.name, rules)
        if key not in now.made:
            now.made[key] = as_member_has(self.all_fields(), self, rules)
        return now.made[key]

    def all_fields(self) -> dict[str, FieldType]:
        """All fields by key, whoever asks: built in, as the tenant changed them, then the tenant's own. For what keeps
        records right, and shows nobody anything."""
        now = shape()
        own, changes = now.fields.get(self.name), now.changes.get(self.name)
        if not own and not changes:
            return self.builtin
        key = ("fields", self.name)
        if key not in now.made:
            changed = {k: _changed(f, changes.get(k)) for k, f in self.builtin.items()} if changes else self.builtin
            now.made[key] = {k: f for k, f in changed.items() if not f.retired} | {f.key: f for f in own or ()}
        return now.made[key]

    def field(self, key: str) -> FieldType | None:
        return self.fields().get(key)

    def asked_field(self, key: str, *, whole: bool = False) -> FieldType | None:
        """The field that a condition names: of the acting member's, or of all where the condition is `whole`."""
        fields = self.all_fields() if whole else self.fields()
        found = self.only_asked.get(key)
        if found is None or key in fields:
            return fields.get(key)
        told_of = [fields.get(each) for each in found.tells_of]
        return None if any(each is None or isinstance(each, Guard) for each in told_of) else found

    def form_fields(self) -> list[FieldType]:
        """The fields of the form, in order."""
        return [field for _label, fields in self.sections() for field in fields]

    def sections(self) -> list[tuple[Any, list[FieldType]]]:
        """The fields of the acting member's form under their headings."""
        return [(section.label, [placed.field for placed in section.fields]) for section in self.layout().sections]

    def layout(self, role_ids: Sequence[UUID | None] | None = None) -> Layout:
        """How the form is laid out for the acting member, or for the first of these roles that has a layout.

        Without a layout of the tenant: as the type was declared, the tenant's own fields last.
        """
        now = shape()
        made = now.layouts.get(self.name, {})
        wanted = _my_roles() if role_ids is None else role_ids
        role_id = next((each for each in (*wanted, None) if each in made), None)
        key = ("layout", self.name, role_id, field_rules(self.name))
        if key not in now.made:
            standard = self.standard_layout()
            now.made[key] = read_layout(made[role_id], self.fields(), standard) if role_id in made else standard
        return now.made[key]

    def standard_layout(self) -> Layout:
        """The form as the type was declared: fields without a heading first, the tenant's own last."""
        fields = self.fields()
        form = self.form or [key for key, field in self.builtin.items() if field.editable]
        plain = [key for key in form if not isinstance(key, Section)]
        named = [(each.label, each.fields) for each in form if isinstance(each, Section)]
        own = [f.key for f in fields.values() if f.custom_id]
        # a type of the tenant has hardly any other fields than its own: they need no heading
        rest = [("", [*plain, *own])] if self.is_own else [("", plain), *named, (_l("Own fields"), own)]
        return Layout(tuple(
            LayoutSection(label, tuple(Placed(fields[k], wide=fields[k].wide) for k in keys if k in fields))
            for label, keys in rest
            if any(k in fields for k in keys)
        ))  # fmt: skip

    def list_fields(self) -> list[FieldType]:
        fields = self.fields()
        return [fields[key] for key in self.columns if key in fields]

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
        if self.is_own:
            to_customer = (f for f in self.all_fields().values() if isinstance(f, Lookup) and f.target == "customer")
            return next((found for f in to_customer if (found := f.get(record))), None)
        return getattr(record, self.customer_attr) if self.customer_attr else None

    def new(self) -> Any:
        """An empty record, not saved yet."""
        if not self.is_own:
            return self.model(custom={})
        begins = self.builtin["status"].default if "status" in self.builtin else None
        return self.model(custom={}, type=self.name, status=begins)

    def rows(self) -> ColumnElement[bool]:
        """What tells this type's rows from others in the same table."""
        return OwnRecord.type == self.name if self.is_own else true()

    def visible(self, *entities: Any, action: str = "view") -> Select[Any]:
        """Select the records of this tenant that the member may see (or edit, …)."""
        return self.existing(*entities).where(scope_clause(action, self))

    def existing(self, *entities: Any) -> Select[Any]:
        """Select the records of this tenant, whoever may see them."""
        model = self.model
        mine = [self.rows()] if self.is_own else []
        return select(*(entities or (model,))).where(
            model.tenant_id == current.tenant_id(), model.deleted_at.is_(None), *mine
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

    def owned_by(self, members: Any, *, strictly: bool = False) -> ColumnElement[bool]:
        """The condition that a record is one of these members'. Records without an owner are everybody's where the
        type has them open; not so `strictly`."""
        model: Any = self.model
        if self.through:
            parent, link = self._parent()
            owned = parent.owned_by(members, strictly=strictly)
            return link.in_(select(parent.model.id).where(parent.model.tenant_id == current.tenant_id(), owned))
        owner = model.owner_id if hasattr(model, "owner_id") else model.created_by_id
        if self.ownerless_is_open and not strictly:
            return or_(owner.in_(members), and_(owner.is_(None), self._open_without_owner()))
        # Looked up once and then asked of each row: as a join, the planner takes teams for far smaller than they are.
        return owner.in_(members).is_(true()) if isinstance(members, Select) else owner.in_(members)

    def _open_without_owner(self) -> ColumnElement[bool]:
        return self.ownerless_is_open() if callable(self.ownerless_is_open) else true()

    def shared_in(self, ids: Select[Any]) -> ColumnElement[bool]:
        """The condition that a record is among those of these ids, or belongs to one of them."""
        model: Any = self.model
        if not self.through:
            return model.id.in_(ids)
        parent, link = self._parent()
        theirs = select(parent.model.id).where(parent.model.tenant_id == current.tenant_id(), parent.shared_in(ids))
        return or_(model.id.in_(ids), link.in_(theirs if parent.through else ids))

    def reached_through(self, record: Any) -> list[Reached]:
        """The record, and those that it belongs to, whose owners and shares decide who gets at it: for explaining."""
        model: Any = self.model
        owner_id = record.owner_id if hasattr(model, "owner_id") else record.created_by_id
        is_open = bool(self.ownerless_is_open) and (owner_id is not None or self._is_open_without_owner(record))
        itself = Reached(self.name, record.id, owner_id, not self.through, is_open)
        if not self.through:
            return [itself]
        parent, link = self._parent()
        above: Any = db.get(parent.model, getattr(record, link.key))
        return [itself, *(replace(each, itself=False) for each in parent.reached_through(above))] if above else [itself]

    def _is_open_without_owner(self, record: Any) -> bool:
        if not callable(self.ownerless_is_open):
            return True
        found = self.existing(self.model.id).where(self.model.id == record.id, self.ownerless_is_open())
        return db.session().scalar(found) is not None

    def _parent(self) -> tuple["RecordType", Any]:
        """The type through which records of this one are seen, and the column that names its record."""
        link = self.builtin[self.through or ""]
        return type_by_name(link.refers_to() or ""), getattr(self.model, link.attr)

    def meets(self, condition: Any) -> ColumnElement[bool]:
        """The condition of a role's scope as SQL. One that cannot be asked any more, since a field of it is gone,
        covers nothing."""
        return scope_conditions[0](self, condition) if scope_conditions else false()

    def minds(self, keys: Iterable[str]) -> bool:
        """Whether a change of any of these fields has to go through the type's own `update`."""
        if self.update is None:
            return False
        return self.update_minds is None or not set(self.update_minds).isdisjoint(keys)

    def have_changed(self, ids: Sequence[UUID]) -> None:
        """Say that these records were changed past `update`."""
        if self.changed and ids:
            self.changed(ids)

    def actions_for(self, record: Any) -> list[RecordAction]:
        """The actions that make sense for the record and that the member may run."""
        return [a for a in self.all_actions() if a.shown(record) and action_allowed(a, self, record)]

    def lend(self, module: str, actions: Iterable[RecordAction]) -> None:
        """Add what a module can do with records of this type, too."""
        self.lent += [(module, each) for each in actions]

    def all_actions(self) -> Sequence[RecordAction]:
        """The type's own actions, and those that modules which are on have lent it."""
        context = current.tenant_or_none() if self.lent else None
        modules = context.modules if context else frozenset()
        return (*self.actions, *(each for module, each in self.lent if module in modules))

    @property
    def by_action(self) -> Mapping[str, RecordAction]:
        return {action.name: action for action in self.all_actions()}


scope_conditions: list[Callable[[RecordType, Any], ColumnElement[bool]]] = []
"""What compiles the conditions of scopes: `core.records.conditions` puts it here, which knows record types."""


def _inside(label: str) -> str:
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def action_allowed(action: RecordAction, record_type: RecordType, record: Any = None) -> bool:
    from_permission = action.permission is not None and permitted(action.permission)
    about = None if action.of_any else record
    return from_permission or (action.permission is None and may(action.grant, record_type, about))


def _my_roles() -> Sequence[UUID]:
    context = current.tenant_or_none()
    return context.member.role_ids if context and context.member else ()


def _changed(field: FieldType, change: Any) -> FieldType:
    """A built-in field as the tenant has it."""
    if change is None:
        return field
    made = copy(field)
    made.label = change.label or field.label
    made.help = field.help if change.help is None else change.help
    made.required = field.required if change.required is None else change.required or field.required
    made.retired = change.retired_at is not None
    return made


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
    """The record types of the core, of the modules that the tenant has switched on, and the tenant's own."""
    modules = current.tenant().modules
    declared = [t for t in RECORD_TYPES.values() if t.module == "core" or t.module in modules]
    return [*declared, *own_types().values()]


def own_types() -> Mapping[str, RecordType]:
    """The record types that the tenant made, by name."""
    now = shape()
    if "types" not in now.made:
        now.made["types"] = {each.name: _own_type(each) for each in now.types}
    return now.made["types"]


def _own_type(row: OwnType) -> RecordType:
    made = RecordType(
        OwnRecord, name=row.name, label=row.label, plural=row.name, plural_label=row.plural_label, icon=row.icon,
        color=row.color, columns=tuple(row.columns), is_own=True, description=row.description,
    )  # fmt: skip
    title = kinds.Text(row.title_label or made.builtin["name"].label, required=True, search=True)
    owner = Member(made.builtin["owner"].label)
    for each, attr in ((title, "name"), (owner, "owner_id")):
        each.bind(attr)
    made.builtin |= {"name": title, "owner": owner}
    made.title_field = title
    states = [StateOption(**(state | {"to": _tuple(state.get("to")), "requires": tuple(state.get("requires", ()))}))
              for state in row.states]  # fmt: skip
    del made.builtin["status"]
    if states:
        state = State(_l("State"), states=states, default=states[0].value)
        state.bind("status")
        made.builtin = {"name": title, "status": state} | made.builtin
    made.form = tuple(key for key in ("name", "status", "owner") if key in made.builtin)
    return made


def _tuple(given: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(given)


def find_type(name: str) -> RecordType | None:
    """The record type of this name: any that is installed, or one of this tenant's own."""
    return RECORD_TYPES.get(name) or (own_types().get(name) if current.tenant_or_none() else None)


def type_by_name(name: str) -> RecordType:
    """The same, of a name that the code or a checked row gives. Raises KeyError."""
    found = find_type(name)
    if found is None:
        raise KeyError(name)
    return found


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
            for target, record_id in each.all_pointed(each.get(record)):
                wanted.setdefault(target, set()).add(record_id)
    return wanted


def titles(wanted: Mapping[str, set[UUID]]) -> Mapping[tuple[str, UUID], str]:
    """Titles of records and names of members by (type, id), in one statement, of what the member may see."""
    known = [_titles_of(t, ids) for t, ids in wanted.items() if ids and (t == "member" or find_type(t))]
    if not known:
        return {}
    return {(row[0], row[1]): row[2] for row in db.session().execute(union_all(*known))}


def _titles_of(target: str, ids: set[UUID]) -> Any:
    name = literal(target, Text)
    if target == "member":
        mates = select(name, MemberRow.id, MemberRow.name)
        return mates.where(MemberRow.tenant_id == current.tenant_id(), MemberRow.id.in_(ids))
    record_type = type_by_name(target)
    title = record_type.title_field.expression(record_type.model)
    return record_type.visible(name, record_type.model.id, title).where(record_type.model.id.in_(ids))
