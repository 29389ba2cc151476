"""The systems that push leads: how each proves itself, and what its payloads call things.

What we know of each is from what its maker has published, and where nothing is, from payloads as users show them.
None was tried against the real service. So a mapping is only where one begins: it is checked on a sample.

- Meta: developers.facebook.com/docs/graph-api/webhooks/getting-started/webhooks-for-leadgen. Its webhook tells only the
  id of a lead; the answers are fetched from the Graph API with a page's token. Relays (Zapier, Make and the like) push
  the answers themselves as `field_data`, and that is what is mapped here.
- 抖音: developer.open-douyin.com/docs/resource/zh-CN/dop/develop/webhooks/summarize (signature, `Msg-Id`,
  challenge). For the push of leads by 飞鱼CRM of 巨量引擎 there is no public description; its names are those of its
  exports.
- 百度营销: nothing public; the names are those of the lead interface of its marketing API.
- Forms: 金数据 pushes `{"form", "form_name", "entry": {"serial_number", "field_1", …}}` unsigned; 番茄表单 signs
  (article.fanqier1.cn/features/apipushdata). Names of fields are each form's own.
- Google Ads lead forms: developers.google.cn/google-ads/webhook/docs/implementation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from core.sdk import _l


@dataclass(frozen=True)
class Kind:
    """A system that pushes. Of its `proofs` the first is the one to prefer. The paths are those that its payloads
    usually have; of `ids` and `times` the first that is there counts."""

    label: Any
    icon: str
    proofs: tuple[str, ...]
    mapping: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ids: tuple[str, ...] = ("id",)
    times: tuple[str, ...] = ("updated_at", "created_at")
    source: str = "ads"
    hint: Any = ""


PROOFS = {
    "standard": _l("Signed, with a time (Standard Webhooks)"),
    "meta": _l("Signed with the app secret (Meta)"),
    "douyin": _l("Signed with the client secret (抖音)"),
    "fanqier": _l("Signed with the push token (番茄表单)"),
    "google": _l("A key in what is sent (Google Ads)"),
    "address": _l("Only by knowing the secret address"),
}
"""How a delivery proves where it comes from."""
OURS = ("standard",)
"""Proofs whose secret we make; of the others the sender has it, and it is entered here."""

META_TELLS_IDS = _l(
    "Meta itself only tells the id of a lead. Such notices are kept and shown here, and cannot become leads; push the"
    " answers (field_data) by a relay such as Zapier or Make."
)
KINDS = {
    "generic": Kind(
        _l("Any other system"), "webhook", ("standard", "address"), source="website",
        ids=("id", "data.id"),
        times=("updated_at", "created_at", "timestamp", "data.updated_at", "data.created_at"),
    ),
    "meta": Kind(
        _l("Meta (Facebook, Instagram) lead ads"), "brand-meta", ("meta", "standard", "address"),
        mapping={
            "field_data[full_name]": "name", "field_data[first_name]": "name", "field_data[last_name]": "name",
            "field_data[email]": "email", "field_data[phone_number]": "phone", "field_data[company_name]": "company",
            "field_data[job_title]": "title", "field_data[city]": "address", "campaign_name": "source_detail",
        },
        ids=("leadgen_id", "id"), times=("updated_time", "created_time"),
        hint=META_TELLS_IDS,
    ),
    "juliang": Kind(
        _l("抖音 / 巨量引擎 (飞鱼)"), "brand-tiktok", ("douyin", "standard", "address"),
        mapping={
            "name": "name", "telphone": "phone", "weixin": "wechat", "email": "email", "address": "address",
            "remark": "need", "ad_name": "source_detail",
        },
        ids=("clue_id", "id"), times=("update_time", "create_time_detail", "create_time"),
    ),
    "baidu": Kind(
        _l("百度营销"), "search", ("address", "standard"),
        mapping={
            "clueUserName": "name", "cluePhoneNumber": "phone", "wechatAccount": "wechat", "email": "email",
            "area": "address", "consultContent": "need", "campaignName": "source_detail",
        },
        ids=("clueId",), times=("updateTime", "commitTime"),
    ),
    "form": Kind(
        _l("金数据, 表单大师 and other form services"), "forms", ("address", "fanqier", "standard"), source="form",
        ids=("entry.serial_number", "data._id", "_id", "id"),
        times=("entry.updated_at", "data.lastUpdated", "lastUpdated", "entry.created_at", "data.created", "created"),
        mapping={"form_name": "source_detail"},
    ),
    "google": Kind(
        _l("Google Ads lead forms"), "brand-google", ("google",),
        mapping={
            "user_column_data[FULL_NAME]": "name", "user_column_data[FIRST_NAME]": "name",
            "user_column_data[LAST_NAME]": "name", "user_column_data[EMAIL]": "email",
            "user_column_data[PHONE_NUMBER]": "phone", "user_column_data[COMPANY_NAME]": "company",
            "user_column_data[JOB_TITLE]": "title", "user_column_data[CITY]": "address",
        },
        ids=("lead_id",), times=(),
    ),
}  # fmt: skip
