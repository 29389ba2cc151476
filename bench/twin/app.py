"""The twins of pages and of the API: one view each, no sign-in, no layout, no roles."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select, tuple_

from bench.twin.models import Contact, Customer, Event, Lead, Member, Task, session_of

PAGE = 50
CELLS = ("name", "stage", "level", "industry", "location", "employees", "annual_revenue_minor", "owner_id")
FACTS = ("name", "kind", "stage", "level", "industry", "phone", "email", "website", "location", "address", "employees",
         "founded", "annual_revenue_minor", "source", "tags", "parent_id", "owner_id", "notes", "created_at",
         "updated_at")  # fmt: skip


def create_app() -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/customers/<uuid:tenant>", view_func=list_customers)
    app.add_url_rule("/customers/<uuid:tenant>/<uuid:customer>", view_func=show_customer)
    app.add_url_rule("/customers/<uuid:tenant>/<uuid:customer>/form", view_func=edit_customer)
    app.add_url_rule("/api/customers/<uuid:tenant>", view_func=list_as_json)
    app.add_url_rule("/api/leads/<uuid:tenant>", view_func=create_lead, methods=["POST"])
    app.add_url_rule("/ready", view_func=lambda: "ready")
    return app


def _newest(tenant: UUID, *columns: Any) -> Any:
    found = select(*columns).where(Customer.tenant_id == tenant, Customer.deleted_at.is_(None))
    return found.order_by(Customer.updated_at.desc(), Customer.id.desc()).limit(PAGE + 1)


def list_customers(tenant: UUID) -> ResponseReturnValue:
    columns = [getattr(Customer, key) for key in CELLS]
    found = _newest(tenant, Customer.id, Customer.updated_at, Customer.annual_revenue_currency, *columns)
    if after := request.args.get("after"):
        moment, row_id = after.split()
        found = found.where(tuple_(Customer.updated_at, Customer.id) < (moment, UUID(row_id)))
    with session_of() as session:
        rows = session.execute(found).all()[:PAGE]
        return render_template("list.html", rows=rows, cells=CELLS)


def show_customer(tenant: UUID, customer: UUID) -> ResponseReturnValue:
    """Four queries: the customer, its contacts, its open tasks, what happened last."""
    with session_of() as session:
        return render_template(
            "customer.html",
            facts=FACTS,
            customer=session.get_one(Customer, (tenant, customer)),
            contacts=session.scalars(_of(Contact, tenant, customer)).all(),
            tasks=session.scalars(_of(Task, tenant, customer).where(Task.status == "open")).all(),
            events=session.scalars(_of(Event, tenant, customer).order_by(Event.id.desc()).limit(21)).all(),
        )


def edit_customer(tenant: UUID, customer: UUID) -> ResponseReturnValue:
    """Three queries: the customer, who may own it, what its parent is called. Every control is written out."""
    with session_of() as session:
        found = session.get_one(Customer, (tenant, customer))
        return render_template("form.html", customer=found, **choices_of(session, found))


def choices_of(session: Any, customer: Any) -> dict[str, Any]:
    """What the form offers besides what is written in it."""
    mates = select(Member.id, Member.name).where(Member.tenant_id == customer.tenant_id, Member.status == "active")
    parent = select(Customer.name).where(Customer.tenant_id == customer.tenant_id, Customer.id == customer.parent_id)
    return {
        "members": session.execute(mates.order_by(Member.name).limit(500)).all(),
        "parent": session.scalar(parent),
    }


def _of(model: Any, tenant: UUID, customer: UUID) -> Any:
    return select(model).where(model.tenant_id == tenant, model.customer_id == customer)


def list_as_json(tenant: UUID) -> ResponseReturnValue:
    """The same keys and values as the API answers with."""
    keys = [key for key in FACTS if key != "annual_revenue_minor"]
    columns = [getattr(Customer, key) for key in (*keys, "id", "version", "created_by_id", "custom")]
    money = (Customer.annual_revenue_minor, Customer.annual_revenue_currency)
    with session_of() as session:
        rows = session.execute(_newest(tenant, *columns, *money)).all()
        return jsonify(data=[_as_json(row, keys) for row in rows[:PAGE]], next=str(rows[-1].id))


def _as_json(row: Any, keys: list[str]) -> dict[str, Any]:
    found = {key.removesuffix("_id"): getattr(row, key) for key in keys}
    found |= {"created_at": row.created_at.isoformat(), "updated_at": row.updated_at.isoformat()}
    minor, currency = row.annual_revenue_minor, row.annual_revenue_currency
    revenue = {"amount": f"{minor // 100}.{minor % 100:02}", "currency": currency}
    return {"id": row.id, "version": row.version, "created_by": row.created_by_id, "annual_revenue": revenue} | found


def create_lead(tenant: UUID) -> ResponseReturnValue:
    """One row, committed."""
    now = datetime.now(UTC)
    unsaid = {"status": "new", "score": 0, "version": 1, "custom": {}, "created_at": now, "updated_at": now}
    searched = dict.fromkeys(("search_norm", "search_pinyin", "search_text", "search_grams"), "")
    with session_of() as session:
        lead = Lead(tenant_id=tenant, id=uuid4(), **unsaid, **searched, **request.get_json())
        session.add(lead)
        session.commit()
        return {"id": lead.id}, 201
