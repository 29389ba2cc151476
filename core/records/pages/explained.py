"""Decisions of access in full sentences: role, grant, scope, team, share; and what would change a refusal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core import access, current, db
from core.access import Member
from core.access.adding import CONDITION, HIDDEN, LEVELS, MASKED, OPEN, READ
from core.access.explaining import (
    Chain,
    Explanation,
    Owner,
    PermissionReason,
    Reason,
    SharedBy,
    explain_action,
    which_cover,
)
from core.access.permissions import DECLARED
from core.errors import NotFound
from core.i18n import _, fmt_date
from core.records.collaborators import last_day
from core.records.covers import Cover, covers_of, field_rules
from core.records.fields import FieldType
from core.records.pages.explaining_terms import (
    ACTIONS,
    WITHIN,
    Line,
    Whose,
    Why,
    role_titles,
    role_url,
    scope_text,
)
from core.records.pages.remedies import field_remedies, remedies, roles_with_permission
from core.records.sharing import may_share
from core.records.types import RecordAction, RecordType, find_type, titles

# --- what may be asked ---------------------------------------------------------------------------------


def why(record_type: RecordType, record: Any, about: Whose, *, action: str = "view", key: str = "") -> Why:
    """Why the member may, or may not, do this to the record; with `key`, how far its field is open to them.

    The asking member must see the record. Raises NotFound for an action or a field that there is not.
    """
    if key:
        return _why_field(record_type, record, about, key)
    if action in ACTIONS:
        return _why_right(record_type, record, about, action)
    if action in record_type.by_action:
        return _why_action(record_type, record, about, record_type.by_action[action])
    raise NotFound(_("There is no such action."))


def actions_of(record_type: RecordType) -> list[tuple[str, str]]:
    """All that may be asked about: the rights on a record, then the type's own actions."""
    rights = [key for key in ACTIONS if key != "transfer" or "owner" in record_type.builtin]
    return [*((key, _capital(str(ACTIONS[key]))) for key in rights),
            *((each.name, str(each.label)) for each in record_type.all_actions())]  # fmt: skip


def overview(record_type: RecordType, record: Any, about: Whose) -> list[tuple[str, str, bool]]:
    """Every action with whether the member may do it."""
    found = []
    with current.entering(about.context):
        for name, label in actions_of(record_type):
            if name in ACTIONS:
                allowed = access.may(name, record_type, record)
                allowed = allowed or (name == "share" and may_share(record_type, record))
            else:
                asked = explain_action(record_type.by_action[name], record_type, record)
                allowed = asked.allowed and asked.shown
            found.append((name, label, allowed))
    return found


def fields_of(record_type: RecordType, record: Any, about: Whose) -> list[tuple[str, str, str]]:
    """The fields that some role of the member does not leave open, each with its level on this record. Those that the
    asking member has not are left out."""
    mine = record_type.fields()
    with current.entering(about.context):
        ruled = [key for key, _access in field_rules(record_type.name) if key in record_type.all_fields()]
        found = [(key, _level(record_type, record, key)) for key in dict.fromkeys(ruled)]
    known = mine if not about.is_me else record_type.all_fields()
    return [(key, str(known[key].label), level) for key, level in found if key in known]


def _level(record_type: RecordType, record: Any, key: str) -> str:
    """How far a field of the record is open to the acting member, by their roles and by what modules cover."""
    name = access.explain_field(record_type, record, key)[0]
    return LEVELS[min(LEVELS.index(name), MASKED)] if covering(record_type, record, key) else name


def covering(record_type: RecordType, record: Any, key: str) -> list[Cover]:
    """What keeps a field of this very record covered, besides roles."""
    found = [each for each in covers_of(record_type.name) if each.field == key]
    scopes = {scope for each in found for scope, _level in each.access().raised}
    opening = which_cover(scopes, record_type, record) if found else frozenset()
    return [each for each in found if not any(scope in opening for scope, _level in each.access().raised)]


# --- rights on a record --------------------------------------------------------------------------------


def _why_right(record_type: RecordType, record: Any, about: Whose, action: str) -> Why:
    with current.entering(about.context):
        found = access.explain(action, record_type, record)
        as_owner = action == "share" and not found.allowed and may_share(record_type, record)
    lines = _lines(record_type, record, about, found)
    if as_owner:
        text = (_("You own the record and may edit it, and so you may share it.") if about.is_me else
                _("%(name)s owns the record and may edit it, and so may share it.", name=about.name))  # fmt: skip
        lines.append(Line(text, True))
    allowed = found.allowed or as_owner
    headline = _headline(record_type, about, action, allowed)
    changes = [] if allowed else remedies(record_type, record, about, found)
    return Why(allowed, headline, lines, changes, found)


def _headline(record_type: RecordType, about: Whose, action: str, allowed: bool) -> str:
    said = {"action": ACTIONS[action], "noun": record_type.noun, "name": about.name}
    if about.is_me:
        return (_("You may %(action)s this %(noun)s.", **said) if allowed
                else _("You may not %(action)s this %(noun)s.", **said))  # fmt: skip
    return (_("%(name)s may %(action)s this %(noun)s.", **said) if allowed
            else _("%(name)s may not %(action)s this %(noun)s.", **said))  # fmt: skip


def _lines(record_type: RecordType, record: Any, about: Whose, found: Explanation) -> list[Line]:
    """The chain: the token, each role with its grant and what it covers, the shares."""
    lines = [*_standing(about)]
    if not found.by_token:
        lines.append(Line(_("The token in use does not reach this: it lacks the scope “%(scope)s”.",
                            scope=f"{record_type.name}:{_token_kind(found.action)}"), False))  # fmt: skip
    names = _parents(found.chain, record)
    roles = role_titles(each.role_id for each in found.reasons)
    for reason in found.reasons:
        lines += _role_lines(record_type, about, found.action, reason, roles, names)
    lines += [Line(_share_text(each, record, about, names), True) for each in found.shared]
    if not found.of_type and found.by_token and found.action in ("view", "edit"):
        lines.append(Line(_("Sharing the record would not help: a share never gives more than the roles allow on"
                            " %(records)s at all.", records=record_type.plural_noun)))  # fmt: skip
    return lines


def _standing(about: Whose) -> list[Line]:
    """Of another member: that they have no access, or no role, whatever else there is."""
    if about.member is not None and about.member.status != "active":
        return [Line(_("%(name)s has no access to the workspace at present.", name=about.name), False)]
    if about.context.member is not None and not about.context.grants.sources:
        return [Line(_("You have no role.") if about.is_me else _("%(name)s has no role.", name=about.name), False)]
    return []


def _token_kind(action: str) -> str:
    return "read" if action in ("view", "export") else "write"


def _role_lines(
    record_type: RecordType, about: Whose, action: str, reason: Reason, roles: Mapping[UUID | None, str],
    names: Mapping[tuple[str, UUID], str],
) -> list[Line]:  # fmt: skip
    role = {"role": roles.get(reason.role_id, reason.role)}
    url = role_url(reason.role_id)
    if reason.scope == "none":
        said = _("The role “%(role)s” does not give “%(action)s” on %(records)s.", **role,
                 action=ACTIONS.get(action, action), records=record_type.plural_noun)  # fmt: skip
        return [Line(said, False, url)]
    gives = _("The role “%(role)s” gives “%(action)s: %(scope)s”.", **role, action=ACTIONS.get(action, action),
              scope=scope_text(record_type, reason.scope))  # fmt: skip
    return [Line(gives, reason.covers, url), *_covering(record_type, about, reason, names)]


def _covering(
    record_type: RecordType, about: Whose, reason: Reason, names: Mapping[tuple[str, UUID], str]
) -> list[Line]:
    """Why a scope covers the record or not."""
    if reason.scope == "all":
        return []
    if reason.scope.startswith(CONDITION):
        text = _("The record meets this condition.") if reason.covers else _("The record does not meet this condition.")
        return [Line(text, reason.covers)]
    owners = [each for each in reason.chain.owners if each.of.itself or (each.of.type_name, each.of.id) in names]
    if reason.covers:
        owners = [each for each in owners if each.relation in WITHIN.get(reason.scope, ())]
    return [Line(_owner_text(record_type, each, reason.chain, about, names), reason.covers) for each in owners]


def _owner_text(
    record_type: RecordType, owner: Owner, chain: Chain, about: Whose, names: Mapping[tuple[str, UUID], str]
) -> str:
    said: dict[str, Any] = {
        "thing": _thing(owner.of.type_name, owner.of.id, owner.of.itself, names), "owner": owner.name,
        "team": owner.team[-1] if owner.team else "", "mine": chain.my_team[-1] if chain.my_team else "",
        "name": about.name, "day": _day(owner.away_until), "records": record_type.plural_noun,
    }  # fmt: skip
    if owner.relation == "open":
        return _("%(thing)s has no owner, and such %(records)s are open to everyone who may see any.", **said)
    if owner.relation == "nobody":
        return _("%(thing)s has no owner.", **said)
    if about.is_me:
        return _mine_text(owner, chain, said)
    return _theirs_text(owner, chain, said)


def _mine_text(owner: Owner, chain: Chain, said: Mapping[str, Any]) -> str:
    if owner.relation == "me":
        return _("%(thing)s is yours.", **said)
    if owner.relation == "stood_for":
        return _("%(thing)s is %(owner)s’s, and you stand in for %(owner)s until %(day)s.", **said)
    if owner.relation == "team":
        return _("%(thing)s is %(owner)s’s, and %(owner)s is in %(team)s, your team.", **said)
    if owner.relation == "below":
        return _("%(thing)s is %(owner)s’s, %(owner)s is in %(team)s, which is below %(mine)s, your team.", **said)
    if not chain.my_team:
        return _("%(thing)s is %(owner)s’s, and you are in no team: only what is your own counts.", **said)
    if not owner.team:
        return _("%(thing)s is %(owner)s’s, who is in no team; yours is %(mine)s.", **said)
    return _("%(thing)s is %(owner)s’s, who is in %(team)s: neither %(mine)s, your team, nor below it.", **said)


def _theirs_text(owner: Owner, chain: Chain, said: Mapping[str, Any]) -> str:
    if owner.relation == "me":
        return _("%(thing)s is %(name)s’s own.", **said)
    if owner.relation == "stood_for":
        return _("%(thing)s is %(owner)s’s, and %(name)s stands in for %(owner)s until %(day)s.", **said)
    if owner.relation == "team":
        return _("%(thing)s is %(owner)s’s, and %(owner)s is in %(team)s, as %(name)s is.", **said)
    if owner.relation == "below":
        return _("%(thing)s is %(owner)s’s, %(owner)s is in %(team)s, which is below %(mine)s, the team of %(name)s.",
                 **said)  # fmt: skip
    if not chain.my_team:
        return _("%(thing)s is %(owner)s’s, and %(name)s is in no team: only what is their own counts.", **said)
    if not owner.team:
        return _("%(thing)s is %(owner)s’s, who is in no team; %(name)s is in %(mine)s.", **said)
    return _("%(thing)s is %(owner)s’s, who is in %(team)s: neither %(mine)s, the team of %(name)s, nor below it.",
             **said)  # fmt: skip


def _thing(type_name: str, record_id: UUID, itself: bool, names: Mapping[tuple[str, UUID], str]) -> str:
    if itself:
        return _("The record")
    of = find_type(type_name)
    return _("The %(noun)s “%(title)s”, to which it belongs,", noun=of.noun if of else "",
             title=names.get((type_name, record_id), "…"))  # fmt: skip


def _share_text(share: SharedBy, record: Any, about: Whose, names: Mapping[tuple[str, UUID], str]) -> str:
    type_name = next((name for name, record_id in names if record_id == share.record_id), "")
    itself = share.record_id == record.id
    thing = _thing(type_name, share.record_id, itself, names) if itself or type_name else _("What it belongs to")
    if share.team is not None:
        whom = _("the team %(team)s", team=share.team)
    elif share.for_id is not None:
        absent = db.get(Member, share.for_id)
        whom = absent.name if absent else "…"
    else:
        whom = _("you") if about.is_me else about.name
    said = {"thing": thing, "whom": whom, "by": share.by or "Guanxi"}
    text = (_("%(thing)s is shared with %(whom)s to edit, by %(by)s.", **said) if share.level == "edit"
            else _("%(thing)s is shared with %(whom)s to view, by %(by)s.", **said))  # fmt: skip
    parts = [text]
    if share.for_id is not None:
        parts.append(_("You stand in for %(whom)s.", **said) if about.is_me
                     else _("%(name)s stands in for %(whom)s.", **said, name=about.name))  # fmt: skip
    if share.until is not None:
        parts.append(_("That ends after %(day)s.", day=_day(share.until)))
    return " ".join(parts)


def _parents(chain: Chain, record: Any) -> Mapping[tuple[str, UUID], str]:
    """The titles of what the record belongs to, as far as the asking member may see it."""
    wanted: dict[str, set[UUID]] = {}
    for owner in chain.owners:
        if not owner.of.itself:
            wanted.setdefault(owner.of.type_name, set()).add(owner.of.id)
    return titles(wanted) if wanted else {}


def _day(moment: datetime | None) -> str:
    return fmt_date(last_day(moment)) if moment else ""


# --- actions and fields --------------------------------------------------------------------------------


def _why_action(record_type: RecordType, record: Any, about: Whose, action: RecordAction) -> Why:
    with current.entering(about.context):
        found = explain_action(action, record_type, record)
    said = {"action": action.label, "name": about.name}
    allowed = found.allowed and found.shown
    if about.is_me:
        headline = (_("You may do “%(action)s” here.", **said) if allowed
                    else _("You cannot do “%(action)s” here.", **said))  # fmt: skip
    else:
        headline = (_("%(name)s may do “%(action)s” here.", **said) if allowed
                    else _("%(name)s cannot do “%(action)s” here.", **said))  # fmt: skip
    lines: list[Line] = []
    if not found.shown:
        lines.append(Line(_("It makes no sense for the record as it is now, and so it is not offered."), False))
    changes: Sequence[Line] = ()
    if found.grant is not None:
        right = _("“%(action)s” takes the right to “%(right)s” the record.", **said,
                  right=ACTIONS.get(found.grant.action, found.grant.action))  # fmt: skip
        lines += [Line(right), *_lines(record_type, record, about, found.grant)]
        changes = () if found.allowed else remedies(record_type, record, about, found.grant)
    elif found.permission is not None:
        lines += _permission_lines(about, action, found.permission, found.roles, found.by_token)
        changes = () if found.allowed else roles_with_permission(about, found.permission)
    return Why(allowed, headline, lines, changes, found.grant, roles=found.roles)


def _permission_lines(
    about: Whose, action: RecordAction, permission: str, roles: Sequence[PermissionReason], by_token: bool
) -> list[Line]:
    name = DECLARED[permission].label if permission in DECLARED else permission
    lines = [*_standing(about), Line(_("“%(action)s” takes the permission “%(permission)s”.", action=action.label,
                                       permission=name))]  # fmt: skip
    if not by_token:
        lines.append(Line(_("The token in use does not reach this: it lacks the scope “%(scope)s”.", scope="admin"),
                          False))  # fmt: skip
    named = role_titles(each.role_id for each in roles)
    for each in roles:
        said = {"role": named.get(each.role_id, each.role)}
        text = (_("The role “%(role)s” has it.", **said) if each.gives
                else _("The role “%(role)s” does not have it.", **said))  # fmt: skip
        lines.append(Line(text, each.gives, role_url(each.role_id)))
    return lines


def _why_field(record_type: RecordType, record: Any, about: Whose, key: str) -> Why:
    of = record_type.all_fields().get(key)
    if of is None or (not about.is_me and key not in record_type.fields()):
        raise NotFound(_("There is no such field."))
    with current.entering(about.context):
        reasons = access.explain_field(record_type, record, key)[1]
        name, covered = _level(record_type, record, key), covering(record_type, record, key)
        edit = access.explain("edit", record_type, record)
    level = LEVELS.index(name)
    lines, named = _standing(about), role_titles(each.role_id for each in reasons)
    for each in reasons:
        text = _role_on_field(record_type, of, named.get(each.role_id, each.role), each)
        speaks = None if not each.counts else LEVELS.index(each.level) == OPEN
        lines.append(Line(text, speaks, role_url(each.role_id)))
    lines += [Line(str(each.why), False) for each in covered]
    if not of.editable:
        lines.append(Line(_("The system sets this field, nobody writes it."), False))
    elif level == OPEN and not edit.allowed:
        lines += [Line(_headline(record_type, about, "edit", False), False),
                  *_lines(record_type, record, about, edit)]  # fmt: skip
    writes = level == OPEN and of.editable and edit.allowed
    headline = _field_headline(of, about, level, writes)
    changes = [] if writes or not of.editable else field_remedies(of, reasons, named, level)
    return Why(writes or (level >= READ and not of.editable), headline, lines, changes, edit, name)


def _field_headline(of: FieldType, about: Whose, level: int, writes: bool) -> str:
    said = {"field": of.label, "name": about.name}
    if about.is_me:
        if writes:
            return _("You may read “%(field)s” here and change it.", **said)
        return (_("“%(field)s” is hidden from you here.", **said) if level == HIDDEN else
                _("“%(field)s” is masked for you here.", **said) if level == MASKED else
                _("You may read “%(field)s” here, and not change it.", **said))  # fmt: skip
    if writes:
        return _("%(name)s may read “%(field)s” here and change it.", **said)
    return (_("“%(field)s” is hidden from %(name)s here.", **said) if level == HIDDEN else
            _("“%(field)s” is masked for %(name)s here.", **said) if level == MASKED else
            _("%(name)s may read “%(field)s” here, and not change it.", **said))  # fmt: skip


def _role_on_field(record_type: RecordType, of: FieldType, role: str, reason: Any) -> str:
    said = {"role": role, "field": of.label}
    level = LEVELS.index(reason.level)
    text = (_("The role “%(role)s” hides “%(field)s”.", **said) if level == HIDDEN else
            _("The role “%(role)s” masks “%(field)s”.", **said) if level == MASKED else
            _("The role “%(role)s” shows “%(field)s” to read only.", **said) if level == READ else
            _("The role “%(role)s” leaves “%(field)s” open.", **said))  # fmt: skip
    if reason.excepted:
        scope = scope_text(record_type, reason.excepted.removeprefix("only:"))
        return f"{text} " + _("It makes an exception for “%(scope)s”, which the record is among.", scope=scope)
    if not reason.counts:
        return f"{text} " + _("But it does not let the record be seen, so this does not count.")
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
