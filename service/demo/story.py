"""What happens in the demo, month by month? One cycle, from the regencies' files to outcomes reported.

Officials decide through the API, partners answer by signed callbacks and by the page behind their link; nothing here
writes to the database.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

from service.delivery.queries import parcels_for_verifier
from service.demo import agencies, facilitators, following_up, suppliers
from service.demo.agencies import PageAgency, Sent
from service.demo.decreeing import decree_the_list
from service.demo.exits import leave_the_cash_programme
from service.demo.facilitators import Handover
from service.demo.listening import Mailbox
from service.demo.registry_doubts import settle_pairs
from service.demo.stage_hand import StageHand
from service.demo.suppliers import Ordered
from service.handoff.queries import batches_awaiting_signature
from service.procurement.queries import orders_page
from service.working_days import add_working_days

JUNE, LATE_JUNE = date(2021, 6, 7), date(2021, 6, 21)
OCTOBER, NOVEMBER, LATE = date(2021, 10, 4), date(2021, 11, 1), date(2021, 11, 8)
VISITS, LETTERS = date(2022, 3, 7), date(2022, 3, 14)


class Story:
    """Plays the year. `seed` decides every chance; the same seed plays the same year."""

    def __init__(self, hand: StageHand, mailbox: Mailbox, seed: int) -> None:
        self.hand, self.mailbox, self.seed = hand, mailbox, seed
        self.caller, self.players, self.year = hand.caller, hand.players, hand.year
        self.reached: list[Handover] = []
        self.sent: dict[str, list[Sent]] = {}
        self.orders_seen = 0

    def play(self) -> None:
        acts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("selection", self.select), ("procurement", self.procure), ("delivery", self.deliver),
            ("handoff", self.accompany), ("handoff", self.hand_off),
        )  # fmt: skip
        for part, act in acts:
            with self.hand.chapter(part):
                act()

    # -- selection ---------------------------------------------------------------------------------------------------

    def select(self) -> None:
        self.hand.date(JUNE)
        self.hand.screen.say(
            f"  {settle_pairs(self.hand)} pasangan yang mungkin ganda diputuskan petugas sebelum data dibekukan"
        )
        self.hand.run("selection")
        decree_the_list(self.hand, JUNE, LATE_JUNE)

    # -- goods -------------------------------------------------------------------------------------------------------

    def procure(self) -> None:
        self.hand.date(OCTOBER)
        self.hand.run("procurement")
        orders = self._place_approved()
        self.hand.at_once("Penyedia menjawab pesanan", lambda o: suppliers.confirm(self.caller, o, self.hand.now), orders)
        again = self._replacements()
        self.hand.date(NOVEMBER)
        going = [order for order in orders if not order.is_cancelled]
        self._bring([order for order in going if not order.is_late(self.seed)])
        self.hand.date(LATE)
        self._bring([order for order in going if order.is_late(self.seed)] + again)
        self._bring(self._replacements())

    def _place_approved(self) -> list[Ordered]:
        """The commitment officer approves every draft; suppliers learn of it by webhook."""
        if not self.hand.read(lambda session, work: orders_page(session, work.cycle_id, status="draft", limit=1)):
            return []
        self.hand.official("commitment_officer", f"/api/cycles/{self.year}/orders/approve", {})
        self.hand.settle("procurement")
        self.hand.deliver_messages()
        return self._ordered()

    def _ordered(self) -> list[Ordered]:
        found: list[Ordered] = []
        for cast in self.players.suppliers.values():
            for told in self.mailbox.take(cast.sender, "order.placed"):
                lines = {item["package"]: item["count"] for item in told["items"]}
                found.append(Ordered(cast, told["order"], lines, 0, False))
        numbers = [order.number for order in sorted(found, key=lambda o: (-sum(o.lines.values()), o.number))]
        is_again, self.orders_seen = self.orders_seen > 0, self.orders_seen + len(found)
        return [Ordered(o.cast, o.number, o.lines, numbers.index(o.number), is_again) for o in found]

    def _replacements(self) -> list[Ordered]:
        """Second orders for what was cancelled or came short."""
        self.hand.settle("procurement")
        orders = self._place_approved()
        for order in orders:
            suppliers.confirm(self.caller, order, self.hand.now)
        return orders

    def _bring(self, orders: list[Ordered]) -> None:
        if orders:
            self.hand.at_once("Barang tiba dan diperiksa di titik serah", self._bring_one, orders)

    def _bring_one(self, order: Ordered) -> None:
        counts = suppliers.deliver(self.caller, order, self.hand.now)
        self.hand.official("verifier", f"/api/orders/{order.number}/inspect", {"counts": counts})
        self.hand.official("commitment_officer", f"/api/orders/{order.number}/accept")

    # -- handover ----------------------------------------------------------------------------------------------------

    def deliver(self) -> None:
        for round_number in (1, 2):
            self.hand.settle("delivery")
            self.hand.deliver_messages()
            if not (handovers := self._invited()):
                break
            self.hand.date(max(handover.held_on for handover in handovers), 16)
            title = f"Pendamping melapor, acara ke-{round_number}"
            how = self.hand.at_once(title, lambda h: facilitators.report_handover(self.caller, h, self.seed), handovers)
            self.reached += [h for h, went in zip(handovers, how, strict=True) if went not in ("absent", "refused")]
            for handover in handovers[:3]:
                facilitators.say_it_again(self.caller, handover)
            self.hand.settle("delivery")
        self._judge_doubts()
        self.hand.settle("delivery", "mentoring")
        leave_the_cash_programme(self.hand)

    def _invited(self) -> list[Handover]:
        found: list[Handover] = []
        for sender, cast in self.players.facilitators.items():
            found += facilitators.handovers(cast, self.mailbox.take(sender, "event.planned"))
        return found

    def _judge_doubts(self) -> None:
        """The verifier looks at what the rules doubt: a parcel far away is disputed, the rest accepted with a reason."""
        rows = self.hand.read(lambda session, work: parcels_for_verifier(session, work.cycle_id))
        self.hand.at_once("Verifikator memutuskan yang diragukan", self._judge, rows)

    def _judge(self, row: dict[str, Any]) -> None:
        accept = "PLACE_TOO_FAR" not in (row["doubts"] or [])
        body = {"accept": accept, "reason": "Diperiksa lewat telepon (contoh)" if accept else "Lokasi tidak cocok (contoh)"}
        self.hand.official("verifier", f"/api/parcels/{row['number']}/verify", body)

    # -- mentors and visits ------------------------------------------------------------------------------------------

    def accompany(self) -> None:
        self.hand.date(VISITS)
        self.hand.at_once("Kunjungan pemantauan pendamping", self._visit, self.reached)
        self.hand.settle("mentoring")

    def _visit(self, handover: Handover) -> None:
        facilitators.report_visit(self.caller, handover.cast, handover.parcel, VISITS - timedelta(days=4), self.seed)

    # -- handing off -------------------------------------------------------------------------------------------------

    def hand_off(self) -> None:
        self.hand.date(LETTERS)
        self._send_letters()
        self._answer()
        day = LETTERS
        for days in (2, 3, 2):
            day = add_working_days(day, days)
            self.hand.date(day)
            self.hand.run("watch")
            self.hand.settle("handoff")
            self._send_letters()
            self._answer()
        self._serve(add_working_days(day, 15))
        self._conclude(add_working_days(day, 75))

    def _send_letters(self) -> None:
        """Draft, sign, send; the signer is not who drafted."""
        self.hand.settle("handoff")
        waiting = self.hand.read(lambda session, work: batches_awaiting_signature(session, work.cycle_id))
        for line in waiting:
            self.hand.official("approver", f"/api/batches/{line.batch.number}/sign")
        self.hand.settle("handoff")
        self.hand.deliver_messages()

    def _answer(self) -> None:
        fresh = self._received()
        answers = [(cast, referral) for cast, referral in fresh if self._fate(referral) != "silent"]
        if answers:
            self.hand.at_once("Instansi menyatakan terima dan memutuskan", self._answer_one, answers)
        for agency in self._page_agencies():
            agency.acknowledge_all()
            self._answer_on_page(agency, agency.waiting("putusan"))
            following_up.wait_for_papers(agency)

    def _received(self) -> list[tuple[Any, Sent]]:
        found = []
        for sender, cast in self.players.agencies.items():
            if sender not in agencies.ON_THE_PAGE:
                mine = agencies.told_by_webhook(self.mailbox.take(sender, "referral.sent"))
                self.sent.setdefault(sender, []).extend(mine)
                found += [(cast, referral) for referral in mine]
        return found

    def _answer_one(self, pair: tuple[Any, Sent]) -> None:
        cast, referral = pair
        at = self.hand.now.isoformat()
        fate = self._fate(referral)
        if fate == "accepted" and referral.number.endswith("7"):
            agencies.decide(self.caller, cast, referral, fate, at)
            agencies.acknowledge(self.caller, cast, referral, at)
            return
        agencies.acknowledge(self.caller, cast, referral, at)
        agencies.decide(self.caller, cast, referral, fate, at)

    def _answer_on_page(self, agency: PageAgency, numbers: list[str]) -> None:
        by_fate: dict[str, list[str]] = {}
        for number in numbers:
            by_fate.setdefault(self._fate(Sent(number, 1)), []).append(number)
        for fate, mine in sorted(by_fate.items()):
            if fate in ("accepted", "waitlisted"):
                agency.answer(fate, mine, nomor="")
            elif fate != "silent":
                agency.answer("declined", mine, alasan=fate, catatan="Perlu dibicarakan lebih dulu")

    def _page_agencies(self) -> list[PageAgency]:
        outbox = self.hand.house.home / "outbox"
        return [PageAgency(self.caller, self.players.agencies[sender], outbox) for sender in sorted(agencies.ON_THE_PAGE)]

    def _fate(self, referral: Sent) -> str:
        return agencies.fate_of(referral, self.seed)

    def _accepted(self, share: int) -> list[tuple[Any, Sent]]:
        """Some percent of those that agencies with a system accepted."""
        return [
            (self.players.agencies[sender], referral)
            for sender, mine in self.sent.items()
            for referral in mine
            if self._fate(referral) == "accepted" and int(referral.number[-2:]) < share
        ]

    def _serve(self, day: date) -> None:
        self.hand.date(day)
        at = self.hand.now.isoformat()
        started = self._accepted(70)
        self.hand.at_once("Layanan dimulai", lambda p: agencies.start_service(self.caller, p[0], p[1], at), started)
        for agency in self._page_agencies():
            following_up.papers_came(agency)
            agency.answer("service_started", agency.waiting("layanan"))

    def _report_after_months(self, at: str, pair: tuple[Any, Sent]) -> None:
        following_up.report_after_months(self.caller, *pair, at, self.seed)

    def _conclude(self, day: date) -> None:
        self.hand.date(day)
        at = self.hand.now.isoformat()
        ended = self._accepted(40)
        self.hand.at_once("Hasil dilaporkan", lambda p: agencies.conclude(self.caller, p[0], p[1], at, self.seed), ended)
        served = [pair for pair in self._accepted(70) if pair not in ended]
        report = partial(self._report_after_months, at)
        self.hand.at_once("Laporan bulan ke-3", report, served)
        for agency in self._page_agencies():
            mine = agency.waiting("hasil")
            agency.answer("concluded", mine[: len(mine) // 2], hasil="ACHIEVED", indikator=["nib_issued", "training_finished"])
        self.hand.run("watch")
        self.hand.settle("handoff")
