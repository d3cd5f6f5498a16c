"""Nobody gets in who may not: every route, every role, every credential, every address."""

import base64
import datetime as dt
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi.routing import APIRoute
from sqlalchemy import select, text
from starlette.datastructures import Headers
from starlette.routing import BaseRoute

from api.access.network import client_address, network
from api.access.permissions import allowed
from api.accounts.users import add_key, revoke_keys
from api.app import PREFIX
from api.tables.models import AllowedNetwork, Role, User
from tests.api.conftest import SECRET, Service, Someone, Start

PUBLIC = {"/health/live", "/health/ready", "/metrics", "/docs", "/openapi.json"}
"""What anybody may ask; /metrics has a token of its own."""
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def endpoints(service: Service) -> Iterator[tuple[str, str]]:
    """Every method and path of a user, from the OpenAPI document."""
    for path, methods in service.client.get("/openapi.json").json()["paths"].items():
        if path.startswith(PREFIX):
            yield from ((method.upper(), path.removeprefix(PREFIX)) for method in methods)


def ask(service: Service, method: str, path: str, who: Someone | None, job_id: str = UNKNOWN) -> Any:
    body = {"json": {"format": "csv"}} if method == "POST" else {}
    return service.call(method, path.replace("{job_id}", job_id), who, **body)


def summary_job(service: Service, who: Someone) -> str:
    job_id: str = service.export(who, "/supplier-summary").headers["X-Job-Id"]
    return job_id


def without_time(answer: Any) -> Any:
    return {name: value for name, value in answer.json().items() if name != "timestamp"} if answer.content else None


def routes(found: list[BaseRoute]) -> Iterator[APIRoute]:
    for route in found:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from routes(getattr(getattr(route, "original_router", route), "routes", []))


def policies(dependant: Any) -> bool:
    return hasattr(dependant.call, "is_bellhop_policy") or any(map(policies, dependant.dependencies))


def test_every_route_has_a_policy(service: Service) -> None:
    found = list(routes(service.app.routes))
    assert len(found) > 15
    for route in found:
        public = any(route.path == path or route.path.startswith(f"{path}/") for path in PUBLIC)
        assert public or policies(route.dependant), f"{route.methods} {route.path} lets anybody in"


def test_the_matrix_of_users_roles_and_routes(start: Start) -> None:
    service = start(rate_limit=1000)
    owners = [service.someone(role, suppliers=("agoda", "ean")) for role in Role]
    strangers = [service.someone(role, suppliers=("agoda", "ean")) for role in Role]
    elsewhere = service.someone(networks=("192.0.2.0/24",))
    nowhere = service.someone(networks=())
    revoked, switched_off = service.someone(), service.someone()
    with service.parts.database.writing() as session:
        users = {user.id: user for user in session.scalars(select(User))}
        revoke_keys(session, users[revoked.id], service.clock())
        users[switched_off.id].is_active = False
    checked, jobs = 0, {owner.id: summary_job(service, owner) for owner in owners}
    for method, path in endpoints(service):
        for who, code in (
            (None, "UNAUTHORIZED"),
            (revoked, "UNAUTHORIZED"),
            (switched_off, "UNAUTHORIZED"),
            (elsewhere, "IP_NOT_WHITELISTED"),
            (nowhere, "IP_NOT_WHITELISTED"),
        ):
            answer = ask(service, method, path, who)
            assert answer.status_code == (401 if code == "UNAUTHORIZED" else 403), (method, path, who)
            assert method == "HEAD" or answer.json()["error_code"] == code
        for owner in owners if "{job_id}" in path else ():
            job_id = jobs[owner.id]
            for stranger in strangers:
                theirs = ask(service, method, path, stranger, job_id)
                nobodys = ask(service, method, path, stranger, UNKNOWN)
                assert theirs.status_code == nobodys.status_code == 404, (method, path)
                if method != "HEAD":
                    assert without_time(theirs) == without_time(nobodys)
                    assert theirs.json()["error_code"] == "JOB_NOT_FOUND"
                checked += 1
            own = ask(service, method, path, owner, job_id)
            assert own.status_code not in (401, 403, 404), (method, path, own.text)
            if own.status_code == 204:
                jobs[owner.id] = summary_job(service, owner)
    assert checked >= 7 * 9
    assert [service.call("GET", "/jobs", stranger).json()["total"] for stranger in strangers] == [0, 0, 0]


@pytest.mark.parametrize(
    "rows", [(), ("",), ("TEMP_DEACTIVATED_agoda",), ("agoda", "temp_deactivated_AGODA"), ("gone",)]
)
def test_no_permission_means_nothing(service: Service, rows: tuple[str, ...]) -> None:
    who = service.someone(Role.GENERAL_USER, suppliers=rows)
    for path, filters in (
        ("/hotels", {}),
        ("/mappings", {"suppliers": "All"}),
        ("/supplier-summary", {"suppliers": None}),
        ("/estimate/hotels", {}),
    ):
        answer = service.export(who, path, filters=filters)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "INSUFFICIENT_PERMISSIONS")
    assert service.balance(who) == 1_000
    assert service.call("GET", "/my-validation", who).json()["suppliers"] == []


def test_a_row_without_a_name_is_no_permission(service: Service) -> None:
    who = service.someone(Role.GENERAL_USER)
    with service.parts.database.writing() as session:
        session.execute(
            text("INSERT INTO user_provider_permissions (user_id, created_at) VALUES (:id, :now)"),
            {"id": who.id, "now": "2026-01-01 00:00:00.000000"},
        )
    assert service.export(who).status_code == 403


def suppliers_of(service: Service, who: Someone) -> list[str]:
    found: list[str] = service.call("GET", "/my-validation", who).json()["suppliers"]
    return found


ALL = ["Paximum", "agoda", "ean", "hotelbeds"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("row", "off"),
    [
        ("TEMP_DEACTIVATED_agoda", "agoda"),
        ("temp_deactivated_AGODA", "agoda"),
        ("Temp_Deactivated_paximum", "Paximum"),
        ("TEMPXDEACTIVATEDXagoda", None),
        ("TEMP_DEACTIVATED_ agoda", None),
        (" TEMP_DEACTIVATED_agoda", None),
        ("TEMP_DEACTIVATED_аgoda", None),  # noqa: RUF001 - the first letter is Cyrillic
        ("TEMP_DEACTIVATED_ago", None),
        ("TEMP_DEACTIVATED_", None),
        ("TEMP_DEACTIVATED_%", None),
    ],
)
def test_what_a_row_switches_off(role: Role, row: str, off: str | None) -> None:
    now = allowed(role, [*ALL, row, None])
    assert [name for name in ALL if now.sees(name)] == [name for name in ALL if name != off]


@pytest.mark.parametrize("role", Role)
def test_switching_a_supplier_off(service: Service, role: Role) -> None:
    who = service.someone(role, suppliers=(*ALL, "Temp_Deactivated_AGODA"))
    seen = [name for name in ALL if name != "agoda"]
    assert suppliers_of(service, who) == seen
    assert service.export(who, filters={"suppliers": ["Agoda"]}).status_code == 403
    lines = service.export(who, "/supplier-summary").text.splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == seen


def test_asking_by_name_is_without_regard_to_case_and_names_the_denied(service: Service) -> None:
    who = service.someone(Role.GENERAL_USER, suppliers=("AGODA",))
    assert service.export(who, filters={"suppliers": ["aGoDa"]}).status_code == 200
    refused = service.export(who, filters={"suppliers": ["agoda", "EAN", "nobody"]})
    assert refused.json()["details"] == {"denied_suppliers": ["EAN", "nobody"]}
    one, other = (service.export(who, filters={"suppliers": [name]}) for name in ("ean", "nobody"))
    assert one.text.replace("ean", "nobody").partition("timestamp")[0] == other.text.partition("timestamp")[0]


SPOOFED = (
    "X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP", "Via",
    "CF-Connecting-IP", "Fastly-Client-IP", "X-Originating-IP", "X-Remote-IP", "X-Forwarded-Host",
)  # fmt: skip


@pytest.mark.parametrize("header", SPOOFED)
@pytest.mark.parametrize("value", ["192.0.2.7", "for=192.0.2.7", "192.0.2.7, 127.0.0.1", "::ffff:192.0.2.7"])
def test_headers_that_anybody_can_write_are_worthless(service: Service, header: str, value: str) -> None:
    who = service.someone(networks=("192.0.2.7",))
    answer = service.call("GET", "/jobs", who, headers={header: value})
    assert (answer.status_code, answer.json()["error_code"]) == (403, "IP_NOT_WHITELISTED")


@pytest.mark.parametrize(
    ("forwarded", "passes"),
    [
        ("192.0.2.7", True),
        ("192.0.2.7:4711", True),
        ("[2001:db8::7]:4711", False),
        ("::ffff:192.0.2.7", True),
        ("6.6.6.6, 192.0.2.7", True),
        ("192.0.2.7, 6.6.6.6", False),
        ("192.0.2.7, 127.0.0.1", True),
        ("192.0.2.7, nonsense", False),
        ("nonsense", False),
        ("", False),
        (", ,", False),
    ],
)
def test_a_configured_proxy_is_believed_right_to_left(start: Start, forwarded: str, passes: bool) -> None:  # noqa: FBT001
    service = start(trusted_proxies="127.0.0.0/8")
    who = service.someone(networks=("192.0.2.7",))
    answer = service.call("GET", "/jobs", who, headers={"X-Forwarded-For": forwarded})
    assert answer.status_code == (200 if passes else 403)


def test_several_headers_are_read_as_one() -> None:
    proxies = [network("10.0.0.0/8")]
    headers = Headers(raw=[(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"192.0.2.7, 10.0.0.2")])
    assert str(client_address("::ffff:10.0.0.1", headers, proxies)) == "192.0.2.7"
    assert str(client_address("11.0.0.1", headers, proxies)) == "11.0.0.1"
    assert client_address(None, headers, proxies) is None


def test_an_error_while_the_address_is_checked_is_an_error_and_no_pass(service: Service) -> None:
    who = service.someone()
    with service.parts.database.writing() as session:
        session.add(AllowedNetwork(user_id=who.id, network="nonsense", created_at=service.clock()))
    answer = service.call("GET", "/jobs", who)
    assert (answer.status_code, answer.json()["error_code"]) == (500, "INTERNAL_ERROR")


def token(service: Service, who: Someone, key: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    expires = service.clock() + dt.timedelta(minutes=5)
    given = {"sub": who.id, "exp": expires.replace(tzinfo=dt.UTC), **claims}
    return jwt.encode({name: value for name, value in given.items() if value is not None}, key, algorithm)


def by_token(service: Service, text: str) -> int:
    status: int = service.call("GET", "/jobs", headers={"Authorization": f"Bearer {text}"}).status_code
    return status


def test_tokens_that_hold_and_tokens_that_do_not(service: Service) -> None:
    who = service.someone()
    assert by_token(service, token(service, who)) == 200
    past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    future = past + dt.timedelta(hours=1)
    wrong = [
        token(service, who, exp=None),
        token(service, who, sub=None),
        token(service, who, exp=past),
        token(service, who, nbf=future),
        token(service, who, sub="nobody"),
        token(service, who, sub="../../etc"),
        token(service, who, key="another key that is long enough for it"),
        token(service, who, algorithm="HS512"),
        jwt.encode({"sub": who.id, "exp": future}, "", "none"),
        jwt.encode({"sub": who.id, "exp": future}, "x" * 40, "HS256", headers={"kid": "../../dev/null"}),
        "",
        "a.b.c",
        "a" * 10_000,
    ]
    assert [by_token(service, text) for text in wrong] == [401] * len(wrong)
    assert service.call("GET", "/jobs", headers={"Authorization": f"Basic {token(service, who)}"}).status_code == 401


def pem(private: Any) -> str:
    return str(private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_tokens_by_public_key_and_no_swap_of_algorithms(start: Start, algorithm: str) -> None:
    private: Any = (
        rsa.generate_private_key(65537, 2048) if algorithm == "RS256" else ec.generate_private_key(ec.SECP256R1())
    )
    service = start(jwt_algorithm=algorithm, jwt_public_key=pem(private))
    who = service.someone()
    text = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    assert by_token(service, token(service, who, text, algorithm)) == 200
    assert by_token(service, token(service, who)) == 401
    swapped = hmac_signed(service, who, pem(private))
    assert by_token(service, swapped) == 401


def hmac_signed(service: Service, who: Someone, key: str) -> str:
    """A token signed with the public key as if it were a secret, which PyJWT itself refuses to make."""

    def encoded(part: Any) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")

    expires = int((service.clock() + dt.timedelta(hours=1)).replace(tzinfo=dt.UTC).timestamp())
    text = encoded({"alg": "HS256", "typ": "JWT"}) + b"." + encoded({"sub": who.id, "exp": expires})
    mac = base64.urlsafe_b64encode(hmac.digest(key.encode(), text, "sha256")).rstrip(b"=")
    return (text + b"." + mac).decode()


def test_keys_are_kept_as_hashes_expire_to_the_second_and_can_be_revoked(service: Service) -> None:
    who = service.someone()
    with service.parts.database.writing() as session:
        user = session.get_one(User, who.id)
        short = add_key(session, user, service.clock(), dt.timedelta(seconds=60))
    assert len(short) == 46
    rows = str(service.query(lambda session: session.execute(text("SELECT * FROM api_keys")).all()))
    assert short not in rows
    assert who.key not in rows
    assert hashlib.sha256(short.encode()).hexdigest() in rows
    service.clock.ahead = dt.timedelta(seconds=58)
    assert service.call("GET", "/jobs", headers={"X-API-Key": short}).status_code == 200
    service.clock.ahead = dt.timedelta(seconds=60)
    assert service.call("GET", "/jobs", headers={"X-API-Key": short}).status_code == 401
    assert service.call("GET", "/jobs", who).status_code == 200
    with service.parts.database.writing() as session:
        revoke_keys(session, session.get_one(User, who.id), service.clock())
    assert service.call("GET", "/jobs", who).status_code == 401


def test_keys_that_nobody_has(service: Service) -> None:
    who = service.someone()
    for key in itertools.chain(("", "bh_", who.key[:-1], f"{who.key}x", who.key.upper(), f"{who.key}' OR '1'='1")):
        assert service.call("GET", "/jobs", headers={"X-API-Key": key}).status_code == 401


def test_a_token_that_does_not_hold_is_not_mended_by_a_key_that_does(service: Service) -> None:
    who = service.someone()
    assert service.call("GET", "/jobs", who, headers={"Authorization": "Bearer nonsense"}).status_code == 401
