"""A Dovecot of the test's own, where one is installed: an IMAP server that is not ours, with real TLS."""

from __future__ import annotations

import imaplib
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.flows.imap import PASSWORD, USER, certificate

BINARY: Final = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
NOBODY: Final = 65534

_CONFIG: Final = """
base_dir = {at}/run
log_path = {at}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_cert = <{pem}
ssl_key = <{pem}
disable_plaintext_auth = yes
auth_mechanisms = plain login
first_valid_uid = {uid}
mail_location = maildir:{at}/mail
default_internal_user = {me}
default_login_user = {me}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {at}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={at}/home
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


def usable() -> bool:
    """Whether a Dovecot is installed whose settings are those written here."""
    if BINARY is None:
        return False
    version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=False).stdout
    return version.startswith("2.3.")


@dataclass
class Mailbox:
    """One mailbox of the server, as the tests of the small server see theirs."""

    port: int
    ca: Path

    def arrives(self, content: bytes) -> None:
        """A message in the inbox."""
        with self._opened() as client:
            assert client.append("INBOX", None, None, content)[0] == "OK"  # type: ignore[arg-type]

    def held(self, folder: str) -> list[bytes]:
        """What lies in a folder."""
        with self._opened() as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = client.search(None, "ALL")[1][0].split()
            return [client.fetch(number.decode(), "(RFC822)")[1][0][1] for number in numbers]  # type: ignore[index,misc]

    def clear(self) -> None:
        """Nothing lies in any folder any more."""
        with self._opened() as client:
            for folder in ("INBOX", "Done", "Quarantine"):
                if client.select(folder)[0] == "OK" and client.search(None, "ALL")[1][0]:
                    client.store("1:*", "+FLAGS", r"(\Deleted)")
                    client.expunge()

    @contextmanager
    def _opened(self) -> Iterator[imaplib.IMAP4_SSL]:
        with imaplib.IMAP4_SSL(
            "127.0.0.1", self.port, ssl_context=ssl.create_default_context(cafile=self.ca)
        ) as client:
            client.login(USER, PASSWORD)
            yield client


@contextmanager
def dovecot() -> Iterator[Mailbox]:
    """A server with an empty inbox, in a folder of its own that is gone afterwards."""
    at = Path(tempfile.mkdtemp(prefix="dovecot-"))
    root = os.geteuid() == 0
    uid, gid = (NOBODY, NOBODY) if root else (os.geteuid(), os.getegid())
    pem, port = certificate(at), _free_port()
    (at / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    for name in ("mail", "home"):
        (at / name).mkdir()
        os.chown(at / name, uid, gid)
    at.chmod(0o755)
    me = "dovenull" if root else os.environ.get("USER", "")
    config = at / "dovecot.conf"
    config.write_text(_CONFIG.format(at=at, pem=pem, port=port, uid=uid, gid=gid, me=me), encoding="utf-8")
    process = subprocess.Popen(
        [str(BINARY), "-F", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _until_listening(process, port)
        yield Mailbox(port, pem)
    finally:
        process.terminate()
        process.communicate(timeout=10)
        shutil.rmtree(at, ignore_errors=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1].decode())
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("Dovecot does not listen.")
