"""Parent companies and subsidiaries: a tree, whoever draws it."""

import pytest

from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.records.services import create_record, update_record


@pytest.fixture
def family(ada):
    """Grandmother, mother, child."""
    with ada.inside():
        top = create_record(CUSTOMER, {"name": "Grandmother"})
        middle = create_record(CUSTOMER, {"name": "Mother", "parent": top.id})
        return top, middle, create_record(CUSTOMER, {"name": "Child", "parent": middle.id})


def test_a_customer_cannot_be_above_itself(ada, family):
    top, middle, child = family
    for customer, parent in ((top, top), (top, middle), (top, child), (middle, child)):
        with ada.inside(), pytest.raises(Invalid) as refused:
            update_record(CUSTOMER, CUSTOMER.get(customer.id), {"parent": parent.id})
        assert refused.value.problems[0].field == "parent"


def test_moving_within_the_tree_is_allowed(ada, family):
    top, middle, child = family
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(child.id), {"parent": top.id})
        update_record(CUSTOMER, CUSTOMER.get(middle.id), {"parent": child.id})
        update_record(CUSTOMER, CUSTOMER.get(middle.id), {"parent": None})


def test_the_form_and_the_api_refuse_it_beside_the_field(ada, family):
    top, _middle, child = family
    answer = ada.api("PATCH", f"customers/{top.id}", json={"parent": str(child.id)})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["field"] == "parent"


def test_a_parent_of_another_workspace_is_unknown(ada, mallory, family):
    with mallory.inside():
        theirs = create_record(CUSTOMER, {"name": "Globex"})
    with ada.inside(), pytest.raises(Invalid):
        update_record(CUSTOMER, CUSTOMER.get(family[0].id), {"parent": theirs.id})
