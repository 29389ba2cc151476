"""Every number on the pages of the figures is the number of leads in the list that it leads to."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import orjson
import pytest
from python_calamine import CalamineWorkbook

from core import current, db
from core.access.models import Member, Role
from core.auth.teams import create_team
from core.events import EventRow
from core.host.asking import tell
from core.records.fields import Amount
from core.records.query import Listing
from core.records.services import create_record
from plugins.leads.models import Lead, Movement, Pool
from plugins.leads.services import demo
from plugins.leads.services.figures.all import FIGURES
from plugins.leads.services.figures.asking import read_question
from plugins.leads.services.figures.periods import Period, period_named
from plugins.leads.services.figures.questions import Question
from plugins.leads.services.figures.tables import Row, Table
from plugins.leads.types import CAMPAIGN, LEAD


def a_lead(**values: Any) -> Lead:
    lead = Lead(**({"id": db.new_id(), "name": "Li Lei", "custom": {}, "source": "website"} | values))
    db.session().add(lead)
    return lead


def went(lead: Lead, kind: str, at: datetime, **values: Any) -> None:
    db.session().add(Movement(record_type="lead", record_id=lead.id, kind=kind, at=at, **values))


@pytest.fixture
def teams(ada, sam, eve, dora) -> dict[str, Any]:
    with ada.inside():
        south = create_team("South", None)
        db.session().get(Member, (ada.tenant_id, sam.member_id)).team_id = south.id
        db.session().get(Member, (ada.tenant_id, sam.member_id)).team_path = south.path
        return {"south": south.id}


@pytest.fixture
def crowd(ada, sam, eve, dora, teams) -> None:
    """Leads of two months at random, that came, went and were won at random."""
    chance = random.Random(20261122)
    with ada.inside():
        campaign = create_record(CAMPAIGN, {"name": "Fair"})
        pools = [Pool(id=db.new_id(), name=name, position=at) for at, name in enumerate(("North", "South"))]
        db.session().add_all(pools)
        db.session().flush()
        for number in range(90):
            came = current.now() - timedelta(minutes=chance.randrange(60 * 24 * 60))
            steps = [came + timedelta(minutes=chance.randrange(5000) * each) for each in (1, 2, 3)]
            reached = chance.randrange(4)
            status = ("new", "contacted", "qualified", "converted")[reached]
            owner = chance.choice([None, sam.member_id, eve.member_id, dora.member_id])
            lead = a_lead(
                name=f"Lead {number}", created_at=came, source=chance.choice([None, "website", "event", "api"]),
                status="disqualified" if chance.random() < 0.2 else status, owner_id=owner,
                campaign_id=chance.choice([None, campaign.id]), pool_id=chance.choice([None, *(p.id for p in pools)]),
                contacted_at=steps[0] if reached and chance.random() < 0.9 else None,
                qualified_at=steps[1] if reached > 1 else None, converted_at=steps[2] if reached > 2 else None,
                responded_at=steps[0] if chance.random() < 0.7 else None, respond_by=came + timedelta(hours=30),
                assigned_at=came, last_follow_up_at=chance.choice([None, steps[0]]), grade=chance.choice("ABCD"),
                deleted_at=current.now() if chance.random() < 0.05 else None,
            )  # fmt: skip
            for _time in range(chance.randrange(4)):
                kind = chance.choice(["captured", "claimed", "assigned", "returned"])
                nobody = kind == "returned" or (kind == "captured" and chance.random() < 0.5)
                who = None if nobody else chance.choice([sam, eve, dora]).member_id
                went(lead, kind, came + timedelta(hours=chance.randrange(200)), to_id=who,
                     from_id=chance.choice([None, eve.member_id]), pool_id=chance.choice([None, *(p.id for p in pools)]))  # fmt: skip


def questions(teams: dict[str, Any], sam: Any) -> Iterator[Question]:
    whole = read_question({"period": "last_30_days"})
    for by in FIGURES["funnel"].by:
        yield replace(whole, by=by)
    yield replace(whole, period=whole.period.before(), by="week", source="website")
    yield replace(whole, team=teams["south"])
    yield replace(whole, seller=sam.member_id)


@pytest.mark.parametrize("who", ["ada", "sam"])
def test_every_number_is_the_number_of_leads_behind_it(who, request, crowd, teams, sam):
    seen = 0
    with request.getfixturevalue(who).inside():
        for at, question in list(enumerate(questions(teams, sam)))[:: 1 if who == "ada" else 3]:
            for name, figure in FIGURES.items():
                if at and not figure.by and at < 7:
                    continue
                for table in figure.tables(question):
                    for row in [*table.rows, *([table.total] if table.total else [])]:
                        for key, cell in row.cells.items():
                            if cell.condition is not None:
                                behind = Listing(LEAD, cell.condition).count(10_000)
                                assert behind == cell.value, f"{name}: {row.label}, {key}: {cell.condition}"
                                seen += behind
    assert seen > 200


# --- what the numbers are -------------------------------------------------------------------------------


def ask(name: str, **given: str) -> list[Table]:
    return FIGURES[name].tables(read_question({"period": "last_30_days"} | given))


def values(row: Row | None) -> dict[str, Any]:
    assert row is not None
    return {key: cell.value for key, cell in row.cells.items()}


def by_label(table: Table) -> dict[str, dict[str, Any]]:
    return {row.label: values(row) for row in table.rows}


def test_who_was_converted_at_once_went_through_every_node(ada):
    with ada.inside():
        a_lead(status="converted")
        a_lead(status="new", contacted_at=current.now())
        a_lead(status="disqualified", source="event")
        [table] = ask("funnel")

    assert values(table.total) | {"disqualified": 1} == {
        "captured": 3, "contacted": 2, "contacted_share": 2 / 3, "qualified": 1, "qualified_share": 1 / 2,
        "converted": 1, "converted_share": 1, "conversion": 1 / 3, "disqualified": 1,
    }  # fmt: skip
    assert by_label(table)["Event or fair"]["captured"] == 1


def test_times_in_stages_leave_out_what_did_not_get_there(ada):
    with ada.inside():
        for hours in (1, 2, 30):
            a_lead(created_at=current.now() - timedelta(hours=40), status="contacted",
                   contacted_at=current.now() - timedelta(hours=40 - hours))  # fmt: skip
        a_lead()
        [table] = ask("stages")

    new, contacted = (values(row) for row in table.rows[:2])
    assert new["passed"] == 3 and new["median"] == pytest.approx(120, abs=1) and new["waiting"] == 1
    assert contacted["passed"] == 0 and contacted["median"] is None and contacted["waiting"] == 3


def test_speed_to_lead_tells_who_answers_in_time_and_what_it_is_worth(ada, sam):
    came = current.now() - timedelta(days=2)
    with ada.inside():
        due = {"created_at": came, "respond_by": came + timedelta(hours=1), "owner_id": sam.member_id}
        a_lead(**due, responded_at=came + timedelta(minutes=5), status="converted")
        a_lead(**due, responded_at=came + timedelta(minutes=90))
        a_lead(**due)
        reaction, sellers = ask("speed")

    steps = by_label(reaction)
    assert steps["Within 5 minutes"]["conversion"] == 1 and steps["1 to 4 hours"]["conversion"] == 0
    assert steps["Not answered"]["leads"] == 1 and steps["After 24 hours"]["leads"] == 0
    assert by_label(sellers)["Sam Seller"] == {
        "leads": 3, "responded": 2, "due": 3, "in_time": 1, "in_time_share": 1 / 3, "median": 47.5,
    }  # fmt: skip


def test_a_lead_that_went_through_a_pool_twice_counts_once(ada, sam):
    with ada.inside():
        pool = Pool(id=db.new_id(), name="South")
        db.session().add(pool)
        db.session().flush()
        lead, now = a_lead(status="converted", owner_id=sam.member_id), current.now()
        for days in (9, 5):
            went(lead, "returned", now - timedelta(days=days), from_id=sam.member_id, pool_id=pool.id)
            went(lead, "claimed", now - timedelta(days=days - 1), to_id=sam.member_id, pool_id=pool.id)
        went(a_lead(), "captured", now - timedelta(days=40), pool_id=pool.id)
        pools, weeks = ask("pools")

    assert by_label(pools)["South"] == {
        "entered": 1, "claimed": 1, "given": 0, "won": 1, "won_share": 1, "waiting": 0,
    }  # fmt: skip
    assert sum(row.cells["entered"].value for row in weeks.rows) == 2, "once in each of two weeks"


def test_costs_are_spread_over_a_campaign_s_days_and_never_added_across_currencies(ada):
    with ada.inside():
        days = {"starts_on": date(2026, 11, 21), "ends_on": date(2026, 12, 10)}
        fair = create_record(CAMPAIGN, {"name": "Fair", "source": "event", "cost": Amount(200_00, "CNY"), **days})
        create_record(CAMPAIGN, {"name": "Ads", "source": "ads", "cost": Amount(30_00, "USD"), **days})
        for status in ("converted", "new"):
            a_lead(campaign_id=fair.id, status=status, source="event", created_at=datetime(2026, 12, 5, tzinfo=UTC))
        campaigns, sources = ask("campaigns", period="custom", **{"from": "2026-12-01", "to": "2026-12-31"})

    found = {row.label: row.cells for row in campaigns.rows}
    assert found["Fair"]["cost"].money == {"CNY": 100_00} and found["Fair"]["per_lead"].money == {"CNY": 50_00}
    assert found["Fair"]["per_converted"].money == {"CNY": 100_00} and found["Ads"]["per_lead"].money is None
    assert campaigns.total and campaigns.total.cells["cost"].money == {"CNY": 100_00, "USD": 15_00}
    assert campaigns.total.cells["per_lead"].money is None, "nobody can say in which currency"
    assert {row.label: row.cells["cost"].money for row in sources.rows} == {"Event or fair": {"CNY": 100_00}}


# --- what is asked --------------------------------------------------------------------------------------


def test_periods_are_the_workspace_s_days_and_know_the_one_before(ada):
    with ada.inside():
        month = period_named("this_month")
        there = month.since.astimezone(ZoneInfo(current.tenant().timezone))
        assert (there.day, there.hour) == (1, 0)
        quarter = period_named("last_quarter")
        assert month.before().last == month.first - timedelta(days=1) and month.before().first.day == 1
        assert quarter.until == period_named("this_quarter").since and quarter.before().until == quarter.since
        own = Period("custom", date(2026, 3, 10), date(2026, 3, 12))
        assert (own.before().first, own.before().last) == (date(2026, 3, 7), date(2026, 3, 9))
        assert [(monday.day, week.first.day, week.last.day) for monday, week in own.weeks()] == [(9, 10, 12)]


def test_what_is_wrong_stands_beside_its_field_with_what_was_typed(ada):
    page = ada.get("leads/figures/funnel?period=custom&from=2026-03-05&to=2026-03-01&seller=nobody")

    assert page.status_code == 422 and "The last day comes after the first." in page.text
    assert 'value="2026-03-05"' in page.text and "Choose one from the list." in page.text
    answer = ada.api("GET", "lead-figures/funnel?seller=nobody")
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "seller"
    assert ada.api("GET", "lead-figures/nothing").status_code == 404 and ada.get("leads/figures/x").status_code == 404


# --- pages, files, programs -----------------------------------------------------------------------------


def test_the_page_s_numbers_lead_to_lists_and_files_and_programs_have_them_too(ada, desk, sam):
    for source in ("website", "event", "event"):
        desk.catch(f"From {source}", source=source)
    assert ada.get("leads/figures", follow_redirects=True).status_code == 200
    page = ada.get("leads/figures/funnel?by=source").text

    assert "Event or fair" in page and "data-chart=" in page and "compared with" in page
    told = ada.api("GET", "lead-figures/funnel?by=source").json["data"][0]
    row = next(each for each in told["rows"] if each["key"] == "event")
    assert row["values"]["captured"] == 2 and told["total"]["values"]["captured"] == 3
    listed = ada.api("GET", "leads", query_string={"filter": orjson.dumps(row["filters"]["captured"]).decode()}).json
    assert [each["name"] for each in listed["data"]] == ["From event"] * 2

    csv = ada.get("leads/figures/funnel/funnel.csv?by=source")
    assert csv.data.decode("utf-8-sig").splitlines()[1].startswith("Event or fair,2,0,0.0")
    book = CalamineWorkbook.from_filelike(BytesIO(ada.get("leads/figures/funnel/funnel.xlsx").data))
    assert book.get_sheet_by_index(0).to_python()[-1][:2] == ["All", 3]
    assert ada.get("leads/figures/funnel/other.csv").status_code == 404


def test_every_page_leads_to_lists_that_understand_it(ada, crowd):
    for name in FIGURES:
        page = ada.get(f"leads/figures/{name}?period=last_30_days").text
        links = {each.split('"')[0].replace("&amp;", "&") for each in page.split('href="')[1:]}
        links = {each for each in links if "/leads/?filter=" in each}
        assert len(links) > 3, name
        with ada.inside():
            assert all(
                Listing(LEAD, orjson.loads(parse_qs(urlsplit(each).query)["filter"][0])).count() for each in links
            )
        shown = ada.get(min(links))
        assert shown.status_code == 200 and "damaged" not in shown.text, name


def test_a_period_without_leads_teaches_what_to_do(ada):
    page = ada.get("leads/figures/funnel?period=last_month").text

    assert "No leads in this period" in page and "Show this year" in page and "data-chart" not in page


# --- who sees what --------------------------------------------------------------------------------------


def board(person: Any) -> dict[str, Any]:
    with person.inside():
        [table] = ask("leaderboard")
        return {row.label: (row.cells["received"].value, row.cells["received"].condition is not None)
                for row in table.rows}  # fmt: skip


def test_the_leaderboard_is_open_but_leads_nowhere_one_may_not_look(ada, sam, eve):
    with ada.inside():
        for owner in (sam, eve, eve):
            went(a_lead(owner_id=owner.member_id), "captured", current.now(), to_id=owner.member_id)

    assert board(sam) == {"Sam Seller": (1, True), "Eve Seller": (2, False)}
    assert board(ada) == {"Sam Seller": (1, True), "Eve Seller": (2, True)}
    with sam.inside():
        assert values(ask("funnel")[0].total)["captured"] == 1, "all else counts what one may see"


def test_a_workspace_may_close_the_leaderboard(ada, sam, eve, bob):
    with ada.inside():
        for owner in (sam, eve):
            went(a_lead(owner_id=owner.member_id), "captured", current.now(), to_id=owner.member_id)
    assert sam.post("leads/figures/openness", {"leaderboard": "own"}).status_code == 403
    assert ada.post("leads/figures/openness", {"leaderboard": "own"}).status_code == 303

    assert set(board(sam)) == {"Sam Seller"} and set(board(ada)) == {"Sam Seller", "Eve Seller"}
    assert "your own numbers" in sam.get("leads/figures/leaderboard?period=last_30_days").text
    with ada.inside():
        told = db.session().query(EventRow).filter_by(name="leads.leaderboard_opened").one()
        assert told.changes["leaderboard"][1] == "Everyone sees their own numbers"
    ada.post("leads/figures/openness", {"leaderboard": "team"})
    assert set(board(sam)) == {"Sam Seller"}, "without a team one sees oneself"


def test_who_may_not_read_a_field_cannot_ask_what_is_made_of_it(ada, sam):
    with ada.inside():
        a_lead(owner_id=sam.member_id, responded_at=current.now() + timedelta(minutes=9))
    asks = {"field": "minutes_to_respond", "op": "gte", "value": 5}
    assert len(sam.api("GET", "leads", query_string={"filter": orjson.dumps(asks).decode()}).json["data"]) == 1
    with ada.inside():
        sales = db.session().query(Role).filter_by(key="sales").one()
        sales.grants = sales.grants | {"fields": {"lead": {"responded_at": {"level": "hidden"}}}}
    assert sam.api("GET", "leads", query_string={"filter": orjson.dumps(asks).decode()}).status_code == 422
    bad = {"field": "moved", "op": "is", "value": {"way": "stolen", "since": "now", "until": "then"}}
    answer = ada.api("GET", "leads", query_string={"filter": orjson.dumps(bad).decode()})
    assert answer.status_code == 422 and "since when" in answer.text


def test_a_seller_s_own_month_is_on_the_home_page(sam, lead):
    assert "leads/figures/mine" in sam.get("").text
    card = sam.get("leads/figures/mine", headers={"HX-Request": "true"}).text
    assert "Open now" in card and card.strip().startswith("<div")


def test_a_workspace_to_look_around_in_has_three_months_of_leads(ada, sam, eve, monkeypatch):
    monkeypatch.setattr(demo, "MANY", 80)
    with ada.inside():
        tell("demo_filling", members=[ada.member_id, sam.member_id, eve.member_id])
        [table] = ask("funnel", period="custom", **{"from": str(current.now().date() - timedelta(days=100))})

    found = values(table.total)
    assert found["captured"] == 80 and found["contacted"] > found["qualified"] > found["converted"] > 5
