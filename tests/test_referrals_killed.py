"""Do 850 callbacks, a share sent again and a share forged, survive kill -9 of the service? (20,000: `make bench`)"""

from __future__ import annotations

import pytest
import referral_storm

REFERRALS = 160


@pytest.mark.timeout(240)
def test_nothing_is_lost_doubled_or_believed_though_forged_while_the_service_dies(house):
    storm = referral_storm.prepare(house, REFERRALS, seed=5)
    referral_storm.rage(storm, REFERRALS, seconds_between_kills=0.6)
    assert referral_storm.faults(storm, REFERRALS) == []
    assert storm.kills >= 1
    assert storm.answers["forged"] > REFERRALS * 4 * 0.08
    assert storm.answers["duplicate"] > REFERRALS * 4 * 0.15
