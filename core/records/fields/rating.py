"""Stars."""

from typing import Any, ClassVar

from markupsafe import Markup

from core.i18n import _, _l
from core.records.fields.base import NO_NAMES, FieldError, FieldType, Names
from core.records.fields.number import Integer


class Rating(Integer):
    """One to `stars` stars."""

    type_name = "rating"
    icon = "star"
    title = _l("Rating")
    widget = "own"
    align = "start"
    configurable: ClassVar[tuple[str, ...]] = ("stars",)

    def __init__(self, label: Any, *, stars: int = 5, **rest: Any) -> None:
        self.stars = max(1, min(int(stars), 10))
        super().__init__(label, **({"range": (1, self.stars)} | rest))

    @classmethod
    def settings(cls) -> dict[str, FieldType]:
        return {"stars": Integer(_l("How many stars"), range=(1, 10), default=5)}

    def _check_range(self, value: Any) -> None:
        low, high = self.range or (1, self.stars)
        if not low <= value <= high:
            raise FieldError("out_of_range", _("Enter a number from %(low)s to %(high)s.", low=low, high=high))

    def html(self, value: Any, names: Names = NO_NAMES) -> Markup | str:
        if value is None:
            return ""
        said = _("%(n)s of %(all)s stars", n=value, all=self.stars)
        return Markup('<span class="gx-stars" role="img" aria-label="{}">{}<span>{}</span></span>').format(
            said, "★" * value, "★" * (self.stars - value)
        )

    def control_html(self, name: str, typed: Any, attributes: Markup, names: Names = NO_NAMES) -> Markup:
        chosen = str(typed or "")
        star = Markup(
            '<label class="gx-star"><input type="radio" name="{}" value="{}"{} aria-label="{}">'
            '<span aria-hidden="true">★</span></label>'
        )
        stars = Markup("").join(
            star.format(name, n, _checked(chosen == str(n)), _("%(n)s of %(all)s stars", n=n, all=self.stars))
            for n in range(1, self.stars + 1)
        )
        none = Markup(
            '<label class="gx-star-none"><input type="radio" name="{}" value=""{}{}><span>{}</span></label>'
        ).format(name, attributes, _checked(not chosen), _("None"))
        return Markup('<div class="gx-stars-input" role="radiogroup" aria-label="{}">{}{}</div>').format(
            self.label, stars, none
        )

    def example(self) -> Any:
        return min(4, self.stars)


def _checked(is_chosen: bool) -> Markup:
    return Markup(" checked" if is_chosen else "")
