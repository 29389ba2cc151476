"""Customer and contact as the engines see them: declared just as a plugin declares its own."""

from core.customers.models import Contact, Customer
from core.customers.services import merging_customers, unmerging_customers, update_customer
from core.i18n import _l
from core.records.types import RecordType, register

CUSTOMER = RecordType(
    Customer,
    name="customer",
    label=_l("Customer"),
    plural="customers",
    plural_label=_l("Customers"),
    icon="building",
    columns=("name", "stage", "level", "industry", "location", "employees", "annual_revenue", "owner"),
    form=("name", "kind", "stage", "level", "industry", "phone", "email", "website", "location", "address",
          "employees", "founded", "annual_revenue", "source", "tags", "parent", "owner", "notes"),
    update=update_customer,
    merging=merging_customers,
    unmerging=unmerging_customers,
    update_minds=("parent",),
)  # fmt: skip

CONTACT = RecordType(
    Contact,
    name="contact",
    label=_l("Contact"),
    plural="contacts",
    plural_label=_l("Contacts"),
    icon="address-book",
    color="purple",
    columns=("name", "customer", "title", "role", "phone", "email"),
    form=("name", "customer", "title", "role", "phone", "email", "wechat", "is_primary", "notes"),
    through="customer",
    customer_attr="customer_id",
)

register(CUSTOMER)
register(CONTACT)
