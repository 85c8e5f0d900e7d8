"""Which programs make an installation, with which settings, and where does each write its log?"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import certifi
from pydantic import SecretStr

import service
from service.messages.prefect_runs import POOL, PrefectServer, is_answering
from service.settings import PREFIX, Settings
from service.supervisor.children import MARK, Child
from service.supervisor.ports import HERE

ROOT = Path(service.__file__).parents[1]
WORKER = "worker"
PREFECT_FILE = ROOT / "prefect.yaml"
_END_OF_CERTIFICATE = "-----END CERTIFICATE-----"


@dataclass(frozen=True)
class Addresses:
    """Where the parts are reached on this machine."""

    port: int
    prefect_port: int

    @property
    def service(self) -> str:
        return f"http://{HERE}:{self.port}"

    @property
    def prefect(self) -> str:
        return f"http://{HERE}:{self.prefect_port}"

    @property
    def prefect_api(self) -> str:
        return f"{self.prefect}/api"


def environment(settings: Settings, at: Addresses) -> dict[str, str]:
    """What every program of the installation is told."""
    home = settings.home.absolute()
    return {
        **{name: value for name, value in os.environ.items() if name != "ESTAFET_TOKEN"},
        **_as_environment(settings),
        MARK: str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "ESTAFET_HOME": str(home),
        "ESTAFET_PORT": str(at.port),
        "ESTAFET_PREFECT_PORT": str(at.prefect_port),
        "ESTAFET_PUBLIC_URL": settings.public_url,
        "ESTAFET_ALLOW_PRIVATE_WEBHOOKS": str(settings.allow_private_webhooks),
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": at.prefect_api,
        "PREFECT_API_SSL_CERT_FILE": str(home / "prefect" / "one-certificate.pem"),
        "PREFECT_CLI_COLORS": "false",
        "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",  # with the next one: four questions fewer for every run
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME": "P400D",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "0.5",
    }


def _as_environment(settings: Settings) -> dict[str, str]:
    """Every setting that is not empty; the officer's token is not for the programs."""
    told = settings.model_dump(exclude={"token"})
    plain = {name: value.get_secret_value() if isinstance(value, SecretStr) else str(value) for name, value in told.items()}
    return {PREFIX + name.upper(): value for name, value in plain.items() if value}


def prepare_folders(home: Path) -> None:
    """Folders, and one certificate: each async task reads the bundle, and a whole one costs 50 ms a task."""
    for name in ("logs", "prefect"):
        (home / name).mkdir(parents=True, exist_ok=True)
    certificate = home / "prefect" / "one-certificate.pem"
    if not certificate.exists():
        bundle = Path(certifi.where()).read_text()
        start = bundle.index("-----BEGIN CERTIFICATE-----")
        end = bundle.index(_END_OF_CERTIFICATE) + len(_END_OF_CERTIFICATE)
        certificate.write_text(bundle[start:end] + "\n")


def prefect_server(home: Path, at: Addresses, prefect: PrefectServer) -> Child:
    command = [sys.executable, "-m", "flows.server", "server", "start", "--host", HERE, "--port", str(at.prefect_port)]
    return Child("Prefect", command, home / "logs" / "prefect-server.log", prefect.is_well)


def worker(home: Path, prefect: PrefectServer) -> Child:
    command = [*_prefect(), "worker", "start", "--pool", POOL, "--type", "process", "--name", "estafet"]
    return Child(WORKER, command, home / "logs" / "worker.log", prefect.worker_is_online)


def nursery(home: Path) -> Child | None:
    """Runs start from it; without it each loads Prefect anew. Only Linux forks safely after so much was loaded."""
    if sys.platform != "linux":
        return None
    command = [sys.executable, "-m", "flows.nursery"]
    return Child("nursery", command, home / "logs" / "nursery.log", lambda: True, is_needed=False)


def deploy_command() -> list[str]:
    return [*_prefect(), "--no-prompt", "deploy", "--prefect-file", str(PREFECT_FILE), "--all"]


def web_service(home: Path, at: Addresses) -> Child:
    command = [
        sys.executable, "-m", "uvicorn", "service.api.app:create_app", "--factory", "--host", HERE, "--port", str(at.port),
        "--no-access-log", "--timeout-graceful-shutdown", "3",
    ]  # fmt: skip
    return Child("layanan", command, home / "logs" / "service.log", lambda: is_answering(f"{at.service}/healthz"))


def _prefect() -> list[str]:
    return [sys.executable, "-m", "prefect"]
