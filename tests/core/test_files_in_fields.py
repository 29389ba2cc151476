"""Fields that hold files: what is taken, what is refused, who may fetch it, and what becomes of it."""

import base64
import io

import pytest
from PIL import Image
from sqlalchemy import text

from core import db
from core.customers.types import CUSTOMER
from core.errors import Invalid
from core.events import history_of
from core.files import MAX_FILE, File, clean_name, keep_file, upload_file
from core.records.custom import add_custom_field
from core.records.schemas import from_json
from core.records.services import create_record, update_record

HTML = b"<!doctype html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF"


def picture(kind="PNG", size=(8, 6)):
    made = io.BytesIO()
    Image.new("RGB", size, "teal").save(made, kind)
    return made.getvalue()


@pytest.fixture
def fields(ada):
    with ada.inside():
        add_custom_field("customer", label="Papers", key="papers", type="file", taken=(), config={"most": 3})
        add_custom_field("customer", label="Photo", key="photo", type="image", taken=(), config={"most": 1})
        add_custom_field("customer", label="Signed", key="signed", type="signature", taken=())


def upload(person, name="offer.pdf", content=PDF):
    with person.inside():
        return str(upload_file(name, content).id)


def customer(person, **values):
    with person.inside():
        return create_record(CUSTOMER, from_json(CUSTOMER, {"name": "Fabrikam"} | values)).id


def refusal(person, **values):
    with pytest.raises(Invalid) as refused:
        customer(person, **values)
    (problem,) = refused.value.problems
    return problem.field, problem.code


def posted(person, **more):
    form = {"name": "Fabrikam", "kind": "company", "stage": "potential"} | more
    return person.post("customers/", form, content_type="multipart/form-data")


def only_customer(person):
    with person.inside():
        (found,) = db.session().scalars(
            text("select id from customer where tenant_id = :t").bindparams(t=person.tenant_id)
        )
    return found


def value(person, record_id, key):
    with person.inside():
        return CUSTOMER.field(key).get(CUSTOMER.get(record_id))


# --- what a file is --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "is_really"),
    [
        ("photo.png", picture(), "image/png"),
        ("photo.txt", picture("JPEG"), "image/jpeg"),
        ("photo.png", HTML, "text/plain"),
        ("photo.svg", SVG, "text/plain"),
        ("photo.png", b"\x89PNG\r\n\x1a\n" + HTML, "application/octet-stream"),
        ("offer.pdf", PDF, "application/pdf"),
        ("list.csv", b"a,b\n1,2\n", "text/csv"),
        ("page.csv", HTML, "text/csv"),
        ("notes", "你好".encode(), "text/plain"),
        ("what", bytes(range(256)), "application/octet-stream"),
    ],
)
def test_what_a_file_is_is_told_from_its_content(ada, name, content, is_really):
    with ada.inside():
        assert keep_file(name, content).content_type == is_really


def test_a_name_is_kept_short_with_its_ending_and_without_tricks():
    assert clean_name("x" * 5000 + ".pdf").endswith("xx.pdf") and len(clean_name("x" * 5000 + ".pdf")) == 200
    assert clean_name("../../etc/passwd") == "passwd" and clean_name("C:\\temp\\报价.docx") == "报价.docx"
    assert clean_name("\u202egnp.exe\x00\n") == "gnp.exe" and clean_name("..") == "file" == clean_name("")


def test_empty_and_oversized_files_are_refused_with_their_reason(ada):
    with ada.inside():
        for content, code in ((b"", "empty_file"), (b"x" * (MAX_FILE + 1), "too_large")):
            with pytest.raises(Invalid) as refused:
                upload_file("a.bin", content)
            assert refused.value.problems[0].code == code and "a.bin" in refused.value.message


# --- in a field ------------------------------------------------------------------------------------------


def test_ids_are_written_and_what_the_files_are_is_read(ada, fields):
    first, second = upload(ada), upload(ada, "notes.txt", b"hello")
    answer = ada.api("POST", "customers", {"name": "Fabrikam", "papers": [first, second]})
    assert answer.status_code == 201
    papers = answer.json["data"]["papers"]
    assert papers[0] == {"id": first, "name": "offer.pdf", "size": len(PDF), "type": "application/pdf",
                         "url": f"/api/v1/files/{first}/content"}  # fmt: skip
    assert papers[1]["name"] == "notes.txt"
    url = f"customers/{answer.json['data']['id']}"
    again = ada.api("PATCH", url, {"papers": papers})
    assert again.status_code == 200 and again.json["data"]["version"] == answer.json["data"]["version"]
    assert ada.api("GET", papers[0]["url"]).data == PDF


def test_what_is_claimed_of_a_file_beside_its_id_counts_for_nothing(ada, fields):
    made = customer(ada, papers=[{"id": upload(ada), "name": "evil.html", "size": 1, "type": "text/html"}])
    assert [(f.name, f.type) for f in value(ada, made, "papers")] == [("offer.pdf", "application/pdf")]


@pytest.mark.parametrize("content", [HTML, SVG, b"\x89PNG\r\n\x1a\n" + HTML, picture()[:20], PDF])
def test_an_image_field_takes_no_file_that_is_none_whatever_its_name(ada, fields, content):
    assert refusal(ada, photo=[upload(ada, "photo.png", content)]) == ("photo", "wrong_content")


def test_wrong_lists_of_files_are_refused(ada, fields, mallory):
    ghost = "0193a4c5-7f3e-7c1d-9f67-2b5d3e8a1c44"
    assert refusal(ada, papers=[ghost]) == ("papers", "unknown_file")
    assert refusal(ada, papers=["nonsense"]) == ("papers", "not_a_file")
    assert refusal(ada, papers="offer.pdf") == ("papers", "wrong_type")
    assert refusal(ada, papers=[upload(ada) for _n in range(4)]) == ("papers", "too_many")
    assert refusal(ada, papers=[upload(mallory)]) == ("papers", "unknown_file")


def test_a_file_of_another_record_or_uploader_cannot_be_taken_over(ada, fields, sam):
    mine = upload(ada)
    customer(ada, papers=[mine])
    assert refusal(ada, papers=[mine]) == ("papers", "unknown_file")
    assert refusal(sam, papers=[upload(ada)]) == ("papers", "unknown_file")


def test_replacing_a_file_keeps_the_old_one_for_the_history(ada, fields):
    old, new = upload(ada, "old.pdf"), upload(ada, "new.pdf")
    made = customer(ada, papers=[old])
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(made), from_json(CUSTOMER, {"papers": [new]}, partial=True))
        changes = history_of("customer", made)[0].changes["papers"]
    assert [each[0]["name"] for each in changes] == ["old.pdf", "new.pdf"]
    page = ada.get(f"customers/{made}").get_data(as_text=True)
    assert "new.pdf" in page and "old.pdf" in page
    assert ada.get(f"files/{old}").data == PDF
    with ada.inside():
        update_record(CUSTOMER, CUSTOMER.get(made), from_json(CUSTOMER, {"papers": [old]}, partial=True))
    assert [f.name for f in value(ada, made, "papers")] == ["old.pdf"]


def test_lists_show_names_and_pictures_and_filter_by_whether_there_are_any(ada, fields):
    customer(ada, papers=[upload(ada, "<b>.pdf")], photo=[upload(ada, "p.png", picture())])
    customer(ada)
    has = '{"field":"papers","op":"not_empty"}'
    assert len(ada.api("GET", "customers", query_string={"filter": has}).json["data"]) == 1
    page = ada.get("customers/?columns=name&columns=papers&columns=photo").get_data(as_text=True)
    assert "<b>.pdf" not in page


# --- through the form ------------------------------------------------------------------------------------


def test_a_plain_form_brings_files_with_it(ada, fields):
    files = [(io.BytesIO(PDF), "one.pdf"), (io.BytesIO(b"two"), "two.txt")]
    assert posted(ada, **{"papers-file": files, "photo-file": (io.BytesIO(picture()), "me.png")}).status_code == 303
    made = only_customer(ada)
    assert [f.name for f in value(ada, made, "papers")] == ["one.pdf", "two.txt"]
    assert value(ada, made, "photo")[0].type == "image/png"


def test_a_form_that_comes_back_with_errors_still_has_its_files(ada, fields):
    answer = posted(ada, name="", **{"papers-file": (io.BytesIO(PDF), "one.pdf")})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "one.pdf" in page
    kept = page.split('name="papers" value="')[1].split('"')[0]
    assert posted(ada, papers=kept).status_code == 303
    assert [f.name for f in value(ada, only_customer(ada), "papers")] == ["one.pdf"]


def test_what_was_not_taken_is_said_beside_its_field(ada, fields):
    answer = posted(ada, **{"photo-file": (io.BytesIO(HTML), "me.png"), "papers-file": (io.BytesIO(b""), "no.pdf")})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "“me.png” is not an image" in page and "“no.pdf” is empty" in page


def test_a_file_is_crossed_out_and_untouched_ones_stay(ada, fields):
    one, two = upload(ada, "one.pdf"), upload(ada, "two.pdf")
    made = customer(ada, papers=[one, two])
    form = {"name": "Fabrikam", "kind": "company", "stage": "potential", "papers": [one, two]}
    ada.post(f"customers/{made}", form | {"version": "1"})
    with ada.inside():
        assert all("papers" not in (row.changes or {}) for row in history_of("customer", made))
        version = CUSTOMER.get(made).version
    ada.post(f"customers/{made}", form | {"version": version, "papers-gone": [one]})
    assert [f.name for f in value(ada, made, "papers")] == ["two.pdf"]


def test_a_field_is_changed_where_it_stands(ada, fields):
    made = customer(ada)
    url = f"customers/{made}/fields/papers"
    assert 'type="file"' in ada.get(url).get_data(as_text=True)
    ada.post(url, {"papers-file": (io.BytesIO(PDF), "one.pdf")}, content_type="multipart/form-data")
    assert [f.name for f in value(ada, made, "papers")] == ["one.pdf"]


def test_dropping_a_file_answers_with_its_row_or_with_one_sentence(ada, fields):
    row = ada.post("files", {"kind": "file", "name": "papers", "file": (io.BytesIO(PDF), "<i>.pdf")})
    assert row.status_code == 200 and "&lt;i&gt;.pdf" in row.get_data(as_text=True)
    kept = row.get_data(as_text=True).split('name="papers" value="')[1].split('"')[0]
    assert [f.name for f in value(ada, customer(ada, papers=[kept]), "papers")] == ["<i>.pdf"]
    for sent in ((io.BytesIO(HTML), "me.png"), (io.BytesIO(b""), "me.png")):
        refused = ada.post("files", {"kind": "image", "name": "photo", "file": sent})
        assert refused.status_code == 422 and refused.mimetype == "text/plain" and "me.png" in refused.text
    with ada.inside():
        assert db.session().query(File).count() == 1


def test_a_signature_is_a_picture(ada, fields):
    made = customer(ada, signed=[upload(ada, "signature.png", picture())])
    assert value(ada, made, "signed")[0].is_image
    assert refusal(ada, signed=[upload(ada, "signature.png", SVG)]) == ("signed", "wrong_content")


# --- fetching --------------------------------------------------------------------------------------------


def test_a_file_is_always_saved_and_never_run(ada, fields):
    for name, content in (("page.html", HTML), ("drawing.svg", SVG), ("x.js", b"alert(1)"), ("p.png", picture())):
        answer = ada.get(f"files/{upload(ada, name, content)}")
        assert answer.status_code == 200 and answer.data == content
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.mimetype in ("application/octet-stream", "image/png")


def test_only_pictures_and_pdfs_are_shown(ada, admin):
    good = ada.get(f"files/{upload(ada, 'p.png', picture())}/preview")
    assert good.mimetype == "image/png" and "attachment" not in good.headers.get("Content-Disposition", "")
    assert good.headers["X-Content-Type-Options"] == "nosniff"
    assert ada.get(f"files/{upload(ada)}/preview").mimetype == "application/pdf"
    for content in (HTML, SVG, b"plain"):
        assert ada.get(f"files/{upload(ada, 'p.png', content)}/preview").status_code == 404
    lying = upload(ada, "p.png", HTML)
    with admin.begin() as connection:
        connection.execute(text("update guanxi.file set content_type = 'image/png' where id = :id"), {"id": lying})
    assert ada.get(f"files/{lying}/preview").status_code == 404


def test_a_file_is_looked_at_on_a_page_of_its_own(ada):
    shown = ada.get(f"files/{upload(ada, 'page.html', HTML)}/view").get_data(as_text=True)
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert(1)" not in shown
    assert "/preview" in ada.get(f"files/{upload(ada, 'p.png', picture())}/view").get_data(as_text=True)


def test_whoever_may_not_see_the_record_may_not_fetch_its_files(ada, fields, sam, eve, bob, mallory):
    with ada.inside():
        db.session().execute(text("update role set grants = jsonb_set(grants, '{records,*,view}', '\"own\"')"
                                  " where tenant_id = :t and key = 'sales'"), {"t": ada.tenant_id})  # fmt: skip
    kept = upload(sam)
    customer(sam, papers=[kept])
    waiting = upload(sam)
    for path in ("", "/preview", "/view"):
        assert sam.get(f"files/{kept}{path}").status_code == 200
        for stranger in (eve, mallory):
            assert stranger.get(f"files/{kept}{path}").status_code == 404
            assert stranger.get(f"files/{waiting}{path}").status_code == 404
    assert ada.get(f"files/{waiting}").status_code == 404
    assert eve.api("GET", f"files/{kept}").status_code == 404
    assert eve.api("GET", f"files/{kept}/content").status_code == 404


def test_the_files_of_a_deleted_record_are_out_of_reach(ada, fields):
    kept = upload(ada)
    made = customer(ada, papers=[kept])
    ada.post(f"customers/{made}/deletion")
    assert ada.get(f"files/{kept}").status_code == 404
    ada.post(f"customers/{made}/restoration")
    assert ada.get(f"files/{kept}").status_code == 200


def test_a_file_that_was_never_given_to_a_record_is_gone_after_a_day(ada, fields, clock, run_jobs):
    stray, kept = upload(ada), upload(ada)
    customer(ada, papers=[kept])
    clock.move(hours=23)
    run_jobs()
    assert ada.get(f"files/{stray}").status_code == 200
    clock.move(hours=2)
    run_jobs()
    assert ada.get(f"files/{stray}").status_code == 404
    assert ada.get(f"files/{kept}").status_code == 200


# --- the API ---------------------------------------------------------------------------------------------


def test_a_file_is_sent_as_a_form_or_as_the_body(ada):
    as_form = ada.api("POST", "files", data={"file": (io.BytesIO(PDF), "a.pdf")}, content_type="multipart/form-data")
    as_body = ada.api("POST", "files?name=报价.pdf", data=PDF, content_type="text/html")
    for answer, name in ((as_form, "a.pdf"), (as_body, "报价.pdf")):
        assert answer.status_code == 201
        told = answer.json["data"]
        assert (told["name"], told["type"], told["size"]) == (name, "application/pdf", len(PDF))
        assert ada.api("GET", answer.headers["Location"]).json["data"] == told
    assert ada.api("POST", "files", data=b"").json["errors"][0]["code"] == "empty_file"
    once = {"headers": {"Idempotency-Key": "k1"}, "data": PDF}
    assert ada.api("POST", "files", **once).json == ada.api("POST", "files", **once).json


def test_a_token_for_reading_sends_no_files(ada):
    token = ada.token(scopes=("read",))
    answer = ada.app.test_client().post("/api/v1/files", data=PDF, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403 and base64.b64encode(PDF) not in answer.data
