"""The department tree: making, moving, leading and deleting teams, also by two at once."""

from dataclasses import replace
from threading import Thread

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import db
from core.access import Member, Team, may
from core.auth import teams
from core.customers.types import CUSTOMER
from core.errors import DomainError, Invalid
from core.events import EventRow
from core.records.services import create_record
from core.testing.cast import make_user
from tenants.provisioning import add_member


def make(person, *names, below=None):
    """Teams below each other, from the top down. Returns their ids."""
    with person.inside():
        made = []
        for name in names:
            below = teams.create_team(name, below).id
            made.append(below)
        return made


def outline(person):
    """The tree as text: each team with its depth before it."""
    with person.inside():
        return [f"{teams.depth_of(team)} {team.name}" for team in teams.list_teams()]


def put(ada, person, team_id):
    with ada.inside():
        db.get(Member, person.member_id).team_id = team_id


def events(person, name):
    with person.inside():
        return [row.data for row in db.session().query(EventRow).filter(EventRow.name == name).order_by(EventRow.id)]


def assert_is_a_tree():
    found = {team.id: team for team in teams.list_teams()}
    for team in found.values():
        steps, each = [], team
        while each is not None:
            steps.insert(0, each.id.hex)
            assert len(steps) <= teams.MAX_DEPTH
            each = found[each.parent_id] if each.parent_id else None
        assert team.path == f"/{'/'.join(steps)}/"
    for member in db.session().query(Member):
        assert member.team_path == (found[member.team_id].path if member.team_id else "/")


# --- moving --------------------------------------------------------------------------------------------


def test_a_team_moves_with_everything_below_it_and_keeps_its_place_among_brothers(ada):
    sales, north, beijing = make(ada, "Sales", "North", "Beijing")
    east = make(ada, "East", below=sales)[0]
    support = make(ada, "Support")[0]
    assert ada.post(f"members/teams/{north}/place", {"parent": support, "place": "0"}).status_code == 303
    assert outline(ada) == ["0 Sales", "1 East", "0 Support", "1 North", "2 Beijing"]
    ada.post(f"members/teams/{support}/place", {"parent": "", "place": "0"})
    assert outline(ada) == ["0 Support", "1 North", "2 Beijing", "0 Sales", "1 East"]
    ada.post(f"members/teams/{east}/place", {"parent": north, "place": "0"})
    assert outline(ada) == ["0 Support", "1 North", "2 East", "2 Beijing", "0 Sales"]
    assert [each["team"] for each in events(ada, "auth.team_moved")] == ["North", "East"]
    with ada.inside():
        assert teams.get_team(beijing).path.startswith(teams.get_team(support).path)


def test_a_dragged_team_answers_with_the_tree_and_a_circle_is_refused_beside_the_field(ada):
    sales, north = make(ada, "Sales", "North")
    page = ada.post(f"members/teams/{north}/place", {"parent": "", "place": "1"}, headers={"HX-Request": "true"})
    assert page.status_code == 200 and page.text.lstrip().startswith('<div id="teams"')
    ada.post(f"members/teams/{north}/move", {"parent": str(sales)})
    page = ada.post(f"members/teams/{sales}/move", {"parent": str(north)})
    assert page.status_code == 422 and 'id="f-parent-error"' in page.text
    assert "North" not in ada.get(f"members/teams/{sales}/move").text.split("<select")[1]
    assert outline(ada) == ["0 Sales", "1 North"]


def test_two_who_move_at_once_never_make_a_circle(ada):
    sales, north = make(ada, "Sales")[0], make(ada, "North")[0]
    said = []

    def second():
        try:
            with ada.inside():
                teams.move_team(teams.get_team(north), sales)
        except Invalid as invalid:
            said.append(invalid.problems[0].code)

    other = Thread(target=second)
    with ada.inside():
        teams.move_team(teams.get_team(sales), north)
        db.flush()
        other.start()
        other.join(0.3)
        assert other.is_alive(), "the second waits for the first"
    other.join(10)
    assert said == ["loop"] and outline(ada) == ["0 North", "1 Sales"]


def test_whoever_joins_into_a_team_works_in_it_and_sees_no_other(ada, eve):
    north, south = make(ada, "North")[0], make(ada, "South")[0]
    put(ada, eve, south)
    with ada.inside():
        joined = add_member(make_user("Nora", "nora@example.com"), "Nora", "nora@example.com", "sales_director",
                         team_id=north)  # fmt: skip
        assert joined.team_path == teams.get_team(north).path
        nora = replace(ada, name="Nora", member_id=joined.id)
    with eve.inside():
        record = create_record(CUSTOMER, {"name": "Hers"})
    with nora.inside():
        assert not may("view", CUSTOMER, record)
    with ada.inside():
        db.get(Member, nora.member_id).team_path = "/"  # were it ever lost, it opens nothing
    with nora.inside():
        assert not may("view", CUSTOMER, record)


def test_what_hangs_below_counts_against_the_depth(ada):
    deep = make(ada, *(f"L{number}" for number in range(teams.MAX_DEPTH - 1)))
    top, below = make(ada, "Top", "Below")
    page = ada.post(f"members/teams/{top}/move", {"parent": str(deep[-1])})
    assert page.status_code == 422 and "12 deep" in page.text
    assert ada.post(f"members/teams/{below}/move", {"parent": str(deep[-1])}).status_code == 303


@settings(max_examples=12, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(moves=st.lists(st.tuples(st.integers(0, 6), st.integers(-1, 6), st.integers(-1, 3)), min_size=4, max_size=14))
def test_however_teams_are_moved_and_deleted_they_stay_a_tree(ada, moves):
    with ada.inside():
        for team in reversed(teams.list_teams()):
            teams.delete_team(team, to_parent=True)
        ids = [teams.create_team(f"T{number}", None).id for number in range(7)]
        for member, team_id in zip(db.session().query(Member).order_by(Member.id), ids[2:], strict=False):
            member.team_id = team_id
        for which, where, place in moves:
            team = db.get(Team, ids[which])
            if team is None:
                continue
            try:
                if where == which:
                    teams.delete_team(team, to_parent=True)
                else:
                    teams.move_team(team, ids[where] if where >= 0 else None, place if place >= 0 else None)
            except DomainError as refused:
                assert isinstance(refused, Invalid) and refused.problems[0].code in ("loop", "unknown", "too_deep")
            assert_is_a_tree()


# --- heads, names, deleting ----------------------------------------------------------------------------


def test_a_team_has_a_head_who_works_here(ada, sam, mallory):
    sales = make(ada, "Sales")[0]
    form = {"name": "Sales", "parent": "", "head": str(sam.member_id)}
    assert ada.post(f"members/teams/{sales}", form).status_code == 303
    assert "Sam Seller" in ada.get("members/teams").text.split("gx-team-head")[1]
    assert events(ada, "auth.team_head_changed") == [{"team": "Sales", "member": "Sam Seller"}]
    page = ada.post(f"members/teams/{sales}", form | {"head": str(mallory.member_id)})
    assert page.status_code == 422 and 'id="f-head-error"' in page.text

    ada.post(f"members/{sam.member_id}/deactivation")
    with ada.inside():
        assert teams.get_team(sales).head_id is None
    assert ada.post(f"members/teams/{sales}", form).status_code == 422, "who has no access leads nobody"


def test_a_team_is_renamed_in_its_place_and_both_names_are_known(ada):
    sales = make(ada, "Sales")[0]
    page = ada.post(f"members/teams/{sales}/name", {"name": "Vertrieb"}, headers={"HX-Request": "true"})
    assert "Vertrieb" in page.text
    with ada.inside():
        row = db.session().query(EventRow).filter(EventRow.name == "auth.team_renamed").one()
        assert row.changes == {"name": ["Sales", "Vertrieb"]}
    assert ada.post(f"members/teams/{sales}/name", {"name": " "}).status_code == 422


def test_deleting_a_team_hands_its_people_and_teams_to_the_one_above(ada, sam):
    sales, north, beijing = make(ada, "Sales", "North", "Beijing")
    make(ada, "Xian", below=north)
    make(ada, "South", below=sales)
    put(ada, sam, north)
    asked = ada.get(f"members/teams/{north}/deletion").text
    assert "1 member" in asked and "Beijing" in asked and "moves to Sales" in asked
    assert ada.post(f"members/teams/{north}/deletion").status_code == 409
    assert ada.post(f"members/teams/{north}/deletion", {"to_parent": "1"}).status_code == 303
    assert outline(ada) == ["0 Sales", "1 Beijing", "1 Xian", "1 South"]
    with ada.inside():
        assert db.get(Member, sam.member_id).team_id == sales
        assert_is_a_tree()


def test_the_tree_tells_how_many_are_in_a_team_and_below_it_and_who(ada, sam, eve, bob):
    sales, north = make(ada, "Sales", "North")
    put(ada, sam, sales)
    put(ada, eve, north)
    page = ada.get("members/teams").text
    assert "With the teams below: 2" in page and "With the teams below: 1" in page
    assert f'href="/w/acme/members/{eve.member_id}"' in page
    assert bob.get("members/teams").status_code == 403
    assert bob.post(f"members/teams/{north}/place", {"parent": ""}).status_code == 403


# --- over the API --------------------------------------------------------------------------------------


def test_the_tree_is_changed_over_the_api(ada, bob, mallory, sam):
    made = ada.api("POST", "teams", {"name": "Sales", "head": str(sam.member_id)})
    assert made.status_code == 201 and made.json["data"]["head"] == str(sam.member_id)
    sales, address = made.json["data"]["id"], made.headers["Location"]
    north = ada.api("POST", "teams", {"name": "North", "parent": sales}).json["data"]["id"]
    assert ada.api("PATCH", address, {"parent": north}).json["errors"][0]["code"] == "loop"
    assert ada.api("PATCH", f"teams/{north}", {"parent": None, "place": 0, "name": "Nord"}).status_code == 200
    assert outline(ada) == ["0 Nord", "0 Sales"]
    for refused in ({"name": " "}, {"place": -1}, {"head": str(mallory.member_id)}, {"nothing": 1}):
        assert ada.api("PATCH", address, refused).status_code == 422, refused
    assert bob.api("POST", "teams", {"name": "Mine"}).status_code == 403
    assert mallory.api("PATCH", address, {"name": "Ours"}).status_code == 404
    ada.api("PATCH", f"teams/{north}", {"parent": sales})
    assert ada.api("DELETE", address).status_code == 409
    assert ada.api("DELETE", f"{address}?to_parent=true").status_code == 204
    assert outline(ada) == ["0 Nord"]


@pytest.mark.parametrize("path", ["", "/place", "/move", "/deletion", "/name"])
def test_a_neighbours_team_is_not_there(ada, mallory, path):
    sales = make(ada, "Sales")[0]
    assert mallory.post(f"members/teams/{sales}{path}", {"name": "x", "parent": ""}).status_code == 404
