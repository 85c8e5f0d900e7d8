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
from starlette_admin.views import CustomView
from starlette_admin.widgets import HtmlWidget

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
FIRST_PAGE = f"""<h2>Data induk</h2>
<p>Yang dipakai semua siklus dan jarang berubah. Setiap perubahan dicatat: siapa dan kapan.</p>
<ul><li><a href="{PATH}/paket/list">Paket</a>: perubahan menjadi versi baru, yang sudah dipesan tetap pada versinya.</li>
<li><a href="{PATH}/titik-serah/list">Titik serah</a>: nama, alamat, dan letaknya.</li>
<li><a href="{PATH}/mitra/list">Mitra</a>: kontak, daya tampung, layanan, aktif atau tidak.</li></ul>
<p><a href="/katalog">Kembali ke konsol</a></p>"""
ERROR_PAGE = f"""{{% extends "layout.html" %}}
{{% block header %}}{{% endblock %}}{{% block sidebar %}}{{% endblock %}}
{{% block content %}}<div class="empty"><h1 class="empty-title">{{{{ {{404: "Halaman ini tidak ada.",
403: "Ini tidak diizinkan. Muat ulang formulirnya, lalu simpan lagi."}}.get(exc.status_code, "Terjadi kesalahan.") }}}}</h1>
<p class="empty-subtitle">Kode {{{{ exc.status_code }}}}. Tidak ada yang disimpan.</p>
<div class="empty-action"><a class="btn btn-primary" href="{PATH}/">Kembali ke data induk</a></div></div>{{% endblock %}}"""
OUR_LOOK = '<link rel="stylesheet" href="/static/data.css">'


class OurTemplates(BaseLoader):
    """The library's own templates, with a nonce on their scripts, our stylesheet after theirs, and nothing from afar.

    Its page for errors, which speaks English only, is ours."""

    def __init__(self) -> None:
        self._theirs = PackageLoader("starlette_admin", "templates")

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, Callable[[], bool] | None]:
        if template == "error.html":
            return ERROR_PAGE, None, lambda: True
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
    first = CustomView(menu_label="", route_name="index", add_to_menu=False, widget=HtmlWidget(html=FIRST_PAGE))
    admin = BaseAdmin(
        index_view=first,
        title="Estafet · Data induk", base_url=PATH, templates_dir="", additional_loaders=[OurTemplates()],
        secret_key=house.secret_key, timezone_config=None, favicon_url="/static/sign.svg",
    )  # fmt: skip
    for view in (PackageView, PointView, PartnerView):
        admin.add_view(view)
    holder: Any = Starlette()
    admin.mount_to(holder)
    admin.app.state.house = house
    app.router.routes.append(Mount(PATH, app=admin.app, name=admin.route_name, middleware=[Middleware(DataDoor)]))
