"""Do the master data pages let in only who may edit, save by our own functions, and never show a secret or call out?"""

import re

import pytest
from factories import make_cycle, make_officer, make_partner, told_by
from need_scenes import OPERATOR, catalogue, rows
from page_scene import Pages
from starlette.routing import Mount

from service.api.master import PATH
from service.db.tables import DeliveryPoint, Package, Partner
from service.errors import NotFound
from service.procurement.changing import change_catalogue
from service.trust.master import WrongMaster, change_partner, change_point
from service.trust.rights import RIGHTS, NoRight, OutsideRegion

OUR_PAGE = {"sec-fetch-site": "same-origin"}
PLACE = {"name": "Kantor Kecamatan Contoh", "address": "Jalan Contoh 1", "latitude": -6.3, "longitude": 106.1}


@pytest.fixture
def pages(database, home):
    return Pages(database, home)


@pytest.fixture
def things(database):
    """A cycle with a catalogue, a supplier of one regency, an agency of the province, and a facilitator."""
    with database.write() as session:
        change_catalogue(session, OPERATOR, make_cycle(session), catalogue(), told_by(OPERATOR))
        supplier = make_partner(session, "supplier", "pms-1", contact="penyedia@contoh.example")
        agency = make_partner(session, "agency", "dinkop", None)
        facilitator = make_partner(session, "facilitator", "fas-f01")
        return supplier.id, agency.id, facilitator.id


def token_of(answer):
    return re.search(r'name="csrftoken" value="([^"]+)"', answer.text).group(1)


def save(browser, address, fields, headers=OUR_PAGE):
    token = token_of(browser.get(address))
    return browser.post(address, data={"csrftoken": token, **fields}, headers=headers)


# --- who gets in


def test_everything_under_the_path_refuses_nobody_and_who_may_not_edit(pages):
    mount = next(route for route in pages.app.routes if isinstance(route, Mount) and route.path == PATH)
    paths = {re.sub(r"{[^}]*}", "paket", route.path) for route in mount.routes} | {"/static/js/form.js", "/", "/entah"}
    assert len(paths) > 8
    stranger, auditor = pages.stranger(), pages.officer("auditor")
    for path in paths:
        for method in ("GET", "POST"):
            assert stranger.request(method, PATH + path).headers["location"].startswith("/masuk"), path
            refused = auditor.request(method, PATH + path, headers=OUR_PAGE)
            assert (refused.status_code, "hanya untuk" in refused.text) == (403, True), path


@pytest.mark.parametrize("role", sorted(RIGHTS["master.edit"]))
def test_who_may_edit_gets_in(pages, things, role):
    browser = pages.officer(role)
    for path in (
        "/paket/list",
        "/titik-serah/list",
        "/mitra/list",
        "/paket/create",
        "/mitra/edit?pk=1",
        "/mitra/detail?pk=1",
        "/",
    ):
        assert browser.get(PATH + path).status_code == 200, path


def test_a_change_another_site_asks_for_is_refused(database, pages, things):
    browser = pages.officer("operator")
    told = save(browser, f"{PATH}/mitra/edit?pk=1", {"name": "Jahat"}, {"sec-fetch-site": "cross-site"})
    assert (told.status_code, "tidak datang dari halaman Estafet" in told.text) == (403, True)
    assert browser.post(f"{PATH}/mitra/edit?pk=1", data={"name": "Jahat"}, headers=OUR_PAGE).status_code == 403
    assert rows(database, Partner)[0].name != "Jahat"


def test_the_pages_call_nobody_and_their_scripts_need_the_requests_nonce(pages, things):
    browser = pages.officer("operator")
    for path in ("/paket/list", "/paket/edit?pk=P-A", "/titik-serah/create", "/mitra/detail?pk=1"):
        told = browser.get(PATH + path)
        policy = told.headers["content-security-policy"]
        assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
        nonce = re.search(r"'nonce-([^']+)'", policy).group(1)
        inline = re.findall(r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>", told.text)
        assert inline
        assert all(f'nonce="{nonce}"' in tag for tag in inline), path
        assert not [one for one in re.findall(r"(?:src|href)=[\"'](https?://[^\"']+)", told.text) if "testserver" not in one]
        assert "@import" not in told.text
        assert " onchange=" not in told.text
        assert told.text.index("data.css") > told.text.index("tabler.min.css")
    assert browser.get(f"{PATH}/paket/list").headers["content-security-policy"] != policy


@pytest.mark.parametrize("path", ["/partner/list", "/mitra/edit?pk=999", "/mitra/detail?pk=x", "/entah/ini", "/mitra/create"])
def test_what_is_not_there_is_said_in_indonesian_with_a_way_back(pages, things, path):
    told = pages.officer("operator").get(PATH + path)
    words = "Halaman ini tidak ada." if told.status_code == 404 else "Ini tidak diizinkan."
    assert (told.status_code in (403, 404), words in told.text) == (True, True), told.text
    assert f'href="{PATH}/"' in told.text
    for english in ("Oops", "not found", "Not Found", "Take me home", "Forbidden"):
        assert english not in told.text, english


def test_no_secret_is_on_any_page(pages, things):
    browser = pages.officer("operator")
    for path in ("/mitra/list", "/mitra/edit?pk=1", "/mitra/detail?pk=1"):
        told = browser.get(PATH + path).text
        assert "secret" not in told
        assert "whsec" not in told
    assert "fas-f01" not in browser.get(f"{PATH}/mitra/list").text


# --- what is saved


def test_a_package_changed_there_is_a_new_version(database, pages, things):
    browser = pages.officer("operator")
    fields = {
        "name": "Paket warung", "kinds": ["warung_sembako", "minuman"], "account": "",
        "items.0.name": "Beras", "items.0.quantity": "10", "items.0.unit": "kg", "items.0.price": "16000",
        "items.0.tax": "1500",
    }  # fmt: skip
    done = save(browser, f"{PATH}/paket/edit?pk=P-A", fields)
    assert done.status_code == 303, done.text
    found = [(one.code, one.version, one.price, one.is_current) for one in rows(database, Package)]
    assert found == [("P-A", 1, 150_000, False), ("P-B", 1, 2_000_000, True), ("P-A", 2, 160_000, True)]
    assert rows(database, Package)[-1].made_by == "user:uji-operator"
    assert save(browser, f"{PATH}/paket/edit?pk=P-A", fields).status_code == 303
    assert len(rows(database, Package)) == 3


def test_a_package_above_the_unit_value_or_without_items_is_told_on_the_form(database, pages, things):
    browser = pages.officer("operator")
    fields = {"code": "P-C", "name": "Paket baru", "kinds": ["jahit"], "account": ""}
    assert save(browser, f"{PATH}/paket/create", fields).status_code == 422
    item = {"items.0.name": "Mobil", "items.0.quantity": "1", "items.0.unit": "unit", "items.0.price": "90000000"}
    told = save(browser, f"{PATH}/paket/create", fields | item)
    assert (told.status_code, "di atas nilai satuan" in told.text) == (422, True)
    assert len(rows(database, Package)) == 2


def test_a_point_is_added_and_changed_but_not_half_or_twice(database, pages, caplog):
    browser = pages.officer("operator")
    fields = {key: str(value) for key, value in PLACE.items()} | {"district_code": "36.01.01"}
    assert save(browser, f"{PATH}/titik-serah/create", fields).status_code == 303
    again = save(browser, f"{PATH}/titik-serah/create", fields)
    assert (again.status_code, "sudah mempunyai titik serah" in again.text) == (422, True)
    half = save(browser, f"{PATH}/titik-serah/edit?pk=36.01.01", fields | {"longitude": ""})
    assert "Isi lintang dan bujur" in half.text
    assert save(browser, f"{PATH}/titik-serah/edit?pk=36.01.01", fields | {"name": "Aula"}).status_code == 303
    with database.read() as session:
        point = session.get(DeliveryPoint, "36.01.01")
    assert (point.name, point.latitude) == ("Aula", -6.3)
    assert "Aula" in browser.get(f"{PATH}/titik-serah/list").text


def test_a_partners_address_changes_and_the_log_says_who_and_what_but_not_to_what(database, capsys, things):
    from structlog.testing import capture_logs

    given = {"name": "Toko Baru", "regency_code": "36.01", "contact": "baru@contoh.example", "capacity": 5, "active": True}
    with capture_logs() as told, database.write() as session:
        changed = change_partner(session, OPERATOR, things[0], given)
        assert (changed.name, changed.contact, changed.secret_sealed != "") == ("Toko Baru", "baru@contoh.example", True)
    assert told == [
        {
            "event": "master_changed", "log_level": "info", "by": OPERATOR.actor, "what": "partner", "key": "pms-1",
            "fields": ["name", "contact", "capacity"],
        }
    ]  # fmt: skip


def test_only_ones_own_regency_and_only_what_can_be(database, things):
    lebak = make_officer("operator", "lebak", ("36.02",))
    good = {"name": "A", "regency_code": "36.01"}
    with database.write() as session:
        for officer, partner_id, given, error in (
            (make_officer("auditor"), things[0], good, NoRight),
            (lebak, things[0], good | {"regency_code": "36.02"}, OutsideRegion),
            (lebak, things[1], good | {"regency_code": "36.02"}, OutsideRegion),
            (OPERATOR, things[0], good | {"regency_code": "99.99"}, WrongMaster),
            (OPERATOR, things[0], good | {"capacity": -1}, WrongMaster),
            (OPERATOR, things[0], good | {"name": "  "}, WrongMaster),
            (OPERATOR, things[2], good, NotFound),
        ):
            with pytest.raises(error):
                change_partner(session, officer, partner_id, given)
        for officer, district, given, error in (
            (make_officer("auditor"), "36.01.01", PLACE, NoRight),
            (lebak, "36.01.01", PLACE, OutsideRegion),
            (OPERATOR, "99.01.01", PLACE, WrongMaster),
            (OPERATOR, "36.01.01", PLACE | {"latitude": 91}, WrongMaster),
            (OPERATOR, "36.01.01", PLACE | {"longitude": 181}, WrongMaster),
        ):
            with pytest.raises(error):
                change_point(session, officer, district, given, is_new=True)
        with pytest.raises(NotFound):
            change_point(session, OPERATOR, "36.01.01", PLACE, is_new=False)


def test_nothing_is_deleted_there(database, pages, things):
    browser = pages.officer("operator")
    token = token_of(browser.get(f"{PATH}/mitra/edit?pk=1"))
    for path in ("/_api/mitra/row-action?name=delete&pk=1", "/_api/mitra/action?name=delete&pks=1"):
        answer = browser.post(PATH + path, headers=OUR_PAGE | {"X-CSRFToken": token})
        assert answer.status_code >= 400, path
    assert len(rows(database, Partner)) == 3
