#!/usr/bin/python3
"""rd-vnc by what any RFB server must bear: by its socket, and with a password."""
import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, here)
from rfbtest import Display, Server, free_port, path, run  # noqa: E402
from tap import eq, finish, ok  # noqa: E402

display = Display("640x480")
with open(path("password"), "w") as f:
    f.write("wonder42\n")
os.chmod(path("password"), 0o600)
port = free_port()
server = Server("-e", display.input, "-l", path("vnc"), "-l", str(port), "-p", path("password"),
                display.screen)
for where in path("vnc"), f"127.0.0.1:{port}":
    with open(path("report"), "w+") as report:
        p = run(os.path.join(here, "../rfb/rfb-conformance"), "-p", path("password"), where,
                stdout=report)
        status = p.wait(300)
        report.seek(0)
        lines = report.read().splitlines()
    for line in lines:
        if line.startswith("not ok"):
            print(f"# {line}")
    eq(status, 0, f"{len(lines)} lines of conformance, by {'a socket' if '/' in where else 'a port'}")
ok(not server.said("ended by signal"), "no process was ended by a signal")
finish()
