"""Which letters leave the office, under which number, and how does anybody check them?

A letter is made in three parts so that no transaction waits for a PDF:

1. when an official decides, in the transaction of the decision: `code = new_code()` and
   `seq, number = take_number(session, book, year, policy.numbers, policy.numbers.referral_code)`;
2. outside any transaction: `pdf = render("referral", values)`, or `render_many([("referral_sheet", values), ...])`;
3. in a short transaction: `store_letter(session, home, kind=..., pdf=pdf, code=code, ...)` -> `Letter` (flushed: has an id).

Books: `decree`, `order`, `referral`. Sheets carry the number of their cover letter and take none of their own.
Subject keys: `decree:2021/1` (year/version), `decree_public:2021/1` (its version for publication, same number),
`order:PSN-2021-0001`, `batch:BTC-2021-0001`, `referral:RJK-2021-00001`.

What a template is given
------------------------
A value is `str`, `int`, `date` or a list/dict of them; the template writes dates, rupiah and words. A value that is
missing, `None` or blank raises `MissingValue` (names template and field) unless marked (opt) here. A run of 16 digits
(an unmasked NIK) is refused. `number`, `code` and `dated_on` are those of the letter.

every template  `**letter_frame(policy.letterhead, public_url=..., home=..., synthetic=clock.is_demo_home(home))` and
                number: str, dated_on: date, code: str; copies: list[str] (opt, tembusan);
                signer: {post, name, rank (opt), nip (opt)} where not the letterhead's own signs (orders: the PPK)
decree          cycle_year, version: int; households: int (as many as rows); unit_value: int (rupiah);
                regencies: [{name: "Kabupaten Pandeglang",
                rows: [{household, name, nik (masked), address, village, district, rank, score}]}];
                order: {seed: int, policy, snapshot, list: hashes in short groups};
                reserve: int (opt, how many wait on the reserve list);
                changes: {number, dated_on} (opt, the decree this one amends; with version >= 2)
decree_public   as decree, but rows: [{initials, village, district}], no order, no reserve; list_hash: str; proposed_on: date;
                without number and code it is the draft people may object to; until: date (opt, last day of the window)
order           order_number, supplier: str; supplier_place (opt); cycle_year: int; regency, district, point: str;
                point_address (opt); due_on: date (opt); contract_form: str; account: str (budget account code); amount: int;
                lines: [{name, quantity, unit, price, amount, items (opt): ["10 kg beras", ...]}];
                decree: {number, dated_on} (opt)
referral        batch_number, agency, agency_place, regency: str; cycle_year: int; answer_days: int; answer_by: date;
                rows: [{number, name, village, district, business, needs}]; decree: {number, dated_on} (opt);
                contact: str (opt, who answers questions); answer_url: str (opt, printed as text: never a secret link)
referral_sheet  referral_number, agency, regency: str; cycle_year, household: int (its id), hop: int;
                name, nik (masked), sex ("L"/"P"), birth_place: str; birth_on: date; address, rt, rw, village, district: str;
                business: str; business_since: date (opt); product (opt); monthly_capacity: int (opt); package: str;
                handed_over_on: date (opt); movement: str (opt); indicators: [{label, value}] (opt); needs: list[str];
                why_agency: str; facilitator, mentor, phone (opt); answer_days: int; answer_by: date
                (`number` of a sheet is its cover letter's; no copies, no signer)
attendance      event, hours, place, district, regency, bring: str; cycle_year: int;
                rows: [{name, village, rt, rw, package, parcel, facilitator, qr (opt)}]
invitations     the same (slips to cut out), with code (opt) in the rows
                (both are working papers: no number, code or signer, and nothing of them is kept)
"""

from service.letters.checking import LetterCheck, LetterFileGone, check_letter, letter_file
from service.letters.numbering import take_number
from service.letters.rendering import MissingValue, Unprintable, letter_frame, render, render_many
from service.letters.storing import keep_file, new_code, store_letter

__all__ = [
    "LetterCheck", "LetterFileGone", "MissingValue", "Unprintable", "check_letter", "keep_file", "letter_file",
    "letter_frame", "new_code", "render", "render_many", "store_letter", "take_number",
]  # fmt: skip
