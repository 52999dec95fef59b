#!/usr/bin/python3
"""rd-vnc as a client sees it that knows all of RFB, or sends what it may not."""
import os
import re
import resource
import select
import socket
import ssl
import struct
import sys
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rfbtest import (CLIPBOARD, CONTINUOUS, COPYRECT, DIR, EXTENDED_SIZE,  # noqa: E402
                     FENCE, KEYS, LEDS, RAW, Client, Display, Server, anonymous, eq, finish,
                     free_port, ok, path, run, text, until)

display = Display()
display.paint("#204060")
with open(path("password"), "w") as f:
    f.write("wonder42\nlooking2\n")
os.chmod(path("password"), 0o600)
port = free_port()
server = Server("-e", display.input, "-l", path("vnc"), "-l", str(port), "-n", "Räume",
                "-p", path("password"), display.screen)

# One that stops reading, all through the rest.
stopped = Client(("127.0.0.1", port), password="wonder42", encodings=[RAW])
stopped.request(0)
stopped.put("BBHHHH", 150, 1, 0, 0, 800, 600)
stopped_at = time.monotonic()
# One that reads, though slowly.
slow = Client(("127.0.0.1", port), password="looking2", encodings=[RAW, FENCE, CONTINUOUS])
slow.request(0)
read = [0]


def crawl():
    while more := slow.s.recv(8192):
        read.append(len(more))
        time.sleep(0.25)
    read.append(0)


threading.Thread(target=crawl, daemon=True).start()
# And one that says nothing.
silent = Client(("127.0.0.1", port))


def terminal(command):
    p = display.program("xterm", "-geometry", "100x40+5+5", "-e", "sh", "-c", command)
    until(lambda: display.do("xdotool", "search", "--onlyvisible", "--class", "xterm"))
    display.do("xdotool", "mousemove", "200", "200")
    return p


def pictures():
    c = Client(path("vnc"), encodings=[COPYRECT, RAW])
    eq((c.w, c.h, c.name, c.offered), (800, 600, "Räume", b"\1"), "who comes by a Unix socket")
    c.request(0)
    c.message()
    ok(c.shows(display), "the first update is the whole picture")
    c.request()
    display.paint("#602040")
    ok(c.sees(display), "and what changes follows")
    before = c.updates
    for _ in range(3):
        c.request(0)
        c.message()
    eq(c.updates, before + 3, "what is asked for again comes again")
    c.s.close()


def scrolling():
    t = terminal("seq 1000 1900 | xargs -n 18 echo; while read x; do seq 2000 2080 |"
                 " xargs -n 18 echo; done")
    c = Client(path("vnc"), encodings=[COPYRECT, RAW])
    c.request(0)
    ok(c.sees(display), "a terminal")

    def area(encoding):
        return sum(w * h for kind, (_, _, w, h), _ in c.rects if kind == encoding)

    def scroll():
        c.rects.clear()
        c.key(0xFF0D)
        return c.sees(display) and area(COPYRECT) > 2 * area(RAW)
    ok(until(scroll), "scrolls by CopyRect")
    ok(c.shows(display), "and is what X shows")
    t.kill()
    c.sees(display)
    c.s.close()


def hurried():
    """Frames are overwritten while a client has yet to read what is of them."""
    brisk, late = (Client(path("vnc"), encodings=[COPYRECT, RAW]) for _ in range(2))
    display.paint("#204060")
    brisk.request(0)
    brisk.sees(display)
    late.request(0)
    select.select([late.s], [], [])
    for i in range(8):
        display.paint(f"#{i}{i}8040")
        brisk.sees(display)
    late.message()
    eq(bytes(late.picture).count(b"\x60\x40\x20"), late.w * late.h, "an update is of one frame")
    painter = display.program("painter", "1000", "200")
    for _ in range(3):
        late.request()
        enough = brisk.updates + 8
        brisk.wait(lambda: brisk.updates > enough)
        late.message()
    painter.kill()
    painter.wait()
    ok(brisk.sees(display), "who keeps up with what is painted has it all")
    late.request()
    ok(late.sees(display), "and so has who does not")
    brisk.s.close()
    late.s.close()


def flowing():
    c = Client(path("vnc"), encodings=[RAW, FENCE, CONTINUOUS, KEYS])
    c.request(0)
    c.wait(lambda: c.updates, asks=False)
    eq((c.fences[:1], c.ended), ([(1 << 31, b"")], 1), "flow control is told before any update")
    c.wait(lambda: len(c.fences) > 1, asks=False)
    ok(c.fences[1][0] == 1 << 31 | 1 and len(c.fences[1][1]) == 4, "an update has a fence behind")
    ok(KEYS in [r[0] for r in c.rects], "QEMU's keys are known")
    c.put("BxxxIB4s", 248, 1 << 31 | 1 << 20 | 5, 4, b"abcd")
    c.wait(lambda: (5, b"abcd") in c.fences, asks=False)
    ok((5, b"abcd") in c.fences, "a fence comes back without what is not known")
    c.put("BBHHHH", 150, 1, 0, 0, c.w, c.h)
    display.paint("#010203")
    ok(c.sees(display, asks=False), "updates come unasked")
    c.put("BBHHHH", 150, 0, 0, 0, 0, 0)
    ok(c.wait(lambda: c.ended == 2, asks=False), "until they are switched off")
    c.s.close()


def sizes():
    c = Client(path("vnc"), encodings=[RAW, EXTENDED_SIZE])
    c.request(0)
    c.wait(lambda: c.updates)
    ok((EXTENDED_SIZE, (0, 0, 800, 600), (0, 0)) in c.rects, "the size is told")

    def ask(w, h, screens=1):
        c.rects.clear()
        c.put("BxHHBx", 251, w, h, screens)
        for i in range(screens):
            c.put("IHHHHI", 77 + i, 0, 0, w, h, 0)
        c.wait(lambda: [r for r in c.rects if r[0] == EXTENDED_SIZE and r[2][0] == 1])
        return [r[2][1] for r in c.rects if r[0] == EXTENDED_SIZE and r[2][0] == 1]
    eq(ask(640, 480), [0], "another size is had")
    eq((c.w, c.h), (640, 480), "by the client")
    ok(b"640x480" in display.do("xdpyinfo"), "and the display")
    ok(c.sees(display), "with its picture")
    for w, h, screens in (0, 0, 1), (1, 1, 1), (65535, 65535, 1), (640, 480, 0):
        eq(ask(w, h, screens), [3], f"{w}x{h} on {screens} is not")
    plain = Client(path("vnc"), encodings=[RAW])
    plain.request(0)
    plain.message()
    eq(ask(800, 600), [0], "back again")
    plain.rects.clear()
    plain.request(0)
    plain.message()
    ok(all(x + w <= 640 and y + h <= 480 for _, (x, y, w, h), _ in plain.rects),
       "who has no word for sizes sees what fits")
    c.s.close()
    plain.s.close()


def html_copies(c):
    def copied():
        return display.do("xclip", "-o", "-selection", "clipboard", "-t", "text/html")
    c.put("BxxxiI", 6, -4, 1 << 27 | 7)
    c.wait(lambda: (True, struct.pack(">I", 1 << 25 | 5)) in c.texts)
    ok((True, struct.pack(">I", 1 << 25 | 5)) in c.texts, "HTML is asked for, RTF is not")
    head = b"Version:0.9\r\nStartFragment:0000000066\r\nEndFragment:0000000075\r\n<p>"
    c.copies("ä", head + "<b>ä</b></p>".encode())
    ok(until(lambda: copied() == "<b>ä</b>".encode()), "the part that was copied arrives")
    c.texts.clear()
    display.do("sh", "-c", "printf '<i>ö</i>' | xclip -selection clipboard -t text/html >/dev/null 2>&1")
    c.wait(lambda: (True, struct.pack(">I", 1 << 27 | 4)) in c.texts)
    c.put("BxxxiI", 6, -4, 1 << 25 | 5)
    c.wait(lambda: len(c.texts) > 1)
    got = zlib.decompressobj().decompress(c.texts[-1][1][4:])[4:]
    start, end = (int(n) for n in re.findall(rb"Fragment:(\d+)", got)[:2])
    eq(got[start:end].decode(), "<i>ö</i>", "the display's is given as Windows has it")


def clipboards():
    c = Client(path("vnc"), encodings=[RAW, CLIPBOARD])
    c.request(0)
    c.wait(lambda: c.texts)
    eq(c.texts[0], (True, struct.pack(">III", 0x1F000005, 0, 0)), "what the clipboard can")

    def copied():
        return display.do("xclip", "-o", "-selection", "clipboard").decode()
    c.put("BxxxiI", 6, -4, 1 << 27 | 1)
    c.wait(lambda: (True, struct.pack(">I", 1 << 25 | 1)) in c.texts)
    ok((True, struct.pack(">I", 1 << 25 | 1)) in c.texts, "news of it are asked for")
    c.copies("grüß dich\n€")
    ok(until(lambda: copied() == "grüß dich\n€"), "and arrive")
    c.put("BxxxI6s", 6, 6, "naïve ".encode("latin-1"))
    ok(until(lambda: copied() == "naïve "), "Latin-1 too")
    c.put("BxxxI", 6, (1 << 22) + 1)
    c.s.sendall(b"a" * ((1 << 22) + 1))
    c.copies("after")
    ok(until(lambda: copied() == "after"), "what is too long is skipped")
    data = struct.pack(">I", 1 << 31) + b"\0" * (1 << 24)
    bomb = zlib.compress(data)
    c.put("BxxxiI", 6, -4 - len(bomb), 1 << 28 | 1)
    c.s.sendall(bomb)
    c.copies("after the bomb")
    ok(until(lambda: copied() == "after the bomb"), "a bomb as well")
    c.texts.clear()
    display.do("sh", "-c", "printf 'one\\ntwo €' | xclip -selection clipboard >/dev/null 2>&1")
    c.wait(lambda: (True, struct.pack(">I", 1 << 27 | 1)) in c.texts)
    c.put("BxxxiI", 6, -4, 1 << 25 | 1)
    c.wait(lambda: len(c.texts) > 1)
    got = zlib.decompressobj().decompress(c.texts[-1][1][4:])
    eq(got, struct.pack(">I", 13) + "one\r\ntwo €\0".encode(), "the display's is given when asked")
    html_copies(c)
    plain = Client(path("vnc"), encodings=[RAW])
    plain.request(0)
    display.do("sh", "-c", "printf 'ä €' | xclip -selection clipboard >/dev/null 2>&1")
    plain.wait(lambda: (False, b"\xe4 ?") in plain.texts)
    ok((False, b"\xe4 ?") in plain.texts, "others get it in Latin-1")
    c.s.close()
    plain.s.close()


def locks():
    c = Client(path("vnc"), encodings=[RAW, LEDS])
    c.request(0)
    c.wait(lambda: [r for r in c.rects if r[0] == LEDS])
    display.do("xdotool", "key", "Caps_Lock")
    ok(c.wait(lambda: (LEDS, (0, 0, 0, 0), 4) in c.rects), "Caps Lock is on")
    display.do("xdotool", "key", "Caps_Lock")
    ok(c.wait(lambda: [r for r in c.rects if r[0] == LEDS][-1][2] == 0), "and off")
    c.s.close()


def roles():
    t = terminal(f"stty -echo; cat >{DIR}/typed")
    viewer = Client(("127.0.0.1", port), password="looking2", encodings=[RAW, EXTENDED_SIZE])
    viewer.request(0)
    viewer.wait(lambda: viewer.updates)
    for k in b"view":
        viewer.key(k)
    viewer.key(0xFF0D)
    viewer.put("BxHHBxIHHHHI", 251, 640, 480, 1, 1, 0, 0, 640, 480, 0)
    ok(viewer.wait(lambda: [r for r in viewer.rects if r[2] == (1, 1)]),
       "who only views cannot change the size")
    hands = Client(("127.0.0.1", port), password="wonder42", encodings=[RAW])
    for k in b"hands":
        hands.key(k)
    hands.key(0xFF0D)
    ok(until(lambda: "hands" in text("typed")), "who controls types")
    ok("view" not in text("typed"), "and who views does not")
    hands.put("BBxxI", 4, 1, 0xFFE1)
    held = Client(path("vnc"), encodings=[RAW])
    hands.s.close()

    def typed():
        held.key(ord("x"))
        held.key(0xFF0D)
        return until(lambda: "x" in text("typed"), 1)
    ok(until(typed), "what it held is let go with it")
    t.kill()
    held.s.close()
    viewer.s.close()


def lasting():
    c = Client(path("vnc"), encodings=[RAW])
    c.request(0)
    c.sees(display)
    display.capture.kill()
    display.capture.wait()
    display.paint("#a0b0c0")
    display.capture = display.program("rd-capture", "-l", display.screen)
    ok(c.sees(display), "a client outlives rd-capture")
    c.s.close()


def secrecy():
    for name, ciphers in ("elliptic curves", "AECDH"), ("finite fields", "ADH"):
        c = Client(("127.0.0.1", port), encodings=[RAW], password="wonder42", tls=ciphers)
        c.request(0)
        ok(c.sees(display), f"TLS by {name}")
        eq((c.offered, c.subtypes), (b"\x13\2", (258,)), "is what is offered first")
        c.s.close()
    where = free_port()
    with open(path("long"), "w") as f:
        f.write("a password that is long\n")
    os.chmod(path("long"), 0o600)
    whole = Server("-l", str(where), "-p", path("long"), display.screen)
    c = Client(("127.0.0.1", where), encodings=[RAW], password="a password that is long",
               tls="ADH", plain=True)
    eq(c.subtypes, (259, 258), "a long password is better sent whole")
    c.request(0)
    ok(c.sees(display), "and is right")
    c.s.close()
    for password in "a passwo", "a password that is lonG", "":
        try:
            Client(("127.0.0.1", where), password=password, tls="ADH", plain=True)
            ok(False, f"'{password}'")
        except PermissionError as e:
            eq(str(e), "wrong password", f"'{password}' is not")
    whole.p.terminate()
    whole.p.wait()


def ways_in():
    a, b = socket.socketpair()
    p = run("rd-vnc", "-i", display.screen, stdin=b, stdout=b)
    b.close()
    c = Client(a, encodings=[RAW])
    c.request(0)
    ok(c.sees(display), "standard input and output")
    c.put("BBxxI", 4, 1, 0x61)  # nobody takes it
    a.close()
    eq(p.wait(15), 0, "end with the client")
    with socket.create_server(("127.0.0.1", 0)) as s:
        p = run("rd-vnc", "-C", str(s.getsockname()[1]), "-p", path("password"), display.screen)
        c = Client(s.accept()[0], password="looking2", encodings=[RAW])
    c.request(0)
    ok(c.sees(display), "a client that listens")
    c.s.close()
    eq(p.wait(15), 0, "ends it when it leaves")
    alone = Server("-l", path("alone"), "-x", display.screen)
    first = Client(path("alone"), encodings=[RAW], shared=0)
    second = Client(path("alone"), encodings=[RAW])
    second.request(0)
    ok(second.sees(display), "who shares comes beside others")
    third = Client(path("alone"), encodings=[RAW], shared=0)
    third.request(0)
    third.message()
    ok(first.gone() and second.gone(), "who does not ends them")
    alone.p.terminate()
    eq(alone.p.wait(15), 0, "a signal ends all")
    ok(third.gone() and not os.path.exists(path("alone")), "and leaves nothing behind")


def cut_off():
    """A connection may end at any byte, and in any way."""
    hello = ssl.MemoryBIO()
    try:
        anonymous("ADH").wrap_bio(ssl.MemoryBIO(), hello).do_handshake()
    except ssl.SSLWantReadError:
        way = b"RFB 003.008\n\x13\0\2\0\0\1\2", hello.read()

    def cut(n):
        """False when it was turned away, as there were too many before it."""
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(way[0][:n])
            if n > len(way[0]):  # all it says before TLS
                said = s.recv(12 + 3 + 2 + 2 + 4 + 1, socket.MSG_WAITALL)
                s.sendall(way[1][:n - len(way[0])])
            if n % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return n <= len(way[0]) or len(said) == 24

    def was_cut(n):
        try:
            return cut(n)
        except ConnectionError:
            return False
    ok(all(until(lambda: was_cut(n)) for n in range(len(way[0]) + len(way[1]) + 1)),
       "connections end anywhere before and in TLS")
    rubbish = [b"\0" * 20, b"\1", b"\2\0\xff\xff", b"\7", b"\xff\5", b"\xf8\0\0\0\0\0\0\0\xff"]
    for data in rubbish:
        c = Client(path("vnc"), encodings=[RAW])
        c.s.sendall(data)
        ok(c.gone(), f"{data[:4]!r} ends the connection")
    c = Client(path("vnc"), encodings=[RAW])
    c.request(0)
    ok(c.sees(display), "others go on")
    c.s.close()


def confined(pid):
    """Its descriptors: 3 of its parent's, 3 of the connection's, its loop's, its links'."""
    try:
        with open(f"/proc/{pid}/status") as f:
            mode = [line for line in f if line.startswith("Seccomp:")]
        return mode[0].split() == ["Seccomp:", "2"] and len(os.listdir(f"/proc/{pid}/fd")) <= 11
    except FileNotFoundError:
        return True  # it was turned away meanwhile


def strangers():
    """Who proves nothing, or guesses, is held off; who is in notices nothing."""
    other = free_port()
    hard = Server("-l", path("hard"), "-l", str(other), "-p", path("password"), display.screen)
    c = Client(path("hard"), encodings=[RAW])
    c.request(0)
    c.sees(display)
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    crowd, part = [], min(2000, limit - 100) // 8
    for i in range(8):
        crowd += [socket.create_connection(("127.0.0.1", other)) for _ in range(part)]
        display.paint(f"#{i}12233")
        if not c.sees(display):
            break
    ok(c.shows(display), f"{len(crowd)} who say nothing disturb nobody")
    ok(len(hard.children()) <= 9, "eight of them have a process")
    ok(until(lambda: all(confined(pid) for pid in hard.children())),
       "in a sandbox, with next to nothing open")
    for s in crowd:
        s.close()
    ok(until(lambda: len(hard.children()) == 1), "until they leave")
    refused, since = 0, time.monotonic()
    for _ in range(20):
        try:
            Client(("127.0.0.1", other), password="guessing")
        except PermissionError:
            refused += 1
        except (EOFError, ConnectionError):
            break
    ok(10 <= refused <= 10 + (time.monotonic() - since) / 6, "ten guesses, then one in 6 s")
    ok(hard.said("it failed too often"), "is said")
    display.paint("#332211")
    ok(c.sees(display), "and the client goes on")
    c.s.close()
    hard.p.terminate()
    hard.p.wait()


def patience():
    wait = stopped_at + 10 - time.monotonic()
    moving = Client(path("vnc"), encodings=[RAW])
    moving.request(0)
    i = 0
    while wait > -15 and not server.said("it has not read for 10 s"):
        i += 1
        display.paint(f"#{i * 7 % 256:02x}40{i * 3 % 256:02x}")
        moving.wait(lambda: moving.updates > i)
        wait = stopped_at + 10 - time.monotonic()
    ok(server.said("it has not read for 10 s"), "who does not read is dropped")
    ok(stopped.gone(), "to the end")
    ok(read[-1] and sum(read) > 100000, "but not who reads slowly")
    ok(moving.sees(display), "the others have not waited for it")
    moving.s.close()
    ok(silent.gone() and server.said("has not proven who it is in time"),
       "who says nothing is gone by then")


for test in (pictures, scrolling, hurried, flowing, sizes, clipboards, locks, roles, lasting, secrecy,
             ways_in, cut_off, strangers, patience):
    test()
ok(not server.said("ended by signal"), "no process was ended by a signal")
finish()
