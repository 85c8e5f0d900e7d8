"""May an office stop its clock before it has said that the letter arrived?"""

from __future__ import annotations

import pytest
from door_scene import by_webhook, on_page, site_of
from handoff_scenes import make_scene

from service.handoff.pausing import NotPausable

WAITS = {"reason": "menunggu keluarga melengkapi berkas"}


@pytest.fixture
def site(database, home):
    with site_of(database, home, 1) as made:
        yield made


def test_a_letter_nobody_said_had_arrived_is_acknowledged_before_its_clock_stops(database, home):
    scene = make_scene(database, home)
    scene.send_all()
    with pytest.raises(NotPausable, match="nyatakan dulu penerimaannya"):
        scene.reply(scene.referrals()[0], "paused", **WAITS)
    assert scene.referrals()[0].paused_at is None
    scene.reply(scene.referrals()[0], "acknowledged")
    scene.reply(scene.referrals()[0], "paused", **WAITS)
    assert scene.referrals()[0].paused_reason == WAITS["reason"]


def test_the_page_does_not_offer_it_and_says_what_comes_first(site):
    [referral], link = site.scene.referrals(), site.link()
    asked = {"rujukan": referral.number}
    with site.browser() as browser:
        assert "Hentikan tenggat" not in browser.get(link, params=asked).text
        refused = browser.post(link, params=asked, data=asked | {"aksi": "paused", "sebab": WAITS["reason"]})
        assert refused.status_code == 409
        assert "nyatakan dulu penerimaannya" in refused.text
        on_page(site, link, referral.number, "acknowledged", {})
        assert "Hentikan tenggat" in browser.get(link, params=asked).text
    on_page(site, link, referral.number, "paused", WAITS)


def test_a_system_that_tells_it_too_early_waits_for_its_receipt(site):
    [referral] = site.scene.referrals()
    with site.program() as program:
        answer = program.tell("referral.paused", {"referral": referral.number, **WAITS})
    assert (answer.status_code, answer.json()) == (202, {"result": "parked"})
    assert site.scene.referrals()[0].paused_at is None
    by_webhook(site, referral.number, "acknowledged", {})
    assert site.scene.referrals()[0].paused_reason == WAITS["reason"]
