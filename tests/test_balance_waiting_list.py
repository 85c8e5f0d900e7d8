"""Is a household that waited on a list in vain still counted as waiting there?"""

from __future__ import annotations

from datetime import date

from handoff_scenes import make_scene

from service.handoff.balance import LABELS
from service.handoff.queries.accounts import balance_of


def test_who_was_given_up_on_after_a_waiting_list_is_counted_as_not_answered(database, home):
    scene = make_scene(database, home, agencies=("penuh", "lain"))
    scene.send_all()
    full = scene.referrals()[0].agency_id
    scene.reply(scene.referrals()[0], "waitlisted", waitlist_until="2021-08-02")
    assert _places(scene)[full] == (1, {"daftar tunggu": 1})
    for day in (date(2021, 9, 17), date(2021, 9, 30), date(2021, 10, 1)):
        scene.at(day)
        scene.watch()
        scene.run()
    assert [r.status for r in scene.referrals()] == ["rerouted", "drafted"]
    assert _places(scene)[full] == (1, {"tidak dijawab": 1})
    scene.send_all()
    assert _places(scene)[full] == (1, {"tidak dijawab": 1})
    assert scene.is_in_balance()


def _places(scene):
    with scene.database.read() as session:
        accounts = balance_of(session, scene.cycle_id)
    assert all(account.is_ok for account in accounts)
    return {one.agency_id: (one.sent, {LABELS[name]: n for name, n in one.places.items() if n}) for one in accounts}
