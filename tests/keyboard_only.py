"""How does a test work a page as somebody without a mouse, and what would axe and a narrow screen say of it?"""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WORST = {"serious", "critical"}
PICTURES = os.environ.get("ESTAFET_PICTURES")


def looked_at(page: Page, width: str, name: str) -> list[str]:
    """What axe finds serious, and what runs over the edge, on the page as it is now."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/mitra-{width}-{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    worst = [f"{name}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in found if v["impact"] in WORST]
    return [*worst, *([f"{name}: {over} px over"] if over > 0 else [])]


def reach(page: Page, script: str, words: str) -> None:
    """Tab on until what has the focus is what is meant; no mouse, no script that moves the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(script, words):
            return
    raise AssertionError(f"the keyboard does not reach: {words}")


def press(page: Page, kind: str, words: str) -> None:
    tag = {"button": "BUTTON", "link": "A", "summary": "SUMMARY"}[kind]
    reach(page, f"w => document.activeElement.tagName === '{tag}' && document.activeElement.innerText.trim() === w", words)
    if kind == "summary":
        page.keyboard.press("Enter")
        return
    with page.expect_navigation():
        page.keyboard.press("Enter")


def labelled(page: Page, words: str) -> None:
    reach(page, "w => [...(document.activeElement.labels || [])].some(l => l.innerText.trim() === w)", words)


def type_in(page: Page, label: str, text: str) -> None:
    labelled(page, label)
    page.keyboard.type(text)


def choose(page: Page, label: str, words: str) -> None:
    labelled(page, label)
    page.keyboard.type(words)


def tick(page: Page, label: str) -> None:
    labelled(page, label)
    page.keyboard.press("Space")


def pick_file(page: Page, label: str, path: Path) -> None:
    """The field is reached with the keyboard; the dialogue behind it is the browser's own."""
    labelled(page, label)
    page.locator("input[type=file]:focus").set_input_files(path)
