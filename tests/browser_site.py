"""How does a test serve the pages on a port of their own and open one as wide as a laptop or a phone?"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from page_scene import Pages
from playwright.sync_api import Browser, Page

CHROMIUM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
WIDTHS = {"laptop": (1366, 768), "phone": (360, 740)}


@contextmanager
def served(pages: Pages) -> Iterator[Pages]:
    """`pages.address` answers until the block ends; then the database is closed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(pages.app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    pages.address = f"http://127.0.0.1:{port}"
    yield pages
    server.should_exit = True
    thread.join(10)
    pages.database.close()


def context_of(site: Pages, chromium: Browser, role: str, width: str, colours: str = "light", **options: bool) -> object:
    """A browser of its own, logged in as `role` where one is named."""
    w, h = WIDTHS[width]
    context = chromium.new_context(viewport={"width": w, "height": h}, color_scheme=colours, reduced_motion="reduce", **options)
    if role:
        context.add_cookies([{"name": "estafet", "value": site.sessions[role], "url": site.address}])
    return context


def opened(site: Pages, chromium: Browser, path: str, width: str, role: str = "", colours: str = "light") -> Page:
    page = context_of(site, chromium, role, width, colours).new_page()
    page.goto(site.address + path)
    return page
