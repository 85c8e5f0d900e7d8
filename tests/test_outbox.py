"""Does what we owe reach its receiver: signed, in order, at least once, and never where it must not go?"""

import json
import random
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from factories import NOW, SEALER
from sqlmodel import select
from standardwebhooks.webhooks import Webhook

from service.clock import wall
from service.db.tables import OutboundMessage, Partner
from service.messages import wire
from service.messages.backoff import SCHEDULE, next_attempt, next_kick
from service.messages.outbox import KICK_PAUSE, NotDead, owe_kick, owe_mail, owe_webhook, send_again
from service.messages.prefect_api import PrefectApi
from service.messages.sending import Carrier, Sender, send_all_due
from service.settings import Settings
from service.trust.partners import add_partner


class Receiver:
    """A partner's server on a free port: answers as told, keeps what came."""

    def __init__(self):
        self.answers, self.came, self.headers = [], [], {}
        self.lock = threading.Lock()
        outer = self

        class Page(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with outer.lock:
                    outer.came.append((self.path, dict(self.headers), body))
                    status, headers = outer.answers.pop(0) if outer.answers else (204, {})
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    opened = Receiver()
    yield opened
    opened.close()


class Post:
    """A carrier over a test's database with one supplier whose webhooks go to the receiver."""

    def __init__(self, database, home, url, prefect=None, **settings):
        self.database, self.home = database, home
        chosen = Settings(home=home, **{"allow_private_webhooks": True, **settings})
        self.carrier = Carrier(database, SEALER, home, chosen, prefect, random.Random(7))
        with database.write() as session:
            partner, self.secret = add_partner(session, SEALER, "pemasok-a", "supplier", "Pemasok", webhook_url=url)
            self.partner_id = partner.id

    def owe(self, number, kind="order.placed"):
        with self.database.write() as session:
            owe_webhook(session, self.partner_id, f"order:{number}", kind, {"order": number}, NOW)

    def rows(self):
        with self.database.read() as session:
            return list(session.exec(select(OutboundMessage).order_by(OutboundMessage.id)))

    def make_due(self):
        with self.database.write() as session:
            for row in session.exec(select(OutboundMessage).where(OutboundMessage.state == "waiting")):
                row.next_attempt_at = wall() - timedelta(seconds=1)


@pytest.fixture
def post(database, home, receiver):
    return Post(database, home, receiver.url)


def test_a_webhook_arrives_signed_with_public_numbers_and_its_own_time(post, receiver):
    post.owe("PSN-2021-0001")
    assert send_all_due(post.carrier) == 1
    ((path, headers, body),) = receiver.came
    Webhook(post.secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert json.loads(body) == {"type": "order.placed", "timestamp": NOW.isoformat(), "data": {"order": "PSN-2021-0001"}}
    assert path == "/hook"
    (row,) = post.rows()
    assert (row.state, row.attempts, row.last_error) == ("sent", 1, None)
    assert send_all_due(post.carrier) == 0


def test_to_a_partner_without_an_address_nothing_is_owed(post):
    with post.database.write() as session:
        session.get(Partner, post.partner_id).webhook_url = None
    post.owe("PSN-2021-0001")
    assert post.rows() == []


def test_what_is_owed_in_a_transaction_that_fails_is_not_owed(post):
    def fails():
        with post.database.write() as session:
            owe_webhook(session, post.partner_id, "order:x", "order.placed", {}, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert post.rows() == []


def test_a_failure_is_tried_again_with_the_same_id_and_bytes_and_holds_back_only_its_own_subject(post, receiver):
    post.owe("A", "order.placed")
    post.owe("A", "order.changed")
    post.owe("B", "order.placed")
    receiver.answers = [(500, {})]
    assert send_all_due(post.carrier) == 1
    assert [row.state for row in post.rows()] == ["waiting", "waiting", "sent"]
    post.make_due()
    assert send_all_due(post.carrier) == 2
    told = [(json.loads(body)["type"], json.loads(body)["data"]["order"]) for _, _, body in receiver.came]
    assert [kind for kind, order in told if order == "A"] == ["order.placed", "order.placed", "order.changed"]
    tries = [
        (headers["webhook-id"], body) for _, headers, body in receiver.came if b'"order.placed"' in body and b'"A"' in body
    ]
    assert tries[0] == tries[1]


def test_the_receivers_wish_to_wait_is_kept(post, receiver):
    post.owe("A")
    receiver.answers = [(429, {"Retry-After": "3600"})]
    send_all_due(post.carrier)
    (row,) = post.rows()
    assert row.next_attempt_at - wall() > timedelta(minutes=59)
    assert row.last_error == "Dijawab 429."


def test_a_redirect_is_not_followed(post, receiver):
    post.owe("A")
    receiver.answers = [(302, {"Location": receiver.url + "/elsewhere"})]
    assert send_all_due(post.carrier) == 0
    assert [path for path, _, _ in receiver.came] == ["/hook"]


def test_gone_disables_the_address_and_everything_waiting_for_it(post, receiver):
    post.owe("A")
    post.owe("A", "order.changed")
    receiver.answers = [(410, {})]
    send_all_due(post.carrier)
    assert [row.state for row in post.rows()] == ["dead", "dead"]
    assert len(receiver.came) == 1
    with post.database.read() as session:
        assert session.get(Partner, post.partner_id).webhook_url is None


def test_after_the_last_attempt_it_is_dead_until_a_person_sends_it_again(post, receiver):
    post.owe("A")
    receiver.answers = [(500, {})] * 10
    for _ in range(10):
        post.make_due()
        send_all_due(post.carrier)
    (row,) = post.rows()
    assert (row.state, row.attempts) == ("dead", 10)
    with post.database.write() as session:
        send_again(session, row.id)
    assert send_all_due(post.carrier) == 1
    with pytest.raises(NotDead), post.database.write() as session:
        send_again(session, row.id)


def test_a_sender_that_died_leaves_its_message_due_again(post):
    post.owe("A")
    assert len(post.carrier.due(("webhook",), 10)) == 1
    assert post.carrier.due(("webhook",), 10) == []
    post.make_due()
    assert send_all_due(post.carrier) == 1


def test_two_senders_never_claim_the_same_message(post):
    for number in range(40):
        post.owe(f"N{number}")
    claimed, threads = [], []
    for _ in range(4):
        threads.append(threading.Thread(target=lambda: claimed.extend(m.id for m in post.carrier.due(("webhook",), 40))))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == sorted({row.id for row in post.rows()})


def test_the_loop_sends_many_and_keeps_the_order_of_each_subject(post, receiver):
    for step in range(3):
        for number in range(10):
            post.owe(f"N{number}", f"order.step{step}")
    sender = Sender(post.carrier, pause=0.01)
    sender.start()
    try:
        _wait_until(lambda: len(receiver.came) == 30)
    finally:
        sender.stop()
    by_subject = {}
    for _, _, body in receiver.came:
        told = json.loads(body)
        by_subject.setdefault(told["data"]["order"], []).append(told["type"])
    assert set(map(tuple, by_subject.values())) == {("order.step0", "order.step1", "order.step2")}
    assert {row.state for row in post.rows()} == {"sent"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "2002:7f00:1::", "fec0::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::127.0.0.1",
    ],
)  # fmt: skip
def test_an_inner_address_is_never_public(address):
    assert not wire.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "103.28.12.1", "2606:4700::1111"])
def test_a_public_address_is(address):
    assert wire.is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "127.1", "[::ffff:127.0.0.1]"])
def test_nothing_is_sent_inside_unless_the_settings_allow_it(receiver, host):
    port = receiver.server.server_port
    with pytest.raises((wire.ForbiddenAddress, wire.Unreachable)):
        wire.post(f"http://{host}:{port}/", {}, b"", allow_private=False)
    assert receiver.came == []


@pytest.mark.parametrize(
    "url", ["ftp://x/", "file:///etc/passwd", "http://", "http://a:b@example.org/", "nonsense", "http://[x"]
)
def test_only_plain_web_addresses_are_tried(url):
    with pytest.raises(wire.ForbiddenAddress):
        wire.post(url, {}, b"", allow_private=True)


def test_a_receiver_that_drips_bytes_is_left_after_the_time_for_all(receiver, monkeypatch):
    monkeypatch.setattr(wire, "ALL_SECONDS", 0.6)
    drip = threading.Thread(target=_drip, args=(server := _listening(),), daemon=True)
    drip.start()
    begun = time.monotonic()
    with pytest.raises(wire.Unreachable):
        wire.post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"", allow_private=True)
    assert time.monotonic() - begun < 3
    server.close()
    drip.join(5)


def test_the_schedule_is_the_contracts_with_a_fifth_of_jitter():
    chance, now = random.Random(1), wall()
    for tries, pause in enumerate(SCHEDULE, start=1):
        waited = next_attempt(tries, now, None, chance) - now
        assert pause * 0.8 <= waited <= pause * 1.2
    assert next_attempt(len(SCHEDULE) + 1, now, None, chance) is None
    assert next_kick(50, now, chance) - now <= timedelta(seconds=60)


def _kick(database, stage="delivery"):
    with database.write() as session:
        owe_kick(session, stage, 2021, NOW)


def test_kicks_of_one_stage_and_year_that_wait_are_one(post):
    _kick(post.database)
    _kick(post.database)
    _kick(post.database, "handoff")
    assert [row.type for row in post.rows()] == ["delivery", "handoff"]


def test_a_fact_told_after_a_kick_was_tried_gets_a_kick_of_its_own(post):
    _kick(post.database)
    post.carrier.due(("kick",), 1)
    _kick(post.database)
    assert len(post.rows()) == 2


def test_a_kick_right_after_another_waits_for_its_pause_and_the_others_join_it(post):
    _kick(post.database)
    post.carrier.prefect = _AlwaysStarts()
    assert send_all_due(post.carrier, ("kick",)) == 1
    _kick(post.database)
    _kick(post.database)
    _kick(post.database, "handoff")
    sent, paused, other = post.rows()
    assert paused.next_attempt_at == sent.sent_at + KICK_PAUSE
    assert send_all_due(post.carrier, ("kick",)) == 1
    assert [row.state for row in post.rows()] == ["sent", "waiting", "sent"]
    post.make_due()
    assert send_all_due(post.carrier, ("kick",)) == 1
    assert (other.type, len(post.rows())) == ("handoff", 3)


def test_a_kick_long_after_the_last_one_goes_at_once(post):
    _kick(post.database)
    post.carrier.prefect = _AlwaysStarts()
    send_all_due(post.carrier, ("kick",))
    with post.database.write() as session:
        session.exec(select(OutboundMessage)).one().sent_at = wall() - KICK_PAUSE
    _kick(post.database)
    assert send_all_due(post.carrier, ("kick",)) == 1


def test_a_kick_waits_for_prefect_and_asks_with_its_own_key(database, home, receiver):
    post = Post(database, home, receiver.url, PrefectApi("http://127.0.0.1:9/api"))
    _kick(database)
    assert send_all_due(post.carrier, ("kick",)) == 0
    (row,) = post.rows()
    assert (row.state, row.attempts) == ("waiting", 1)
    fake = _FakePrefect()
    post.carrier.prefect.close()
    post.carrier.prefect = PrefectApi(fake.url)
    post.make_due()
    assert send_all_due(post.carrier, ("kick",)) == 1
    assert fake.wishes == [{"parameters": {"year": 2021, "started_by": "flow:delivery"}, "idempotency_key": f"kick-{row.id}"}]
    post.carrier.prefect.close()
    fake.close()


def test_a_mail_without_a_mail_server_lands_as_a_file(post):
    body = {
        "template": "referral_sent.txt", "agency": "Dinas Koperasi", "batch": "BTC-2021-0001", "letter": "400/1",
        "households": 3, "link": "http://estafet.test/r/abc", "received_by": "2021-05-24", "answer_by": "2021-06-04",
        "answer_days": 10, "office": "telepon (0254) 000000",
    }  # fmt: skip
    with post.database.write() as session:
        owe_mail(session, "kantor@contoh.go.id", "batch:1", "Surat rujukan", body, NOW)
        owe_mail(session, "", "batch:2", "Tanpa alamat", body, NOW)
    assert send_all_due(post.carrier) == 1
    (file,) = (post.home / "outbox").glob("*.eml")
    text = file.read_text()
    assert "kantor@contoh.go.id" in text
    assert "paling lambat Senin, 24 Mei 2021" in text
    assert "2021-06-04" not in text
    (row,) = post.rows()
    assert "link" not in row.body


def test_a_mail_that_lacks_a_value_is_kept_and_says_so(post):
    with post.database.write() as session:
        owe_mail(session, "kantor@contoh.go.id", "batch:1", "Surat", {"template": "referral_sent.txt"}, NOW)
    assert send_all_due(post.carrier) == 0
    (row,) = post.rows()
    assert "undefined" in row.last_error
    assert not list((post.home / "outbox").glob("*"))


class _AlwaysStarts:
    """Prefect's place where only that it was asked matters."""

    def start_stage(self, stage, year, started_by, key=None):
        return "r-1"


class _FakePrefect(Receiver):
    """Enough of Prefect's API: a deployment, and runs created in it."""

    def __init__(self):
        super().__init__()
        self.wishes = []
        outer = self

        class Api(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self._say({"id": "d-1"})

            def do_POST(self):
                outer.wishes.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self._say({"id": "r-1"})

            def _say(self, content):
                body = json.dumps(content).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server.RequestHandlerClass = Api
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"


def _wait_until(done, seconds=20):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.02)


def _listening():
    import socket

    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    return server


def _drip(server):
    line, _ = server.accept()
    with line:
        for _ in range(40):
            try:
                line.sendall(b"H")
            except OSError:
                return
            time.sleep(0.1)
