#!/usr/bin/python3
"""An application and a WebSocket client for tests of rd-edge.

edgetest.py serve PORT...      an application on each, which says what it got
edgetest.py echo PORT [HEADER...]  a WebSocket through PORT: a line for each
                               line of standard input, as it comes back
"""
import asyncio
import hashlib
import sys


async def head(reader):
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    return lines[0], dict(
        (name.lower(), value) for name, value in
        (line.split(": ", 1) for line in lines[1:] if ": " in line))


async def body(reader, headers):
    """The SHA-256 of what was sent."""
    digest = hashlib.sha256()
    if "chunked" in headers.get("transfer-encoding", ""):
        while size := int((await reader.readline()), 16):
            digest.update(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
    left = int(headers.get("content-length", 0))
    while left and (data := await reader.read(min(left, 65536))):
        digest.update(data)
        left -= len(data)
    return digest.hexdigest()


def answer(writer, status, text="", headers=""):
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\n"
                 f"{headers}\r\n{text}".encode())


async def serve_one(reader, writer):
    line, headers = await head(reader)
    method, path, _ = line.split()
    if headers.get("upgrade") == "websocket":
        writer.write(b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\n"
                     b"Connection: Upgrade\r\n\r\n")
        while data := await reader.read(1000):
            writer.write(data)
            await writer.drain()
    elif path == "/events":  # the second comes when the reader is gone
        writer.write(b"HTTP/1.1 200 x\r\nContent-Type: text/event-stream\r\n\r\n"
                     b"data: first\n\n")
        await reader.read()
    elif path == "/broken":
        answer(writer, "503 x", "mine", "X-Portal-Placeholder: forged\r\n")
    elif path == "/upload":
        answer(writer, "200 x", await body(reader, headers))
    else:
        text = "".join(f"{name}: {value}\n" for name, value in sorted(headers.items()))
        answer(writer, "200 x", f"{method} {path}\n{text}",
               "Content-Type: text/plain\r\n")


async def serve(ports):
    async def handle(reader, writer):
        try:
            await serve_one(reader, writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        writer.close()
    for port in ports:
        await asyncio.start_server(handle, "127.0.0.1", int(port))
    print("ready", flush=True)
    await asyncio.Event().wait()


async def echo(port, *extra):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    lines = ["GET /ws HTTP/1.1", f"Host: localhost:{port}", "Connection: Upgrade",
             "Upgrade: websocket", "Sec-WebSocket-Key: aGVsbG8gaGVsbG8gaGVsbA==",
             "Sec-WebSocket-Version: 13", *extra, "", ""]
    writer.write("\r\n".join(lines).encode())
    status, _ = await head(reader)
    print(status.split()[1], flush=True)
    for line in sys.stdin if status.split()[1] == "101" else ():
        writer.write(line.encode())
        print((await reader.readline()).decode().strip() or "closed", flush=True)


command, *rest = sys.argv[1:]
asyncio.run({"serve": lambda: serve(rest), "echo": lambda: echo(*rest)}[command]())
