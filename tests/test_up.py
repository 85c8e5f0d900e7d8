"""Does `estafet up` start everything in order, keep it up, and end all of it, whoever dies first?"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.messages.prefect_runs import PrefectServer, is_answering
from service.settings import Settings
from service.supervisor.children import Child, of_home
from service.supervisor.ports import PortTaken, free_port, require_free
from service.trust.accounts import add_user, make_token
from service.trust.homes import make_home

pytestmark = [pytest.mark.xdist_group("installation"), pytest.mark.timeout(600)]
PROGRAM = str(Path(sys.executable).with_name("estafet"))
ROOT = Path(__file__).parent.parent
PERHAPS_NURSERY = ["nursery"] if sys.platform == "linux" else []


@dataclass
class Running:
    """One `estafet up` in a process of its own, and what it said when it was ready."""

    home: Path
    token: str
    port: int = field(default_factory=free_port)
    prefect_port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None
    told: dict = field(default_factory=dict)

    def start(self) -> None:
        ports = ["--port", str(self.port), "--prefect-port", str(self.prefect_port)]
        self.process = subprocess.Popen(
            [PROGRAM, "up", "--json", *ports], env=self.environment, cwd=ROOT, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        line = self.process.stdout.readline()
        self.told = json.loads(line)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"ESTAFET_HOME": str(self.home), "ESTAFET_TOKEN": self.token}

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.prefect_port}/api"

    def is_well(self) -> bool:
        with PrefectServer(self.api) as prefect:
            return prefect.is_well() and is_answering(f"http://127.0.0.1:{self.port}/healthz")

    def tell(self, number: int) -> tuple[int, float]:
        """Send a signal to the supervisor; returns its exit code and how long it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(40)
        self.process.communicate()
        return code, time.monotonic() - began


@pytest.fixture(scope="module")
def up(tmp_path_factory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("up") / "home"
    house = make_home(Settings(home=home))
    with house.database.write() as session:
        token = make_token(session, add_user(session, "siti", "Siti", ["operator"]).id)
    house.close()
    running = Running(home, token)
    running.start()
    yield running
    if running.process.poll() is None:
        running.tell(signal.SIGINT)
    for pid in of_home(home):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def year(up: Running) -> int:
    """A cycle that has been opened in this home."""
    Path(up.home / "quota.csv").write_text("kode_kabupaten,kuota\n36.01,5\n")
    opened = _estafet(up, "cycle", "open", "2026", "--quota", "quota.csv")
    assert opened.returncode == 0 or "sudah dibuka" in opened.stderr, opened.stderr
    return 2026


def _until(condition, seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.2)
    return False


def _estafet(up: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAM, *arguments], env=up.environment, cwd=up.home, capture_output=True, text=True, check=False, timeout=180
    )


def test_everything_answers_and_says_where(up):
    assert up.is_well()
    assert set(up.told["pids"]) == {"Prefect", "layanan", "worker", *PERHAPS_NURSERY}
    assert up.told["console"].endswith(str(up.port))


def test_the_schedules_make_runs_a_year_ahead(up):
    def scheduled() -> set[str]:
        with PrefectServer(up.api) as prefect:
            wish = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}, "limit": 200}
            runs = prefect._ask("POST", "/flow_runs/filter", wish)
            return {tag for run in runs for tag in run["tags"]} - {"estafet"}

    assert _until(lambda: {"cycle", "watch", "conservation"} <= scheduled())


def test_a_stage_runs_through_prefect_and_only_one_at_a_time(up, year):
    told = _estafet(up, "run", "selection", str(year), "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["state"] == "COMPLETED"
    with PrefectServer(up.api) as prefect:
        same = {prefect.start("selection", {"year": year}, "one key") for _ in range(3)}
        runs = [*same, *(prefect.start("selection", {"year": year}) for _ in range(2))]
        ends = [list(prefect.follow(run))[-1].type for run in runs]
    assert len(same) == 1
    assert ends.count("COMPLETED") >= 1
    assert set(ends) <= {"COMPLETED", "CANCELLED"}


def test_a_second_one_on_the_same_home_is_refused(up):
    ports = ["--port", str(free_port()), "--prefect-port", str(free_port())]
    refused = _estafet(up, "up", *ports)
    assert refused.returncode == 1
    assert "sedang dijalankan" in refused.stderr
    assert up.is_well()


@pytest.mark.parametrize("name", ["layanan", "worker", "Prefect", *PERHAPS_NURSERY])
def test_what_is_killed_comes_back(up, name):
    pid = json.loads((up.home / "up.json").read_text())["pids"][name]
    os.kill(pid, signal.SIGKILL)
    assert _until(lambda: json.loads((up.home / "up.json").read_text())["pids"][name] != pid)
    assert _until(up.is_well)


def test_a_run_whose_worker_died_does_not_hold_its_stages_place(up, year):
    with PrefectServer(up.api) as prefect:
        run = prefect.start("mentoring", {"year": year})
        assert _until(lambda: prefect.run(run).type in ("PENDING", "RUNNING", "COMPLETED"))
        pid = json.loads((up.home / "up.json").read_text())["pids"]["worker"]
        os.kill(pid, signal.SIGKILL)
        assert _until(lambda: prefect.run(run).has_ended)
    told = _estafet(up, "run", "mentoring", str(year), "--json")
    assert told.returncode == 0, told.stderr


def _pid(up: Running, name: str) -> int:
    return json.loads((up.home / "up.json").read_text())["pids"][name]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _nursery_answers(up: Running) -> bool:
    """Its door may be there before it: what a killed one left refuses."""
    folder = os.open(up.home / "prefect", os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as line:
            return line.connect_ex(f"/proc/self/fd/{folder}/nursery.sock") == 0
    finally:
        os.close(folder)


@pytest.mark.skipif(not PERHAPS_NURSERY, reason="only Linux forks runs")
@pytest.mark.parametrize("parent", ["nursery", "worker"])
def test_a_run_killed_at_either_end_is_crashed_and_leaves_nothing_behind(up, year, parent):
    assert _until(lambda: _nursery_answers(up))
    with PrefectServer(up.api) as prefect:
        assert _until(lambda: not _children(_pid(up, "nursery")))
        run = prefect.start("mentoring", {"year": year})
        while not (forked := _children(_pid(up, "nursery"))):
            time.sleep(0.002)
        os.kill(forked[0], signal.SIGSTOP)  # it must not end well before it is killed
        os.kill(_children(_pid(up, parent))[0], signal.SIGKILL)
        assert list(prefect.follow(run))[-1].type == "CRASHED"
    assert not Path(f"/proc/{forked[0]}").exists()
    told = _estafet(up, "run", "mentoring", str(year), "--json")
    assert told.returncode == 0, told.stderr


@pytest.mark.skipif(not PERHAPS_NURSERY, reason="only Linux forks runs")
def test_a_run_starts_without_the_nursery_too(up, year):
    assert _until(lambda: _nursery_answers(up))
    door = up.home / "prefect" / "nursery.sock"
    door.rename(door.with_name("away.sock"))
    try:
        told = _estafet(up, "run", "mentoring", str(year), "--json")
    finally:
        door.with_name("away.sock").rename(door)
    assert told.returncode == 0, told.stderr


def test_one_signal_ends_all_of_it_and_a_start_continues(up):
    code, seconds = up.tell(signal.SIGINT)
    assert code == 0
    assert seconds < 25
    assert of_home(up.home) == []
    assert not (up.home / "up.json").exists()
    up.start()
    assert up.is_well()


def test_what_a_killed_supervisor_left_does_not_block_the_next_start(up):
    assert up.tell(signal.SIGKILL)[0] == -signal.SIGKILL
    up.start()
    assert up.is_well()
    assert set(of_home(up.home)) >= set(up.told["pids"].values())


def test_a_program_is_started_again_unless_it_ends_soon_again_and_again(tmp_path):
    child = Child("sebentar", [sys.executable, "-c", "pass"], tmp_path / "log", lambda: True)
    for _ in range(4):
        assert child.may_start_again
        child.start(os.environ, tmp_path)
        child.process.wait()
    assert not child.may_start_again
    child.started_at -= 61  # it lived for a minute
    assert child.may_start_again
    child.start(os.environ, tmp_path)
    child.process.wait()
    assert child.starts == 1


def test_a_taken_port_is_named_with_the_option_that_takes_another():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} .*--port {port + 1}"):
            require_free(port, "layanan", "--port")
    require_free(port, "layanan", "--port")
