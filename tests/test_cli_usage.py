"""Does a clerk who mistypes a command, or asks for help, read Indonesian?"""

from __future__ import annotations

import json
import re
import sys

import pytest

from service.cli import main as cli

ENGLISH = re.compile(
    r"\b(Usage|Options|Arguments|Commands|Error|Try|Missing|Invalid|No such|Did you mean|Possible|unexpected|requires|take"
    r"|required|default|Show this|ARGS|OPTIONS|COMMAND|INTEGER|TEXT|int|str|list\[|path|Input|should|not one of)\b"
)
EVERY = [
    [*above, known.name]
    for above, app in ([[], cli.app], *([[group.name], group.typer_instance] for group in cli.app.registered_groups))
    for known in app.registered_commands
]


@pytest.fixture
def typed(monkeypatch, capsys):
    """`typed("cycle", "show")` -> (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["estafet", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0), *capsys.readouterr()

    return call


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_has_no_english_frame(typed, words):
    code, out, _ = typed(*words, "--help")
    assert (code, out.startswith(f"Pemakaian: estafet {' '.join(words)} [PILIHAN]")) == (0, True)
    frame = re.sub(r"--[\w-]+|\w+-\w+|\{\w+\}|^  \w+ ", "", out, flags=re.MULTILINE)
    assert not ENGLISH.search(frame), ENGLISH.search(frame)


@pytest.mark.parametrize("words", [[], ["partner"]])
def test_a_group_without_a_command_shows_its_commands(typed, words):
    code, out, said = typed(*words)
    assert (code, out, said.count("Pemakaian: "), "Perintah:" in said) == (2, "", 1, True)
    assert not ENGLISH.search(said)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["partner", "terms"], "Isian 'sender' belum disebut."),
        (["cycle", "open", "2021"], "Pilihan '--quota' wajib disebut."),
        (["partner", "trems", "x"], "Perintah 'trems' tidak dikenal. Barangkali 'terms'?"),
        (["partner", "terms", "x", "--defalt"], "Pilihan --defalt tidak dikenal. Barangkali --default?"),
        (["cycle", "show", "abc"], "Isi 'year' salah: harus bilangan bulat."),
        (["cycle", "show", "99"], "Isi 'year' salah: sedikitnya 2000."),
        (["cycle", "show", "2021", "2022"], "Isian berlebih: 2022."),
        (["need", "decide", "1", "ya"], "Isi 'choice' salah: 'ya' bukan salah satu dari 'accept', 'refuse'."),
        (["event", "move", "ACR-1", "--to", "besok"], "Isi '--to' salah: 'besok' tidak tertulis seperti TTTT-BB-HH."),
        (["message", "list", "--limit"], "Pilihan '--limit' memerlukan isi."),
        (["message", "list", "--json=3"], "Pilihan '--json' tidak memakai isi."),
    ],
)
def test_wrong_usage_is_told_in_indonesian_and_ends_with_two(typed, words, said):
    code, out, screen = typed(*words)
    assert (code, out, said in screen.splitlines()) == (2, "", True)
    assert not ENGLISH.search(screen.replace("--default", ""))


def test_a_program_is_told_wrong_usage_as_one_object(typed):
    code, out, _ = typed("partner", "terms", "--json")
    assert (code, json.loads(out)) == (2, {"refused": "wrong_usage", "message": "Isian 'sender' belum disebut."})
