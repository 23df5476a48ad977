"""A NetSuite client that nobody here wrote, in an environment of its own, talks to the simulator unchanged."""

import fcntl
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from portico_connectors.simulators.netsuite.config import AccountConfig, Options, Seed, new_credentials
from portico_portal.local.bootstrap import ROOT, uv_program
from tests.services import running_server

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
HOME = ROOT / ".portico" / "foreign" / "netsuite"
ACCOUNT = "1234567_SB1"
CREDENTIALS = new_credentials()


@pytest.fixture(scope="module")
def foreign_python() -> Path:
    """The interpreter of an environment that has what the lock names, made once per content of the lock."""
    HOME.mkdir(parents=True, exist_ok=True)
    folder = HOME / sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    python = folder / "bin" / "python"
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            uv = uv_program()
            _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
            _run(
                [
                    *(uv, "pip", "install", "--quiet", "--python", str(python)),
                    *("--require-hashes", "-r", str(LOCK)),
                ]
            )
            (folder / "complete").touch()
    return python


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("netsuite")
    config = AccountConfig(
        account=ACCOUNT,
        credentials=CREDENTIALS,
        seed=Seed(customers=25, invoices=600, credits=20),
        options=Options(date_format="DD.MM.YYYY"),
    )
    (folder / "config.json").write_bytes(msgspec.json.encode([config]))
    command = [
        *(sys.executable, "-m", "portico_connectors.simulators.netsuite", "--port", "{port}"),
        *("--data", str(folder / "data"), "--config", str(folder / "config.json")),
    ]
    with running_server(command, folder=folder) as url:
        yield url


@pytest.fixture(scope="module")
def seen(foreign_python: Path, simulator: str) -> dict[str, Any]:
    given = {
        "base": simulator,
        "account": ACCOUNT,
        "external_id": "foreign-payment-1",
        "credentials": {
            name: getattr(CREDENTIALS, name) for name in ("consumer_key", "consumer_secret", "token_id", "token_secret")
        },
    }
    done = subprocess.run(
        [str(foreign_python), str(HERE / "walk.py")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_reads_all_pages_once(seen: dict[str, Any]) -> None:
    assert seen["customers"] == [25, 25, 25]


def test_it_reads_display_texts_and_binds_parameters(seen: dict[str, Any]) -> None:
    assert seen["state"] == "Invoice : Open"
    assert seen["bound"] == [seen["customer"][0]]


def test_it_gets_a_record_with_its_sublist_and_finds_it_by_filter(seen: dict[str, Any]) -> None:
    assert seen["customer"][2] == 1
    assert seen["filtered"] == [seen["customer"][0]]


def test_it_posts_a_payment_and_learns_its_id_from_the_location(seen: dict[str, Any]) -> None:
    assert seen["posted"] == [204, "", True]
    assert seen["held"] == [True, 30.25, 30.25, 0.0]
    assert seen["links"] == ["10.1", "20.15"]


def test_its_payment_stands_in_the_books(seen: dict[str, Any], simulator: str) -> None:
    held = httpx.get(f"{simulator}/control/payments", params={"external_id": "foreign-payment-1"}).json()
    assert len(held) == 1
    assert [(part["invoice"], part["amount"]) for part in held[0]["applications"]] == [
        (seen["invoices"][0], "20.15"),
        (seen["invoices"][1], "10.10"),
    ]


def test_its_second_post_under_the_same_key_is_refused(seen: dict[str, Any]) -> None:
    assert seen["posted_again"] == [400, "USER_ERROR"]


def test_it_changes_and_deletes(seen: dict[str, Any]) -> None:
    assert seen["patched"] == [None, "walked by, paid & left"]
    assert seen["deleted"] is None
    assert seen["trace"] == [["Contact", "Ann Lee"]]


def test_its_mistakes_are_refused_as_the_service_refuses_them(seen: dict[str, Any]) -> None:
    assert seen["iso_date_in_filter"] == [400, "INVALID_PARAMETER"]
    assert seen["unknown_field"] == [400, "INVALID_CONTENT"]
    assert seen["bad_query"] == [400, "INVALID_PARAMETER"]
    assert seen["missing"] == [404, "NONEXISTENT_ID"]


def test_it_reads_the_metadata(seen: dict[str, Any]) -> None:
    assert seen["schema"] == ["object", True]
    assert seen["openapi"] == ["customer", "invoice"]


def test_it_fetches_an_invoice_pdf_from_the_restlet(seen: dict[str, Any]) -> None:
    assert seen["paper"] == [f"{seen['invoices'][0]}.pdf", "%PDF-"]


def test_requests_at_once_within_the_limit_are_answered(seen: dict[str, Any]) -> None:
    assert seen["many_at_once"] == [200]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(
            "The foreign client's environment could not be made; is the package index reachable?\n"
            + done.stderr.strip()[-2000:]
        )
