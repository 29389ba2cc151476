"""What a role may say: its grants checked against what there is, each fault under the name of what it is about."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.access.adding import SCOPES, granted_on, scope_key
from core.access.permissions import DECLARED
from core.errors import FieldProblem, Invalid
from core.i18n import _, _l, _lp
from core.records.conditions import compile_condition
from core.records.fields import FieldType
from core.records.types import RECORD_TYPES, RecordType, find_type, own_types

ACTIONS: Mapping[str, Any] = MappingProxyType({
    "view": _lp("action", "View"), "create": _lp("action", "Create"), "edit": _lp("action", "Edit"),
    "delete": _lp("action", "Delete"), "transfer": _l("Hand over"), "share": _lp("action", "Share"),
    "export": _lp("action", "Export"), "import": _lp("action", "Import"),
})  # fmt: skip
SCOPE_NAMES: Mapping[str, Any] = MappingProxyType({
    "none": _lp("scope", "None"), "own": _lp("scope", "Own"), "team": _lp("scope", "Team"),
    "below": _lp("scope", "Team and below"), "all": _lp("scope", "All"),
})  # fmt: skip
LEVEL_NAMES: Mapping[str, Any] = MappingProxyType({
    "open": _lp("field", "Open"), "read": _lp("field", "Read-only"), "masked": _lp("field", "Masked"),
    "hidden": _lp("field", "Hidden"),
})  # fmt: skip
WITHOUT_SCOPE = frozenset({"create", "import"})
"""Actions on what is not there yet, and so is nobody's: granted or not."""
EXCEPTIONS = ("own", "team", "below")
ALL_OTHERS = "*"
PARTS = ("records", "fields", "permissions", "without")
NOTHING: Mapping[str, Any] = MappingProxyType({})


def checked_grants(given: Mapping[str, Any], before: Mapping[str, Any] = NOTHING) -> dict[str, Any]:
    """The grants in their tidy form. Raises Invalid with all faults, under names such as `records.customer.edit`.

    What the role says already about types, fields and permissions that are gone meanwhile may stay: it grants nothing.
    """
    check = _Check(before)
    for part in sorted(set(given) - set(PARTS)):
        check.fault(part, "unknown", _("Grants have records, fields, permissions and without."))
    records = check.records(given.get("records", {}))
    made = {
        "records": records,
        "fields": check.fields(given.get("fields", {}), {"records": records}),
        "permissions": check.permissions("permissions", given.get("permissions", [])),
        "without": check.permissions("without", given.get("without", [])),
    }
    if check.problems:
        raise Invalid(check.problems)
    return {part: said for part, said in made.items() if said or part in ("records", "permissions")}


class _Check:
    def __init__(self, before: Mapping[str, Any]) -> None:
        self.before = before
        self.problems: list[FieldProblem] = []

    def fault(self, name: str, code: str, message: str) -> None:
        self.problems.append(FieldProblem(name, code, message))

    def mapping(self, name: str, said: Any) -> Mapping[str, Any]:
        if isinstance(said, Mapping):
            return said
        self.fault(name, "not_an_object", _("This is to be an object."))
        return {}

    # --- records ---------------------------------------------------------------------------------------

    def records(self, said: Any) -> dict[str, Any]:
        made = {}
        for name, actions in self.mapping("records", said).items():
            if name != ALL_OTHERS and not is_type(name):
                if self.before.get("records", {}).get(name) != actions:
                    self.fault(f"records.{name}", "unknown_type", _("There is no record type “%(name)s”.", name=name))
                    continue
                made[name] = actions
                continue
            scopes = self.mapping(f"records.{name}", actions)
            found = {action: self.scope(name, action, scope) for action, scope in scopes.items()}
            made[name] = {action: found[action] for action in ACTIONS if found.get(action, "none") != "none"}
        return made

    def scope(self, name: str, action: str, scope: Any) -> Any:
        at = f"records.{name}.{action}"
        if action not in ACTIONS:
            self.fault(at, "unknown_action", _("There is no action “%(name)s”.", name=action))
        elif isinstance(scope, Mapping):
            return self.condition(at, name, action, scope)
        elif scope not in SCOPES:
            self.fault(at, "unknown_scope", _("There is no scope “%(name)s”.", name=str(scope)[:50]))
        elif action in WITHOUT_SCOPE and scope not in ("none", "all"):
            self.fault(at, "without_scope", _("This is granted for all records or not at all."))
        else:
            return scope
        return "none"

    def condition(self, at: str, name: str, action: str, scope: Mapping[str, Any]) -> Any:
        record_type = find_type(name)
        if action in WITHOUT_SCOPE:
            self.fault(at, "without_scope", _("This is granted for all records or not at all."))
        elif record_type is None:
            self.fault(at, "condition", _("Only one record type can have a condition, since others lack its fields."))
        elif set(scope) != {"if"} or not scope["if"]:
            self.fault(at, "condition", _("Say which records are meant."))
        elif self.before.get("records", {}).get(name, {}).get(action) != scope:
            try:
                compile_condition(record_type, scope["if"], whole=True)
            except Invalid as invalid:
                self.fault(at, "condition", " ".join(p.message for p in invalid.problems) or invalid.message)
        return dict(scope)

    # --- fields ----------------------------------------------------------------------------------------

    def fields(self, said: Any, made: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, rules in self.mapping("fields", said).items():
            known = self.before.get("fields", {}).get(name, {})
            record_type = find_type(name)
            if record_type is None or not is_type(name):
                if known != rules:
                    self.fault(f"fields.{name}", "unknown_type", _("There is no record type “%(name)s”.", name=name))
                elif rules:
                    found[name] = rules
                continue
            of, kept = record_type.all_fields(), {}
            for key, rule in self.mapping(f"fields.{name}", rules).items():
                at = f"fields.{name}.{key}"
                if key not in of and known.get(key) == rule:
                    kept[key] = rule
                elif key not in of:
                    self.fault(at, "unknown_field", _("There is no field “%(name)s”.", name=key))
                elif rule := self.rule(at, record_type, of[key], self.mapping(at, rule), made):
                    kept[key] = rule
            if kept:
                found[name] = kept
        return found

    def rule(
        self, at: str, record_type: RecordType, field: FieldType, rule: Mapping[str, Any], made: Mapping[str, Any]
    ) -> dict[str, str] | None:
        level, but = str(rule.get("level")), rule.get("except") or "none"
        if unknown := set(rule) - {"level", "except"}:
            self.fault(f"{at}.{min(unknown)}", "unknown", _("A rule has a level and perhaps an exception."))
        if level not in LEVEL_NAMES:
            self.fault(f"{at}.level", "unknown_level", _("A field is hidden, masked, read or open."))
            return None
        if but not in (*EXCEPTIONS, "none"):
            self.fault(f"{at}.except", "unknown_scope", _("A rule may leave out own, team or below."))
            return None
        if level == "open":
            return None
        if why := closing_fault(record_type, field, level, scopes_of(made, record_type.name)):
            self.fault(at, "must_be_seen", why)
        return {"level": level} | ({"except": but} if but != "none" else {})

    # --- permissions -----------------------------------------------------------------------------------

    def permissions(self, part: str, said: Any) -> list[str]:
        if not isinstance(said, Sequence) or isinstance(said, str) or not all(isinstance(p, str) for p in said):
            self.fault(part, "not_a_list", _("This is to be a list of permissions."))
            return []
        known: Collection[str] = {*DECLARED, "*", *self.before.get(part, ())}
        for name in sorted(set(said) - set(known)):
            self.fault(f"{part}.{name}", "unknown_permission", _("There is no permission “%(name)s”.", name=name))
        return sorted(set(said))


def is_type(name: str) -> bool:
    """Whether there is such a record type: installed, though perhaps switched off, or the tenant's own."""
    return name in RECORD_TYPES or name in own_types()


def scopes_of(grants: Mapping[str, Any], type_name: str) -> dict[str, str]:
    """Each action with the scope that a role grants on a type, as text."""
    said = granted_on(grants, type_name)
    return {action: scope_key(said.get(action, "none")) for action in ACTIONS}


def closing_fault(record_type: RecordType, field: FieldType, level: str, scopes: Mapping[str, str]) -> str | None:
    """Why a field cannot be closed that far, if it cannot."""
    if field.key == record_type.title_field.key and level in ("hidden", "masked"):
        return _("Records are called by this field, so it stays readable.")
    if level == "hidden" and is_owner(record_type, field) and set(scopes.values()) & set(EXCEPTIONS):
        return _("What is one's own or the team's is told by this field, so it cannot be hidden. Grant all or none, or "
                 "make it read-only.")  # fmt: skip
    return None


def is_owner(record_type: RecordType, field: FieldType) -> bool:
    """Whether records are told by it whose they are; some go by the record that they belong to instead."""
    if record_type.through:
        return False
    return field.attr == "owner_id" if hasattr(record_type.model, "owner_id") else field.attr == "created_by_id"


# --- comparing -----------------------------------------------------------------------------------------


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Every grant that differs, with what it was and what it is."""
    old, new = _flat(before), _flat(after)
    return {at: [old.get(at), new.get(at)] for at in sorted(old.keys() | new.keys()) if old.get(at) != new.get(at)}


def _flat(grants: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for part in ("records", "fields"):
        for name, said in grants.get(part, {}).items():
            flat |= _named(f"{part}.{name}", said, named=part == "records")
    return flat | {part: sorted(grants[part]) for part in ("permissions", "without") if grants.get(part)}


def _named(at: str, said: Mapping[str, Any], *, named: bool) -> dict[str, Any]:
    """A type that is named without any action is not the same as one that is not named."""
    inner = {f"{at}.{key}": value for key, value in said.items()}
    return inner or ({at: "none"} if named else {})
