#!/usr/bin/python3
"""What several clients of rd-vnc want alike is encoded once."""
import os
import signal
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rfbtest import (COPYRECT, RAW, ZLIB, Client, Display, Server, eq, finish, ok,  # noqa: E402
                     path, until)

display = Display("1024x768")
server = Server("-l", path("vnc"), display.screen)
colour = 0


def maps(pid):
    try:
        with open(f"/proc/{pid}/maps") as f:
            return [line.split()[1] for line in f if "memfd:rd-vnc" in line]
    except FileNotFoundError:
        return []


def encoders():
    """Those who can write what is shared."""
    return [pid for pid in server.children() if any("w" in mode for mode in maps(pid))]


def readers():
    return [pid for pid in server.children() if maps(pid) == ["r--s"]]


def written():
    """Bytes that were encoded for several."""
    for fd in os.listdir(f"/proc/{server.p.pid}/fd"):
        where = f"/proc/{server.p.pid}/fd/{fd}"
        try:
            if "memfd:rd-vnc" in os.readlink(where):
                with open(where, "rb") as f:
                    return struct.unpack("Q", f.read(8))[0]
        except OSError:
            pass
    return 0


def enter(*encodings):
    c = Client(path("vnc"), encodings=encodings)
    c.request(0)
    ok(c.sees(display), "a client has the picture")
    return c


def change(clients, what):
    """Pictures of one colour and of more arrive at all of them."""
    global colour
    for _ in range(3):
        colour += 1
        display.do("xsetroot", "-mod", "5", str(2 + colour % 5), "-fg", "#803010", "-bg",
                   f"#20{colour * 9 % 256:02x}40")
        shot = display.shot()
        seen = [c.wait(lambda c=c: c.has(shot)) for c in clients]
        if not all(seen):
            break
    ok(all(seen), what)


first = enter(ZLIB, COPYRECT)
eq((len(server.children()), encoders()), (1, []), "who is alone encodes by itself")
several = [first, enter(ZLIB, COPYRECT), enter(ZLIB, COPYRECT)]
ok(until(lambda: len(encoders()) == 1 and len(readers()) == 3),
   "for several there is one that encodes, and only it can write")


def shared():
    change(several, "they see what changes")
    return written() > 0


ok(until(shared), "and it is shared")
alone = enter(RAW)
change([*several, alone], "as does one who wants something else")
tiler = int(encoders()[0])
with open(f"/proc/{tiler}/status") as status:
    ok("Seccomp:\t2" in status.read(), "who encodes is in a sandbox")
os.kill(tiler, signal.SIGKILL)
change(several, "without it clients go on")
ok(until(lambda: encoders() and int(encoders()[0]) != tiler and len(readers()) == 4),
   "until there is another")
ok(until(shared), "which is asked")
tiler = int(encoders()[0])
os.kill(tiler, signal.SIGSTOP)
change(several, "one that does not answer is not waited for")
os.kill(tiler, signal.SIGCONT)
for c in [*several[1:], alone]:
    c.s.close()
ok(until(lambda: len(server.children()) == 1), "the last one is alone again")
change([first], "and goes on")
other = enter(ZLIB, COPYRECT)
ok(until(lambda: len(encoders()) == 1), "until somebody comes")
change([first, other], "who sees the same")
server.p.terminate()
eq(server.p.wait(15), 0, "a signal ends all")
ok(first.gone() and not os.path.exists(path("vnc")), "and nothing is left behind")
ok(not server.said("ended by signal"), "no client's process was ended by a signal")
finish()
