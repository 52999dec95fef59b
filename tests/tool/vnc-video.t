#!/usr/bin/python3
"""H.264 that rd-encode makes, in RFB: what a decoder makes of it is what X shows."""
import os
import re
import socket
import sys
import threading
import time

import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rfbtest import (CONTINUOUS, EXTENDED_SIZE, FENCE, RAW, VIDEO, Client, Display,  # noqa: E402
                     Server, eq, finish, ok, path, text, until)

display = Display("801x600")
display.paint("#204060")
ALL = [VIDEO, RAW, EXTENDED_SIZE]


def encoder():
    p = display.program("rd-encode", "-v", "-r", "-l", path("video"), display.screen)
    until(lambda: os.path.exists(path("video")))
    return p


def psnr(c, x):
    """Of the client's picture against X's, in dB."""
    if len(x) != len(c.picture):
        return 0
    off = (x - numpy.frombuffer(c.picture, numpy.uint8)).reshape(-1, 4)[:, :3]
    return 99 if not off.any() else 10 * numpy.log10(255 ** 2 / (off ** 2).mean())


def like(c):
    x = numpy.frombuffer(display.shot(), numpy.uint8).astype(int)
    return c.wait(lambda: psnr(c, x) >= 35, seconds=30)


def enter(encodings):
    c = Client(path("vnc"), encodings=encodings)
    c.request(0)
    return c


def kinds(c):
    return {encoding for encoding, _, _ in c.rects if encoding >= 0}


def shown():
    """One that knows sizes but no fences, from its first picture to a display of another size."""
    c = enter(ALL)
    ok(like(c), "the first picture is X's")
    eq(kinds(c), {VIDEO}, "and it is video at once")
    eq([r[1] for r in c.rects if r[0] == VIDEO][0], (0, 0, 801, 600), "of all of the display")
    eq((c.units[0]["flags"], c.units[0]["key"]), (2, True), "its first unit resets all decoders")
    for colour in "#80c020", "#c02080":
        display.paint(colour)
        ok(like(c), f"{colour} is seen")
    display.do("xsetroot", "-mod", "13", "7", "-fg", "#d0d0d0", "-bg", "#202020")
    ok(like(c), "so are fine lines")
    eq([u["flags"] for u in c.units[1:] if u["flags"]], [], "by the same decoder")
    keys = sum(u["key"] for u in c.units)
    c.request(0)
    ok(c.wait(lambda: sum(u["key"] for u in c.units) > keys), "all is there again when asked for")
    c.put("BxHHBxIHHHHI", 251, 641, 480, 1, 0, 0, 0, 641, 480, 0)
    ok(c.wait(lambda: (c.w, c.h) == (641, 480)) and like(c), "another size is followed")
    eq(kinds(c), {VIDEO}, "by video alone")
    ok(c.units[-1]["context"] == (0, 0, 641, 480) and
       2 in [u["flags"] for u in c.units[1:]], "in another decoder")
    return c


def left(c):
    """The encoder is gone, and comes back."""
    global encode
    encode.kill()
    encode.wait()
    c.rects.clear()
    display.paint("#a0b0c0")
    ok(c.sees(display) and RAW in kinds(c), "without rd-encode pixels come")
    c.units.clear()
    encode = encoder()
    ok(c.wait(lambda: c.units), "with it, video again")
    display.paint("#405060")
    ok(like(c), "which shows the display")
    c.put("BxHi", 2, 1, RAW)
    c.rects.clear()
    ok(c.sees(display) and kinds(c) == {RAW}, "who wants pixels only gets all of them")
    c.s.close()


def slow():
    """One that does not ask for a while is not sent what is old."""
    c = enter([VIDEO, RAW])
    ok(like(c), "without fences, too, the picture is X's")
    c.wait(lambda: False, asks=False, seconds=1)
    c.units.clear()
    for i in range(40):
        display.paint(f"#{4 * i:02x}8040")
    c.request()
    ok(like(c), "who asks late sees what is there now")
    ok(len(c.units) < 40, f"by {len(c.units)} units, not one for each of 40")
    other = enter([RAW, VIDEO])
    ok(other.sees(display) and kinds(other) == {RAW}, "who likes pixels better gets pixels")
    c.s.close()
    other.s.close()


class Narrow:
    """A connection that carries 100,000 bytes a second."""

    def __init__(self, s):
        self.s = s

    def __getattr__(self, name):
        return getattr(self.s, name)

    def recv(self, n):
        data = self.s.recv(min(n, 4096))
        time.sleep(len(data) / 100000)
        return data


def narrow():
    c = enter([VIDEO, RAW, FENCE, CONTINUOUS])
    c.s = Narrow(c.s)
    c.put("BBHHHH", 150, 1, 0, 0, c.w, c.h)
    painter = display.program("sh", "-c", "while :; do for i in 3 5 7 11; do"
                              " xsetroot -mod $i 7 -fg white -bg black; sleep 0.03; done; done")

    def less():
        return [n for n in re.findall(r"rd-encode: info: bitrate (\d+)", text("log"))
                if int(n) < 2000000]
    ok(c.wait(less), "by fences rd-encode hears how little the way carries")
    painter.kill()
    c.s.close()


class Source:
    """What rd-encode hears from who reads it."""

    def __init__(self, name):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(name)
        self.s.listen()
        self.heard = b""
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        reader = self.s.accept()[0]
        while more := reader.recv(4096):
            self.heard += more
        self.heard += b"gone\n"


def said():
    source = Source(path("silent"))
    Server("-e", display.input, "-H", path("silent"), "-l", path("vnc2"), display.screen)
    c = Client(path("vnc2"), encodings=[VIDEO, RAW])
    c.request(0)
    ok(until(lambda: source.heard == b"bitrate 100000000\n"),
       "rd-encode hears what the way carries, at first all")
    ok(c.sees(display) and kinds(c) == {RAW}, "from one that says nothing pixels are not waited for")
    c.key(ord("a"))
    ok(until(lambda: source.heard.endswith(b"\nlead\n")), "and who gives input leads")
    c.s.close()
    ok(until(lambda: source.heard.endswith(b"gone\n")), "it is read no longer than it is wanted")


encode = encoder()
server = Server("-e", display.input, "-H", path("video"), "-l", path("vnc"), display.screen)
left(shown())
slow()
narrow()
said()
server.p.terminate()
eq(server.p.wait(15), 0, "a signal ends all")
finish()
