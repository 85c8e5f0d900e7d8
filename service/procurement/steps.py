"""How does a decreed household's need become an order that is placed?"""

from __future__ import annotations

from service.lifecycle import Subject
from service.procurement.drafting import budgets_of, draft_orders, parcels_to_order
from service.procurement.from_stock import give_from_stock, parcels_served_by_stock
from service.procurement.lateness import orders_to_remind, remind_suppliers
from service.procurement.needs import assign_packages, cases_in_need, parcels_left_behind, release_parcels
from service.procurement.placing import approved_orders, orders_to_write, place_orders, render_order_letters
from service.procurement.receipt import receipts_to_write, render_receipts
from service.stage import Step

__all__ = ["STEPS", "WATCH_STEPS", "budgets_of"]

WHOLE = 10_000_000  # one batch: an order is never cut in two because of a batch's end

STEPS: tuple[Step, ...] = (
    Step("assign_packages", "Menentukan paket barang", Subject.CASE, cases_in_need, assign_packages, batch=1_000),
    Step("release_parcels", "Melepas paket yang ditinggalkan", Subject.PARCEL, parcels_left_behind, release_parcels),
    Step(
        "give_from_stock", "Memakai stok di titik serah", Subject.PARCEL, parcels_served_by_stock, give_from_stock, batch=5_000
    ),
    Step("draft_orders", "Memeriksa pagu dan menyusun pesanan", Subject.PARCEL, parcels_to_order, draft_orders, batch=WHOLE),
    Step("place_orders", "Mengirim pesanan", Subject.ORDER, approved_orders, place_orders),
    Step("render_order_letters", "Mencetak surat pesanan", Subject.ORDER, orders_to_write, render_order_letters, batch=100),
    Step("render_receipts", "Mencetak BAST penyedia", Subject.ORDER, receipts_to_write, render_receipts, batch=100),
)
WATCH_STEPS: tuple[Step, ...] = (
    Step("remind_suppliers", "Mengingatkan penyedia", Subject.ORDER, orders_to_remind, remind_suppliers, batch=100_000),
)
