"""A kernel's socket, spoken to without ZeroMQ's library and within bounds."""

import asyncio
import contextlib
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
import zmq
import zmq.asyncio

from autograder.running.bounded_socket import BoundedSocket

MOST = 100_000


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; whoever waits for what never comes is ended."""
    asyncio.run(asyncio.wait_for(work, 60))


def test_requests_replies_and_output_pass_between_it_and_zeromq_s_own_sockets(
    tmp_path: Path,
) -> None:
    async def talk() -> None:
        context = zmq.asyncio.Context()
        asked = BoundedSocket(str(tmp_path / "shell"), "DEALER", 2_000_000, ended.append, b"grader")
        asked.send_multipart([b"early", b"x" * 300, b""])  # before there is anybody
        heard = BoundedSocket(str(tmp_path / "iopub"), "SUB", 2_000_000, ended.append)
        shell, iopub = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
        shell.bind(f"ipc://{tmp_path}/shell")
        iopub.bind(f"ipc://{tmp_path}/iopub")
        assert await shell.recv_multipart() == [b"grader", b"early", b"x" * 300, b""]
        for frames in ([b"reply", b"", b"y" * 1_000_000], [b"one"], [b"", b""]):
            await shell.send_multipart([b"grader", *frames])
            assert await asked.message(None) == frames
        asked.send_multipart([b"late"])
        assert await shell.recv_multipart() == [b"grader", b"late"]
        assert await iopub.recv() == b"\x01"  # a subscription to everything
        await iopub.send_multipart([b"topic", b"z"])
        assert await heard.message(None) == [b"topic", b"z"]
        with pytest.raises(TimeoutError):
            await heard.message(0.01)
        asked.close()
        heard.close()
        context.destroy(linger=0)

    ended: list[str] = []
    run(talk())
    assert ended == []


GREETING = bytes([0xFF, *[0] * 8, 0x7F, 3, 0]) + b"NULL".ljust(20, b"\0") + bytes(32)
READY = b"\x05READY"
SHAKEN = GREETING + bytes([4, len(READY)]) + READY


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (SHAKEN + b"\x01\x00" * 1_000_000, "output"),
        (SHAKEN + b"\x04\x00" * 1_000_000, "output"),
        (SHAKEN + b"\x02" + (MOST + 1).to_bytes(8, "big") + bytes(1_000), "output"),
        (SHAKEN + b"\x02" + b"\xff" * 8, "output"),
        (GREETING + b"\x06" + b"\xff" * 8, "output"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n" * 10, "message"),
        (SHAKEN + b"\x01\x00", ""),
        (GREETING[:20], ""),
    ],
)
def test_what_is_too_much_or_no_message_ends_it(tmp_path: Path, sent: bytes, problem: str) -> None:
    async def listen() -> None:
        async def send(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken.append(len(sent))
            writer.write(sent)
            with contextlib.suppress(ConnectionError):  # it has hung up before all was sent
                await writer.drain()
            writer.close()

        server = await asyncio.start_unix_server(send, tmp_path / "own")
        ended: asyncio.Queue[str] = asyncio.Queue()
        wire = BoundedSocket(str(tmp_path / "own"), "SUB", MOST, ended.put_nowait)
        assert await ended.get() == problem
        assert not wire.has_message
        wire.close()
        server.close()

    taken: list[int] = []
    run(listen())
    assert taken == [len(sent)], "it is never connected to again"


def test_it_reads_no_more_than_somebody_takes(tmp_path: Path) -> None:
    async def wait() -> None:
        ours = socket.socket(socket.AF_UNIX)
        ours.bind(str(tmp_path / "own"))
        ours.listen()
        ours.setblocking(False)
        wire = BoundedSocket(str(tmp_path / "own"), "SUB", MOST, ended.append)
        theirs, _ = await asyncio.get_running_loop().sock_accept(ours)
        theirs.setblocking(False)
        message = b"\x02" + (50_000).to_bytes(8, "big") + bytes(50_000)
        sent = theirs.send(SHAKEN)
        stalled = 0
        while stalled < 50:
            try:
                sent += theirs.send(message)
            except BlockingIOError:
                stalled += 1
                await asyncio.sleep(0.01)
        assert sent < 5_000_000
        wire.close()
        theirs.close()
        ours.close()

    ended: list[str] = []
    run(wait())
    assert ended == []
