"""A bucket that speaks S3: objects are taken under a prefix, copied under `done/` or `quarantine/`, then deleted.

An object appears whole. Of a versioned bucket only the newest version is seen, and deleting leaves the older ones.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from gateway.config.pickups import ObjectStorePart
from gateway.flows.connections.destinations import AddressRefused, Destinations
from gateway.flows.places.place import Changed, Into, Seen, Unreachable, is_ready, put_away_name, report_name

MOST: Final = 1_000
"""Objects of one look."""
_GONE: Final = ("404", "412", "NoSuchKey", "PreconditionFailed", "NotFound")


class Objects:
    """A `Place`. Its calls run in a thread."""

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self._bucket, self._prefix = client, bucket, prefix

    async def look(self) -> Sequence[Seen]:
        """Objects right under the prefix, in the order of their keys."""
        return await asyncio.to_thread(self._look)

    async def take(self, seen: Seen) -> bytes:
        """Its bytes. Raises Changed."""
        return await asyncio.to_thread(self._take, seen)

    async def put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        """Report first, then the copy, then the deletion, if it is still the same."""
        await asyncio.to_thread(self._put_away, seen, into, token, report)

    def _look(self) -> list[Seen]:
        with _told():
            listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix, Delimiter="/", MaxKeys=MOST)
        found = ((item["Key"].removeprefix(self._prefix), item) for item in listed.get("Contents", ()))
        return [
            Seen(name, item["Size"], f"{item['ETag']} {item['LastModified'].isoformat()}", whole=True)
            for name, item in sorted(found, key=lambda pair: pair[0])
            if name and is_ready(name)
        ]

    def _take(self, seen: Seen) -> bytes:
        with _told():
            found = self._client.get_object(**self._same(seen))
            content = bytes(found["Body"].read(seen.size + 1))
        if len(content) != seen.size:
            raise Changed
        return content

    def _put_away(self, seen: Seen, into: Into, token: str, report: bytes) -> None:
        folder = f"{self._prefix}{into}/"
        with _told():
            self._client.put_object(
                Bucket=self._bucket, Key=folder + report_name(seen.name, token), Body=report, ContentType="text/csv"
            )
            self._client.copy_object(
                Bucket=self._bucket,
                Key=folder + put_away_name(seen.name, token),
                CopySource={"Bucket": self._bucket, "Key": self._prefix + seen.name},
                CopySourceIfMatch=_etag(seen),
            )
            # Asked for as well, since not every store heeds the condition on a deletion.
            self._client.head_object(**self._same(seen))
            self._client.delete_object(**self._same(seen))

    def _same(self, seen: Seen) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": self._prefix + seen.name, "IfMatch": _etag(seen)}


@asynccontextmanager
async def open_objects(
    part: ObjectStorePart, secret: Callable[[str], str], destinations: Destinations
) -> AsyncIterator[Objects]:
    """The bucket as a place. Raises Unreachable."""
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    given: dict[str, Any] = {}
    if not part.machine_role:
        # Given any keys, boto3 looks for no others: neither in the environment nor at the cloud's metadata address.
        given = {
            "aws_access_key_id": secret(part.access_key or ""),
            "aws_secret_access_key": secret(part.secret_key or ""),
        }
    if part.endpoint:
        given["endpoint_url"] = part.endpoint
    settings = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"max_attempts": 2},
        proxies={},  # none of the environment
        s3={"addressing_style": "path" if part.endpoint else "auto"},
    )
    with _told():
        client = await asyncio.to_thread(
            lambda: boto3.session.Session().client("s3", region_name=part.region, config=settings, **given)
        )
        _by_checked_addresses(client, destinations)
    try:
        yield Objects(client, part.bucket, part.prefix)
    finally:
        client.close()


def _by_checked_addresses(client: Any, destinations: Destinations) -> None:
    """Have the client's connections opened where every other is: botocore itself takes any address."""
    from botocore.awsrequest import (  # type: ignore[import-untyped]
        AWSHTTPConnection,
        AWSHTTPConnectionPool,
        AWSHTTPSConnection,
        AWSHTTPSConnectionPool,
    )
    from botocore.httpsession import NewConnectionError  # type: ignore[import-untyped]

    class Checked:
        def _new_conn(self: Any) -> socket.socket:
            try:
                return destinations.connect_now(self.host, self.port, float(self.timeout))
            except OSError as error:
                raise NewConnectionError(self, type(error).__name__) from None

    class Plain(Checked, AWSHTTPConnection):  # type: ignore[misc]
        pass

    class Secure(Checked, AWSHTTPSConnection):  # type: ignore[misc]
        pass

    class PlainPool(AWSHTTPConnectionPool):  # type: ignore[misc]
        ConnectionCls = Plain

    class SecurePool(AWSHTTPSConnectionPool):  # type: ignore[misc]
        ConnectionCls = Secure

    manager = client._endpoint.http_session._manager
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


@contextmanager
def _told() -> Iterator[None]:
    """botocore's errors as ours."""
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        raise (Changed() if code in _GONE else Unreachable(code)) from None
    except (BotoCoreError, OSError) as error:
        refused = isinstance(error.__context__, AddressRefused)
        raise Unreachable("address_refused" if refused else type(error).__name__) from None


def _etag(seen: Seen) -> str:
    return seen.stamp.partition(" ")[0]
