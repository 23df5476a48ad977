"""docs/run-with-helm.md: the values it shows make what it says, and its operator's pod has what commands need."""

import base64
import os
import re
from pathlib import Path
from typing import Any

import yaml

from portico_core.settings import from_environment
from tests.helm.test_chart import ROOT, containers, render

BLOCKS = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "run-with-helm.md").read_text(), re.DOTALL)
VALUES, POD = (yaml.safe_load(block) for block in BLOCKS)
GIVEN = {
    "PORTICO_DATABASE_URL": "postgresql://portico_app:vA9sQ2@db.example.org/portico?sslmode=verify-full",
    "PORTICO_DATABASE_OWNER_URL": "postgresql://portico_owner:kE3tZ8@db.example.org/portico?sslmode=verify-full",
    "PORTICO_REDIS_URL": "rediss://:pW7uR1@redis.example.org:6379/0",
    "PORTICO_SECRET_KEYS": f"2026a:{base64.b64encode(os.urandom(32)).decode()}",
}


def test_the_values_answer_for_the_hosts_they_name(tmp_path: Path) -> None:
    file = tmp_path / "yours.yaml"
    file.write_text(BLOCKS[0])
    documents = render("--values", str(file))
    ingress = next(each for each in documents if each["kind"] == "Ingress")
    hosts = [rule["host"] for rule in ingress["spec"]["rules"]]
    assert hosts == [*VALUES["ingress"]["hosts"], VALUES["web"]["platformHost"]]
    assert set(hosts) == {host for each in ingress["spec"]["tls"] for host in each["hosts"]}
    named = {name for _, container in containers(documents) for name in _secrets(container)}
    assert named == {"portico-database", "portico-redis", "portico-secrets", "portico-stripe", "portico-mail"}


def test_the_operators_pod_has_all_that_commands_ask_for() -> None:
    (container,) = POD["spec"]["containers"]
    given = {each["name"]: GIVEN[each["name"]] for each in container["env"]}
    assert from_environment(given).environment == "production"
    assert given == GIVEN
    assert container["image"].startswith(f"{VALUES['image']['repository']}:")


def _secrets(container: dict[str, Any]) -> set[str]:
    return {each["valueFrom"]["secretKeyRef"]["name"] for each in container["env"] if "valueFrom" in each}
