"""The manifests in deploy/kubernetes are valid for Kubernetes, and describe the same site as the compose file."""

import re
from itertools import chain
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from digitsite import __version__
from tests.environment import BASE_DIR, documented_variables

FOLDER = BASE_DIR / "deploy/kubernetes"
FILES = sorted([*FOLDER.glob("*.yaml"), FOLDER / "secrets.yaml.example"])
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
COMPOSE = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
OLDEST, NEWEST = "1.30", "1.37"  # versions of Kubernetes
# Where a cluster differs from the compose file, which has defaults or takes these from .env.
DIFFERENT = {"ALLOWED_HOSTS", "HTTPS", "SITE_URL", "LOG_FORMAT", "SECRET_KEY", "DATABASE_URL", "METRICS_TOKEN"}


def objects_of(path: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(path.read_text()) if each["kind"] != "Kustomization"]


OBJECTS = [each for path in FILES for each in objects_of(path)]


def of_kind(*kinds: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] in kinds}


WORKLOADS = of_kind("Deployment", "Job")
PODS = {name: each["spec"]["template"]["spec"] for name, each in WORKLOADS.items()}
CONTAINERS = {name: each["containers"][0] for name, each in PODS.items()}
SITE = {name for name in PODS if name != "redis"}
SETTINGS = of_kind("ConfigMap")["settings"]["data"]
SECRETS = of_kind("Secret")["secrets"]["stringData"]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_manifests_conform_to_the_schemas_of_kubernetes(path, version):
    for each in objects_of(path):
        kubernetes_validate.validate(each, version, strict=True)


def test_kustomization_names_every_file():
    assert {FOLDER / name for name in KUSTOMIZATION["resources"]} == set(FOLDER.glob("*.yaml")) - {
        FOLDER / "kustomization.yaml", FOLDER / "secrets.yaml"
    }  # fmt: skip


def test_services_are_those_of_the_compose_file():
    """The Ingress is the proxy; the database is somewhere else."""
    assert set(WORKLOADS) == set(COMPOSE["services"]) - {"proxy", "db"}
    for name, container in CONTAINERS.items():
        assert container["command"] == COMPOSE["services"][name]["command"], name


def test_settings_are_those_of_the_compose_file():
    composed = COMPOSE["x-settings"]
    assert not set(SETTINGS) & set(SECRETS)
    assert set(SETTINGS) | set(SECRETS) == set(composed)
    for name, value in (SECRETS | SETTINGS).items():
        if name not in DIFFERENT:
            assert value == default(str(composed[name])), name


def default(value: str) -> str:
    """What the compose file uses for a variable that is not set."""
    inner = re.fullmatch(r"\$\{\w+:?-(.*)\}", value)
    return default(inner[1]) if inner else value


def test_every_setting_is_one_that_the_site_reads():
    assert set(SETTINGS) - {"MALLOC_ARENA_MAX"} <= set(documented_variables())
    assert set(SECRETS) <= set(documented_variables())


def test_secrets_are_no_settings_and_none_is_given():
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|DATABASE_URL|EMAIL_URL|_KEY$")
    assert not [name for name in SETTINGS if secret.search(name)]
    assert {SECRETS[name] for name in SECRETS if secret.search(name)} == {
        "", "console:", "postgres://digitsite:PASSWORD@postgres.example:5432/digitsite"
    }  # fmt: skip
    ignored = (BASE_DIR / ".gitignore").read_text().splitlines()
    assert "/deploy/kubernetes/secrets.yaml" in ignored


def test_images_are_pinned_by_version():
    composed = {service["image"] for service in COMPOSE["services"].values()}
    used = {each["image"] for pod in PODS.values() for each in chain(pod["containers"], pod.get("initContainers", []))}
    built = {f"digitsite-web:{__version__}", f"digitsite-training:{__version__}", f"digitsite-sheets:{__version__}"}
    assert built | {COMPOSE["services"]["redis"]["image"]} == used
    assert used <= composed
    bases = set(re.findall(r"^FROM (\S+:\S+)", (BASE_DIR / "Dockerfile").read_text(), re.MULTILINE))
    for image in composed | bases:
        assert re.search(r":v?\d+\.\d+(\.\d+|-)", image), image
    assert {(image["name"], image["newTag"]) for image in KUSTOMIZATION["images"]} == {
        (name, __version__) for name in ("digitsite-web", "digitsite-training", "digitsite-sheets")
    }
    for name in ("web", "training", "sheets"):
        assert CONTAINERS[name]["image"] == COMPOSE["services"][name]["image"]


@pytest.mark.parametrize("name", sorted(PODS))
def test_pods_are_confined_as_in_the_compose_file(name):
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in chain(pod["containers"], pod.get("initContainers", [])):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    assert pod["containers"][0]["resources"]["limits"]["memory"]
    if name in SITE:
        assert pod["securityContext"]["runAsUser"] == 1000
        assert "--uid 1000" in (BASE_DIR / "Dockerfile").read_text()


@pytest.mark.parametrize("name", sorted(SITE))
def test_pods_of_the_site_have_settings_and_folders(name):
    pod, container = PODS[name], CONTAINERS[name]
    assert container["envFrom"] == [{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "secrets"}}]
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    assert mounts == {SETTINGS["DATA_DIR"]: "data", "/data/run": "run", "/tmp": "tmp"}  # noqa: S108 - in a container
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] in of_kind("PersistentVolumeClaim")
    assert "emptyDir" in volumes["run"]
    assert pod["volumes"][0]["name"] == "data"  # which the patch for S3 replaces
    if name != "migrate":
        waits = pod["initContainers"][0]
        assert waits["command"] == ["python", "manage.py", "migrate", "--check"]
        assert (waits["envFrom"], waits["image"]) == (container["envFrom"], container["image"])


@pytest.mark.parametrize("name", sorted(of_kind("Deployment")))
def test_lasting_pods_are_probed(name):
    probe = CONTAINERS[name]["livenessProbe"]
    composed = COMPOSE["services"][name]["healthcheck"]["test"]
    if name == "web":
        for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = CONTAINERS[name][kind]["httpGet"]
            assert (asked["path"], asked["httpHeaders"]) == ("/healthz", [{"name": "Host", "value": "localhost"}])
        assert "localhost" in SETTINGS["ALLOWED_HOSTS"]
    else:
        assert ["CMD", *probe["exec"]["command"]] == composed
    stop_s = int(COMPOSE["services"][name].get("stop_grace_period", "0s").rstrip("s"))
    assert PODS[name].get("terminationGracePeriodSeconds", 30) >= stop_s


def test_patch_for_a_store_changes_all_pods_with_files():
    commented = (FOLDER / "kustomization.yaml").read_text().partition("# patches:\n")[2]
    (patch,) = yaml.safe_load(re.sub(r"^# ", "", commented, flags=re.MULTILINE))
    pattern = re.compile(patch["target"]["name"] + r"\Z")
    assert {name for name in WORKLOADS if pattern.match(name)} == SITE
    assert {each["kind"] for each in OBJECTS if each["metadata"]["name"] in SITE} > {"Service"}
    assert patch["target"]["kind"] == "Deployment|Job"  # others have the same names
    assert yaml.safe_load(patch["patch"])[0]["path"] == "/spec/template/spec/volumes/0"


def test_what_is_named_exists():
    deployments = of_kind("Deployment")
    for name, deployment in deployments.items():
        spec = deployment["spec"]
        assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items(), name
    for each in [*of_kind("Service").values(), *of_kind("PodDisruptionBudget").values()]:
        selector = each["spec"]["selector"].get("matchLabels", each["spec"]["selector"])
        target = deployments[each["metadata"]["name"]]["spec"]["template"]["metadata"]["labels"]
        assert selector.items() <= target.items()
    for service in of_kind("Service").values():
        ports = {each["name"] for each in CONTAINERS[service["metadata"]["name"]]["ports"]}
        assert {each["targetPort"] for each in service["spec"]["ports"]} <= ports
    assert of_kind("Service")["redis"]["spec"]["ports"][0]["port"] == 6379
    assert SETTINGS["REDIS_URL"] == "redis://redis:6379/0"
    (host,) = of_kind("Ingress")["web"]["spec"]["rules"]
    assert host["host"] in SETTINGS["ALLOWED_HOSTS"].split(",")
    assert host["http"]["paths"][0]["backend"]["service"] == {"name": "web", "port": {"name": "http"}}


def test_what_is_scaled_has_no_fixed_number_of_pods_and_a_budget_for_disruptions():
    scaled = of_kind("HorizontalPodAutoscaler")
    assert set(scaled) == set(of_kind("PodDisruptionBudget")) == {"web", "inference"}
    for name, each in scaled.items():
        assert each["spec"]["scaleTargetRef"]["name"] == name
        assert each["spec"]["minReplicas"] >= 2
        assert "replicas" not in WORKLOADS[name]["spec"]
    for name in ("scheduler", "training"):
        assert WORKLOADS[name]["spec"]["replicas"] == 1
        assert WORKLOADS[name]["spec"]["strategy"] == {"type": "Recreate"}


def test_inference_is_scaled_by_a_figure_that_the_site_tells():
    (metric,) = of_kind("HorizontalPodAutoscaler")["inference"]["spec"]["metrics"]
    (rule,) = yaml.safe_load((FOLDER / "prometheus-adapter.yaml.example").read_text())["rules"]["external"]
    assert rule["name"]["as"] == metric["external"]["metric"]["name"]
    figure = 'digitsite_queue_age_seconds{queue="inference"}'  # classifier/http/test_metrics.py shows that it is told
    assert rule["seriesQuery"] == figure
    assert figure in rule["metricsQuery"]
