"""Addresses, with province, city and district where it is a Chinese one; and points on the map."""

import math
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import orjson
from markupsafe import Markup
from sqlalchemy import ColumnElement, Double, and_, cast, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from core.i18n import _, _l
from core.records.fields.base import MAX_TEXT, NO_NAMES, FieldError, FieldType, Names
from core.records.fields.operators import EMPTY, NOT_EMPTY, TEXT_OPERATORS, Operator
from core.web.static_files import VENDOR, asset_url, icon

PARTS = ("province", "city", "district", "street", "postcode")


@cache
def divisions() -> Mapping[str, Mapping[str, list[str]]]:
    """Provinces, their cities, their districts, of the npm package `@vant/area-data`."""
    return orjson.loads((VENDOR / "divisions.json").read_bytes())


class Address(FieldType):
    """Where something is: province, city, district (省市区), street and postcode; anywhere else the street says all.

    In conditions it is the text "province city district street", so that "starts with 浙江省 杭州市" asks for a region.
    """

    type_name = "address"
    icon = "map-pin"
    title = _l("Address")
    widget = "own"
    wide = True
    operators = {key: TEXT_OPERATORS[key] for key in ("contains", "not_contains", "starts_with", "empty", "not_empty")}
    json_types = (dict, str)

    def column_type(self) -> TypeEngine[Any]:
        return JSONB(none_as_null=True)

    def from_form(self, form: Any, name: str) -> Any:
        found = {part: text for part in PARTS if (text := (form.get(f"{name}-{part}") or "").strip())}
        return found or form.get(name) or None

    def parse(self, raw: Any) -> dict[str, str] | None:
        if isinstance(raw, Mapping):
            return self._of_parts(raw)
        return super().parse(raw)

    def _of_parts(self, raw: Mapping[str, Any]) -> dict[str, str] | None:
        if not set(raw) <= set(PARTS) or not all(isinstance(part, str) or part is None for part in raw.values()):
            raise FieldError("wrong_type", _("Give province, city, district, street or postcode as text."))
        parts = {key: " ".join((raw.get(key) or "").replace("\x00", "").split()) for key in PARTS}
        if sum(map(len, parts.values())) > 500:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=500))
        return {key: text for key, text in parts.items() if text} or None

    def parse_text(self, text: str) -> Any:
        """A written address, taken apart where it begins with a Chinese province or city."""
        text = " ".join(text.split())
        if len(text) > 500:
            raise FieldError("too_long", _("Use at most %(limit)s characters.", limit=500))
        found: dict[str, str] = {}
        if postcode := re.search(r"(?<!\d)(\d{6})$", text):
            found["postcode"], text = postcode[1], text[: postcode.start()].rstrip(" ,，")
        return _taken_apart(text) | found

    def load(self, stored: Any) -> Any:
        return stored

    def indexed(self, value: Any) -> Any:
        return self._line(value) if self.custom_id and isinstance(value, Mapping) else value

    def _line(self, value: Any) -> str:
        return " ".join(value[part] for part in PARTS[:4] if part in value)[:MAX_TEXT]

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return " ".join(value[part] for part in PARTS if part in value) if value else ""

    def typed(self, value: Any) -> Any:
        return value or ""

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        line = self.text(value)
        link = Markup(
            '<a href="https://uri.amap.com/search?keyword={}" rel="noopener noreferrer" target="_blank">{}</a>'
        )
        return link.format(quote(line), line)

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        parts = typed if isinstance(typed, Mapping) else self.parse_text(typed) if typed else {}
        labels = {"province": _("Province"), "city": _("City"), "district": _("District"),
                  "street": _("Street and number"), "postcode": _("Postcode")}  # fmt: skip
        inputs = Markup("").join(
            Markup('<input class="gx-input gx-address-{}" type="text" name="{}-{}" value="{}" placeholder="{}" '
                   'aria-label="{}" autocomplete="off"{}>').format(
                part, name, part, parts.get(part, ""), label, label, attributes if part == "province" else Markup()
            )
            for part, label in labels.items()
        )  # fmt: skip
        return Markup('<div class="gx-address" data-address="{}">{}</div>').format(
            asset_url("vendor/divisions.json"), inputs
        )

    def expression(self, model: Any) -> ColumnElement[Any]:
        held = super().expression(model)
        return func.nullif(func.concat_ws(" ", *(held[part].astext for part in PARTS[:4])), "")

    def json_schema(self) -> dict[str, Any]:
        parts = {part: {"type": "string"} for part in PARTS}
        return {"type": "object", "additionalProperties": False, "properties": parts}

    def example(self) -> Any:
        return {"province": "浙江省", "city": "杭州市", "district": "西湖区", "street": "文三路 1 号"}


def _taken_apart(text: str) -> dict[str, str]:
    """Province, city, district and the rest of a Chinese address; the whole as the street of any other."""
    province, rest = _begins(text, divisions())
    if province is None:
        return {"street": text}
    found = {"province": province}
    cities = divisions()[province]
    city, rest = _begins(rest, cities)
    for each in [city] if city else cities:  # 北京市朝阳区: a municipality is not named again as the city
        district, rest = _begins(rest, cities[each])
        if district:
            city, found["district"] = each, district
            break
    return {"province": province} | ({"city": city} if city else {}) | found | ({"street": rest} if rest else {})


def _begins(text: str, names: Any) -> tuple[str | None, str]:
    """Which of the names, whole or without its last character (浙江 for 浙江省), the text begins with; and the rest."""
    for name in names:
        short = re.sub(r"(特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|[省市区县])$", "", name)
        for each in (name, short):
            if len(each) >= 2 and text.startswith(each):
                return name, text[len(each) :].lstrip(" ,，·/")
    return None, text


EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""


def _near(column: Any, value: tuple[float, float, float]) -> ColumnElement[bool]:
    """Within so many kilometres, by the haversine formula; a box around the circle is looked at first."""
    lat, lng, km = value
    tall = math.degrees(km / EARTH_KM)
    a = func.pow(func.sin(func.radians(column.lat - lat) / 2), 2) + math.cos(math.radians(lat)) * func.cos(
        func.radians(column.lat)
    ) * func.pow(func.sin(func.radians(column.lng - lng) / 2), 2)
    return and_(
        column.lat.between(lat - tall, lat + tall),
        2 * EARTH_KM * func.asin(func.sqrt(func.least(1, a))) <= km,
    )


class PointInJson:
    """The latitude and longitude in a JSON value, as the operators of GeoPoint use a column."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.lat, self.lng = (cast(value[part].astext, Double) for part in ("lat", "lng"))

    def is_(self, none: None) -> ColumnElement[bool]:
        return self.value.is_(none)

    def is_not(self, none: None) -> ColumnElement[bool]:
        return self.value.is_not(none)


class GeoPoint(FieldType):
    """A point on the map: latitude and longitude in degrees (WGS 84)."""

    type_name = "geo_point"
    icon = "current-location"
    title = _l("Point on the map")
    widget = "own"
    slot = ""
    sortable = False
    operators = {"near": Operator(_l("is within (latitude, longitude, km)"), "point", _near), "empty": EMPTY,
                 "not_empty": NOT_EMPTY}  # fmt: skip
    aggregates = ("count",)
    json_types = (dict, str)

    def column_type(self) -> TypeEngine[Any]:
        return JSONB(none_as_null=True)

    def from_form(self, form: Any, name: str) -> Any:
        return form.get(name)

    def parse(self, raw: Any) -> dict[str, float] | None:
        if isinstance(raw, Mapping):
            if set(raw) != {"lat", "lng"} or any(
                isinstance(n, bool) or not isinstance(n, (int, float)) for n in raw.values()
            ):
                raise FieldError("not_a_point", _("Enter latitude and longitude like 30.2741, 120.1551."))
            return self._point(raw["lat"], raw["lng"])
        return super().parse(raw)

    def parse_text(self, text: str) -> Any:
        number = r"(-?\d{1,3}(?:\.\d+)?)"
        found = re.fullmatch(rf"\(?{number}\s*[,，; ]\s*{number}\)?", text)
        if not found:
            raise FieldError("not_a_point", _("Enter latitude and longitude like 30.2741, 120.1551."))
        return self._point(float(found[1]), float(found[2]))

    @staticmethod
    def _point(lat: float, lng: float) -> dict[str, float]:
        if not (-90 <= lat <= 90 and -180 <= lng <= 180):
            raise FieldError("not_a_point", _("Latitude goes from -90 to 90, longitude from -180 to 180."))
        return {"lat": round(float(lat), 6), "lng": round(float(lng), 6)}

    def load(self, stored: Any) -> Any:
        return stored

    def expression(self, model: Any) -> Any:
        return PointInJson(model.custom[self.key] if self.custom_id else super().expression(model))

    def operand(self, op: Operator, raw: Any) -> Any:
        if op.takes != "point":
            return super().operand(op, raw)
        parts = re.split("[,，; ]+", raw.strip()) if isinstance(raw, str) else raw
        try:
            lat, lng, km = (float(part) for part in parts)
        except (TypeError, ValueError):
            lat, lng, km = 99.0, 0.0, 0.0
        if not (-90 <= lat <= 90 and -180 <= lng <= 180 and 0 < km <= 21_000):
            raise FieldError("wrong_operand", _("Give latitude, longitude and kilometres, like 30.27, 120.16, 5."))
        return lat, lng, km

    def text(self, value: Any, names: Names = NO_NAMES) -> str:
        return f"{value['lat']}, {value['lng']}" if value else ""

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        return Markup('<span class="gx-num">{}</span>').format(self.text(value)) if value else ""

    def page_html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if not value:
            return ""
        return Markup('<a class="gx-num" href="https://www.openstreetmap.org/?mlat={0}&amp;mlon={1}#map=15/{0}/{1}" '
                      'rel="noopener noreferrer" target="_blank">{2}</a>').format(
            value["lat"], value["lng"], self.text(value))  # fmt: skip

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        shown = self.text(typed) if isinstance(typed, Mapping) else typed or ""
        return Markup('<div class="gx-input-group" data-geo="{}" data-icon="{}"><input class="gx-input gx-num" '
                      'type="text" name="{}" value="{}" placeholder="30.2741, 120.1551" autocomplete="off"{}>'
                      '</div>').format(
            _("Where I am"), str(icon("current-location")), name, shown, attributes)  # fmt: skip

    def json_schema(self) -> dict[str, Any]:
        degrees = {
            "lat": {"type": "number", "minimum": -90, "maximum": 90},
            "lng": {"type": "number", "minimum": -180, "maximum": 180},
        }
        return {"type": "object", "required": ["lat", "lng"], "additionalProperties": False, "properties": degrees}

    def example(self) -> Any:
        return {"lat": 30.2741, "lng": 120.1551}
