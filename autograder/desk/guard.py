"""Who may ask the desk for anything: whoever has the secret, from the desk's own pages.

The secret is in the address that is printed at the start, as Jupyter's is; a cookie takes its place
after the first visit. `Host` is checked against rebinding of names, `Origin` and a token in each
form against pages of others.
"""

import hashlib
import hmac
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_YEAR = 365 * 24 * 3600
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: with it browsers send the origin "null" with forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True)
class Door:
    """Where the desk is: `host` and `port` that it listens on, and the `address` that people use.

    `address` differs behind a reverse proxy, as in `https://desk.example.org`; it is empty
    otherwise.
    """

    host: str
    port: int
    address: str = ""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def is_https(self) -> bool:
        """Whether people come through a proxy that encrypts, so that cookies need no other way."""
        return self.address.startswith("https:")

    @cached_property
    def hosts(self) -> frozenset[str]:
        """What a `Host` header may say."""
        names = {"127.0.0.1", "localhost", "[::1]", _bracketed(self.host)}
        if self.host in ("0.0.0.0", "::", ""):
            names |= _own_names()
        found = {f"{name}:{self.port}" for name in names}
        if self.address:
            found.add(urlsplit(self.address).netloc)
        return frozenset(name.lower() for name in found)

    @cached_property
    def origins(self) -> frozenset[str]:
        """What an `Origin` header may say."""
        plain = {f"http://{host}" for host in self.hosts}
        parts = urlsplit(self.address)
        return frozenset(plain | ({f"{parts.scheme}://{parts.netloc}"} if self.address else set()))

    @cached_property
    def token(self) -> str:
        """What each form has to carry."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()

    @property
    def cookie(self) -> str:
        """The name of the cookie; browsers share those of all ports of a machine."""
        return f"autograder-desk-{self.port}"

    def link(self) -> str:
        """The address to open, secret included."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "") else _bracketed(self.host)
        root = self.address.rstrip("/") or f"http://{host}:{self.port}"
        return f"{root}/?{urlencode({'secret': self.secret})}"

    def is_secret(self, text: str) -> bool:
        """Whether it is the secret; takes as long for any text."""
        return hmac.compare_digest(text.encode(), self.secret.encode())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _own_names() -> set[str]:
    """The names and numbers of this machine."""
    names = {socket.gethostname(), socket.getfqdn()}
    # A machine without a name for itself is reached by its numbers.
    with suppress(OSError):
        names |= {str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None)}
    return {_bracketed(name) for name in names}


class Guard:
    """Lets through who may ask, and sends the headers that keep pages harmless with each answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to who may not ask, or to who has just shown the secret; None lets pass."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if headers.get("host", "").lower() not in self._door.hosts:
            return _no("This is not the desk's address.")
        if origin is not None and origin.lower() not in self._door.origins:
            return _no("This did not come from one of the desk's pages.")
        if scope["method"] not in ("GET", "HEAD") and origin is None:
            return _no("This did not come from one of the desk's pages.")
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if "secret" in query and self._door.is_secret(query["secret"]):
            return self._welcome(scope, query)
        if not self._door.is_secret(_cookies(headers).get(self._door.cookie, "")):
            return _no("Open the address that `autograder desk` printed when it started.")
        return None

    def _welcome(self, scope: Scope, query: dict[str, str]) -> Response:
        """The page without the secret in its address, and a cookie instead."""
        rest = urlencode({name: value for name, value in query.items() if name != "secret"})
        # With one slash at its beginning: two would lead to another host.
        path = "/" + scope["path"].lstrip("/\\")
        answer = RedirectResponse(path + (f"?{rest}" if rest else ""), 303)
        answer.set_cookie(
            self._door.cookie,
            self._door.secret,
            max_age=_YEAR,
            httponly=True,
            samesite="lax",
            secure=self._door.is_https,
        )
        return answer


def _cookies(headers: Headers) -> dict[str, str]:
    pairs = (part.partition("=") for part in headers.get("cookie", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _no(why: str) -> Response:
    return PlainTextResponse(f"{why}\n", 403)
