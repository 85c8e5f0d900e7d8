"""Can an officer settle pairs and NIKs on the pages and by program, and does nothing personal leave them?"""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from factories import NOW, make_household
from page_scene import Pages, token_on
from sqlmodel import select

from service.db.tables import AccessRecord, DuplicatePair, Household, Member, NikDecision
from service.trust.accounts import add_user, make_session, make_token

RIGHT = "3601015206859977"


@pytest.fixture
def pages(database, home):
    made = Pages(database, home)
    yield made
    made.app.state.prefect.close()


def seal(pages, number):
    sealer = pages.house.sealer
    return {"nik_sealed": sealer.seal("nik", number), "nik_lookup": sealer.lookup("nik", number)}


def add(pages, number, **fields):
    sealer, kk = pages.house.sealer, f"36010112031090{number:02}"
    numbers = {**seal(pages, f"36010152068599{number:02}"), "kk_sealed": sealer.seal("kk", kk)}
    with pages.database.write() as session:
        return make_household(session, {"never": True}, **{**numbers, "kk_lookup": sealer.lookup("kk", kk), **fields}).id


def add_pair(pages, first, second, kind="likely", likeness=90):
    with pages.database.write() as session:
        made = DuplicatePair(first_id=first, second_id=second, kind=kind, likeness=likeness, found_at=NOW)
        session.add(made)
        session.flush()
        return made.id


@pytest.fixture
def pair(pages):
    """Two alike households with a member in common, and their pair."""
    first, second = add(pages, 1, name="Siti Aminah"), add(pages, 2, name="Hj. Siti Amimah", rt="009")
    with pages.database.write() as session:
        for household in (first, second):
            session.add(Member(household_id=household, name="Anak Contoh", added_at=NOW, **seal(pages, "3601015206859950")))
    return add_pair(pages, first, second)


def post(browser, shown, action, **data):
    return browser.post(action, data={"csrf": token_on(shown), **data})


def row(pages, table, key):
    with pages.database.read() as session:
        return session.get(table, key)


def test_a_pair_is_shown_side_by_side_with_what_is_alike_and_no_whole_number(pages, pair):
    shown = pages.officer("operator").get(f"/ganda/{pair}")
    for told in ("Siti Aminah", "Hj. Siti Amimah", "3601********9901", "Anak Contoh", "terdaftar lebih dulu", "kemiripan 90 %"):
        assert told in shown.text
    assert not re.search(r"\b\d{16}\b", shown.text)
    marks = re.findall(r'<th scope="row">([^<]+)</th>.*?data-label="Kesamaan">(.*?)</td>', shown.text, re.DOTALL)
    found = {word: "sama" if "sama" in mark else "mirip" if "mirip" in mark else "beda" for word, mark in marks}
    expected = {"Nama": "mirip", "Lahir": "sama", "NIK": "beda", "Desa/kelurahan": "sama", "Alamat": "beda"}
    assert (expected | {"Anggota lain": "sama"}).items() <= found.items()


def test_deciding_leads_to_the_next_open_pair_and_then_to_the_empty_list(pages, pair):
    other = add_pair(pages, add(pages, 3), add(pages, 4), "same_kk", None)
    browser = pages.officer("verifier")
    shown = browser.get(f"/ganda/{pair}")
    done = post(browser, shown, f"/ganda/{pair}", putusan="sama", tetap="2", alasan="KK dilihat")
    assert done.headers["location"] == f"/ganda/{other}?sudah=diputuskan"
    onward = browser.get(done.headers["location"])
    assert "Keputusan tersimpan." in onward.text
    done = post(browser, onward, f"/ganda/{other}", putusan="berbeda", tetap="3", alasan="dua rumah")
    assert done.headers["location"] == "/ganda?sudah=diputuskan"
    assert "Tidak ada pasangan yang menunggu keputusan" in browser.get("/ganda").text
    kept = row(pages, DuplicatePair, pair)
    assert (kept.state, kept.kept_id, kept.decided_by) == ("same", 2, "user:uji-verifier")
    assert (row(pages, DuplicatePair, other).state, row(pages, DuplicatePair, other).kept_id) == ("different", None)
    told = browser.get(f"/ganda/{pair}").text
    assert "No. 2 tetap dipakai" in told
    assert "Uji verifier" in told
    assert "<textarea" not in told


def test_a_refused_decision_keeps_what_was_given_and_says_why_at_the_field(pages, pair):
    browser = pages.officer("operator")
    shown = browser.get(f"/ganda/{pair}")
    without = post(browser, shown, f"/ganda/{pair}", alasan="sudah dilihat")
    assert (without.status_code, 'href="#putusan"' in without.text, "sudah dilihat" in without.text) == (422, True, True)
    silent = post(browser, shown, f"/ganda/{pair}", putusan="sama", tetap="2")
    assert (silent.status_code, 'href="#alasan"' in silent.text) == (422, True)
    assert re.search(r'value="sama" checked', silent.text)
    assert re.search(r'value="2" checked', silent.text)
    assert row(pages, DuplicatePair, pair).state == "open"


def test_a_second_officer_is_told_who_decided(pages, pair):
    first, second = pages.officer("operator"), pages.officer("verifier")
    shown = second.get(f"/ganda/{pair}")
    post(first, first.get(f"/ganda/{pair}"), f"/ganda/{pair}", putusan="berbeda", alasan="dua rumah")
    late = post(second, shown, f"/ganda/{pair}", putusan="sama", tetap="1", alasan="satu rumah")
    assert late.status_code == 409
    assert "sudah diputuskan dua keluarga yang berbeda oleh Uji operator" in late.text


def test_lists_are_filtered_by_links_and_the_filter_is_kept_through_decisions(pages, pair):
    other = add_pair(pages, add(pages, 3, village="36.02.01.2001"), add(pages, 4, village="36.02.01.2001"), "same_kk", None)
    last = add_pair(pages, add(pages, 5), add(pages, 6), "likely", 81)
    browser = pages.officer("operator")
    here = browser.get("/ganda?wilayah=36.01&jenis=likely")
    assert re.findall(r'href="/ganda/(\d+)\?jenis=likely&amp;wilayah=36.01"', here.text) == [str(pair), str(last)]
    assert f"/ganda/{other}" not in here.text
    assert "2 pasangan menunggu keputusan" in here.text
    shown, filters = browser.get(f"/ganda/{pair}?jenis=likely&wilayah=36.01"), {"jenis": "likely", "wilayah": "36.01"}
    assert all(f'name="{name}" value="{value}"' in shown.text for name, value in filters.items())
    done = post(browser, shown, f"/ganda/{pair}", putusan="berbeda", alasan="dua rumah", **filters)
    onward = urlsplit(done.headers["location"])
    assert (onward.path, dict(parse_qsl(onward.query))) == (f"/ganda/{last}", {**filters, "sudah": "diputuskan"})


def test_an_officer_of_another_regency_neither_sees_nor_decides(pages, pair):
    with pages.database.write() as session:
        user = add_user(session, "lebak", "Petugas Lebak", ["operator"], regencies=["36.02"])
        pages.sessions["lebak"] = make_session(session, user.id)
    waiting = add(pages, 7, nik_check="differs", nik_checked_at=NOW)
    browser = pages.officer("lebak")
    assert "Siti Aminah" not in browser.get("/ganda").text
    assert browser.get(f"/ganda/{pair}").status_code == 403
    assert browser.get(f"/nik/{waiting}").status_code == 403
    assert "Tidak ada NIK yang menunggu" in browser.get("/nik").text
    assert "pasangan mungkin terdaftar ganda" not in browser.get("/").text


def test_whoever_may_settle_finds_both_queues_on_the_first_page_and_nobody_else(pages, pair):
    add(pages, 7, nik_check="not_found", nik_checked_at=NOW)
    for role in ("operator", "verifier"):
        text = pages.officer(role).get("/").text
        assert "pasangan mungkin terdaftar ganda" in text
        assert "keluarga dengan NIK belum cocok" in text
    other = pages.officer("approver")
    assert "ganda" not in other.get("/").text
    assert other.get("/ganda").status_code == 403
    assert other.get("/nik").status_code == 403


def test_a_nik_page_shows_what_does_not_fit_and_a_confirmed_one_leaves_the_queue(pages):
    household = add(pages, 7, nik_check="differs", nik_checked_at=NOW)
    onward = add(pages, 8, nik_check="not_found", nik_checked_at=NOW)
    browser = pages.officer("operator")
    shown = browser.get(f"/nik/{household}")
    assert "Tanggal lahir berbeda dari NIK" in shown.text
    assert f'href="/nik/{onward}"' in shown.text
    silent = post(browser, shown, f"/nik/{household}/benarkan", alasan="")
    assert (silent.status_code, 'href="#alasan-benarkan"' in silent.text) == (422, True)
    done = post(browser, shown, f"/nik/{household}/benarkan", alasan="KTP asli dilihat")
    after = browser.get(done.headers["location"])
    for told in ("NIK dibenarkan", "KTP asli dilihat", "Uji operator", "tidak menunggu keputusan"):
        assert told in after.text
    assert row(pages, Household, household).nik_check == "confirmed"
    assert f"/nik/{household}" not in browser.get("/nik").text


def test_a_corrected_nik_is_never_written_back_into_a_page(pages):
    household, other = add(pages, 7, nik_check="not_found", nik_checked_at=NOW), add(pages, 8)
    browser = pages.officer("verifier")
    shown = browser.get(f"/nik/{household}")
    taken = post(browser, shown, f"/nik/{household}/ganti", nik="3601015206859908", alasan="KTP asli dilihat")
    assert (taken.status_code, f"milik rumah tangga nomor {other}" in taken.text) == (422, True)
    assert 'href="#nik-ganti"' in taken.text
    assert "KTP asli dilihat" in taken.text
    done = post(browser, shown, f"/nik/{household}/ganti", nik=RIGHT, alasan="KTP asli dilihat")
    after = browser.get(done.headers["location"])
    assert "NIK diganti" in after.text
    for answer in (shown, taken, after):
        assert not re.search(r"\b\d{16}\b", answer.text)
    assert row(pages, Household, household).nik_lookup == pages.house.sealer.lookup("nik", RIGHT)


def test_the_whole_nik_is_shown_once_for_a_reason_that_is_kept(pages):
    household = add(pages, 7, nik_check="not_found", nik_checked_at=NOW)
    browser = pages.officer("operator")
    shown = browser.get(f"/nik/{household}")
    assert post(browser, shown, f"/nik/{household}/buka", alasan="").status_code == 422
    opened = post(browser, shown, f"/nik/{household}/buka", alasan="dicocokkan dengan KTP")
    assert "3601015206859907" in opened.text
    with pages.database.read() as session:
        kept = session.exec(select(AccessRecord)).one()
    assert (kept.household_id, kept.field, kept.reason) == (household, "nik", "dicocokkan dengan KTP")
    assert "3601015206859907" not in browser.get(f"/nik/{household}").text


def test_the_nik_queue_pages_by_key_and_filters_by_answer_and_regency(pages):
    for number in range(20, 80):
        where = "36.02.01.2001" if number % 2 else "36.01.01.2001"
        add(pages, number, village=where, nik_check="differs" if number < 30 else "not_found", nik_checked_at=NOW)
    browser = pages.officer("operator")
    first = browser.get("/nik")
    assert len(re.findall(r'<a href="/nik/\d+"', first.text)) == 50
    onward = re.search(r'href="(/nik\?setelah=\d+)"', first.text).group(1)
    assert len(re.findall(r'<a href="/nik/\d+"', browser.get(onward).text)) == 10
    assert "5 keluarga menunggu" in browser.get("/nik?hasil=differs&wilayah=36.02").text
    assert "60 keluarga menunggu" in browser.get("/nik?hasil=entah").text


@pytest.fixture
def program(pages):
    """Headers of an operator's program, and a browser without a cookie."""
    with pages.database.write() as session:
        token = make_token(session, add_user(session, "mesin", "Mesin", ["operator"]).id)
    return {"authorization": f"Bearer {token}"}


def test_a_program_lists_and_settles_pairs(pages, pair, program):
    client = pages.stranger()
    listed = client.get("/api/pairs", headers=program).json()["pairs"]
    assert [(one["pair"], one["households"], one["kind"], one["likeness"]) for one in listed] == [(pair, [1, 2], "likely", 90)]
    wish = {"verdict": "same", "reason": "KK dilihat petugas"}
    for bad in ({**wish, "verdict": "maybe"}, {"verdict": "same"}, {**wish, "kept": 99}, {**wish, "more": 1}):
        assert client.post(f"/api/pairs/{pair}", json=bad, headers=program).status_code == 422
    told = client.post(f"/api/pairs/{pair}", json=wish, headers=program)
    assert (told.status_code, told.json()["state"], told.json()["kept"]) == (200, "same", 1)
    again = client.post(f"/api/pairs/{pair}", json={**wish, "verdict": "different"}, headers=program)
    assert (again.status_code, "oleh Mesin" in again.json()["detail"]) == (409, True)
    assert client.post("/api/pairs/99", json=wish, headers=program).status_code == 404
    assert client.get("/api/pairs", headers=program).json() == {"pairs": []}


def test_a_program_lists_and_settles_niks(pages, program):
    first, second = (add(pages, number, nik_check="not_found", nik_checked_at=NOW) for number in (7, 8))
    client, wish = pages.stranger(), {"reason": "KTP dilihat petugas"}
    listed = client.get("/api/households/unmatched", headers=program).json()["households"]
    assert [one["household"] for one in listed] == [first, second]
    assert client.post(f"/api/households/{first}/nik-confirm", json=wish, headers=program).json()["nik_check"] == "confirmed"
    wrong = client.post(f"/api/households/{second}/nik-correct", json={**wish, "nik": "3601015206859907"}, headers=program)
    assert (wrong.status_code, wrong.json()["household"]) == (422, first)
    done = client.post(f"/api/households/{second}/nik-correct", json={**wish, "nik": RIGHT}, headers=program)
    assert (done.status_code, done.json()["nik_check"]) == (200, "unchecked")
    assert RIGHT not in done.text + wrong.text
    with pages.database.read() as session:
        assert [made.what for made in session.exec(select(NikDecision).order_by(NikDecision.id))] == ["confirmed", "corrected"]
