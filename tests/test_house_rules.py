"""Does the house keep its own rules?"""

import ast
import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(p for folder in ("service", "flows") for p in (ROOT / folder).rglob("*.py") if "versions" not in p.parts)
TOP_LEVEL = {
    "flows", "service", "templates", "tests", "pyproject.toml", "prefect.yaml", "README.md", "Makefile", "requirements.lock",
    ".ci", ".gitignore", "pictures",
}  # fmt: skip
ROOMS = ("registry", "selection", "procurement", "delivery", "mentoring", "handoff", "cohort", "exits")
BANNED_NAMES = {"beneficiary", "recipient", "provider", "client", "opd"}
FOREIGN = re.compile(r"https?://[\w.-]*(pypi|pythonhosted|npmjs|debian)\.|/root/|/work/|/home/\w+/", re.IGNORECASE)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(_tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_says_which_question_it_answers_and_stays_small(path):
    assert ast.get_docstring(_tree(path)), "no opening docstring"
    assert len(path.read_text().splitlines()) <= 300
    too_long = [f.name for f in _functions(path) if (f.end_lineno or 0) - f.lineno + 1 > 40]
    assert not too_long


def test_the_median_function_is_under_ten_lines():
    lengths = [(f.end_lineno or 0) - f.lineno + 1 for path in FILES for f in _functions(path)]
    assert statistics.median(lengths) < 10


@pytest.mark.parametrize(
    ("word", "homes"),
    [
        ("prefect", ("flows",)),
        ("fastapi", ("service/api",)),
        ("typst", ("service/letters",)),
        ("httpx2", ("service/messages", "service/demo")),
    ],
)
def test_an_engine_is_known_in_one_place(word, homes):
    strangers = [
        str(path.relative_to(ROOT))
        for path in FILES
        if any(name.split(".")[0] == word for name in _imports(path)) and not str(path.relative_to(ROOT)).startswith(homes)
    ]
    assert strangers == []


def test_statements_are_written_only_in_the_database_rooms_and_in_queries():
    verbs = {"select", "insert", "update", "delete", "text"}
    strangers = []
    for path in FILES:
        inside = path.relative_to(ROOT)
        if str(inside).startswith("service/db") or path.name == "queries.py" or "queries" in inside.parts:
            continue
        for node in ast.walk(_tree(path)):
            is_sql = isinstance(node, ast.ImportFrom) and node.module in {"sqlalchemy", "sqlmodel"}
            if is_sql and verbs & {alias.name for alias in node.names}:
                strangers.append(str(inside))
    assert strangers == []


def test_only_the_history_writes_a_status():
    pattern = re.compile(r"\.status\s*=[^=]|values\([^)]*\bstatus\s*=")
    writers = [str(p.relative_to(ROOT)) for p in FILES if pattern.search(p.read_text())]
    assert writers == ["service/db/history.py"]


def test_no_test_replaces_our_own_code():
    for path in (ROOT / "tests").rglob("*.py"):
        assert not any(name.startswith("unittest.mock") for name in _imports(path)), path


def test_names_are_the_fields_own_words():
    for path in FILES:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                words = set(re.findall(r"[A-Z]?[a-z]+", node.name.replace("_", " ").title()))
                assert not {w.lower() for w in words} & BANNED_NAMES, f"{path}: {node.name}"


def test_the_project_speaks_of_itself_alone():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".lock", ".typ", ".html", ".css", ".txt", ""} and path.is_file():
            found = FOREIGN.search(path.read_text(errors="ignore"))
            assert name == "tests/test_house_rules.py" or not found, f"{name}: {found}"


def test_the_top_level_holds_only_what_the_readme_explains():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    assert {name.split("/")[0] for name in listed} <= TOP_LEVEL


def test_every_path_in_the_readme_exists():
    readme = (ROOT / "README.md").read_text()
    finder = readme.split("## I look for", 1)[-1].split("\n## ", 1)[0]
    paths = re.findall(r"`((?:flows|service|templates|tests)/[\w./-]*)`", finder)
    assert paths
    assert [p for p in paths if not (ROOT / p).exists()] == []
