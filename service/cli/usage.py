"""How does the command line speak Indonesian where its library speaks English: the frame of a help page, and wrong usage?

The library offers no language for most of these words, so its finished text is translated; what is not known here stays.
"""

from __future__ import annotations

import re
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

USAGE = "Pemakaian: "
_WORDS = tuple(
    (re.compile(english, re.MULTILINE), indonesian)
    for english, indonesian in (
        (r"^Usage: ", USAGE),
        (r"^Options:$", "Pilihan:"),
        (r"^Arguments:$", "Isian:"),
        (r"^Commands:$", "Perintah:"),
        (r"\[OPTIONS\]", "[PILIHAN]"),
        (r"COMMAND \[ARGS\]\.\.\.", "PERINTAH ..."),
        (r"<list\[\w+\]>", "<isi ...>  "),
        (r"<int range>", "<angka>    "),
        (r"<float>", "<angka>"),
        (r"<int>", "<n>  "),
        (r"<str>", "<isi>"),
        (r"<path>", "<isi> "),
        (r"<%Y-%m-%d>", "<hari>    "),
        (r"<%H:%M>", "<jam>  "),
        (r"'%Y-%m-%d'", "TTTT-BB-HH"),
        (r"'%H:%M'", "JJ:MM"),
        (r"\brequired\]", "wajib]"),
        (r"\[default:", "[bawaan:"),
        (r"Show this message and exit\.", "Tampilkan keterangan ini."),
        (r"^Missing argument (.+?)\.", r"Isian \1 belum disebut."),
        (r"^Missing option (.+?)\.", r"Pilihan \1 wajib disebut."),
        (r"^Missing command\.", "Perintahnya belum disebut."),
        (r"^No such option: (\S+)", r"Pilihan \1 tidak dikenal."),
        (r"\(Possible options: (.+)\)", r"Barangkali \1?"),
        (r"^No such command (.+?)\.", r"Perintah \1 tidak dikenal."),
        (r"Did you mean (.+)\?", r"Barangkali \1?"),
        (r"^Got unexpected extra argument\(s\) \((.+)\)", r"Isian berlebih: \1."),
        (r"^Option (.+?) requires an argument\.", r"Pilihan \1 memerlukan isi."),
        (r"^Option (.+?) does not take a value\.", r"Pilihan \1 tidak memakai isi."),
        (r"Value error, ", ""),
        (r"^Invalid value for (.+?): (.+)", r"Isi \1 salah: \2"),
        (r"is not one of (.+)\.", r"bukan salah satu dari \1."),
        (r"does not match the formats? (.+)\.", r"tidak tertulis seperti \1."),
        (r"Input should be a valid integer.*", "harus bilangan bulat."),
        (r"Input should be greater than or equal to (\d+)", r"sedikitnya \1."),
        (r"Input should be less than or equal to (\d+)", r"paling besar \1."),
    )
)


def in_indonesian(text: str) -> str:
    for english, indonesian in _WORDS:
        text = english.sub(indonesian, text)
    return text


class Command(TyperCommand):
    def get_help(self, ctx: Any) -> str:
        return in_indonesian(super().get_help(ctx))


class Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return in_indonesian(super().get_help(ctx))


def wrong_usage(error: typer.TyperException) -> tuple[str, str]:
    """What was wrong, for programs; and the same beside how the command is used, for people."""
    said, context = in_indonesian(error.format_message()), getattr(error, "ctx", None)
    if context is None or said.startswith(USAGE):  # a group without a command: its help is the message
        return said, said
    return said, f"{in_indonesian(context.get_usage())}\n{said}\nKeterangan: {context.command_path} --help"
