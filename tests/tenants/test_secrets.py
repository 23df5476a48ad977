"""Credentials: sealed in the tenant's schema, shown nowhere, opened only where they belong."""

import base64
import json
import logging
import pickle

import msgspec
import pytest
from sqlalchemy import text

from portico_core import logs
from portico_core.ids import new_id
from portico_core.logs import log
from portico_tenants import secrets
from portico_tenants.secrets import CannotOpen, Safe, Secret
from portico_tenants.session import Database, TenantSession
from portico_tenants.tenant import Tenant

VALUE = "tk-5c4n4ry-very-secret"
OLD, NEW = {"2025": bytes(32)}, {"2026": bytes(range(32))}


@pytest.fixture
def safe() -> Safe:
    return Safe(OLD)


async def test_what_is_put_is_taken_again(session: TenantSession, safe: Safe) -> None:
    await secrets.put(
        session, safe, {"erp.token": Secret(VALUE), "erp.key": Secret("ü"), "erpx.token": Secret("other")}
    )
    await secrets.put(session, safe, {"erp.key": Secret("changed")})
    taken = await secrets.take(session, safe, "erp")
    assert {name: value.reveal() for name, value in taken.items()} == {"token": VALUE, "key": "changed"}
    await secrets.drop(session, "erp")
    assert await secrets.take(session, safe, "erp") == {}
    assert list(await secrets.take(session, safe, "erpx")) == ["token"]


async def test_the_database_holds_no_plain_value(session: TenantSession, safe: Safe) -> None:
    await secrets.put(session, safe, {"erp.token": Secret(VALUE)})
    row = (await session.execute(text("SELECT name, key_id, sealed FROM secret"))).one()
    assert (row.name, row.key_id) == ("erp.token", "2025")
    assert VALUE.encode() not in row.sealed
    assert base64.b64encode(VALUE.encode()) not in row.sealed


async def test_the_same_value_is_sealed_differently_each_time(safe: Safe) -> None:
    tenant_id = new_id()
    assert len({safe.seal(Secret(VALUE), tenant_id=tenant_id, name="erp.token") for _ in range(50)}) == 50


def test_a_value_opens_only_under_its_name_for_its_tenant_and_unchanged(safe: Safe) -> None:
    tenant_id = new_id()
    sealed = safe.seal(Secret(VALUE), tenant_id=tenant_id, name="erp.token")
    right = {"sealed": sealed, "key_id": "2025", "tenant_id": tenant_id, "name": "erp.token"}
    assert safe.open(**right).reveal() == VALUE  # type: ignore[arg-type]
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for wrong in (
        {"name": "erp.key"},
        {"tenant_id": new_id()},
        {"key_id": "2024"},
        {"sealed": flipped},
        {"sealed": b""},
    ):
        with pytest.raises(CannotOpen) as refused:
            safe.open(**right | wrong)  # type: ignore[arg-type]
        assert VALUE not in str(refused.value)


async def test_a_row_copied_to_another_tenant_does_not_open(
    database: Database, tenant: Tenant, other_tenant: Tenant, safe: Safe
) -> None:
    async with database.tenant_session(tenant) as session:
        await secrets.put(session, safe, {"erp.token": Secret(VALUE)})
        row = (await session.execute(text("SELECT sealed FROM secret"))).one()
    async with database.tenant_session(other_tenant) as session:
        await session.execute(
            text("INSERT INTO secret (name, key_id, sealed) VALUES ('erp.token', '2025', :sealed)"),
            {"sealed": row.sealed},
        )
        with pytest.raises(CannotOpen):
            await secrets.take(session, safe, "erp")


async def test_rotation_seals_anew_and_the_old_key_may_go(session: TenantSession, safe: Safe) -> None:
    await secrets.put(session, safe, {f"erp.{number}": Secret(f"{VALUE}{number}") for number in range(5)})
    both = Safe(NEW | OLD)
    assert await secrets.rotate(session, both) == 5
    assert await secrets.rotate(session, both) == 0
    taken = await secrets.take(session, Safe(NEW), "erp")
    assert {name: value.reveal() for name, value in taken.items()} == {str(n): f"{VALUE}{n}" for n in range(5)}
    with pytest.raises(CannotOpen, match="no key 2026"):
        await secrets.take(session, safe, "erp")


def test_a_secret_does_not_show_itself(capsys: pytest.CaptureFixture[str]) -> None:
    secret = Secret(VALUE)
    assert VALUE not in f"{secret} {secret!r} {secret!s} {[secret]} { ({'token': secret}) }"
    for writes in (pickle.dumps, json.dumps, msgspec.json.encode):
        with pytest.raises(TypeError):
            writes(secret)
    before = logging.getLogger().handlers
    logs.configure("json")
    try:
        log("test").warning("connected", token=secret, values={"token": secret})
    finally:
        logging.getLogger().handlers = before
    written = capsys.readouterr().out
    assert "Secret" in written
    assert VALUE not in written


async def test_a_failing_statement_does_not_tell_the_value(session: TenantSession, safe: Safe) -> None:
    await session.execute(text("CREATE TEMPORARY TABLE secret (name text)"))  # stands before the real one
    with pytest.raises(Exception, match="secret") as failed:
        await secrets.put(session, safe, {"erp.token": Secret(VALUE)})
    assert VALUE not in repr(failed.value)
