"""The record types that a workspace makes for itself: made, changed, hidden, from a file, as templates."""

from typing import Any

import marshmallow as ma
import orjson
from flask import request
from marshmallow import fields, validate

from core.api.blueprints import PREFIX, Answer, Resource, listed, single
from core.api.docs import BYTES, FLAG, ID, TEXT, Doc, Flag, Param, many, maybe, thing
from core.api.reading import loaded
from core.api.record_types import MANAGE, RECORD_TYPE, type_json
from core.errors import Conflict, FieldProblem, Invalid
from core.i18n import _, _l
from core.records import designs, making, proposing
from core.records.from_files import make_type_of_file
from core.records.proposing import Proposal
from core.records.shape import OwnType
from core.records.types import find_type, type_named
from core.tabular import Table, TabularError, read

own_types = Resource("own_types", __name__, title=_l("Record types"))

COLUMN = thing(column={"type": "integer"}, header=TEXT, label=TEXT, type=TEXT, take=FLAG, required=FLAG, title=FLAG,
               dates=maybe(TEXT), ambiguous=FLAG, samples=many(TEXT))  # fmt: skip
DIFFERENCE = thing(
    kind={"type": "string", "enum": ["new", "changed", "back", "conflict"]}, what=TEXT, old=TEXT, new=TEXT
)
COMPARED = thing(applied=FLAG, types=many(thing(key=TEXT, label=TEXT, kind=TEXT, differences=many(DIFFERENCE))))
FILE_PARTS = {"file": BYTES, "sheet": TEXT}
FILE = {"type": "object", "required": ["file"], "properties": FILE_PARTS}
COLUMNS = {"type": "string", "description": "JSON: the columns as they were proposed, changed at will."}
READY = thing(name=TEXT, title=TEXT, summary=TEXT)


class StateInput(ma.Schema):
    value = fields.String(validate=validate.Length(1, 60))
    label = fields.String(required=True, validate=validate.Length(1, 60))
    color = fields.String(load_default="gray", validate=validate.OneOf(making.COLORS))
    to = fields.List(fields.String(), allow_none=True, load_default=None, validate=validate.Length(max=30))
    requires = fields.List(fields.String(), load_default=list, validate=validate.Length(max=100))


class TypeChange(ma.Schema):
    label = fields.String(validate=validate.Length(1, 100))
    plural_label = fields.String(validate=validate.Length(max=100))
    title_label = fields.String(validate=validate.Length(max=100))
    description = fields.String(validate=validate.Length(max=400))
    icon = fields.String(validate=validate.Length(1, 60))
    color = fields.String(validate=validate.OneOf(making.COLORS))
    columns = fields.List(fields.String(), validate=validate.Length(1, 20))
    states = fields.List(fields.Nested(StateInput), validate=validate.Length(max=30))
    retired = Flag()


class TypeInput(TypeChange):
    class Meta:
        exclude = ("retired", "columns")

    label = fields.String(required=True, validate=validate.Length(1, 100))
    key = fields.String(validate=validate.Regexp(r"^c_[a-z0-9][a-z0-9_]{0,47}$"))


class AppliedDesign(ma.Schema):
    document = fields.String(required=True, validate=validate.Length(1, 600_000))
    apply = Flag(load_default=False)


@own_types.post("/record-types", permission=MANAGE, doc=Doc(TypeInput, RECORD_TYPE, status=201))
def create_record_type() -> Answer:
    """Make a record type of the workspace's own. Its fields are added one by one."""
    own = making.make_type(**loaded(TypeInput))
    return _shown(own), 201, {"Location": f"{PREFIX}/record-types/{own.name}"}


@own_types.patch("/record-types/<name>", permission=MANAGE, doc=Doc(TypeChange, RECORD_TYPE))
def update_record_type(name: str) -> Answer:
    """Change a record type of the workspace's own; `retired` hides it and brings it back."""
    own = _own(name)
    said = loaded(TypeChange)
    if "retired" in said:
        (making.retire_type if said.pop("retired") else making.restore_type)(own)
    with making.afresh():
        states = said.pop("states", None)
        if states is not None:
            making.set_states(own, states)
        if said:
            making.change_type(own, **said)
    return _shown(own)


@own_types.delete("/record-types/<name>", permission=MANAGE, doc=Doc(status=204))
def delete_record_type(name: str) -> Answer:
    """Hide a record type of the workspace's own: its records are kept, and come back with it."""
    making.retire_type(_own(name))
    return None


def _own(name: str) -> OwnType:
    if making.find_own_type(name) is None:
        type_named(name)  # NotFound
        raise Conflict(_("This record type is built in and stays as it is."), code="built_in")
    return making.get_own_type(name, hidden=True)


def _shown(own: OwnType) -> dict[str, Any]:
    with making.afresh():
        return single(type_json(find_type(own.name), own))


# --- from a file ----------------------------------------------------------------------------------------


@own_types.post("/record-types/proposals", permission=MANAGE,
                doc=Doc(FILE, gives=thing(label=TEXT, columns=many(COLUMN)), media="multipart/form-data"))  # fmt: skip
def propose_record_type() -> Answer:
    """Look at a CSV or XLSX sent as multipart field `file` (and `sheet`): what record type would it make?"""
    name, _content, table = _sent()
    return single(_proposed(proposing.propose(table, name)))


@own_types.post("/record-types/from-file", permission=MANAGE,
                doc=Doc({**FILE, "properties": {**FILE_PARTS, "label": TEXT, "columns": COLUMNS}},
                        gives=thing(record_type=RECORD_TYPE, **{"import": ID}), status=202,
                        media="multipart/form-data"))  # fmt: skip
def create_record_type_from_file() -> Answer:
    """Make a record type of a file, and bring its rows in.

    Beside `file` may be said `label`, `sheet` and `columns`: the columns as they were proposed, changed at will.
    """
    name, content, table = _sent()
    proposal = _said(proposing.propose(table, name))
    try:
        own, run = make_type_of_file(proposal, table, name, content)
    except Invalid as invalid:
        faults = [FieldProblem(f"columns.{c.at}", "invalid", c.error) for c in proposal.columns if c.error]
        raise Invalid(faults or invalid.problems, invalid.message) from None
    return single({"record_type": _shown(own)["data"], "import": str(run.id)}), 202


def _sent() -> tuple[str, bytes, Table]:
    file = request.files.get("file")
    if file is None:
        raise Invalid([FieldProblem("file", "required", _("Choose a file."))])
    name, content = (file.filename or "records.csv")[:200], file.read()
    try:
        return name, content, read(content, name, sheet=request.form.get("sheet") or None)
    except TabularError as error:
        raise Invalid([FieldProblem("file", error.code, error.message)]) from None


def _said(proposal: Proposal) -> Proposal:
    proposal.label = request.form.get("label", proposal.label)
    if "columns" not in request.form:
        return proposal
    problem = Invalid([FieldProblem("columns", "wrong_type", _("Send the list of columns as it was proposed."))])
    try:
        columns = orjson.loads(request.form["columns"])
    except orjson.JSONDecodeError:
        raise problem from None
    if not isinstance(columns, list) or len(columns) != len(proposal.columns):
        raise problem
    proposal.title = -1
    for column, said in zip(proposal.columns, columns, strict=True):
        if not isinstance(said, dict) or not all(isinstance(said.get(key, ""), str) for key in ("label", "type")):
            raise problem
        column.label, column.type = said.get("label", column.label), said.get("type", column.type)
        column.use, column.required = said.get("take") is not False, said.get("required") is True
        column.order = said["dates"] if said.get("dates") in ("ymd", "dmy", "mdy") else ""
        if said.get("title") is True:
            proposal.title = column.at
    return proposal


def _proposed(proposal: Proposal) -> dict[str, Any]:
    return {
        "label": proposal.label,
        "columns": [
            {"column": c.at, "header": c.header, "label": c.label, "type": c.type, "take": c.use,
             "required": c.required, "title": c.at == proposal.title, "dates": c.order or None,
             "ambiguous": c.is_ambiguous, "samples": list(c.samples)}
            for c in proposal.columns
        ],
    }  # fmt: skip


# --- templates ------------------------------------------------------------------------------------------

TYPES = Param("types", "The names of the record types, with commas between; all where it is left out.")


@own_types.get("/record-type-templates", permission=MANAGE, doc=Doc(gives=thing(document=TEXT), params=(TYPES,)))
def show_record_type_template() -> Answer:
    """Show record types as a template: YAML with their fields, states and form."""
    wanted = [name.strip() for name in request.args.get("types", "").split(",") if name.strip()]
    return single({"document": designs.write_design(wanted or [t.name for t in designs.describable()])})


@own_types.post("/record-type-templates", permission=MANAGE, doc=Doc(AppliedDesign, COMPARED))
def compare_record_type_template() -> Answer:
    """Compare a template with what is here; with `apply`, bring it in as well."""
    said = loaded(AppliedDesign)
    try:
        design = designs.read_design(said["document"])
    except designs.DesignError as error:
        raise Invalid([FieldProblem("document", error.code, error.message)]) from None
    found = designs.apply(design) if said["apply"] else designs.compare(design)
    return single(_compared(found, applied=said["apply"]))


@own_types.get("/record-type-templates/ready", permission=MANAGE, doc=Doc(gives=READY, many=True))
def list_ready_templates() -> Answer:
    """List the templates that come with Guanxi."""
    return listed([{"name": r.name, "title": r.title, "summary": r.summary} for r in designs.ready_designs()])


@own_types.post("/record-type-templates/ready/<name>", permission=MANAGE, doc=Doc(gives=COMPARED))
def apply_ready_template(name: str) -> Answer:
    """Bring a template in that comes with Guanxi."""
    return single(_compared(designs.apply(designs.ready_design(name)), applied=True))


def _compared(found: designs.Comparison, *, applied: bool) -> dict[str, Any]:
    types = [
        {"key": each.key, "label": each.label, "kind": each.kind,
         "differences": [{"kind": d.kind, "what": d.what, "old": d.old, "new": d.new} for d in each.differences]}
        for each in found.types
    ]  # fmt: skip
    return {"applied": applied, "types": types}
