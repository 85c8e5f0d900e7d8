"""Does a clerk at the command line read the words of the pages, and a program the codes?"""

from __future__ import annotations

import json
import re

import pytest
from commands import caller
from conftest import KEYS
from factories import NOW
from outsider import add_outsider, sent_referral

from service import words
from service.db.tables import Case, ExitList, InboundMessage, OutboundMessage
from service.handoff.replies import REPLIES
from service.lifecycle import STATUSES, Subject
from service.settings import current_settings

NUMBER = "RJK-2021-00001"
CODE = re.compile(r"\b(drafted|signed|sent|acknowledged|applied|parked|late|refused|began|operator|agency|office|webhook)\b")


@pytest.fixture
def estafet(house, monkeypatch, capsys):
    """A referral that was sent, a report that waits, a message that could not be delivered, an exit list."""
    told = {"ESTAFET_HOME": str(house.home), "ESTAFET_DATABASE_URL": house.settings.database_url} | KEYS
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with house.database.write() as session:
        agency, _ = add_outsider(session, "agency", "dinkop-a")
        referral = sent_referral(session, agency)
        case = session.get_one(Case, referral.case_id)
        session.add(
            InboundMessage(
                partner_id=agency.id, webhook_id="m-1", type="referral.acknowledged", subject="referral",
                subject_id=referral.id, body={"type": "referral.acknowledged", "data": {"referral": NUMBER}}, told_at=NOW,
                received_at=NOW, result="parked",
            )
        )  # fmt: skip
        session.add(
            OutboundMessage(
                kind="webhook", partner_id=agency.id, subject_key=f"referral:{NUMBER}", type="referral.sent", body={},
                state="dead", attempts=9, next_attempt_at=NOW, created_at=NOW, last_error="tidak menjawab",
            )
        )  # fmt: skip
        made = ExitList(
            number="KLR-2021-01",
            cycle_id=case.cycle_id,
            households=1,
            file=b"",
            sha256="0" * 64,
            made_by="user:siti",
            made_at=NOW,
        )
        session.add(made)
        household = str(case.household_id)
    call = caller(house, monkeypatch, capsys)

    def ask(*arguments: str) -> tuple[str, dict]:
        """What a clerk reads, and what a program reads of the same question."""
        given = [household if one == "HOUSEHOLD" else one for one in arguments]
        code, out, said = call(*given, by="operator")
        assert (code, said) == (0, "")
        return out, json.loads(call(*given, "--json", by="operator")[1])

    yield ask
    current_settings.cache_clear()


@pytest.mark.parametrize(
    ("asked", "word", "code"),
    [
        (("referral", "list", "2021"), "Konsep", "drafted"),
        (("referral", "trail", "2021", "HOUSEHOLD"), "Surat rujukan dikirim (Estafet, tahap", "sent"),
        (("message", "list"), "Menunggu giliran  dinkop-a              Diterima oleh instansi", "parked"),
        (("message", "dead"), "ke program  dinkop-a              Surat rujukan", "referral.sent"),
        (("exit", "list", "2021"), "Belum diambil", "made"),
        (("service", "list"), "Oleh: kantor pemerintah", "office"),
        (("waiting", "2021"), "Instansi tujuan", "agency"),
    ],
)
def test_words_for_clerks_and_codes_for_programs(estafet, asked, word, code):
    out, told = estafet(*asked)
    assert word in out
    assert not CODE.search(out)
    assert f'"{code}"' in json.dumps(told)


def test_a_report_told_anew_is_answered_in_words(house, estafet, monkeypatch, capsys):
    code, out, _ = caller(house, monkeypatch, capsys)("message", "redrive", "1", by="admin")
    assert (code, out) == (0, "Laporan 1: diterapkan.\n")


def test_a_stage_tells_its_steps_by_their_titles(estafet):
    out, told = estafet("run", "watch", "2021", "--local")
    assert told["steps"]
    assert not [step["step"] for step in told["steps"] if step["step"] in out]


def test_a_report_that_says_what_holds_already_is_answered_in_words(house, estafet, monkeypatch, capsys):
    call = caller(house, monkeypatch, capsys)
    call("message", "redrive", "1", by="admin")
    with house.database.write() as session:
        session.get_one(InboundMessage, 1).result = "late"
    code, out, said = call("message", "redrive", "1", by="admin")
    assert (code, out, said) == (0, "Laporan 1: sudah tersimpan sebelumnya.\n", "")


def test_every_report_of_an_agency_has_a_word():
    assert {f"referral.{event}" for event in REPLIES} <= words.TOLD.keys()


def test_every_turn_has_a_word():
    turns = {status.turn for subject in Subject for status in STATUSES[subject] if status.turn}
    assert turns <= words.TURNS.keys()
