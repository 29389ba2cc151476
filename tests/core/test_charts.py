"""Charts as pages carry them: data for the script, and a table for whoever does not see them."""

import json

import pytest
from flask import render_template_string
from markupsafe import Markup

from core.web.charts import Chart, Series


def drawn(app, chart: Chart) -> Markup:
    with app.test_request_context():
        return Markup(render_template_string("{{ ui.chart(chart, 'Sales') }}", chart=chart))


def test_a_chart_stands_beside_its_figures_as_a_table(ada):
    won = Series("Won", [0.25, None], urls=["/won?a=1&b=2", None], colour="teal")
    page = drawn(ada.app, Chart("columns", ['<b>"May"</b>', "June"], [won], head="Month", unit="percent"))

    assert '<a href="/won?a=1&amp;b=2">25%</a>' in page and ">—<" in page and "<details" in page and " open>" in page
    assert "<b>" not in page and "&lt;b&gt;" in page
    told = json.loads(Markup(page.split('data-chart="')[1].split('"')[0]).unescape())
    assert told["labels"][0] == '<b>"May"</b>' and told["series"][0]["said"] == ["25%", "—"]


def test_a_chart_that_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="Won has 1 values for 2 labels"):
        Chart("bars", ["May", "June"], [Series("Won", [1])])
    with pytest.raises(ValueError, match="there are no pies"):
        Chart("pies", [], [])
