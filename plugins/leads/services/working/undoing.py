"""Taking a conversion back, for as long as it is fresh."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select

from core.sdk import (
    Conflict,
    Contact,
    FieldError,
    FollowUp,
    Task,
    _,
    acting_member_id,
    bury_record,
    change_record,
    emit,
    get,
    now,
    pass_files,
    session,
    take_history_back,
    tenant_id,
    type_named,
)
from plugins.leads.events import LeadConversionUndone
from plugins.leads.models import Conversion, Lead
from plugins.leads.services.pools.clocks import set_clocks, stop_and_lock
from plugins.leads.services.pools.log import note_movement
from plugins.leads.services.telling import about

WITHIN = timedelta(days=1)


def can_be_undone(lead: Lead) -> bool:
    return lead.status == "converted" and lead.converted_at is not None and now() - lead.converted_at < WITHIN


def undo_conversion(lead: Lead) -> list[str]:
    """The lead is open again, with its owner and clocks. What the conversion made is deleted where nobody has worked
    on it since, what it wrote is taken back where it still stands. Returns the names of what stays.

    Raises Conflict after a day, or where nothing was converted.
    """
    lead = stop_and_lock(lead)
    if lead.status != "converted":
        raise Conflict(_("This lead is not converted."))
    conversion = _last_of(lead)
    if conversion is None or now() - conversion.at >= WITHIN:
        raise Conflict(_("A conversion can be undone for one day. This one is older."))
    customer_id = conversion.customer_id
    pass_files("customer", customer_id, "lead", lead.id, [UUID(each) for each in conversion.moved.get("files", ())])
    take_history_back(lead, customer_id)
    status = conversion.before["status"]
    lead.status, lead.converted_at, lead.customer_id, lead.contact_id = status, None, None, None
    session().flush()
    kept = [*_take_values_back(conversion), *_delete_made(conversion, lead)]
    conversion.undone_at, conversion.undone_by_id = now(), acting_member_id()
    changes = {"status": ["converted", status], "customer": [str(customer_id), None]}
    emit(LeadConversionUndone(**about(lead), title=lead.name, kept=kept, changes=changes))
    note_movement([lead.id], "reopened", how="undo")
    set_clocks([lead.id])
    return kept


def _last_of(lead: Lead) -> Conversion | None:
    found = (
        select(Conversion)
        .where(Conversion.tenant_id == tenant_id(), Conversion.lead_id == lead.id, Conversion.undone_at.is_(None))
        .order_by(Conversion.at.desc())
        .limit(1)
    )
    return session().scalars(found).one_or_none()


def _take_values_back(conversion: Conversion) -> list[str]:
    """What was written over, unless somebody has written something else since."""
    kept = []
    for kind, record_id in (("customer", conversion.customer_id), ("contact", conversion.contact_id)):
        written = conversion.carried.get(kind, {})
        record = get(type_named(kind).model, record_id) if written and record_id else None
        if record is None or record.deleted_at:
            continue
        fields = type_named(kind).all_fields()
        back: dict[str, Any] = {}
        for key, (old, new) in written.items():
            field = fields.get(key)
            try:
                same = field is not None and field.dump(field.get(record)) == new
                if field is not None and same:
                    back[key] = field.parse_json(old) if old is not None else None
            except FieldError:
                same = False
            if not same:
                kept.append(f"{type_named(kind).title_of(record)}: {field.label if field else key}")
        if back:
            change_record(type_named(kind), record, back)
    return kept


def _delete_made(conversion: Conversion, lead: Lead) -> list[str]:
    """The latest first, so that a customer is alone when it is its turn."""
    kept = []
    for made in reversed(conversion.made):
        record_type = type_named(made["type"])
        record: Any = get(record_type.model, UUID(made["id"]))
        if record is None or record.deleted_at:
            continue
        if record.version != made["version"] or (made["type"] == "customer" and _is_in_use(record.id, lead)):
            kept.append(f"{record_type.label}: {record_type.title_of(record)}")
        else:
            bury_record(record_type, record)
            session().flush()
    return kept


def _is_in_use(customer_id: UUID, lead: Lead) -> bool:
    """Whether anything hangs on the customer by now."""
    hangs = [
        exists().where(FollowUp.tenant_id == tenant_id(), FollowUp.customer_id == customer_id),
        exists().where(Task.tenant_id == tenant_id(), Task.customer_id == customer_id, Task.deleted_at.is_(None)),
        exists().where(Contact.tenant_id == tenant_id(), Contact.customer_id == customer_id,
                       Contact.deleted_at.is_(None)),
        exists().where(Lead.tenant_id == tenant_id(), Lead.customer_id == customer_id, Lead.id != lead.id),
    ]  # fmt: skip
    return any(session().execute(select(*hangs)).one())
