"""The kinds of place from which the gateway fetches, as `pickups.yaml` writes them out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gateway.config.councilfiles import Line, Name
from gateway.config.yamlfile import Part

Whole = Literal["still", "marker", "renamed"]
"""How a sender shows that a file is whole: its size and time stand still over two looks; an empty file `<name>.done`
lies beside it; or it has its name at all, because it is written as `<name>.part` and renamed."""

Port = Annotated[int, Field(ge=1, le=65_535)]
HostKey = Annotated[str, Field(pattern=r"^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$")]
Address = Annotated[str, Field(pattern=r"^[^\s@<>,;\"]+@[a-z0-9.-]+$")]
Mail = Annotated[str, Field(pattern=r"^[A-Za-z0-9 ._/-]+$")]
Endpoint = Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+(:[0-9]+)?$|^http://127\.0\.0\.1(:[0-9]+)?$")]


class FolderPart(Part):
    """A folder of this machine. The gateway makes `done` and `quarantine` inside it, never the folder itself."""

    path: str = Field(pattern="^/")
    whole: Whole = "still"

    @property
    def kind(self) -> str:
        return "folder"

    @property
    def address(self) -> str:
        return self.path.rstrip("/")


class SftpPart(Part):
    """A folder of an SFTP server whose host key is known, entered with a password or a key."""

    host: Line
    port: Port = 22
    user: Line
    path: Line = "."
    host_keys: tuple[HostKey, ...] = Field(min_length=1)
    password: Name | None = None
    key: Name | None = None
    whole: Whole = "still"

    @property
    def kind(self) -> str:
        return "sftp"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port} {self.user} {self.path.rstrip('/')}"


class AllowedPart(Part):
    """What one address may send by mail, and as which registered sender."""

    sender: Name
    source: Name


class MailboxPart(Part):
    """A mailbox reached by IMAP over TLS.

    authority  how the council's own mail server names itself in Authentication-Results; no other is believed
    ca         PEM file of the authority that signed the server's certificate; "" for those this machine trusts
    bearer     instead of a password: the file in which an OAuth access token is kept fresh
    """

    host: Line
    port: Port = 993
    user: Line
    folder: Mail = "INBOX"
    done: Mail = "Done"
    quarantine: Mail = "Quarantine"
    password: Name | None = None
    bearer: Name | None = None
    ca: str = Field(default="", pattern="^/|^$")
    authority: Line
    allowed: dict[Address, AllowedPart] = Field(min_length=1)

    @property
    def kind(self) -> str:
        return "mailbox"

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port} {self.user} {self.folder}"


class ObjectStorePart(Part):
    """A bucket that speaks S3. `machine_role` instead of keys: its cloud is asked for them by no guarded way."""

    endpoint: Endpoint | None = None
    region: Line = "eu-west-2"
    bucket: Line
    prefix: str = Field(default="", pattern="/$|^$")
    access_key: Name | None = None
    secret_key: Name | None = None
    machine_role: bool = False

    @property
    def kind(self) -> str:
        return "object_store"

    @property
    def address(self) -> str:
        return f"{self.endpoint or self.region} {self.bucket} {self.prefix}"


Where = FolderPart | SftpPart | MailboxPart | ObjectStorePart
