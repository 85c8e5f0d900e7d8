"""What does the command line say while files come in, and what about the aid a household received?"""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from registry_scenes import ledger, person, write_csv

from service.trust.accounts import add_user, make_token

ROOT = Path(__file__).parent.parent


@pytest.fixture
def desk(house):
    """The environment of an operator's command in a process of its own."""
    with house.database.write() as session:
        token = make_token(session, add_user(session, "uji", "Uji", ["operator"]).id)
        other = make_token(session, add_user(session, "lebak", "Lebak", ["verifier"], ["36.02"]).id)
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url, "ESTAFET_TOKEN": token}
    keys = {
        "ESTAFET_SECRET_KEY": "s" * 40,
        "ESTAFET_DATA_KEY": "d" * 40,
        "PYTHONPATH": str(ROOT),
        "TERM": "xterm",
        "COLUMNS": "140",
    }
    return os.environ | told | keys, other


def estafet(environment, *arguments, stderr=subprocess.PIPE):
    command = [sys.executable, "-m", "service.cli.main", *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True, check=False)


def at_a_terminal(environment, *arguments):
    """(standard output, what a terminal shows as standard error)."""
    ours, theirs = pty.openpty()
    done = estafet(environment, *arguments, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:  # the other end is closed and nothing is left
        pass
    os.close(ours)
    assert done.returncode == 0, shown
    return done.stdout, shown.decode()


def test_a_bar_for_each_file_is_shown_to_people_at_a_terminal_and_to_nobody_else(desk, tmp_path):
    environment, _ = desk
    files = [write_csv(tmp_path / f"{name}.csv", [person(at), person(at + 1)]) for at, name in ((1, "satu"), (3, "[dua]"))]
    out, shown = at_a_terminal(environment, "registry", "import", *files)
    assert "satu.csv: 2 baris, 2 baru, 0 diperbarui, 0 tetap, 0 ditolak, 0 ganda" in out
    assert all(part in shown for part in ("satu.csv", "[dua].csv", "2/2", "selesai"))
    out, shown = at_a_terminal(environment, "registry", "import", files[0], "--json")
    assert (json.loads(out)["unchanged"], shown) == (2, "")
    assert estafet(environment, "registry", "import", files[1]).stderr == ""


def test_a_refused_file_keeps_no_other_out_and_the_end_says_which_half_is_in(desk, tmp_path):
    environment, _ = desk
    good = [write_csv(tmp_path / f"{name}.csv", [person(at), person(at + 1)]) for at, name in ((1, "satu"), (3, "tiga"))]
    bad = tmp_path / "dua.csv"
    bad.write_text("bukan,tabel\n1,2\n")
    done = estafet(environment, "registry", "import", good[0], bad, good[1], "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [(line["file"], line.get("added")) for line in lines[:3]] == [("satu.csv", 2), ("dua.csv", None), ("tiga.csv", 2)]
    assert lines[3]["files"] == ["dua.csv"]
    assert "1 dari 3 berkas ditolak: dua.csv. Yang lain sudah masuk." in done.stderr


def test_households_that_may_be_one_are_searched_after_every_import(desk, tmp_path):
    environment, _ = desk
    twins = [person(1, nama="Siti Aminah"), person(2, nama="Siti Aminah")]
    done = estafet(environment, "registry", "import", write_csv(tmp_path / "satu.csv", twins))
    assert "1 pasangan rumah tangga mungkin ganda dan menunggu keputusan: estafet registry pairs" in done.stdout
    assert json.loads(estafet(environment, "registry", "pairs", "--json").stdout)["pairs"][0]["kind"] == "likely"


def test_what_a_household_received_is_told_with_what_how_much_and_when(desk, tmp_path):
    environment, of_another_regency = desk
    estafet(environment, "registry", "import", write_csv(tmp_path / "a.csv", [person(1), person(2)]))
    rows = [
        (person(1)["nik"], "", "UEP", "provinsi", "2019", "Paket warung", "2500000", "05/12/2019"),
        ("3601015206859977", person(1)["no_kk"], "PKH", "pusat", "2018", "", "", ""),
    ]
    path = ledger(tmp_path / "l.csv", rows, ("Bantuan", "Nilai", "Tanggal"))
    _, shown = at_a_terminal(environment, "aid", "import", path)
    assert "l.csv" in shown
    assert estafet(environment, "aid", "show", 1).stdout.splitlines() == [
        "2018 PKH (pusat), anggota KK: -",
        "2019 UEP (provinsi), kepala keluarga: Paket warung, Rp2.500.000, 05/12/2019",
    ]
    told = json.loads(estafet(environment, "aid", "show", 1, "--json").stdout)
    assert told["household"] == 1
    assert told["received"][1] == {
        "programme": "UEP", "source": "province", "year": 2019, "what": "Paket warung", "amount": 2_500_000,
        "received_on": "2019-12-05", "by": "head",
    }  # fmt: skip
    assert estafet(environment, "aid", "show", 2).stdout.strip() == "Tidak ada bantuan yang tercatat."
    refused = estafet(environment | {"ESTAFET_TOKEN": of_another_regency}, "aid", "show", 1)
    assert (refused.returncode, refused.stderr.strip()) == (1, "Data ini di luar wilayah kerja Anda.")
    assert estafet(environment, "aid", "show", 999).returncode == 1
