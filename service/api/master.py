"""How is the library's admin mounted at `/data`: who gets in, with which content policy, in whose colours and words?

Everything there needs `master.edit`. Changes must come from our own page (`Sec-Fetch-Site`/`Origin`, and the library's signed
token). Scripts run only from our own address or with the request's nonce, which the library's own templates get as they are
read; nothing is loaded from elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from jinja2 import BaseLoader, Environment, PackageLoader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_admin.base import BaseAdmin

from service.api.deps import current_caller, own_page
from service.api.master_views import PackageView, PartnerView, PointView
from service.api.master_words import speak_indonesian
from service.trust.homes import House
from service.trust.rights import require

PATH, ACT = "/data", "master.edit"
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
REPLACED = {
    "<script>": '<script nonce="{{ request.state.nonce }}">', "@import url('https://rsms.me/inter/inter.css');": "",
    'onchange="window.location = this.value"': "", "-null-": "–", "-empty-": "–",
}  # fmt: skip
OUR_LOOK = '<link rel="stylesheet" href="/static/data.css">'


class OurTemplates(BaseLoader):
    """The library's own templates, with a nonce on their scripts, our stylesheet after theirs, and nothing from afar."""

    def __init__(self) -> None:
        self._theirs = PackageLoader("starlette_admin", "templates")

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, path, is_fresh = self._theirs.get_source(environment, template)
        for theirs, ours in REPLACED.items():
            source = source.replace(theirs, ours)
        return source.replace("{% block head %}", OUR_LOOK + "{% block head %}", 1), path, is_fresh


class DataDoor:
    """In front of everything at `/data`, the library's scripts and styles too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotLoggedIn, NoRight, ForeignForm; the service answers them like everywhere else."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        require(current_caller(request).officer, ACT)
        await own_page(request)
        request.state.nonce = secrets.token_urlsafe(16)
        headers = [(b"content-security-policy", POLICY.format(nonce=request.state.nonce).encode())]
        if scope["path"].startswith(f"{PATH}/static/"):
            headers.append((b"cache-control", b"private, max-age=86400"))

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, sent)


def mount_master_data(app: FastAPI, house: House) -> None:
    """Add `/data` to the service."""
    speak_indonesian()
    admin = BaseAdmin(
        title="Estafet · Data induk", base_url=PATH, templates_dir="", additional_loaders=[OurTemplates()],
        secret_key=house.secret_key, timezone_config=None, favicon_url="/static/sign.svg",
    )  # fmt: skip
    for view in (PackageView, PointView, PartnerView):
        admin.add_view(view)
    holder: Any = Starlette()
    admin.mount_to(holder)
    admin.app.state.house = house
    app.router.routes.append(Mount(PATH, app=admin.app, name=admin.route_name, middleware=[Middleware(DataDoor)]))
