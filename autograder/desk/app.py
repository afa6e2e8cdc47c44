"""The application: which page belongs to which address, and how an error is said on a page."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, quote, unquote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from autograder.desk import (
    acts,
    class_page,
    grading_page,
    handing_page,
    queue_page,
    requests_page,
    student_page,
)
from autograder.desk.guard import Guard
from autograder.desk.visit import Desk, Visit, asset, page, report_asset
from autograder.errors import AutograderError, LedgerError, OvertakenError

Handler = Callable[[Visit], Response]

_INTRODUCTION = "/name"
_MOST_BYTES = 2_000_000
_YEAR = 365 * 24 * 3600
_SCRIPT, _STYLE = "text/javascript", "text/css"
_ASSETS = {
    "desk.css": (_STYLE, report_asset("report.css") + asset("desk.css")),
    "report.js": (_SCRIPT, report_asset("report.js")),
    "desk.js": (_SCRIPT, asset("desk.js")),
    "htmx.js": (_SCRIPT, asset("htmx.min.js")),
}
_PAGES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/", queue_page.overview),
    ("GET", "/matter/{cause}", queue_page.matter),
    ("GET", "/matter/{cause}/after", queue_page.after),
    ("GET", "/grade/{question}", grading_page.grade),
    ("GET", "/grade/{question}/{key}", grading_page.grade),
    ("GET", "/around/{question}/{key}", grading_page.around),
    ("GET", "/groups/{question}", grading_page.groups),
    ("POST", "/groups/{question}", grading_page.grade_group),
    ("GET", "/student/{key}", student_page.student),
    ("GET", "/notebook/{key}", student_page.notebook),
    ("POST", "/rerun/{key}", student_page.rerun),
    ("GET", "/rerun/{key}", student_page.progress),
    ("POST", "/decide/{key}", acts.decide),
    ("GET", "/class", class_page.class_page),
    ("GET", "/batch", class_page.batch),
    ("GET", "/present", class_page.present),
    ("GET", "/requests", requests_page.requests),
    ("POST", "/requests", requests_page.take_up),
    ("GET", "/hand-back", handing_page.hand_back),
    ("POST", "/hand-back", handing_page.write),
)


def application(desk: Desk) -> ASGIApp:
    """The application on one results folder, behind its guard."""
    cookies = _Cookies(desk)
    routes = [
        Route(path, _endpoint(desk, cookies, handler), methods=[method])
        for method, path, handler in _PAGES
    ]
    routes.append(Route("/assets/{name}", _asset, methods=["GET"]))
    for path, keep in ((_INTRODUCTION, cookies.introduce), ("/names", cookies.hide)):
        routes.append(Route(path, _endpoint(desk, cookies, keep), methods=["POST"]))
    return Guard(Starlette(routes=routes), desk.door)


class _Cookies:
    """What the desk keeps in a browser besides the secret: a name, a session, a wish."""

    def __init__(self, desk: Desk) -> None:
        self._door = desk.door
        name = desk.door.cookie
        self.who, self.session, self.names = f"{name}-who", f"{name}-session", f"{name}-names"

    def introduce(self, visit: Visit) -> Response:
        """Keep the name that somebody typed."""
        name = " ".join(visit.field("name").split())[:60]
        answer = RedirectResponse(_local(visit.field("next")), 303)
        if name:
            self._keep(answer, self.who, quote(name))
        return answer

    def hide(self, visit: Visit) -> Response:
        """Show names of students, or hide them."""
        answer = RedirectResponse(_local(visit.field("next")), 303)
        self._keep(answer, self.names, "off" if visit.names else "on")
        return answer

    def begin(self, answer: Response, session: str) -> None:
        """Keep the session until the browser ends."""
        self._keep(answer, self.session, session, None)

    def _keep(self, answer: Response, name: str, value: str, seconds: int | None = _YEAR) -> None:
        answer.set_cookie(
            name,
            value,
            max_age=seconds,
            httponly=True,
            samesite="lax",
            secure=self._door.is_https,
        )


def _local(address: str) -> str:
    """An address of the desk; the queue instead of any other."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else "/"


def _endpoint(
    desk: Desk, cookies: _Cookies, handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        form: tuple[tuple[str, str], ...] = ()
        if request.method == "POST":
            body = await _body(request)
            form = tuple(parse_qsl(body, keep_blank_values=True, errors="replace"))
        session = request.cookies.get(cookies.session, "")
        visit = Visit(
            desk=desk,
            path=request.url.path,
            places=request.path_params,
            query=request.query_params,
            form=form,
            who=unquote(request.cookies.get(cookies.who, "")),
            session=session or secrets.token_hex(8),
            names=request.cookies.get(cookies.names) != "off",
            by_script=request.headers.get("hx-request") == "true",
        )
        answer = await run_in_threadpool(_answer, visit, handler, request.method)
        if not session:
            cookies.begin(answer, visit.session)
        return answer

    return endpoint


async def _body(request: Request) -> str:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            return ""
    return content.decode("utf-8", "replace")


def _answer(visit: Visit, handler: Handler, method: str) -> Response:
    """What a handler answers; every error on purpose is one sentence on a page."""
    token = visit.field("token")
    if method == "POST" and not hmac.compare_digest(token.encode(), visit.desk.door.token.encode()):
        return page(
            visit, "name.html.j2", 403, problem="The form is from another desk.", here="/",
            counts={"": 0},
        )  # fmt: skip
    try:
        if not visit.who and visit.path != _INTRODUCTION:
            return page(visit, "name.html.j2", problem="", here=visit.path, counts={"": 0})
        visit.room.refresh()
        return handler(visit)
    except OvertakenError as error:
        return _problem(visit, error, 409)
    except LedgerError as error:
        return _problem(visit, error, 503)
    except AutograderError as error:
        return _problem(visit, error, 400)


def _problem(visit: Visit, error: AutograderError, status: int) -> Response:
    sentence = str(error)
    sentence = f"{sentence[:1].upper()}{sentence[1:].removesuffix('.')}."
    back = visit.field("from") or "/"
    return page(
        visit, "problem.html.j2", status, problem=sentence, back=_local(back), counts={"": 0}
    )


def _asset(request: Request) -> Response:
    found = _ASSETS.get(request.path_params["name"])
    if found is None:
        return Response("There is no such file.\n", 404)
    kind, text = found
    return Response(text, media_type=kind, headers={"Cache-Control": "private, max-age=3600"})
