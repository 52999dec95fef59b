#!/usr/bin/python3
"""Tight and JPEG, decoded by others, with a quality and without; what is lossy gets exact."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rfbtest import (CONTINUOUS, COPYRECT, FENCE, JPEG, LAST_RECT, TIGHT,  # noqa: E402
                     Client, Display, Server, eq, finish, ok, path)

QUALITY, COMPRESS = -32, -256
display = Display("640x480")
server = Server("-l", path("vnc"), display.screen)


def noise():
    display.do("painter", "200", "180", "6")


def flat(colour):
    display.paint(colour)


def enter(*encodings):
    c = Client(path("vnc"), encodings=encodings)
    c.request(0)
    c.message()
    return c


def settles(c, **more):
    """Whatever still comes, at the end it is what X shows."""
    for _ in range(20):
        c.wait(lambda: False, seconds=0.7, **more)
        if c.shows(display):
            return True
    return False


def exact():
    for more, what in ([LAST_RECT], "by tiles"), ([], "without LastRect"):
        flat("#204060")
        c = enter(TIGHT, COPYRECT, *more)
        ok(c.shows(display), f"Tight, {what}: one colour")
        display.do("xsetroot", "-mod", "7", "5", "-fg", "#f08010", "-bg", "#102030")
        c.request()
        ok(c.sees(display), "two")
        noise()
        ok(c.sees(display), "many")
        eq(c.jpegs, 0, "and nothing lossy, as there was no quality")
        c.s.close()


def refined():
    for name, encodings in (
            ("Tight", [TIGHT, LAST_RECT]), ("Tight in whole pieces", [TIGHT]),
            ("JPEG beside Tight", [JPEG, TIGHT, LAST_RECT]), ("JPEG alone", [JPEG])):
        noise()
        c = enter(*encodings, QUALITY + 5, COMPRESS + 1)
        ok(c.jpegs > 0 and not c.shows(display), f"{name} loses, at first")
        lossy = c.jpegs
        c.request()
        ok(settles(c), "and is exact at last")
        eq(c.jpegs, lossy, "without another JPEG")
        c.wait(lambda: False, seconds=0.7)
        updates = c.updates
        ok(not c.wait(lambda: c.updates > updates, seconds=0.7), "then nothing follows")
        display.paint("#aa5500")
        ok(c.sees(display), "until something changes")
        c.s.close()


def unasked():
    c = enter(TIGHT, LAST_RECT, FENCE, CONTINUOUS, QUALITY + 2)
    c.put("BBHHHH", 150, 1, 0, 0, c.w, c.h)
    lossy = c.jpegs
    noise()
    ok(c.wait(lambda: c.jpegs > lossy, asks=False), "a change is lossy")
    ok(settles(c, asks=False), "and refined unasked")
    c.s.close()


for test in exact, refined, unasked:
    test()
ok(not server.said("ended by signal"), "no process was ended by a signal")
server.p.terminate()
eq(server.p.wait(15), 0, "a signal ends all")
finish()
