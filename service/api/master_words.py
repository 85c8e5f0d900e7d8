"""Which Indonesian words does the library of the master data pages use, which brings none of its own?"""

from __future__ import annotations

import io

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations
from starlette_admin import i18n

WORDS = {
    "Actions": "Tindakan", "Add item": "Tambah baris", "Admin": "Data induk", "All": "Semua", "Apply": "Terapkan",
    "Attribute": "Kolom", "Value": "Isi", "Cancel": "Batal", "Clear all": "Hapus semua", "Clear selection": "Batalkan pilihan",
    "Columns": "Kolom", "Create": "Tambah", "Delete": "Hapus", "Detail": "Lihat", "View": "Lihat", "Edit": "Ubah",
    "Filters:": "Saringan:", "First": "Pertama", "Last": "Terakhir", "Go to page": "Ke halaman", "No data": "Tidak ada data",
    "Reset": "Kembalikan", "Save": "Simpan", "Save and add another": "Simpan dan tambah lagi", "Show": "Tampilkan",
    "Save and continue editing": "Simpan dan lanjut mengubah", "entries": "baris", "Next page": "Halaman berikutnya",
    "Previous page": "Halaman sebelumnya", "Page size": "Baris tiap halaman", "Search": "Cari", "Search in list": "Cari",
    "With selected": "Yang dipilih", "Browse": "Lihat", "all records": "semua", "or add a": "atau tambah",
    "new one": "yang baru",
    "total records": "baris", "Forbidden": "Tidak diizinkan", "This field is required.": "Wajib diisi.",
    "Something went wrong!": "Terjadi kesalahan.", "Yes": "Ya", "No": "Tidak", "Home": "Depan", "Dashboard": "Depan",
    "Showing": "Menampilkan", "of": "dari", "to": "sampai", "Remove this filter": "Hapus saringan ini",
    "New %(name)s": "Tambah %(name)s", "Add %(name)s": "Tambah %(name)s", "Edit %(name)s": "Ubah %(name)s",
    "Showing %(start)s to %(end)s of %(total)s entries": "%(start)s sampai %(end)s dari %(total)s baris",
    "Select a %(label)s": "Pilih %(label)s",
    'The item "%(repr)s" was successfully updated.': '"%(repr)s" tersimpan.',
    'The item "%(repr)s" was successfully created.': '"%(repr)s" tersimpan.',
    'The item "%(repr)s" was added successfully.': '"%(repr)s" tersimpan.',
    'The item "%(repr)s" was changed successfully.': '"%(repr)s" tersimpan.',
}  # fmt: skip


def speak_indonesian() -> None:
    """Merged into the library's only locale here; done twice it is the same."""
    catalog = Catalog(locale="id")
    for english, indonesian in WORDS.items():
        catalog.add(english, indonesian)
    file = io.BytesIO()
    write_mo(file, catalog)
    file.seek(0)
    spoken = i18n.translations[i18n.DEFAULT_LOCALE]
    if isinstance(spoken, Translations):
        spoken.merge(Translations(file))
