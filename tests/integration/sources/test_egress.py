"""The one client for outgoing calls, against real servers on loopback."""

from __future__ import annotations

import gzip
import ipaddress
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hansei.sources.egress import Answer, Deadline, Egress, EgressFailed, EgressRefused, Resolve, is_public
from support import upstream as up
from support.upstream import Reply, upstream

OK = Reply(b"[]")
GZIP = {"Content-Encoding": "gzip"}


def knows(*addresses: str) -> Resolve:
    """Answer every look-up with these addresses."""

    def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


def get(egress: Egress, url: str, seconds: float = 10.0) -> Answer:
    return egress.get(url, headers={}, deadline=Deadline(seconds))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",  # decimal
        "0177.0.0.1",  # octal
        "0x7f.1",
        "127.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ],
)
def test_loopback_in_any_spelling_is_refused_and_never_called(host: str) -> None:
    with upstream(OK) as server:
        with pytest.raises(EgressRefused, match=r"not public|not a URL"):
            get(Egress(), f"https://{host}:{server.port}/")
        assert server.seen == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",  # NAT64 of 169.254.169.254
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_the_metadata_address_is_refused_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(EgressRefused, match="not public"):
        get(Egress(), "https://169.254.169.254/latest/meta-data/")
    assert time.monotonic() - begun < 1


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    egress = Egress(resolve=knows("93.184.216.34", "127.0.0.1"))
    with pytest.raises(EgressRefused, match="not public"):
        get(egress, "https://metrics.example/")


def test_the_name_is_resolved_once_and_the_call_goes_to_the_judged_address() -> None:
    # A name server that answers differently the second time gains nothing: there is no second time.
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["127.0.0.1"] if len(asked) == 1 else ["203.0.113.1"]

    with upstream(OK) as server:
        egress = Egress(allow=["127.0.0.0/8"], resolve=resolve)
        assert get(egress, f"http://rebind.example:{server.port}/x?y=1").status == 200
        assert asked == [("rebind.example", server.port)]
        path, headers = server.seen[0]
        assert path == "/x?y=1"
        assert headers["host"] == f"rebind.example:{server.port}"


@pytest.mark.parametrize("allow", ["127.0.0.1", "127.0.0.0/8", "localhost", " LOCALHOST "])
def test_an_operator_can_allow_a_host_an_address_or_a_network(allow: str) -> None:
    with upstream(OK) as server:
        assert get(Egress(allow=[allow]), f"http://localhost:{server.port}/").body == b"[]"


def test_a_listed_network_covers_only_itself() -> None:
    with pytest.raises(EgressRefused, match="not public"):
        get(Egress(allow=["10.0.0.0/8"]), "https://127.0.0.1/")


def test_plain_http_to_a_public_address_is_refused_unless_allowed() -> None:
    with pytest.raises(EgressRefused, match="in the clear"):
        get(Egress(resolve=knows("93.184.216.34")), "http://metrics.example/")


def test_a_trusted_address_may_be_anything() -> None:
    with upstream(OK) as server:
        assert get(Egress(trusted=True), server.url).status == 200


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://user:canary@metrics.example/", "user name or password"),
        ("https://canary@metrics.example/", "user name or password"),
        ("ftp://metrics.example/", "not an http or https"),
        ("file:///etc/passwd", "not an http or https"),
        ("https:///canary", "not an http or https"),
        ("metrics.example", "not an http or https"),
        ("https://[::1", "not a URL"),
        ("https://metrics.example:canary/", "not a URL"),
        ("", "not an http or https"),
    ],
)
def test_odd_urls_are_refused_without_being_repeated(url: str, why: str) -> None:
    with pytest.raises(EgressRefused, match=why) as caught:
        get(Egress(trusted=True), url)
    assert "canary" not in str(caught.value) + caught.value.remedy


def test_a_redirect_is_not_followed_and_no_word_of_it_is_repeated() -> None:
    to = "http://u:canary@127.0.0.1:1/canary?token=canary"
    with upstream(Reply(status=307, headers={"Location": to})) as server:
        with pytest.raises(EgressRefused) as caught:
            get(Egress(trusted=True), server.url)
        assert str(caught.value) == "it redirects (307)"
        assert "canary" not in caught.value.remedy
        assert len(server.seen) == 1


def test_the_name_of_an_odd_packing_is_not_repeated() -> None:
    with upstream(Reply(b"[]", headers={"Content-Encoding": "canary"})) as server:
        with pytest.raises(EgressRefused) as caught:
            get(Egress(trusted=True), server.url)
        assert "packs its answer" in str(caught.value)
        assert "canary" not in str(caught.value) + caught.value.remedy


def test_proxy_variables_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with upstream(Reply(status=502)) as proxy, upstream(OK) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert get(Egress(trusted=True), server.url).status == 200
        assert proxy.seen == []


def test_gzip_is_unpacked() -> None:
    packed = gzip.compress(b'["hansei"]')
    with upstream(Reply(packed, headers=GZIP)) as server:
        assert get(Egress(trusted=True), server.url).body == b'["hansei"]'
        assert server.seen[0][1]["accept-encoding"] == "gzip"


@pytest.mark.parametrize("reply", [Reply(b" " * 1_000_001), up.endless])
def test_a_body_over_the_cap_is_refused(reply: Reply | up.Raw) -> None:
    with upstream(reply) as server, pytest.raises(EgressRefused, match="larger than 1 MB"):
        get(Egress(trusted=True, max_bytes=1_000_000), server.url)


def test_a_body_of_just_the_cap_is_taken() -> None:
    with upstream(Reply(b" " * 1_000_000)) as server:
        assert len(get(Egress(trusted=True, max_bytes=1_000_000), server.url).body) == 1_000_000


def test_a_gzip_bomb_is_refused() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with (
        upstream(Reply(bomb, headers=GZIP)) as server,
        pytest.raises(EgressRefused, match="larger than 1 MB"),
    ):
        get(Egress(trusted=True, max_bytes=1_000_000), server.url)


@pytest.mark.parametrize("packing", ["br", "gzip, gzip", "deflate"])
def test_packing_that_was_not_asked_for_is_refused(packing: str) -> None:
    with (
        upstream(Reply(b"x", headers={"Content-Encoding": packing})) as server,
        pytest.raises(EgressRefused, match="not asked for"),
    ):
        get(Egress(trusted=True), server.url)


def test_gzip_that_is_none_is_refused_and_one_that_breaks_off_may_be_tried_again() -> None:
    with (
        upstream(Reply(b"[]", headers=GZIP)) as server,
        pytest.raises(EgressRefused, match="says gzip"),
    ):
        get(Egress(trusted=True), server.url)
    with (
        upstream(Reply(gzip.compress(b"[1, 2, 3]")[:-9], headers=GZIP)) as server,
        pytest.raises(EgressFailed, match="broke off"),
    ):
        get(Egress(trusted=True), server.url)


@pytest.mark.parametrize("reply", [up.stall, up.drip_body, up.drip_head])
def test_the_deadline_holds_however_slowly_the_answer_comes(reply: up.Raw) -> None:
    with upstream(reply) as server:
        begun = time.monotonic()
        with pytest.raises(EgressFailed, match=r"within 0\.5 s"):
            get(Egress(trusted=True), server.url, seconds=0.5)
        assert 0.4 < time.monotonic() - begun < 1.5


def test_a_look_up_that_hangs_ends_at_the_deadline() -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        over.wait(30)
        return ["127.0.0.1"]

    with pytest.raises(EgressFailed, match="could not be looked up in time"):
        get(Egress(trusted=True, resolve=resolve), "https://metrics.example/", seconds=0.2)
    over.set()


def test_an_answer_that_breaks_off_may_be_tried_again() -> None:
    with upstream(up.cut_off) as server, pytest.raises(EgressFailed, match="broke off"):
        get(Egress(trusted=True), server.url)


def test_nobody_listening_may_be_tried_again(port: int) -> None:
    with pytest.raises(EgressFailed, match="no connection"):
        get(Egress(trusted=True), f"http://127.0.0.1:{port}/")


def test_the_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with upstream(OK) as server:
        egress = Egress(trusted=True, resolve=knows("127.0.0.2", "127.0.0.1"))
        assert get(egress, f"http://two.example:{server.port}/").status == 200


@contextmanager
def tls_server(folder: Path, name: str) -> Iterator[tuple[up.Upstream, list[str | None]]]:
    """Serve https with a certificate of its own for ``name``; the list collects the names clients ask for."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate")
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "2"]
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            *files,
            *subject,
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    asked: list[str | None] = []

    def note(sock: ssl.SSLObject, server_name: str | None, _: ssl.SSLContext) -> None:
        asked.append(server_name)

    context.sni_callback = note
    with upstream(OK, tls=context) as server:
        yield server, asked


def test_tls_is_checked_against_the_name_of_the_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tls_server(tmp_path, "metrics.example") as (server, asked):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        egress = Egress(allow=["127.0.0.1"], resolve=knows("127.0.0.1"))
        assert get(egress, f"https://metrics.example:{server.port}/").status == 200
        assert asked == ["metrics.example"]
        with pytest.raises(EgressRefused, match="certificate is not valid"):
            get(egress, f"https://other.example:{server.port}/")


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with tls_server(tmp_path, "metrics.example") as (server, _):
        egress = Egress(trusted=True, resolve=knows("127.0.0.1"))
        with pytest.raises(EgressRefused, match="certificate is not valid"):
            get(egress, f"https://metrics.example:{server.port}/")
