"""How does `estafet` start, and how does it end: 0 done, 1 refused with reasons, 2 wrong usage?"""

from __future__ import annotations

import errno
import json
import sys

import typer

from service.cli import (
    catalogue,
    cycle,
    decisions,
    decrees,
    doubts,
    events,
    exits,
    exports,
    exports_goods,
    goods,
    handoff,
    home,
    letters,
    links,
    messages,
    need,
    objections,
    partners,
    people,
    practice,
    proof,
    registry,
    run,
    selecting,
    terms,
    up,
    visits,
)
from service.cli.logs import log_file
from service.cli.usage import Group, wrong_usage
from service.errors import EstafetError
from service.traces import safe_trace

app = typer.Typer(
    name="estafet", cls=Group, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Estafet: dari bantuan tunai ke usaha sendiri, dari satu instansi ke instansi berikutnya, tanpa ada yang terjatuh.",
)  # fmt: skip
for module in (home, up, run, cycle, visits, proof):
    module.add_to(app)
exports_goods.add_to(exports.group)
letters.add_to(decisions.referral)
links.add_to(partners.group)
practice.add_to(partners.group)
terms.add_to(partners.group)
for name, group, about in (
    ("cycle", cycle.group, "Siklus tahunan: buka, lihat, tutup."),
    ("registry", doubts.group, "Data dari kabupaten/kota, data ganda, dan NIK."),
    ("aid", registry.aid, "Riwayat bantuan sebelumnya."),
    ("select", selecting.group, "Seleksi: hitung ulang dan simulasi."),
    ("decree", decrees.decree, "SK penetapan penerima."),
    ("objection", objections.group, "Keberatan atas daftar calon."),
    ("case", decrees.case, "Keluarga yang mundur atau dikeluarkan."),
    ("catalogue", catalogue.group, "Katalog paket barang satu siklus."),
    ("need", need.group, "Kebutuhan paket, pagu, dan usulan paket lain."),
    ("order", decisions.order, "Pesanan barang."),
    ("exit", exits.group, "Daftar keluar: keluarga yang bantuan tunainya berakhir."),
    ("event", events.group, "Acara penyerahan: daftar, hari, pendamping."),
    ("stock", goods.stock, "Stok titik serah: neraca, penghapusan."),
    ("claim", goods.claim, "Klaim barang kepada penyedia."),
    ("referral", decisions.referral, "Rujukan ke instansi."),
    ("letter", letters.group, "Surat: tanda tangan elektronik."),
    ("consent", handoff.consent, "Persetujuan keluarga untuk dirujuk."),
    ("service", handoff.service, "Layanan instansi lain, dan siapa yang membutuhkannya."),
    ("partner", partners.group, "Mitra: penyedia, instansi, pendamping."),
    ("message", messages.group, "Pesan: laporan mitra, pesan yang gagal dikirim."),
    ("user", people.group, "Pengguna dan token."),
    ("facilitator", proof.facilitator, "Pendamping: penyerahan dan uji petik."),
    ("export", exports.group, "Unduhan XLSX atau CSV, nomor pribadi disamarkan."),
):
    app.add_typer(group, cls=Group, name=name, help=about, no_args_is_help=True)

_DISK = {
    errno.ENOSPC: "Ruang penyimpanan penuh. Kosongkan ruang, lalu ulangi.",
    errno.EACCES: "Tidak ada izin menulis atau membaca berkas ini.",
    errno.EROFS: "Penyimpanan ini hanya dapat dibaca.",
}


def main() -> None:
    """Run a command; whatever goes wrong is one sentence on standard error, never a trace."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        sentence, screen = wrong_usage(error)
        _refuse(screen, {"refused": "wrong_usage", "message": sentence}, code=error.exit_code)
    except EstafetError as error:
        _refuse(error.message, {"refused": error.kind, "message": error.message, **error.details})
    except (KeyboardInterrupt, typer.Abort):
        _refuse("Dihentikan.", {"refused": "stopped", "message": "Dihentikan."})
    except Exception as error:
        sentence = _sentence_for(error)
        _refuse(sentence, {"refused": "unexpected", "message": sentence})


def _refuse(sentence: str, fields: dict[str, object], code: int = 1) -> None:
    if "--json" in sys.argv:
        print(json.dumps(fields, default=str, ensure_ascii=False))
    print(sentence, file=sys.stderr)
    sys.exit(code)


def _sentence_for(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in _DISK:
        return _DISK[error.errno] + (f" ({error.filename})" if error.filename else "")
    if "database or disk is full" in str(error):
        return _DISK[errno.ENOSPC]
    return f"Terjadi kesalahan yang tidak terduga ({type(error).__name__}). Rinciannya ada di {_write_trace(error)}."


def _write_trace(error: Exception) -> str:
    path = log_file()
    with path.open("a") as log:
        log.write(safe_trace(error) + "\n")
    return str(path)


if __name__ == "__main__":
    main()
