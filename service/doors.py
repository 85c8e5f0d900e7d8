"""Which types of callback exist, and which room answers each?"""

from __future__ import annotations

from service.delivery.answers import DOORS as DELIVERY
from service.handoff.replies import DOORS as HANDOFF
from service.mentoring.answers import DOORS as MENTORING
from service.messages.inbox import Door
from service.procurement.answers import DOORS as PROCUREMENT

DOORS: dict[str, Door] = {**PROCUREMENT, **DELIVERY, **MENTORING, **HANDOFF}
