"""What does the database know about packages, parcels and orders? (`work` and `orders` for steps, `pages` for people)"""

from service.procurement.queries.orders import (
    Line,
    approval_days,
    approved_decree,
    cases_on,
    insert_lines,
    lines_of,
    order_ids,
    order_named,
    orders_at,
    orders_without_letter,
    person_names,
    planned_parcels,
    points,
    supplier_names,
    write_counts,
    write_letter_numbers,
    year_of,
)
from service.procurement.queries.pages import (
    OrderRow,
    OrderStory,
    counts_by_status,
    households_on,
    order_story,
    orders_page,
    waiting_orders,
)
from service.procurement.queries.work import (
    Need,
    cases_without_parcel,
    forget_failed,
    free_parcels,
    insert_parcels,
    items_of,
    needs,
    ordered_cost,
    orders_not_placed,
    orders_numbered,
    package_by_kind,
    packages,
    parcels_numbered,
    parcels_of_the_left,
    parcels_without_order,
    put_on_order,
    suppliers,
    waiting,
)

__all__ = [
    "Line", "Need", "OrderRow", "OrderStory", "approval_days", "approved_decree", "cases_on", "cases_without_parcel",
    "counts_by_status", "forget_failed", "free_parcels", "households_on", "insert_lines", "insert_parcels", "items_of",
    "lines_of", "needs", "order_ids", "order_named", "order_story", "ordered_cost", "orders_at", "orders_not_placed",
    "orders_numbered", "orders_page", "orders_without_letter", "package_by_kind", "packages", "parcels_numbered",
    "parcels_of_the_left", "parcels_without_order", "person_names", "planned_parcels", "points", "put_on_order",
    "supplier_names", "suppliers", "waiting", "waiting_orders", "write_counts", "write_letter_numbers", "year_of",
]  # fmt: skip
