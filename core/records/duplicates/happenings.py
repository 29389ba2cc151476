"""What is said of merges: on the record that stays and on the one that went into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from core.events import Event
from core.i18n import LazyText, _l


@dataclass(frozen=True, kw_only=True)
class RecordMerged(Event):
    """`changes` are the values that the kept record took over. `part` says which this tells of: kept or gone."""

    name = "*.merged"
    label = _l("Merged")
    icon = "arrows-join"
    audited: ClassVar[bool] = True

    title: str = ""
    part: str = "kept"
    kept_id: UUID
    kept_title: str = ""
    gone_ids: list[str]
    gone_titles: str = ""
    merge_id: UUID

    def is_audited(self, in_run: bool) -> bool:
        """A merge is one entry, at the record that stays."""
        return self.part == "kept"

    @classmethod
    def text_for(cls, data: Mapping[str, Any]) -> LazyText:
        if data.get("part") == "gone":
            return _l("merged “{title}” into “{kept_title}”")
        return _l("merged “{gone_titles}” into “{kept_title}”")


@dataclass(frozen=True, kw_only=True)
class RecordsUnmerged(Event):
    """A merge was taken back: each side has its own again."""

    name = "*.unmerged"
    label = _l("Merge undone")
    text = _l("undid the merge of “{gone_titles}” into “{kept_title}”")
    icon = "arrows-split"
    audited: ClassVar[bool] = True

    title: str = ""
    kept_id: UUID
    kept_title: str = ""
    gone_titles: str = ""
    merge_id: UUID
