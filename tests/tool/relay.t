#!/usr/bin/python3
"""rd-rtc as a client of rd-turn: its relays, and that they are given back."""
import asyncio
import os
import random
import re
import shutil
import socket
import subprocess
import tempfile

from rtcpeer import Encoder, Viewer, done, ok


def free_port():
    """Of TCP and UDP, and none that the system gives to others meanwhile."""
    while True:
        port = random.randrange(20000, 30000)
        try:
            for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
                with socket.socket(type=kind) as s:
                    s.bind(("", port))
            return port
        except OSError:
            pass


def start_turn(dir, address, port):
    with open(dir + "/users", "w", opener=lambda path, flags: os.open(
            path, flags, 0o600)) as f:
        f.write("me secret\n")
    ready, theirs = os.pipe()
    turn = subprocess.Popen(
        ["rd-turn", "-l", f"{address}:{port}", "-a", address, "-A", address,
         "-u", dir + "/users", "-S", dir + "/stats", "-R", str(theirs)],
        pass_fds=[theirs])
    os.close(theirs)
    os.read(ready, 1)
    return turn


def allocations(dir):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(dir + "/stats")
        text = s.makefile().read()
    return int(re.search(r"^rd_turn_allocations (\d+)", text, re.M)[1])


def only_relays(sdp):
    return re.sub(r"a=candidate:(?!.* typ relay).*\r\n", "", sdp)


async def relayed(dir, encoder, server, transport):
    with open(dir + "/servers", "w") as f:
        f.write(f"turn {server} {transport} me secret\n")
    v = Viewer()
    await v.connect(["-t", dir + "/servers", encoder.video],
                    change_answer=only_relays)
    ok(" typ relay" in v.answer, f"{transport}: there is a relay")
    ok(await v.until(lambda: len(v.frames) > 10),
       "by which a viewer that knows nothing else gets pictures")
    ok(allocations(dir) == 1, "it is the server's")
    v.tell({"type": "bye"})
    await asyncio.wait_for(v.process.wait(), 20)
    ok(await v.until(lambda: not allocations(dir)), "which has it back after")


async def main():
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    dir = tempfile.mkdtemp()
    own = subprocess.check_output(["hostname", "-I"], text=True).split()
    address = next((a for a in own if ":" not in a), "127.0.0.1")
    port = free_port()
    turn = start_turn(dir, address, port)
    try:
        encoder = Encoder(dir)
        await encoder.start()
        for transport in "udp", "tcp":
            await relayed(dir, encoder, f"{address} {port}", transport)
    finally:
        turn.kill()
        turn.wait()
        shutil.rmtree(dir)
    done()


if __name__ == "__main__":
    asyncio.run(main())
