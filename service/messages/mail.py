"""How does a mail get its text, and where does it go?

To the address of `ESTAFET_MAIL_URL` (apprise), else to a file in the home's `outbox/` that any mail program opens.
"""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from service.clock import full_date
from service.errors import BadInput, TryAgainLater

TEMPLATES = Path(__file__).parents[2] / "templates" / "mail"


class BrokenMail(BadInput):
    """The template is missing, or a value it needs is."""


class MailAway(TryAgainLater):
    """The mail or chat server did not take it."""


def text_of(body: dict[str, Any]) -> str:
    """`body["template"]` filled with the rest of `body`. Raises BrokenMail."""
    try:
        return _environment().get_template(str(body.get("template", ""))).render(body)
    except TemplateError as error:
        raise BrokenMail(f"Surel tidak dapat dibuat dari templat '{body.get('template')}': {error}") from error


def send_mail(mail_url: str, home: Path, message_id: int, address: str, title: str, body: dict[str, Any]) -> None:
    """Raises BrokenMail, MailAway."""
    text = text_of(body)
    if mail_url:
        _send(mail_url, address, title, text)
    else:
        _write(home / "outbox" / f"{message_id:06d}.eml", address, title, text)


def _send(mail_url: str, address: str, title: str, text: str) -> None:
    import apprise  # 0.3 s to import; only where mail is really sent

    url = mail_url + ("&" if "?" in mail_url else "?") + f"to={quote(address)}" if mail_url.startswith("mailto") else mail_url
    line = apprise.Apprise()
    if not line.add(url) or not line.notify(body=text, title=title):
        raise MailAway("Server surel tidak menerima pesan.")


def _write(path: Path, address: str, title: str, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mail = EmailMessage()
    mail["To"], mail["Subject"] = _one_line(address), _one_line(title)
    mail.set_content(text)
    draft = path.with_suffix(".new")
    draft.write_bytes(mail.as_bytes())
    draft.replace(path)


def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=()),
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tanggal"] = lambda day: full_date(date.fromisoformat(day))
    return environment
