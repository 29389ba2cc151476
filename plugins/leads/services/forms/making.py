"""Making web forms, and changing them: every wording of the consent is kept."""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.sdk import _, emit, new_id, now, session, tenant_id
from plugins.leads.events.forms import FormChanged, FormDeleted, FormMade
from plugins.leads.models.form import FormConsent, LeadForm
from plugins.leads.services.forms.checking import STANDARD, check_together

PARTS = (
    "title", "intro", "steps", "thanks", "redirect_to", "accent", "active", "closes_at", "most_entries",
    "consent_text", "consent_required", "double_opt_in", "plain_post", "embedded_in", "source", "campaign_id", "tell",
)  # fmt: skip


def create_form(values: Mapping[str, Any]) -> LeadForm:
    """Make a form of checked values. Raises ValidationError for parts that do not go together."""
    form = LeadForm(
        id=new_id(), steps=deepcopy(STANDARD), embedded_in=[], tell=[], redirect_to="", consent_text="",
        consent_version=0, double_opt_in=False, plain_post=False,
    )  # fmt: skip
    for name, value in values.items():
        setattr(form, name, value)
    check_together({name: getattr(form, name) for name in PARTS})
    session().add(form)
    session().flush()
    _keep_consent(form)
    emit(FormMade(**_about(form)))
    return form


def update_form(form: LeadForm, values: Mapping[str, Any]) -> None:
    """Change some parts of a form. Raises ValidationError for parts that do not go together."""
    check_together({name: values.get(name, getattr(form, name)) for name in PARTS})
    changes = {
        name: [_plain(getattr(form, name)), _plain(value)]
        for name, value in values.items()
        if getattr(form, name) != value
    }
    if not changes:
        return
    for name in changes:
        setattr(form, name, values[name])
    if "consent_text" in changes:
        _keep_consent(form)
    session().flush()
    emit(FormChanged(**_about(form), changes=changes))


def copy_form(form: LeadForm) -> LeadForm:
    """The same once more, closed until it is looked over. Its entries and figures begin anew."""
    same = {name: deepcopy(getattr(form, name)) for name in PARTS}
    title = _("Copy of %(title)s", title=form.title)[:200]
    return create_form(same | {"title": title, "active": False})


def delete_form(form: LeadForm) -> None:
    """The form goes, with the list of its entries. Leads, and what was said of consent, stay."""
    emit(FormDeleted(**_about(form)))
    session().delete(form)
    session().flush()


def consents_of(form: LeadForm) -> list[FormConsent]:
    """Every wording there was, the newest first."""
    rows = select(FormConsent).where(FormConsent.tenant_id == tenant_id(), FormConsent.form_id == form.id)
    return list(session().scalars(rows.order_by(FormConsent.version.desc())))


def _keep_consent(form: LeadForm) -> None:
    if not form.consent_text.strip():
        return
    versions = consents_of(form)
    same = next((each for each in versions if each.text == form.consent_text), None)
    if same is None:
        same = FormConsent(form_id=form.id, version=1 + (versions[0].version if versions else 0),
                           text=form.consent_text, created_at=now())  # fmt: skip
        session().add(same)
    form.consent_version = same.version


def _about(form: LeadForm) -> dict[str, Any]:
    return {"record_type": "leads_form", "record_id": form.id, "title": form.title}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if hasattr(value, "hex") else value
