"""What a chart shows, as data: `ui.chart(chart, title)` draws it, with its figures as a table beside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.i18n import fmt_number, fmt_percent

KINDS = ("columns", "bars", "lines", "ring")
UNITS: Mapping[str, Any] = {"number": fmt_number, "percent": fmt_percent}


@dataclass(frozen=True)
class Series:
    """One row of values, as many as the chart has labels; None is a gap.

    `said` are the values in words, where numbers of the chart's unit would not do; `urls` where each of them leads;
    `colour` one of the named colours of badges; `line` draws it as a line over columns.
    """

    name: Any
    values: Sequence[float | None]
    said: Sequence[str] = ()
    urls: Sequence[str | None] = ()
    colour: str = ""
    line: bool = False


@dataclass(frozen=True)
class Chart:
    """`kind` is columns, bars (lying, for long labels), lines or ring (of one series); `unit` is number or percent.

    `head` says what the labels are, `axis` what the values are.
    """

    kind: str
    labels: Sequence[Any]
    series: Sequence[Series]
    head: Any = ""
    axis: Any = ""
    unit: str = "number"
    stacked: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.unit not in UNITS:
            raise ValueError(f"there are no {self.kind} of {self.unit}")
        for each in self.series:
            if len(each.values) != len(self.labels):
                raise ValueError(f"{each.name} has {len(each.values)} values for {len(self.labels)} labels")

    def shown(self, series: Series, at: int) -> str:
        """A value in words."""
        if series.said:
            return series.said[at]
        value = series.values[at]
        return "—" if value is None else str(UNITS[self.unit](value))

    def url(self, series: Series, at: int) -> str | None:
        return series.urls[at] if series.urls else None

    def as_json(self) -> str:
        """For the script that draws it."""
        return orjson.dumps({
            "kind": self.kind, "unit": self.unit, "stacked": self.stacked, "axis": str(self.axis),
            "labels": [str(label) for label in self.labels],
            "series": [{
                "name": str(each.name), "values": list(each.values), "urls": list(each.urls), "colour": each.colour,
                "line": each.line, "said": [self.shown(each, at) for at in range(len(self.labels))],
            } for each in self.series],
        }).decode()  # fmt: skip
