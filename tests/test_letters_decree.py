"""Can anybody recompute a decree's order from its print, and does its public version tell nobody's name?"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import page
import pytest
from decree_scenes import Selection
from letter_samples import close, decree, decree_draft, decree_public, text_of
from sqlmodel import select

from service.db.tables import Case, Cycle, Decree, Household, Letter
from service.letters import MissingValue, check_letter, render
from service.letters.apart import render_apart
from service.selection import papers
from service.selection.decree import initials, list_hash

HERE = Path(__file__).parent


def test_the_annex_prints_the_rule_of_the_order_the_seed_and_every_hash() -> None:
    text = " ".join(text_of(render("decree", decree(6)), "-layout").split())
    for told in ("(1) nilai tertinggi; (2) paling lama", "16 digit heksadesimal pertama", "“202106:nomor keluarga”",
                 "Sidik kebijakan (SHA-256)", "Sidik data beku (SHA-256)", "Sidik daftar (SHA-256)"):  # fmt: skip
        assert told in text
    assert text.count("3f9a01bc 77de12aa 0912fe34 aa00bb11") == 6


def test_the_annex_names_each_household_with_number_rank_and_score() -> None:
    text = text_of(render("decree", decree(3)), "-layout")
    assert re.search(r"1\s+470\s+0\s+87\s+Siti Contoh 0\s+3601\*{8}0003\s+Kp\. Contoh RT 003/RW 001\s+Kadumerak", text)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Siti Contoh", "S. C."),
        ("Sukarni", "S."),
        ("H. Abdul  'Aziz", "H. A. A."),
        ("nur'aini d'souza 2", "N. D."),
        ("12", "–"),
    ],
)
def test_a_name_is_published_as_its_initials(name: str, short: str) -> None:
    assert initials(name) == short


def test_the_public_version_says_what_it_is_under_the_same_number() -> None:
    text = text_of(render("decree_public", decree_public(6)))
    assert "VERSI UNTUK PUBLIKASI" in text
    assert "400.9.14.1/0001-DINSOS/2021" in text
    assert text.count("barang usaha, Rp2.500.000") == 6


def test_the_draft_is_marked_has_no_number_no_code_and_tells_until_when_people_may_object() -> None:
    pdf = render("decree_public", decree_draft(6))
    text = " ".join(text_of(pdf).split())
    for told in ("USULAN – BELUM DITETAPKAN, BELUM BERNOMOR", "Kamis, 10 Juni 2021", "belum ditetapkan"):
        assert told in text
    assert "DINSOS/2021" not in text
    assert "/v/" not in text
    assert page.is_pdf_compliant_bytes(pdf, profile="ua1")
    without_window = {name: value for name, value in decree_draft(6).items() if name != "until"}
    assert "sebelum usulan ini ditetapkan" in " ".join(text_of(render("decree_public", without_window)).split())


def test_a_letter_printed_apart_is_the_same_and_refused_alike():
    values = decree(3)
    assert render_apart("decree", values) == render("decree", values)
    del values["households"]
    with pytest.raises(MissingValue, match="isian 'households' belum ada") as refused:
        render_apart("decree", values)
    assert refused.value.details == {"template": "decree", "field": "households"}


def test_two_and_a_half_thousand_rows_are_printed_within_600_megabytes_and_leave_their_printer_small() -> None:
    measured = "int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024"
    start = "import re, sys; sys.path.insert(0, 'tests'); from letter_samples import decree, decree_public; "
    here = "from service.letters import render; render('decree', decree(2500)); render('decree_public', decree_public(2500)); "
    apart = "from service.letters.apart import render_apart; render_apart('decree', decree(2500)); "
    peaks = []
    for code in (here, apart):
        command = [sys.executable, "-c", f"{start}{code}print({measured})"]
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
    assert 50 < peaks[0] < 600
    assert 20 < peaks[1] < peaks[0] / 2


# --- from the database


@pytest.fixture
def signed(database, home):
    """A signed decree with both its letters."""
    selection = Selection(database, home)
    with database.write() as session:
        for number, household in enumerate(session.exec(select(Household).order_by(Household.id))):
            household.name = f"Ratna Kembang{'abcdefghij'[number]}"
    selection.run()
    selection.sign()
    assert selection.run()["write_decree"].moved == 1
    assert selection.run()["write_decree"].moved == 0
    return selection


def _letters(selection):
    with selection.database.read() as session:
        return {letter.kind: letter for letter in session.exec(select(Letter))}


def _text(selection, kind, *options):
    return text_of((selection.home / _letters(selection)[kind].file).read_bytes(), *options)


def test_both_letters_are_kept_once_under_one_number_of_the_book(signed):
    kept, (decree,) = _letters(signed), signed.decrees()
    assert set(kept) == {"decree", "decree_public"}
    assert (decree.letter_id, decree.public_letter_id) == (kept["decree"].id, kept["decree_public"].id)
    assert kept["decree"].number == kept["decree_public"].number == decree.number
    assert [(kept[kind].book, kept[kind].seq) for kind in sorted(kept)] == [("decree", 1), (None, None)]
    with signed.database.read() as session:
        check = check_letter(session, signed.home, kept["decree_public"].code)
    assert (check.kind_label, check.status_label) == ("Keputusan penetapan penerima (versi publikasi)", "Ditetapkan")


def test_whoever_holds_the_decree_can_compute_list_and_ties_again(signed):
    text = " ".join(_text(signed, "decree", "-layout").split())
    seed = re.search(r"Benih siklus 2021 : (\d+)", text).group(1)
    with signed.database.read() as session:
        cycle, decree = session.exec(select(Cycle)).one(), session.exec(select(Decree)).one()
        listed = session.exec(select(Case).where(Case.decree_id == decree.id)).all()
    assert int(seed) == cycle.seed
    numbers = [int(found) for found in re.findall(r"\d+ (\d+) \d+ \d+ Ratna", text)]
    assert sorted(numbers) == sorted(case.household_id for case in listed)
    ours = hashlib.sha256("\n".join(map(str, sorted(numbers))).encode()).hexdigest()
    assert ours == list_hash(numbers) == decree.list_hash
    for digest in (decree.list_hash, cycle.policy_hash, cycle.snapshot_hash):
        assert digest in close(text)


def test_the_public_version_and_the_draft_hold_no_name_number_or_address(signed):
    with signed.database.read() as session:
        cycle, decree = session.exec(select(Cycle)).one(), session.exec(select(Decree)).one()
        draft = papers.draft_values(session, cycle, decree, signed.home, "http://estafet.test")
    for text in (_text(signed, "decree_public"), text_of(render("decree_public", draft))):
        assert "R. K." in text
        for personal in ("Ratna", "Kembang", "3601*", "Kp. Contoh", "RT 001"):
            assert personal not in text
    assert "Ratna Kembanga" in _text(signed, "decree")


def test_a_household_that_came_by_its_objection_says_so_where_it_has_no_rank(database, home):
    selection = Selection(database, home, sizes=(2, 4))
    selection.run()
    heard = selection.cases("ineligible")[0]
    selection.answer(selection.object(heard, "enter"), "accepted")
    selection.withdraw(selection.cases("selected", "36.01")[0])
    selection.run()
    assert selection.case(heard.id).status == "selected"
    selection.sign()
    selection.run()
    assert re.search(rf"{heard.household_id}\s+keberatan", _text(selection, "decree", "-layout"))


def test_letters_of_a_home_from_before_the_public_version_get_theirs(signed):
    with signed.database.write() as session:
        session.exec(select(Decree)).one().public_letter_id = None
        session.delete(session.exec(select(Letter).where(Letter.kind == "decree_public")).one())
    before = _letters(signed)["decree"].id
    assert signed.run()["write_decree"].moved == 1
    assert _letters(signed)["decree"].id == before
    assert set(_letters(signed)) == {"decree", "decree_public"}
