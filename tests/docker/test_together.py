"""Whether the parts of the containers fit together: users, secrets, profiles, networks, ports."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest

from tests.docker.test_compose import DOCKER, FILE, OURS, SERVICES, environment

README = (DOCKER / "README.md").read_text(encoding="utf-8")
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")


def uid(service: dict[str, Any]) -> str:
    return str(service["user"]).partition(":")[0]


def test_our_containers_run_as_the_user_of_the_image() -> None:
    (user,) = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert f"useradd --uid {user} " in DOCKERFILE
    assert {uid(service) for service in OURS.values()} == {user}


@pytest.mark.parametrize("secret", FILE["secrets"])
def test_5_6_a_secret_is_read_by_one_user_and_the_readme_names_it(secret: str) -> None:
    readers = {uid(service) for service in SERVICES.values() if secret in service.get("secrets", [])}
    name = FILE["secrets"][secret]["file"].rpartition("/")[2]
    rows = [line.split("|") for line in README.splitlines() if line.startswith("|")]
    assert [row[2].strip() for row in rows if f"`{name}`" in row[1]] == list(readers)


@pytest.mark.parametrize("name", SERVICES)
def test_whatever_a_service_waits_for_is_started_with_it(name: str) -> None:
    service = SERVICES[name]
    needed = [*service.get("depends_on", {}), *re.findall(r"^service:(\w+)$", str(service.get("network_mode", "")))]
    for other in needed:
        assert set(service["profiles"]) <= set(SERVICES[other]["profiles"]), other


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_for_health_only_where_there_is_a_check(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        ends = SERVICES[other]["restart"] == "no"
        assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")
        assert ends or "test" in SERVICES[other]["healthcheck"]


def test_every_network_is_declared_and_used() -> None:
    used = {network for service in SERVICES.values() for network in service.get("networks", [])}
    assert used == set(FILE["networks"])
    assert not [name for name, one in SERVICES.items() if "networks" in one and "network_mode" in one]


@pytest.mark.parametrize("name", [name for name, one in OURS.items() if "9090" in str(one.get("healthcheck"))])
def test_the_door_that_health_is_asked_at_is_open(name: str) -> None:
    assert environment(SERVICES[name])["GATEWAY_METRICS"].endswith(":9090")


def test_ports_are_those_that_are_listened_on() -> None:
    listening = {
        "gateway": re.findall(r"^GATEWAY_PORT=(\d+)$", (DOCKER / "gateway.env").read_text("utf-8"), re.MULTILINE),
        "proxy": re.findall(r"listen (\d+) ssl", (DOCKER / "proxy.conf").read_text("utf-8")),
    }
    for name, ports in listening.items():
        assert [port.rpartition(":")[2] for port in SERVICES[name]["ports"]] == ports


def test_a_live_gateway_is_never_published_to_the_world_without_tls() -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["gateway"]["ports"])


@pytest.mark.parametrize("name", [name for name, one in SERVICES.items() if "entrypoint" in one])
def test_an_entrypoint_of_its_own_is_a_module_that_is_there(name: str) -> None:
    python, flag, module = SERVICES[name]["entrypoint"]
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None


def test_what_is_written_outside_memory_goes_to_a_volume() -> None:
    paths = re.findall(r"GATEWAY_(?:STORE|KEYS)=(\S+)", DOCKERFILE)
    assert len(paths) == 2
    assert all(path.removeprefix("sqlite:///").startswith("/data") for path in paths)
    assert "VOLUME /data" in DOCKERFILE


@pytest.mark.parametrize("profile", ["embedded", "scaled", "trial"])
def test_each_form_is_whole_and_named_in_the_head_of_the_file(profile: str) -> None:
    started = {name for name, one in SERVICES.items() if profile in one["profiles"]}
    sends = {"embedded": "gateway", "scaled": "worker", "trial": "trial-worker"}[profile]
    assert sends in started
    assert f"--profile {profile} up" in (DOCKER / "compose.yaml").read_text(encoding="utf-8")


def test_no_demonstration_key_counts_in_a_form_that_serves_real_councils() -> None:
    for name, service in OURS.items():
        demo = environment(service).get("GATEWAY_DEMO", "false")
        assert demo == "false" or (demo == "${TRIAL:-false}" and "embedded" not in service["profiles"]), name


def test_the_readme_says_plainly_what_never_ran() -> None:
    assert "No image was built, no container was started" in " ".join(README.split())
