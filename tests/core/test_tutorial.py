"""What the tutorial for plugins shows is there, and works. Its own tests run with those of the starter."""

from collections.abc import Iterator

import pytest

from tests.core.tutorial import DOCS, follow, named_in_leads


def missing() -> Iterator[str]:
    for target, names in named_in_leads():
        text = (DOCS / target).read_text()
        yield from (f"{target}: {name}" for name in names if name not in text)


def test_it_leads_to_what_is_there():
    assert len(named_in_leads()) > 20
    assert list(missing()) == []


def test_every_step_can_be_followed(tmp_path):
    follow(tmp_path / "repairs")


def test_a_step_that_does_not_fit_is_told(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text("`repairs/models.py`:\n```diff\n@@\n-no such line\n```\n")
    monkeypatch.setattr("tests.core.tutorial.PAGE", page)

    with pytest.raises(AssertionError, match="models.py has 0 times"):
        follow(tmp_path / "repairs")
