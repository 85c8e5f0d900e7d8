"""Is any CSV or XLSX an office may send read the same, and is whatever else refused before it does harm?"""

import contextlib
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_scenes import GOOD, NOW, counts, person, reasons, take_in, write_csv, write_xlsx

from service.errors import BadInput
from service.registry.aid_ledger import aid_columns
from service.registry.faults import CellFault, FileRefused
from service.registry.intake import registry_columns
from service.registry.sheets import MissingColumns, UnreadableFile, read_sheet


@pytest.mark.parametrize(
    ("delimiter", "encoding", "title"),
    [
        (",", "utf-8", str),
        (";", "utf-8-sig", str.upper),
        (";", "utf-8", lambda c: f"  {c.replace('_', ' ').title()} "),
        (",", "utf-8-sig", lambda c: c.replace("no_kk", "No. KK")),
    ],
)
def test_separator_mark_order_case_and_spaces_of_the_header_are_free(database, home, tmp_path, delimiter, encoding, title):
    columns = sorted(GOOD, reverse=True)
    path = write_csv(tmp_path / "a.csv", [person(1)], delimiter, encoding, columns, title)
    assert counts(take_in(database, home, path)) == (1, 1, 0, 0, 0, 0)


def test_a_spreadsheet_and_a_csv_with_the_same_content_are_equal(database, home, tmp_path):
    numbers = {"desil": 2, "penghasilan_bulanan": 1_250_000, "tanggal_lahir": date(1985, 6, 12), "kode_desa": 3601012001}
    rows = [person(1, **numbers, kehadiran_pertemuan=85, tanggal_asesmen=datetime(2020, 10, 15), no_hp=81234567890)]
    assert counts(take_in(database, home, write_xlsx(tmp_path / "a.xlsx", rows))) == (1, 1, 0, 0, 0, 0)
    assert counts(take_in(database, home, write_csv(tmp_path / "a.csv", [person(1)]))) == (1, 0, 0, 1, 0, 0)


def test_titles_above_the_header_and_blank_lines_are_no_rows(database, home, tmp_path):
    path = write_csv(tmp_path / "a.csv", [person(1), dict.fromkeys(GOOD, " "), person(2, rt="x")])
    path.write_text("Daftar usulan 2021,,\n" + path.read_text())
    write_more = write_csv(tmp_path / "b.csv", [person(3)]).read_text().splitlines()[1]
    path.write_text(path.read_text() + write_more + "\n")
    result = take_in(database, home, path)
    assert counts(result) == (3, 2, 0, 0, 1, 0)
    assert reasons(result) == ["Baris 5, kolom rt: 'x' bukan nomor RT/RW (paling banyak 3 angka)."]


CELLS = st.one_of(
    st.text(max_size=30), st.text("0123456789.,/-E+ Rp%", max_size=25), st.floats(), st.integers(), st.booleans(), st.dates(),
    st.datetimes(), st.times(), st.timedeltas(),
)  # fmt: skip


@settings(deadline=None)
@given(CELLS)
def test_whatever_stands_in_a_cell_is_read_or_is_a_fault(cell):
    said = []
    for column in (*registry_columns(NOW.date()), *aid_columns(NOW.date())):
        try:
            column.read(cell)
        except CellFault as fault:
            said.append(fault.text)
    assert all(text.endswith(".") for text in said)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xef\xbb\xbf", b"nik;no_kk\n"]))
def test_whatever_bytes_are_sent_are_a_table_or_refused(tmp_path_factory, content, start):
    path = tmp_path_factory.mktemp("junk") / "a.csv"
    path.write_bytes(start + content)
    with contextlib.suppress(BadInput):
        read_sheet(path, ["nik"])


def test_every_refusal_is_one_the_sender_can_correct():
    assert all(issubclass(kind, BadInput) for kind in (UnreadableFile, MissingColumns, FileRefused))
