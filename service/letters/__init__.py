"""Which letters leave the office, under which number, and how does anybody check them?

A letter is made in three parts so that no transaction waits for a PDF:

1. when an official decides, in the transaction of the decision: `code = new_code()` and
   `seq, number = take_number(session, book, year, policy.numbers, policy.numbers.referral_code)`;
2. outside any transaction: `pdf = render("referral", values)`, or `render_many([("referral_sheet", values), ...])`;
3. in a short transaction: `store_letter(session, home, kind=..., pdf=pdf, code=code, ...)` -> `Letter` (flushed: has an id).

Books: `decree`, `order`, `receipt`, `handover`, `referral`, `exit`. Sheets carry the number of their cover letter.
Subject keys: `decree:2021/1` (year/version), `decree_public:2021/1` (its version for publication, same number),
`order:PSN-2021-0001`, `receipt:PSN-2021-0001`, `handover:PKT-2021-00001`, `batch:BTC-2021-0001`,
`referral:RJK-2021-00001`, `exit:KLR-2021-01`.

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
                contents: [{name, quantity, items: [{name, unit, each, in_all, test: bool}]}] (opt, the annex);
                decree: {number, dated_on} (opt)
receipt         order_number, supplier, regency, district, point: str; giver: {name, post};
                cycle_year: int; order_letter: {number, dated_on}; decree: {number, dated_on} (opt); amount: int;
                inspected_on: date; samples: int (opt); note (opt);
                lines: [{name, quantity, unit, condition, price, amount, items (opt)}]
referral        batch_number, agency, agency_place, regency: str; cycle_year, receipt_days, answer_days: int;
                received_by, answer_by: date;
                rows: [{number, name, village, district, business, needs}]; decree: {number, dated_on} (opt);
                contact: str (opt, who answers questions); answer_url: str (opt, printed as text: never a secret link);
                agency_head: str ("Kepala"); shown: list[str], what the receiver may see of a household (codes of
                `service.handoff.consents.FIELDS`); without "package" the rows are {number, name, product, capacity, needs}
                replaces: {number, dated_on} (opt, the cover letter this one is in the place of); with it
                sheet_numbers: list[str], unanswered: int, is_receipt_over, is_answer_over: bool (that day has passed)
                `draft` (opt, both templates): a draft, without number and code
referral_sheet  referral_number, agency, regency: str; cycle_year, household: int (its id), hop: int;
                name, nik (masked), sex ("L"/"P"), birth_place: str; birth_on: date; address, rt, rw, village, district: str;
                business: str; business_since: date (opt); product (opt); monthly_capacity: int (opt); package: str;
                handed_over_on: date (opt); movement: str (opt); indicators: [{label, value}] (opt); needs: list[str];
                why_agency: str; facilitator, mentor, phone (opt); receipt_days, answer_days: int;
                received_by, answer_by: date
                shown: list[str], as above; what is not in it is not asked for; register_number (opt, the agency's own)
                (`number` of a sheet is its cover letter's; no copies, no signer)
exit            list_number, programmes: str; cycle_year, households: int; hash: str (in short groups); decrees: str (opt);
                regencies: [{name, households: int}]
handover        record: one row as below; pictures (opt): {name: PNG or JPEG bytes}, named in a row as `name.svg`
handover_event  event, place, hours, facilitators: str; held_on: date; invited: int; counts: [{label, number}];
                records: [rows]; pictures as above; no code (a bundle is made on demand; each record has its own)
case_file       parcel, name, nik, kk (masked), address, business, package, place, where, checked, time, pledge, record: str;
                household (its id), cycle_year: int; handed_on: date; proposal: {received_on, sha256, programme, decile (opt)};
                chosen: [{label, said}]; pieces: [{label, said, there: bool}]; photo (opt), pictures; no number, no code
a record's row  number, name, village, receiver, nik (masked), kk (masked), address, business, package, parcel, time,
                place, where, checked, known_by, signed_name, witness: str; handed_on: date; cycle_year: int;
                giver: {name, post}; decree: {number, dated_on} (opt); event, proxy, note, mark (opt); photo, photo_hash (opt);
                signature (opt); goods: [{name, quantity, unit, tested, brand (opt)}]
attendance      event, hours, place, district, regency, bring: str; cycle_year: int;
                rows: [{name, village, rt, rw, package, parcel, facilitator, qr (opt)}]
invitations     the same (slips to cut out), with code (opt) in the rows
                (both are working papers: no number, code or signer, and nothing of them is kept)
"""

from service.letters.checking import LetterCheck, LetterFileGone, check_letter, letter_file
from service.letters.numbering import take_number
from service.letters.queries import insert_letters
from service.letters.rendering import MissingValue, Unprintable, letter_frame, render, render_many
from service.letters.storing import Kept, keep_file, letter_row, new_code, store_letter

__all__ = [
    "Kept", "LetterCheck", "LetterFileGone", "MissingValue", "Unprintable", "check_letter", "insert_letters", "keep_file",
    "letter_file", "letter_frame", "letter_row", "new_code", "render", "render_many", "store_letter", "take_number",
]  # fmt: skip
