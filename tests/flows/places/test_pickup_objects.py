"""A bucket that speaks S3, on a real HTTP server on loopback: taken once, copied, deleted, and resumed at any step."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from gateway.config.pickups import ObjectStorePart, Pickup
from gateway.flows.connections.destinations import Destinations
from gateway.flows.gateway import Gateway
from gateway.flows.places.objects import open_objects
from gateway.flows.places.pickup import Round, fetch
from gateway.flows.places.place import Changed, Unreachable
from tests.flows.dropping import Killed, Steps, a_file, a_pickup, entries, reported, submissions
from tests.running import on_sqlite

pytestmark = on_sqlite


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str) -> Iterator[Any]:
    """A client of the sender's, and an empty versioned bucket `early-help`."""
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="eu-west-2", aws_access_key_id="id", aws_secret_access_key="key"
    )
    client.create_bucket(Bucket="early-help", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    client.put_bucket_versioning(Bucket="early-help", VersioningConfiguration={"Status": "Enabled"})
    yield client
    versions = client.list_object_versions(Bucket="early-help")
    for one in (*versions.get("Versions", ()), *versions.get("DeleteMarkers", ())):
        client.delete_object(Bucket="early-help", Key=one["Key"], VersionId=one["VersionId"])
    client.delete_bucket(Bucket="early-help")
    client.close()


def keys(bucket: Any) -> list[str]:
    return [item["Key"] for item in bucket.list_objects_v2(Bucket="early-help").get("Contents", ())]


def put(bucket: Any, name: str, content: bytes) -> None:
    bucket.put_object(Bucket="early-help", Key=f"in/{name}", Body=content)


def pickup_at(endpoint: str, **changes: Any) -> Pickup:
    given = {
        "endpoint": endpoint,
        "bucket": "early-help",
        "prefix": "in/",
        "access_key": "bucket_id",
        "secret_key": "bucket_key",
    }
    return a_pickup(ObjectStorePart.model_validate({**given, **changes}))


def look(gateway: Gateway, pickup: Pickup, before_call: Callable[..., None] | None = None) -> Round:
    """One round. `before_call` is called before each request to the store."""

    async def scenario() -> Round:
        assert isinstance(pickup.where, ObjectStorePart)
        async with open_objects(pickup.where, lambda name: name, Destinations(demo=True)) as place:
            if before_call is not None:
                place._client.meta.events.register("before-call", before_call)
            return await fetch(gateway, pickup, place, Round())

    return asyncio.run(scenario())


def test_an_object_is_accepted_reported_and_moved(gateway: Gateway, endpoint: str, bucket: Any) -> None:
    put(bucket, "one.json", a_file())
    assert look(gateway, pickup_at(endpoint)).counts == {"done": 1}
    file, report = keys(bucket)
    assert (file.startswith("in/done/one-"), report) == (True, f"{file}.report.csv")
    body = bucket.get_object(Bucket="early-help", Key=report)["Body"].read()
    assert reported(body)[0]["state"] == "accepted"
    assert submissions(gateway) == 1


def test_what_cannot_be_read_goes_to_quarantine(gateway: Gateway, endpoint: str, bucket: Any) -> None:
    put(bucket, "one.json", b"?")
    assert look(gateway, pickup_at(endpoint)).counts == {"quarantine": 1}
    assert all(key.startswith("in/quarantine/one-") for key in keys(bucket))


def test_what_lies_elsewhere_or_deeper_is_left_alone(gateway: Gateway, endpoint: str, bucket: Any) -> None:
    put(bucket, "deeper/one.json", a_file())
    put(bucket, ".hidden.json", a_file())
    bucket.put_object(Bucket="early-help", Key="elsewhere.json", Body=a_file())
    assert look(gateway, pickup_at(endpoint)).counts == {}


def test_a_newer_version_put_meanwhile_is_not_deleted(gateway: Gateway, endpoint: str, bucket: Any) -> None:
    put(bucket, "one.json", a_file("Maya"))

    def before_call(model: Any, **rest: Any) -> None:
        if model.name == "HeadObject":
            put(bucket, "one.json", a_file("Ada"))

    assert look(gateway, pickup_at(endpoint), before_call).counts == {"waiting": 1}
    assert bucket.get_object(Bucket="early-help", Key="in/one.json")["Body"].read() == a_file("Ada")
    assert look(gateway, pickup_at(endpoint)).counts == {"done": 1}
    assert submissions(gateway) == 2


def test_an_older_version_does_not_come_back(gateway: Gateway, endpoint: str, bucket: Any) -> None:
    put(bucket, "one.json", a_file("Ada"))
    put(bucket, "one.json", a_file("Maya"))
    look(gateway, pickup_at(endpoint))
    assert look(gateway, pickup_at(endpoint)).counts == {}
    assert submissions(gateway) == 1


@pytest.mark.usefixtures("gateway")
def test_an_object_that_is_gone_is_looked_at_again(endpoint: str, bucket: Any) -> None:
    put(bucket, "one.json", a_file())

    async def scenario() -> None:
        where = pickup_at(endpoint).where
        assert isinstance(where, ObjectStorePart)
        async with open_objects(where, lambda name: name, Destinations(demo=True)) as place:
            (seen,) = await place.look()
            bucket.delete_object(Bucket="early-help", Key="in/one.json")
            await place.take(seen)

    with pytest.raises(Changed):
        asyncio.run(scenario())


@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_is_missing_is_told_by_a_code(gateway: Gateway, endpoint: str) -> None:
    with pytest.raises(Unreachable, match="NoSuchBucket"):
        look(gateway, pickup_at(endpoint, bucket="nobodys"))


def test_with_keys_nobody_is_asked_for_others(
    gateway: Gateway, endpoint: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cloud's metadata address, and keys of the environment that open nothing here, are left alone."""
    connected: list[str] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        connected.append(str(address[0]))
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody-else")
    put(bucket, "one.json", a_file())
    connected.clear()
    look(gateway, pickup_at(endpoint))
    assert set(connected) == {"127.0.0.1"}
    assert submissions(gateway) == 1


def test_a_store_that_does_not_answer_is_told_by_a_code(gateway: Gateway) -> None:
    with pytest.raises(Unreachable, match="EndpointConnectionError"):
        look(gateway, pickup_at("http://127.0.0.1:1"))


def test_killed_before_any_call_nothing_is_lost_or_taken_twice(gateway: Gateway, endpoint: str, bucket: Any) -> None:
    for steps in count():
        put(bucket, "one.json", a_file(f"Child {steps}"))
        killer = Steps(steps)

        def before_call(killer: Steps = killer, **rest: Any) -> None:
            killer.step()

        with suppress(Killed):
            look(gateway, pickup_at(endpoint), before_call)
        look(gateway, pickup_at(endpoint))
        files = [key for key in keys(bucket) if not key.endswith(".report.csv")]
        assert len(files) * 2 == len(keys(bucket))
        assert len(files) == submissions(gateway) == entries(gateway)["pickup.taken"] == steps + 1
        if not killer.killed:
            break
    assert steps == 6
