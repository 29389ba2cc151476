"""The API against its own description: whatever schemathesis makes of it, valid and not, is answered as described."""

from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.coverage._operation import iter_coverage_cases

from core.customers.types import CUSTOMER
from core.host.loader import host
from core.records import fields as kinds
from core.records import making
from core.records.custom import CALCULATED_TYPES, CUSTOM_TYPES, add_custom_field, fields_of

REFUSED = ["400", "403", "404", "405", "409", "412", "413", "415", "422"]
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {
        "negative_data_rejection": {"expected-statuses": REFUSED},
        "positive_data_acceptance": {"enabled": False},
    },
}
"""Left out: `positive_data_acceptance`, for a schema cannot say which ids, fields and scopes there are. And to ask
without a token, which is made here for each request, is what the check `ignored_auth` is for."""
COVERED = {GenerationMode.POSITIVE: 5, GenerationMode.NEGATIVE: 14}
BY_CHANCE = 2
WRONG_METHODS = {"put", "trace"}
KEPT = "/tokens/{token_id}", "/modules/{name}"
"""Not asked to change anything: without its token and its modules the workspace has no API to speak of."""
SAME = "contacts", "tasks", "follow-ups"
"""Only their own fields are of interest: the rest answers for them as it does for customers."""
HEADERS = "Idempotency-Key", "If-Match"
"""Left out where they may be anything: a key that comes twice, and another version, are refused before all else."""
APP = {
    "name": "Mailer",
    "homepage": "https://app.example.com",
    "scopes": ["read"],
    "redirect_uris": ["https://app.example.com/"],
}
STATES = [
    {"value": "stock", "label": "In stock", "color": "gray"},
    {"value": "use", "label": "In use", "color": "green"},
]


@pytest.fixture
def workspace(ada):
    """The leads module, a record type of its own with a field of every type, and some for customers."""
    if "leads" in host().plugins:
        ada.switch("leads")
    with ada.inside():
        own = making.make_type(label="Asset", key="c_asset", states=STATES)
        for kind in CUSTOM_TYPES:
            taken, config = [row.key for row in fields_of(own.name)], kinds.FIELD_TYPES[kind].example_config()
            add_custom_field(own.name, label=kind, type=kind, taken=taken, key=f"c_{kind}", config=config)
        for kind in ("text", "choice", "money", "lookup", "multi_lookup", *CALCULATED_TYPES):
            taken, config = list(CUSTOMER.builtin), kinds.FIELD_TYPES[kind].example_config()
            add_custom_field("customer", label=kind, type=kind, taken=taken, key=f"c_{kind}", config=config)
    return ada


@pytest.fixture
def there(workspace):
    """What there is to be found under the parameters of paths."""

    def made(path: str, body: Any = None, **more: Any) -> str:
        answer = workspace.api("POST", path, json=body, **more)
        assert answer.status_code in (200, 201, 202), (path, answer.json)
        return str(answer.json["data"]["id"])

    customer = made("customers", {"name": "Acme"})
    roles = workspace.api("GET", "roles").json["data"]
    role, sales = roles[0]["id"], next(each["id"] for each in roles if each["key"] == "sales")
    leads = {"leads": made("leads", {"name": "Lead", "phone": "13800138000"})} if "leads" in host().plugins else {}
    return leads | {
        "customers": customer,
        "contacts": made("contacts", {"name": "Wile", "customer": customer}),
        "tasks": made("tasks", {"title": "Call"}),
        "follow-ups": made("follow-ups", {"customer": customer, "channel": "call", "summary": "Hello"}),
        "c_asset": made("c_asset", {"name": "Pump", "c_secret": "s3cr3t"}),
        "view_id": made("views", {"name": "Mine", "record_type": "customer"}),
        "file_id": made("files", data={"file": (BytesIO(b"hello"), "hello.txt")}),
        "import_id": made("customers/imports", data={"file": (BytesIO(b"name\nAcme"), "a.csv"), "dry_run": "true"}),
        "export_id": made("customers/exports", {}),
        "run_id": made("tasks/runs", {"kind": "edit", "q": "Call", "values": {"title": "Ring"}}),
        "merge_id": made(
            "customers/{}/merge".format(made("customers", {"name": "Dyn"})),
            {"gone": [made("customers", {"name": "Dyn Ltd"})]},
        ),
        "invitation_id": made("invitations", {"email": "carol@example.com", "role": role}),
        "team_id": made("teams", {"name": "Sales"}),
        "link_id": made("invitation-links", {"role": sales, "domains": ["example.com"]}),
        "role_id": role,
        "program_id": made("service-members", {"name": "Website", "roles": [sales]}),
        "app_id": made("apps", APP),
        "member_id": str(workspace.member_id),
        "record-types": "c_asset",
        "modules": "leads",
    }


def operations(workspace, app) -> list[Any]:
    """What the description tells of; what deletes comes last."""
    described = workspace.api("GET", "openapi.json").json
    schema = schemathesis.openapi.from_dict(described, config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = app
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) == sum(map(len, described["paths"].values()))
    return sorted((each for each in found if not _is_same(each)), key=lambda each: each.method == "delete")


def _is_same(operation: Any) -> bool:
    first, *rest = operation.path.strip("/").split("/")
    return first in SAME and rest not in ([], ["{record_id}"], ["bulk"])


def made_up(operation: Any) -> Iterator[Any]:
    """Cases for an operation: those that cover its description one by one, then, where it takes a body, some by
    chance. What a query says wrong is covered, and made up by the hundred in test_api_bad_input."""
    about = operation.schema.config.generation_for(operation=operation)
    for mode, most in COVERED.items():
        covered = list(islice(iter_coverage_cases(
            operation=operation, generation_modes=[mode], generate_duplicate_query_parameters=True,
            unexpected_methods=WRONG_METHODS, generation_config=about,
        ), 100))  # fmt: skip
        elsewhere = [case for case in covered if not _is_lost(case)]
        yield from elsewhere[:: 1 + len(elsewhere) // most]
        yield from [case for case in covered if _is_lost(case)][:2]
        if operation.body:
            yield from _by_chance(operation, mode)


def _by_chance(operation: Any, mode: GenerationMode) -> list[Any]:
    drawn = []

    @seed(1)
    @settings(max_examples=BY_CHANCE, database=None, deadline=None, phases=[Phase.generate], verbosity=Verbosity.quiet,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def draw(case):
        drawn.append(case)

    try:
        draw()
    except Unsatisfiable:
        assert mode.is_negative, operation.label  # nothing can be wrong in a call that takes nothing
    return drawn


def _is_lost(case: Any) -> bool:
    """Whether its very point is an address that is wrong."""
    return case.meta.is_negative_at(ParameterLocation.PATH)


def point(case: Any, there: dict[str, str]) -> None:
    """Have a case ask for something that there is, and get past what is refused before all else."""
    if not case.meta.is_negative_at(ParameterLocation.HEADER):
        for name in HEADERS:
            (case.headers or {}).pop(name, None)
    for name in () if _is_lost(case) else case.path_parameters or {}:
        first = case.path.strip("/").split("/")[0]
        known = first if name in ("record_id", "name") else name
        if name == "key":
            case.path_parameters[name] = "c_secret" if case.path.endswith("/reveal") else "c_text"
        elif known in there:
            case.path_parameters[name] = there[known]


def test_every_operation_answers_as_it_is_described(workspace, there, app):
    load_all_checks()
    sent, faults = {"Authorization": f"Bearer {workspace.token()}"}, []
    refused = CHECKS.get_one("negative_data_rejection")
    unknown = CHECKS.get_one("ignored_auth")
    for operation in operations(workspace, app):
        granted = 0
        for case in made_up(operation):
            if case.path in KEPT and case.method in ("PATCH", "DELETE"):
                continue
            point(case, there)
            answer = case.call(headers=sent)
            told = case.path.endswith("/bulk") and answer.status_code == 200  # each item has a verdict of its own
            try:
                left_out = [refused] * told + [unknown] * (granted > 1)  # who asks is looked at before what is asked
                granted += answer.status_code < 400
                case.validate_response(answer, headers=sent, excluded_checks=left_out)
            except FailureGroup as failures:
                faults += [
                    f"{operation.label}: {fault}\n{case.as_curl_command()[:500]}" for fault in failures.exceptions
                ]
            if (
                told
                and case.meta.generation.mode.is_negative
                and not any("problem" in each for each in answer.json()["data"])
            ):
                faults.append(f"{operation.label} took what is wrong\n{case.as_curl_command()[:1500]}")
    assert not faults, "\n\n".join(faults)
