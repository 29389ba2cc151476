"""Record types as text: saved from one workspace, compared with and brought into another."""

import io
import time

import pytest
import yaml

from core.customers.types import CUSTOMER
from core.records import designs, making
from core.records.custom import add_custom_field, fields_of, options_of
from core.records.laying_out import save_layout
from core.records.services import create_record
from core.records.types import type_named
from core.records.views.services import save_view, views_of
from core.records.views.setup import Column, Setup

PAGE = "settings/record-types/templates"
HEAD = "format: guanxi-record-types\nversion: 1\n"


@pytest.fixture
def machines(ada):
    """Two types of which one points at the other and at customers, and a field of customers' own."""
    with ada.inside():
        model = making.make_type(label="Model", icon="components").name
        own = making.make_type(label="设备", plural_label="设备们", icon="engine", color="teal", title_label="设备编号",
                               description="安装在客户现场", states=[{"label": "在库"}, {"label": "使用中", "color": "green"}])  # fmt: skip
        making.add_link(own, "customer")
        with making.afresh():
            making.add_link(own, model)
        add_custom_field(own.name, label="no", type="choice", taken=(), key="c_kind", required=True, help="Which",
                         config={"options": options_of("Yes\nNo\n泵")})  # fmt: skip
        add_custom_field("customer", label="Niche", type="text", taken=(), key="niche")
        with making.afresh():
            making.set_states(
                own,
                [{"label": "在库", "to": ["使用中"]}, {"label": "使用中", "color": "green", "requires": ["c_kind"]}],
            )
        return own.name, model


def saved(person, *names) -> str:
    answer = person.get(f"{PAGE}/download?" + "&".join(f"type={name}" for name in names))
    assert answer.status_code == 200 and answer.content_type.startswith("application/yaml")
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.get_data(as_text=True)


def upload(person, text, name="types.yaml"):
    content = text if isinstance(text, bytes) else text.encode()
    return person.post(PAGE, {"file": (io.BytesIO(content), name)}, content_type="multipart/form-data")


def bring_in(person, text):
    """Upload, look, agree. Answers the page of differences and then what it says afterwards."""
    shown = upload(person, text).location
    page = person.get(shown).get_data(as_text=True)
    answer = person.post(shown)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return page, person.get(shown).get_data(as_text=True)


def test_a_template_is_readable_and_says_what_it_is(ada, machines):
    text = saved(ada, *machines, "customer")
    assert "label: 设备" in text and "在库" in text and "&" not in text and "!!" not in text
    said = yaml.safe_load(text)
    assert (said["format"], said["version"]) == ("guanxi-record-types", 1)
    assert [each["key"] for each in said["types"]] == [*machines, "customer"]
    assert said["types"][0]["states"][0] == {"value": "在库", "label": "在库", "color": "gray", "to": ["使用中"]} or (
        "to" not in said["types"][0]["states"][0]
    )
    assert said["types"][2] == {"key": "customer", "fields": [{"key": "niche", "label": "Niche", "type": "text"}]}


def test_it_comes_into_another_workspace_whole_and_a_second_time_changes_nothing(ada, mallory, machines):
    text = saved(ada, *machines, "customer")
    before, after = bring_in(mallory, text)
    assert "Field “no”" in before and "There is nothing to bring in" not in before
    assert "There is nothing to bring in" in after and ">conflict<" not in after
    with mallory.inside():
        own = making.get_own_type(machines[0])
        made = type_named(machines[0])
        assert (own.label, own.plural_label, own.title_label, own.icon) == ("设备", "设备们", "设备编号", "engine")
        assert own.states[1]["requires"] == ["c_kind"]
        assert made.field("c_kind").required and made.field("c_model").refers_to() == machines[1]
        assert CUSTOMER.field("niche") and list(made.columns) == own.columns
        customer = create_record(CUSTOMER, {"name": "Fabrikam"}).id
        create_record(made, {"name": "P", "c_kind": "泵", made_key(made): customer})
    assert saved(mallory, *machines, "customer") == text


def made_key(made):
    return next(f.key for f in made.fields().values() if f.refers_to() == "customer")


def test_the_form_and_the_views_that_everyone_has_come_along(ada, mallory, machines):
    name = machines[0]
    layout = {"sections": [{"label": "基本", "columns": 1, "fields": [{"key": "name"}, {"key": "c_kind"}]}]}
    with ada.inside():
        made = type_named(name)
        save_layout(made, layout)
        setup = Setup(kind="list", columns=(Column("name"), Column("c_kind", 200)), sort="-name",
                      condition={"field": "c_kind", "op": "is", "value": "泵"})  # fmt: skip
        save_view(made, name="泵类", setup=setup, shared="all")
        save_view(made, name="Mine alone", setup=Setup(), shared="private")
    text = saved(ada, *machines)
    assert "泵类" in text and "Mine alone" not in text
    before, after = bring_in(mallory, text)
    assert "View “泵类”" in before and "There is nothing to bring in" in after
    with mallory.inside():
        made = type_named(name)
        assert [section.label for section in made.layout().sections] == ["基本"]
        assert [view.name for view in views_of(made).all] == ["泵类"]
    assert saved(mallory, *machines) == text
    with mallory.inside():
        views_of(type_named(name)).all[0].sort = "name"
    before, after = bring_in(mallory, text)
    assert "View “泵类”" in before and "There is nothing to bring in" in after


def test_what_differs_is_shown_field_by_field_and_what_is_only_here_stays(ada, mallory, machines):
    text = saved(ada, *machines)
    bring_in(mallory, text)
    with mallory.inside():
        making.change_type(making.get_own_type(machines[0]), label="Machine")
        add_custom_field(machines[0], label="Only here", type="text", taken=(), key="c_only_here")
        row = next(row for row in fields_of(machines[0]) if row.key == "c_kind")
        row.label, row.config = "Kind", {"options": options_of("Yes\nNo")}
    before, after = bring_in(mallory, text)
    assert "<del>Machine</del>" in before and "<ins>设备</ins>" in before
    assert "Yes / No</del>" in before and "Yes / No / 泵</ins>" in before
    assert "Only here" not in before and "There is nothing to bring in" in after
    with mallory.inside():
        assert type_named(machines[0]).field("c_only_here") and str(type_named(machines[0]).label) == "设备"


def test_conflicts_are_told_and_all_else_comes_in(ada, mallory, machines):
    text = saved(ada, *machines)
    with mallory.inside():
        making.make_type(label="Model", key="c_other")
        add_custom_field("customer", label="Niche", type="date", taken=(), key="niche")
    both = (
        text
        + "  - key: customer\n    fields: [{key: niche, label: Niche, type: text}, {key: name, label: N, type: text}, {key: x, label: X, type: telepathy}, {key: y, label: Y, type: lookup, config: {target: c_nowhere}}, {key: z, label: Z, type: text}]\n"
    )
    before, after = bring_in(mallory, both)
    for said in ("There is a record type of this name already", "Here it is of the type “Date”", "A ready field has this key",
                 "There is no field type “telepathy”", "It points at “c_nowhere”"):  # fmt: skip
        assert said in before, said
    assert "conflict" in after
    with mallory.inside():
        assert CUSTOMER.field("z") and type_named(machines[0]) and CUSTOMER.field("niche").type_name == "date"
        assert making.find_own_type("c_model") is None


def test_a_hidden_type_comes_back_with_its_template(ada, machines):
    text = saved(ada, machines[0])
    with ada.inside():
        making.retire_type(making.get_own_type(machines[0]))
    before, after = bring_in(ada, text)
    assert "hidden here" in before and "There is nothing to bring in" in after
    assert ada.get(f"{machines[0]}/").status_code == 200


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("name", ["contract", "course_interest", "equipment"])
def test_the_ready_templates_come_in_clean_in_both_languages(ada, name, lang):
    ask = {"headers": {"Accept-Language": lang}}
    page = ada.get(f"{PAGE}/ready/{name}", **ask)
    assert page.status_code == 200 and 'class="gx-bad"' not in page.get_data(as_text=True)
    assert ada.post(f"{PAGE}/ready/{name}", **ask).status_code == 303
    with ada.inside():
        made = type_named(f"c_{name}")
        assert any("\u4e00" <= c <= "\u9fff" for c in str(made.label)) == (lang == "zh-CN")
        assert made.state_field() and made.field(made_key(made))
    assert "/ready/" in ada.get("settings/record-types/new").get_data(as_text=True)
    assert 'class="gx-actions mt-3"' in ada.get(f"{PAGE}/ready/{name}", **ask).get_data(as_text=True)
    with ada.inside():
        assert designs.compare(designs.ready_design(name)).of("conflict") == 0


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p},*{p},*{p},*{p},*{p}]\n" for p, c in zip("abcdefghi", "bcdefghij", strict=True))  # fmt: skip


@pytest.mark.parametrize(("text", "says"), [
    ("", "no template"),
    ("just words", "no template"),
    ("format: something-else\n", "no template"),
    ("format: [unclosed\n", "not YAML"),
    ("format: guanxi-record-types\nversion: 99\ntypes: []\n", "newer Guanxi"),
    (BOMB, "references"),
    (HEAD + "types: !!python/object/apply:os.system ['id']\n", "tags"),
    (HEAD + "types: !something x\n", "tags"),
    (HEAD + "types: " + "[" * 3000 + "]" * 3000, "too deep"),
    (HEAD + "types:\n" + "  - {key: c_x, label: X}\n" * 40_000, "larger than"),
    (HEAD + "types: [" + "a," * 60_000 + "]", "too deep or too long"),
    (HEAD + "types: [{key: c_x, label: X, label: Y}]\n", "stands twice"),
    (HEAD + "types: [{key: c_x, label: X}, {key: c_x, label: Y}]\n", "described twice"),
    (HEAD + "types: [{key: \"c_x'; drop table\", label: X}]\n", "types.0.key"),
    (HEAD + "types: [{key: c_x, label: X, surprise: 1}]\n", "types.0.surprise"),
    (HEAD + "types: [{key: c_x, label: X, fields: [{key: a, label: A}]}]\n", "types.0.fields.0.type"),
    (HEAD + "types: [{key: c_x, label: [1, 2]}]\n", "types.0.label"),
    (HEAD + "types: [{key: c_x}]\n", "c_x: Give it a name"),
    (b"\xff\xfe\x00f", "UTF-8"),
    (b"format: \x00", "no text file"),
])  # fmt: skip
def test_what_is_no_template_or_a_trick_is_refused_with_the_reason(ada, text, says):
    began = time.monotonic()
    answer = upload(ada, text)
    assert answer.status_code == 422 and says in answer.get_data(as_text=True), answer.get_data(as_text=True)[-2000:]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("config", ["{options: nonsense}", "{options: [{label: A}]}", "{target: 5}", "{max_length: lots}",
                                    "{options: [1, 2]}", "{expression: '1/0'}"])  # fmt: skip
@pytest.mark.parametrize("kind", ["choice", "text", "lookup", "multi_choice", "integer"])
def test_settings_that_do_not_fit_are_conflicts_and_never_crash(ada, kind, config):
    text = HEAD + f"types: [{{key: c_x, label: X, fields: [{{key: c_a, label: A, type: {kind}, config: {config}}}]}}]\n"
    shown = upload(ada, text)
    assert shown.status_code == 303
    assert ada.get(shown.location).status_code == 200 and ada.post(shown.location).status_code == 303
    assert ada.get("c_x/").status_code == 200 and ada.get("c_x/new").status_code == 200


def test_words_that_yaml_would_turn_into_something_else_stay_words(ada):
    text = HEAD + "types: [{key: c_x, label: No, states: [{label: yes}, {label: 2024-01-01}, {label: 12}]}]\n"
    bring_in(ada, text)
    with ada.inside():
        own = making.get_own_type("c_x")
        assert own.label == "No" and [s["label"] for s in own.states] == ["yes", "2024-01-01", "12"]


def test_nobody_elses_file_is_taken_for_a_template(ada, mallory, machines):
    shown = upload(ada, saved(ada, machines[0])).location
    assert mallory.get(shown.replace("/acme/", "/globex/")).status_code == 404
    assert mallory.post(shown.replace("/acme/", "/globex/")).status_code == 404
    assert ada.get(f"{PAGE}/download?type=c_nothing").status_code == 404
    assert ada.get(f"{PAGE}/download").status_code == 422


def test_the_api_saves_compares_and_brings_in(ada, mallory, machines):
    text = ada.api("GET", f"record-type-templates?types={','.join(machines)}").json["data"]["document"]
    asked = mallory.api("POST", "record-type-templates", json={"document": text}).json["data"]
    assert asked["applied"] is False and {t["kind"] for t in asked["types"]} == {"new"}
    assert mallory.api("GET", machines[0]).status_code == 404
    mallory.api("POST", "record-type-templates", json={"document": text, "apply": True})
    again = mallory.api("POST", "record-type-templates", json={"document": text, "apply": True}).json["data"]
    assert {t["kind"] for t in again["types"]} == {"same"} and mallory.api("GET", machines[0]).status_code == 200
    assert (
        mallory.api("POST", "record-type-templates", json={"document": BOMB}).json["errors"][0]["field"] == "document"
    )
    assert len(ada.api("GET", "record-type-templates/ready").json["data"]) >= 3
    assert ada.api("POST", "record-type-templates/ready/contract").json["data"]["applied"] is True
    assert ada.api("POST", "record-type-templates/ready/nothing").status_code == 404


def test_the_api_makes_changes_hides_and_restores_a_type(ada):
    made = ada.api(
        "POST",
        "record-types",
        json={"label": "Case", "icon": "gavel", "states": [{"label": "Open"}, {"label": "Closed", "to": []}]},
    )
    assert made.status_code == 201, made.json
    data = made.json["data"]
    assert (data["name"], data["own"], [s["label"] for s in data["states"]]) == ("c_case", True, ["Open", "Closed"])
    assert made.headers["Location"].endswith("/record-types/c_case")
    assert (
        ada.api(
            "POST", "record-types/c_case/fields", json={"label": "Court", "type": "text", "key": "court"}
        ).status_code
        == 201
    )
    changed = ada.api(
        "PATCH", "record-types/c_case", json={"label": "Law case", "columns": ["name", "court"], "color": "red"}
    )
    assert changed.json["data"]["label"] == "Law case" and changed.json["data"]["columns"] == ["name", "court"]
    assert ada.api("PATCH", "record-types/c_case", json={"columns": ["nothing"]}).status_code == 422
    assert ada.api("PATCH", "record-types/c_case", json={"states": [{"label": "A", "to": ["B"]}]}).status_code == 422
    assert ada.api("POST", "record-types", json={"label": "law case"}).json["errors"][0]["field"] == "label"
    assert ada.api("PATCH", "record-types/customer", json={"label": "X"}).status_code == 409
    assert ada.api("DELETE", "record-types/c_case").status_code == 204
    assert ada.api("GET", "record-types/c_case").status_code == 404 and ada.api("GET", "c_case").status_code == 404
    back = ada.api("PATCH", "record-types/c_case", json={"retired": False})
    assert (
        back.status_code == 200
        and back.json["data"]["retired"] is False
        and ada.api("GET", "c_case").status_code == 200
    )
    assert "c_case" in [t["name"] for t in ada.api("GET", "record-types").json["data"]]
