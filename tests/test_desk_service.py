"""How the desk is served, and what its pages tell about earlier attempts; without a browser."""

import asyncio
import socket
import urllib.request
from pathlib import Path

from desk_browser import desk
from desk_class import WRITTEN, results

from autograder.desk.service import listener
from autograder.grading.decisions import Comment, Decision, Points
from autograder.grading.ledger import Ledger
from autograder.grading.standing import work_of


def test_a_page_leaves_at_once() -> None:
    """Without Nagle's algorithm, which holds the second packet of a page back for 40 ms."""

    async def accepted(listening: socket.socket) -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            own = writer.get_extra_info("socket")
            found.set_result(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(answer, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            option = await found
            writer.close()
            await writer.wait_closed()
            return option

    with listener("127.0.0.1", 0) as listening:
        assert asyncio.run(accepted(listening)) != 0


def test_the_student_page_tells_of_an_earlier_attempt(tmp_path: Path) -> None:
    """Decisions about work that was handed in again: told, escaped, and not counted."""
    folder = results(tmp_path, ["ana", "bo"])
    with Ledger(folder) as ledger:
        first = next(iter(ledger.lines()))
        work = work_of(first)
        decided = [
            Decision(at="2026-01-02T03:04:05+00:00", who="Ute", work=work, question=WRITTEN[0],
                     act=act)
            for act in (Points(points=2, most=2), Comment(text="<b onclick=x>Well seen"))
        ]  # fmt: skip
        ledger.decide(decided, None)
    with desk(folder) as opened:

        def shown(path: str) -> str:
            asked = urllib.request.Request(opened.root + path, headers={"Cookie": opened.cookie()})
            with urllib.request.urlopen(asked) as response:
                return str(response.read().decode())

        page = next(path for path in shown("/class").split('"') if path.startswith("/student/"))
        before = shown(page)
        assert "earlier attempt" not in before
        assert f"{WRITTEN[0]}: 2 points, 0 before" in before
        with Ledger(folder) as ledger:
            assert first.grade is not None
            ledger.record(0, first.grade, "handed-in-again.conditions")
        after = shown(page)
        assert "Decided about an earlier attempt (2)" in after
        assert f"Ute, 2026-01-02: {WRITTEN[0]}: 2 points, 0 before" in after
        assert "&lt;b onclick=x&gt;Well seen" in after
        assert "<b onclick" not in before + after
        assert "Undo" not in after
        assert "Decided about an earlier attempt" in shown("/")
