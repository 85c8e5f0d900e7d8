"""Does every command answer people and programs, refuse with a sentence, and require the act it names?"""

import csv
import getpass
import inspect
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import caller
from factories import make_household

from service.cli import main as cli
from service.cli.desk import COMMANDS, OPEN
from service.db.backup import FileExists, copy_into
from service.db.session import Database
from service.settings import Settings, current_settings
from service.spreadsheet import write_table
from service.trust.accounts import add_user, make_token
from service.trust.homes import House, make_home
from service.trust.rights import RIGHTS

ROOT = Path(__file__).parent.parent
YEAR = "2026"
CALLS: dict[str, list[str]] = {
    "home.backup": ["backup"],
    "run.run": ["run", "selection", YEAR, "--local"],
    "cycle.waiting": ["waiting", YEAR],
    "cycle.why": ["why", YEAR, "1"],
    "cycle.open_year": ["cycle", "open", YEAR, "--quota", "quota.csv"],
    "cycle.show": ["cycle", "show", YEAR],
    "cycle.close": ["cycle", "close", YEAR],
    "cycle.policy": ["cycle", "policy", YEAR],
    "registry.import_registry": ["registry", "import", "nothing.csv"],
    "registry.import_ledger": ["aid", "import", "nothing.csv"],
    "registry.show_aid": ["aid", "show", "1"],
    "doubts.search": ["registry", "search"],
    "doubts.members": ["registry", "members", "nothing.csv"],
    "doubts.pairs": ["registry", "pairs"],
    "doubts.settle": ["registry", "settle", "1", "same", "--reason", "KK dilihat"],
    "doubts.nik_list": ["registry", "nik-list", "--to", "nik.xlsx", "--reason", "pemeriksaan"],
    "doubts.nik_result": ["registry", "nik-result", "nothing.csv"],
    "doubts.nik_queue": ["registry", "nik-queue"],
    "doubts.nik_confirm": ["registry", "nik-confirm", "1", "--reason", "KTP dilihat"],
    "doubts.nik_correct": ["registry", "nik-correct", "1", "--reason", "KTP dilihat"],
    "selecting.verify": ["select", "verify", YEAR],
    "selecting.list_selection": ["select", "list", YEAR, "--to", "daftar.csv"],
    "selecting.simulate": ["select", "simulate", YEAR, "--policy", "policy.yaml"],
    "decrees.propose": ["decree", "propose", YEAR],
    "decrees.verify": ["decree", "verify", YEAR, "--regency", "36.01"],
    "decrees.approve": ["decree", "approve", YEAR],
    "decrees.reject": ["decree", "reject", YEAR, "--reason", "salah"],
    "decrees.show": ["decree", "show", YEAR],
    "decrees.withdraw": ["case", "withdraw", YEAR, "1", "--reason", "pindah"],
    "decrees.exclude": ["case", "exclude", YEAR, "1", "--reason", "data keliru"],
    "objections.file": ["objection", "file", YEAR, "1", "--kind", "enter", "--grounds", "layak"],
    "objections.listed": ["objection", "list", YEAR],
    "objections.decide": ["objection", "decide", "1", "refuse", "--answer", "sudah diperiksa"],
    "catalogue.import_catalogue": ["catalogue", "import", YEAR, "katalog.xlsx"],
    "catalogue.show": ["catalogue", "show", YEAR],
    "catalogue.export": ["catalogue", "export", YEAR, "katalog.xlsx"],
    "catalogue.copy": ["catalogue", "copy", YEAR, "2027"],
    "need.list_needs": ["need", "list", YEAR],
    "need.propose": ["need", "propose", YEAR, "1", "P-JAHIT", "--reason", "usahanya menjahit"],
    "need.decide": ["need", "decide", "1", "accept"],
    "decisions.list_orders": ["order", "list", YEAR],
    "decisions.approve_order": ["order", "approve", "PSN-2026-0001"],
    "decisions.approve_orders": ["order", "approve-all", YEAR],
    "goods.late": ["order", "late", YEAR],
    "goods.show_stock": ["stock", "show", YEAR],
    "goods.write_off": ["stock", "write-off", "1", "--reason", "rusak kena air"],
    "goods.list_claims": ["claim", "list", YEAR],
    "goods.settle": ["claim", "settle", "KLM-2026-00001", "dropped", "--reason", "tidak sebanding"],
    "events.listed": ["event", "list", YEAR],
    "events.show": ["event", "show", "ACR-2026-001"],
    "events.move": ["event", "move", "ACR-2026-001", "--to", "2026-11-24"],
    "events.reassign": ["event", "reassign", "ACR-2026-001", "--from", "fas-f01", "--to", "fas-f02"],
    "decisions.list_batches": ["referral", "list", YEAR],
    "decisions.sign": ["referral", "sign", "BTC-2026-0001"],
    "decisions.replace_letter": ["referral", "replace-letter", "BTC-2026-0001", "400.9.14.6/0001-DINSOS/2026"],
    "letters.initial": ["referral", "initial", "BTC-2026-0001"],
    "letters.upload": ["letter", "upload", "abcd", "surat.pdf"],
    "letters.sign": ["letter", "sign", "abcd"],
    "handoff.record": ["consent", "record", YEAR, "1"],
    "handoff.withdraw": ["consent", "withdraw", "1"],
    "handoff.listed": ["consent", "list", YEAR, "1"],
    "handoff.ask_service": ["service", "ask", YEAR, "1", "OFF_TAKER"],
    "handoff.list_services": ["service", "list"],
    "handoff.balance": ["referral", "balance", YEAR],
    "handoff.trail": ["referral", "trail", YEAR, "1"],
    "terms.terms": ["partner", "terms", "dinkop", "--term", "decide=15"],
    "partners.add": ["partner", "add", "Toko A", "--kind", "supplier", "--regency", "36.01"],
    "partners.listed": ["partner", "list"],
    "messages.listed": ["message", "list"],
    "messages.redrive": ["message", "redrive", "1"],
    "messages.dead": ["message", "dead"],
    "messages.resend": ["message", "resend", "1"],
    "practice.practice": ["partner", "practice", "toko-a"],
    "links.link": ["partner", "link", "toko-a"],
    "links.links": ["partner", "links", "toko-a"],
    "links.revoke": ["partner", "revoke-link", "toko-a", "1"],
    "links.revoke_all": ["partner", "revoke-links", "toko-a"],
    "links.code": ["partner", "code", "toko-a"],
    "partners.rotate": ["partner", "rotate", "toko-a"],
    "people.add": ["user", "add", "baru", "--role", "operator"],
    "people.listed": ["user", "list"],
    "people.token": ["user", "token", "baru"],
    "people.deactivate": ["user", "deactivate", "baru"],
    "exits.make": ["exit", "make", YEAR],
    "exits.listed": ["exit", "list", YEAR],
    "exits.save": ["exit", "save", "KLR-2026-01"],
    "exits.acknowledge": ["exit", "acknowledge", "KLR-2026-01", "--sha256", "0" * 64, "--by", "Ibu A"],
    "exits.returned": ["exit", "returned", "KLR-2026-01", "1", "--reason", "sudah keluar"],
    "visits.visit_list": ["visit-list", YEAR],
    "exports_goods.export_parcels": ["export", "parcels", YEAR],
    "exports_goods.export_events": ["export", "events", YEAR],
    "exports_goods.export_exits": ["export", "exits", YEAR],
    "exports.export_cases": ["export", "cases", YEAR],
    "exports.export_orders": ["export", "orders", YEAR],
    "proof.list_facilitators": ["facilitator", "list", YEAR],
    "proof.accountability": ["accountability", YEAR, "--out", "periksa.json"],
    "exports.export_referrals": ["export", "referrals", YEAR],
}


@pytest.fixture
def house(tmp_path, monkeypatch, migrated_sqlite) -> House:
    """A home of its own, in an empty folder, with nobody in it; commands find it by ESTAFET_HOME."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESTAFET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ESTAFET_TOKEN", raising=False)
    current_settings.cache_clear()
    Path("quota.csv").write_text("kode_kabupaten,kuota\n36.01,5\n")
    Path("policy.yaml").write_text("unit_value: 2000000\n")
    (tmp_path / "home").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "home" / "estafet.db")
    opened = make_home(Settings(home=tmp_path / "home"), allow_os_user=False)
    yield opened
    opened.close()
    current_settings.cache_clear()


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    return caller(house, monkeypatch, capsys)


def _every_command() -> set[str]:
    """As Typer knows them: `module.function`."""
    apps = [cli.app, *(group.typer_instance for group in cli.app.registered_groups)]
    callbacks = [known.callback for app in apps for known in app.registered_commands]
    return {f"{f.__module__.rpartition('.')[2]}.{f.__name__}" for f in callbacks}


def test_every_command_names_the_act_it_needs_or_why_it_needs_none():
    assert _every_command() == set(COMMANDS)
    assert all(act in RIGHTS or (act.startswith(OPEN) and len(act) > 20) for act in COMMANDS.values())


def test_every_command_with_an_act_is_called_below():
    assert {name for name, act in COMMANDS.items() if act in RIGHTS} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_command_refuses_whoever_has_no_right_to_it(name, estafet):
    others = {"operator", "verifier", "approver", "commitment_officer", "auditor", "admin"} - set(RIGHTS[COMMANDS[name]])
    code, _, said = estafet(*CALLS[name], by=sorted(others)[0]) if others else estafet(*CALLS[name])
    assert code == 1
    assert "Traceback" not in said
    assert ("hanya untuk" in said) == bool(others)


@pytest.mark.parametrize("name", CALLS)
def test_a_command_refuses_a_stranger(name, estafet):
    code, _, said = estafet(*CALLS[name])
    assert (code, "ESTAFET_TOKEN" in said) == (1, True)


def test_every_command_offers_json_and_says_what_it_does():
    apps = [cli.app, *(group.typer_instance for group in cli.app.registered_groups)]
    for known in (known for app in apps for known in app.registered_commands):
        assert "as_json" in inspect.signature(known.callback).parameters, known.name
        assert known.callback.__doc__, known.name


def test_a_refusal_is_one_object_for_programs_and_one_sentence_for_people(estafet):
    code, out, said = estafet("cycle", "show", YEAR, "--json", by="operator")
    assert code == 1
    assert json.loads(out)["refused"] == "not_found"
    assert said.strip() == json.loads(out)["message"]


def test_wrong_usage_ends_with_two(estafet):
    assert estafet("cycle", "open")[0] == 2
    assert estafet("nonsense")[0] == 2


def test_an_unknown_setting_is_named(estafet, monkeypatch):
    monkeypatch.setenv("ESTAFET_PROT", "8081")
    code, _, said = estafet("waiting", YEAR, by="operator")
    assert code == 1
    assert "ESTAFET_PROT" in said


def test_what_nobody_expected_is_a_sentence_and_a_log_that_quotes_nothing(estafet, house):
    with house.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE cycle RENAME TO elsewhere")
    code, _, said = estafet("waiting", YEAR, by="operator")
    log = house.home / "logs" / "cli.log"
    assert code == 1
    assert "Traceback" not in said
    assert str(log) in said
    assert "OperationalError" in log.read_text()
    assert "cycle_of" in log.read_text()
    assert "no such table" not in log.read_text()


def test_init_makes_a_home_whose_token_works_and_refuses_a_second_time(tmp_path, monkeypatch):
    environment = {"PATH": "/usr/bin:/bin", "ESTAFET_HOME": str(tmp_path / "new"), "HOME": str(tmp_path)}
    made = _by_itself(["init", "--user", "siti", "--json"], environment, tmp_path)
    assert made.returncode == 0
    told = json.loads(made.stdout)
    assert set(told) == {"home", "user", "token"}
    assert oct((tmp_path / "new" / "keys.json").stat().st_mode)[-3:] == "600"
    again = _by_itself(["init"], environment, tmp_path)
    assert again.returncode == 1
    assert "sudah ada" in again.stderr
    added = _by_itself(
        ["user", "add", "budi", "--role", "operator", "--json"], environment | {"ESTAFET_TOKEN": told["token"]}, tmp_path
    )
    assert json.loads(added.stdout)["user"] == "budi"


def test_the_computers_user_counts_only_where_the_home_allows_it(tmp_path, monkeypatch):
    environment = {"PATH": "/usr/bin:/bin", "ESTAFET_HOME": str(tmp_path / "new"), "HOME": str(tmp_path), "LOGNAME": "siti"}
    assert _by_itself(["init", "--user", "siti"], environment, tmp_path).returncode == 0
    assert _by_itself(["user", "token", "siti", "--json"], environment, tmp_path).returncode == 0
    closed = environment | {"ESTAFET_HOME": str(tmp_path / "closed")}
    assert _by_itself(["init", "--user", "siti", "--no-os-user"], closed, tmp_path).returncode == 0
    assert _by_itself(["user", "token", "siti"], closed, tmp_path).returncode == 1


def test_a_folder_without_write_permission_is_a_sentence(tmp_path):
    if getpass.getuser() == "root":
        target = Path("/proc/estafet")
    else:
        (tmp_path / "locked").mkdir(mode=0o500)
        target = tmp_path / "locked" / "home"
    refused = _by_itself(["init"], {"PATH": "/usr/bin:/bin", "ESTAFET_HOME": str(target), "HOME": str(tmp_path)}, tmp_path)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_help_needs_neither_prefect_nor_the_database_and_is_fast(tmp_path):
    code = (
        "import sys, service.cli.main; print([m for m in ('prefect', 'sqlalchemy', 'polars', 'alembic') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert loaded.stdout.strip() == "[]"


def test_a_cycle_is_opened_looked_at_and_not_opened_twice(estafet):
    code, out, _ = estafet("cycle", "open", YEAR, "--quota", "quota.csv", "--seed", "7", "--json", by="operator")
    assert code == 0
    assert json.loads(out)["quota"] == 5
    code, out, _ = estafet("cycle", "show", YEAR, "--json", by="operator")
    shown = json.loads(out)
    assert (code, shown["cycle"], shown["conservation"]) == (0, 2026, "ok")
    assert estafet("cycle", "open", YEAR, "--quota", "quota.csv", by="operator")[0] == 1
    assert estafet("cycle", "show", YEAR, by="auditor")[1].count("Kabupaten") >= 4
    assert "Tidak ada yang menunggu" in estafet("waiting", YEAR, by="auditor")[1]


def test_a_stage_runs_in_this_process_and_says_what_each_step_did(estafet):
    estafet("cycle", "open", YEAR, "--quota", "quota.csv", by="operator")
    code, out, _ = estafet("run", "selection", YEAR, "--local", "--json", by="operator")
    told = json.loads(out)
    assert code == 0
    assert next(step["step"] for step in told["steps"]) == "freeze_registry"
    assert estafet("run", "selection", YEAR, "--local", "--json", by="operator")[0] == 0
    assert estafet("run", "watch", YEAR, "--local", "--json", by="operator")[0] == 0
    assert estafet("run", "nonsense", YEAR, "--local", by="operator")[0] == 1


def test_a_decree_is_verified_objected_to_and_approved_from_the_command_line(estafet, house):
    Path("policy.yaml").write_text("decree: {approvals_needed: 2}\nreserve_percent: 100\n")
    with house.database.write() as session:
        for attendance in (100, 90, 80, 70, 60, 50):
            make_household(session, assessed={"attendance_percent": attendance})
    estafet("cycle", "open", YEAR, "--quota", "quota.csv", "--policy", "policy.yaml", "--seed", "7", by="operator")
    estafet("run", "selection", YEAR, "--local", by="operator")
    assert json.loads(estafet("decree", "show", YEAR, "--json", by="auditor")[1])["versions"][0]["missing"] == [
        "Belum diverifikasi: Kabupaten Pandeglang."
    ]
    filed = json.loads(
        estafet("objection", "file", YEAR, "1", "--kind", "leave", "--grounds", "x y", "--json", by="operator")[1]
    )
    assert estafet("objection", "file", YEAR, "1", "--kind", "leave", "--grounds", "lagi", by="operator")[0] == 1
    assert "menunggu putusan" in estafet("objection", "list", YEAR, by="auditor")[1]
    assert estafet("decree", "verify", YEAR, "--regency", "36.01", by="verifier")[0] == 0
    assert "1 keberatan belum diputuskan" in estafet("decree", "approve", YEAR, by="approver")[2]
    number = str(filed["objection"])
    assert "ditolak" in estafet("objection", "decide", number, "refuse", "--answer", "layak", by="verifier")[1]
    assert "1 dari 2 persetujuan" in estafet("decree", "approve", YEAR, by="approver")[1]
    with house.database.write() as session:
        token = make_token(session, add_user(session, "gubernur", "Gubernur", ["approver"]).id)
    code, out, _ = estafet("decree", "approve", YEAR, token=token)
    assert (code, "nomor 400.9.14.1/0001-DINSOS" in out) == (0, True)
    shown = estafet("decree", "show", YEAR, by="auditor")[1]
    assert "Kabupaten Pandeglang (5): user:verifier" in shown
    assert "disetujui 2 dari 2: user:approver, user:gubernur" in shown
    assert "dikeluarkan" in estafet("case", "exclude", YEAR, "1", "--reason", "data keliru", by="operator")[1]
    assert "mundur" in estafet("case", "withdraw", YEAR, "2", "--reason", "pindah jauh", by="operator")[1]
    assert estafet("case", "withdraw", YEAR, "2", "--reason", "pindah jauh", by="operator")[0] == 1


def test_a_run_through_prefect_says_so_when_prefect_is_away(estafet, monkeypatch):
    estafet("cycle", "open", YEAR, "--quota", "quota.csv", by="operator")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    code, _, said = estafet("run", "selection", YEAR, by="operator")
    assert (code, "estafet up" in said) == (1, True)


def test_a_partner_gets_its_secret_and_link_once(estafet, house):
    code, out, _ = estafet(*CALLS["partners.add"], "--json", by="admin")
    told = json.loads(out)
    assert code == 0
    assert told["sender"] == "toko-a"
    assert told["secret"].startswith("whsec_")
    assert "/r/" in told["link"]
    assert estafet(*CALLS["partners.add"], by="admin")[0] == 1
    assert json.loads(estafet("partner", "rotate", "toko-a", "--json", by="admin")[1])["secret"] != told["secret"]
    wrong = [*CALLS["partners.add"][:-1], "99.01"]
    assert "99.01" in estafet(*wrong, by="admin")[2]


def test_a_copy_opens_and_is_never_written_over_another(estafet, house, tmp_path):
    code, out, _ = estafet("backup", "--to", str(tmp_path / "copy.db"), "--json", by="admin")
    assert (code, json.loads(out)["bytes"]) == (0, (tmp_path / "copy.db").stat().st_size)
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM user_account").scalar_one() == 1
    copy.close()
    with pytest.raises(FileExists):
        copy_into(house.database, tmp_path / "copy.db")


def test_an_export_holds_no_formula_and_no_half_file(tmp_path, estafet):
    rows = [("=1+1", 5, None), ("Siti", -3, "+62")]
    assert write_table(tmp_path / "a.csv", ("a", "b", "c"), rows) == 2
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file, delimiter=";"))
    assert read == [["a", "b", "c"], ["'=1+1", "5", ""], ["Siti", "-3", "'+62"]]
    assert write_table(tmp_path / "a.xlsx", ("a", "b", "c"), rows) == 2
    assert not list(tmp_path.glob("*.new"))
    estafet("cycle", "open", YEAR, "--quota", "quota.csv", by="operator")
    for what in ("cases", "orders", "referrals"):
        assert estafet("export", what, YEAR, "--to", str(tmp_path / f"{what}.xlsx"), by="auditor")[0] == 0
    assert estafet("export", "cases", YEAR, "--to", "cases.pdf", by="auditor")[0] == 1


def _two_alike(house, **fields):
    """Two households likely the same; their NIKs end in 9901 and 9902."""
    with house.database.write() as session:
        return [
            make_household(
                session, {"never": True}, name=name, nik_sealed=house.sealer.seal("nik", f"360101520685990{at}"),
                nik_lookup=house.sealer.lookup("nik", f"360101520685990{at}"), **fields,
            ).id
            for at, name in enumerate(("Siti Aminah", "Hj. Siti Aminah"), start=1)
        ]  # fmt: skip


def test_pairs_are_searched_listed_and_settled_once(estafet, house):
    first, second = _two_alike(house)
    told = json.loads(estafet("registry", "search", "--json", by="operator")[1])
    assert told == {"open": 1, "new": 1, "returned": 0, "cleared": 0}
    [pair] = json.loads(estafet("registry", "pairs", "--json", by="verifier")[1])["pairs"]
    assert (pair["pair"], pair["kind"], pair["households"]) == (1, "likely", [first, second])
    assert "nama dan lahir mirip" in estafet("registry", "pairs", by="verifier")[1]
    assert json.loads(estafet("registry", "pairs", "--regency", "36.02", "--json", by="verifier")[1]) == {"pairs": []}
    settle = ("registry", "settle", "1", "same", "--reason", "KK dilihat")
    assert estafet(*settle, "--keep", "99", by="operator")[0] == 1
    code, out, _ = estafet(*settle, "--keep", str(second), by="operator")
    assert (code, f"rumah tangga {second} tetap dipakai" in out) == (0, True)
    code, _, said = estafet(*settle, by="verifier")
    assert (code, "sudah diputuskan keluarga yang sama oleh operator" in said) == (1, True)


def test_niks_go_out_as_a_list_come_back_and_are_settled_without_a_nik_on_the_command_line(estafet, house, monkeypatch):
    first, second = _two_alike(house)
    wish = ("registry", "nik-list", "--to", "nik.xlsx", "--reason", "pemeriksaan 2026")
    assert json.loads(estafet(*wish, "--json", by="operator")[1])["rows"] == 2
    assert Path("nik.xlsx").stat().st_mode & 0o777 == 0o600
    Path("answer.csv").write_text("nik,hasil\n3601015206859901,Tidak Ditemukan\n3601015206859902,berbeda\n")
    assert json.loads(estafet("registry", "nik-result", "answer.csv", "--json", by="operator")[1])["updated"] == 2
    queue = json.loads(estafet("registry", "nik-queue", "--json", by="verifier")[1])
    assert (queue["waiting"], [row["household"] for row in queue["households"]]) == (2, [first, second])
    assert "tidak ditemukan" in estafet("registry", "nik-queue", "--regency", "36.01", by="verifier")[1]
    confirm = ("registry", "nik-confirm", str(first), "--reason", "KTP dilihat")
    assert estafet(*confirm, by="operator")[0] == 0
    correct = ("registry", "nik-correct", str(second), "--reason", "KTP dilihat")
    monkeypatch.setattr(sys, "stdin", io.StringIO("3601015206859901\n"))
    code, _, said = estafet(*correct, by="operator")
    assert (code, f"milik rumah tangga nomor {first}" in said, "3601015206859901" in said) == (1, True, False)
    monkeypatch.setattr(sys, "stdin", io.StringIO("3601015206859977\n"))
    assert json.loads(estafet(*correct, "--json", by="operator")[1]) == {"household": second, "nik_check": "unchecked"}
    assert json.loads(estafet("registry", "nik-queue", "--json", by="verifier")[1])["waiting"] == 0


def test_members_of_family_cards_are_taken_in(estafet, house):
    with house.database.write() as session:
        make_household(session, {"never": True}, kk_lookup=house.sealer.lookup("kk", "3601011203109001"))
    Path("members.csv").write_text("no_kk,nik,nama\n3601011203109001,3601015206859950,Ani Contoh\n")
    told = json.loads(estafet("registry", "members", "members.csv", "--json", by="operator")[1])
    assert (told["added"], told["rejected"]) == (1, 0)
    assert "1 tetap" in estafet("registry", "members", "members.csv", by="operator")[1]


def _by_itself(arguments: list[str], environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The installed program, in a process of its own."""
    program = str(Path(sys.executable).with_name("estafet"))
    return subprocess.run([program, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False)
