"""Did the demo do what a whole cycle must do, and does nothing personal lie in Prefect or in logs?

`python tests/check_demo.py HOME < SUMMARY`
"""

import json
import sys
from pathlib import Path

from leaks import leaks_in, watched_files

from service.demo.registry_files import personal_values

FIELDS = {
    "cycle", "registered", "rejected_rows", "eligible", "ineligible", "selected", "reserve", "substituted", "orders",
    "delivered", "verified", "mentored", "referred", "acknowledged", "accepted", "declined", "rerouted", "concluded",
    "letters", "callbacks", "conservation", "seconds",
}  # fmt: skip


def faults_of(summary: dict) -> list[str]:
    missing = FIELDS - summary.keys()
    if missing:
        return [f"missing: {sorted(missing)}"]
    calls = summary["callbacks"]
    claims = {
        "every household is in or out": summary["eligible"] + summary["ineligible"] == summary["registered"],
        "the conservation check holds": summary["conservation"] == "ok",
        "selected at least the quota": summary["selected"] >= 200,
        "not more proven than delivered": 0 < summary["verified"] <= summary["delivered"] <= summary["selected"],
        "most were mentored": summary["mentored"] > summary["verified"] / 2,
        "referred only the proven": 0 < summary["referred"] <= summary["verified"],
        "some declined and went on": summary["declined"] > 0 and summary["rerouted"] > 0,
        "some accepted and concluded": summary["accepted"] > summary["concluded"] > 0,
        "dirty rows were found": summary["rejected_rows"] > 0,
        "somebody was substituted": summary["substituted"] > 0,
        "each referral has its sheet": summary["letters"] >= summary["referred"],
        "callbacks of every kind came": all(calls[k] > 0 for k in ("applied", "duplicate", "parked", "refused")),
        "stages were timed": {"selection", "procurement", "delivery", "handoff", "total"} <= summary["seconds"].keys(),
    }
    return [claim for claim, holds in claims.items() if not holds]


def leak_faults(home: Path) -> list[str]:
    values = personal_values(home / "files")
    if len(values) < 1000 or len(list(watched_files(home))) < 5:
        return ["there was nothing to look for, or nowhere to look"]
    return [f"personal values in {leak}" for leak in leaks_in(home, values)]


if __name__ == "__main__":
    found = json.loads(sys.stdin.read())
    faults = faults_of(found) + leak_faults(Path(sys.argv[1]))
    print(json.dumps({name: value for name, value in found.items() if name != "by_regency"}, indent=1))
    print("demo:", "; ".join(faults) if faults else "all claims hold, nothing personal in Prefect or logs")
    sys.exit(bool(faults))
