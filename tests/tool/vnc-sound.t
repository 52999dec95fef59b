#!/usr/bin/python3
"""What is heard at a display comes to a client of rd-vnc: samples are counted."""
import array
import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rfbtest import AUDIO, RAW, Client, Display, Server, eq, finish, ok, path, until  # noqa: E402

BLOCK = 480  # frames, of 10 ms
HEADER = struct.Struct(">HBBBBHIIQQ")  # rd-packets(5)
U8, S16 = 0, 3
display = Display("320x240")


class Source:
    """What rd-sound is: blocks of rd-packets(5) for who connects."""

    def __init__(self, name):
        self.s = socket.socket(socket.AF_UNIX)
        self.s.bind(name)
        self.s.listen()
        self.readers, self.seq = [], 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            self.readers.append(self.s.accept()[0])

    def play(self, first, blocks):
        """Frames number first and on: the number is heard on the left, its opposite right."""
        for i in range(blocks):
            numbers = range(first + i * BLOCK, first + (i + 1) * BLOCK)
            pcm = array.array("h", [x for n in numbers for x in (n % 30000, -(n % 30000))])
            self.seq += 1
            head = HEADER.pack(0x5264, 1, 2, 3, 1, 0, 4 * BLOCK, self.seq, 0, 0)
            for r in self.readers:
                r.sendall(head + pcm.tobytes())

    def end(self):
        for r in self.readers:
            r.close()
        self.readers.clear()


def enter():
    c = Client(path("vnc"), encodings=[RAW, AUDIO])
    c.request(0)
    c.wait(lambda: c.updates)
    return c


def want(c, what):
    c.put("BBH", 255, 1, what)


def form(c, sample, channels, hz):
    c.put("BBHBBI", 255, 1, 2, sample, channels, hz)


def hears(c, blocks, size):
    """What becomes of so many blocks, of size bytes each or some less."""
    c.sound.clear()
    for i in range(0, blocks, 10):
        source.play(i * BLOCK, 10)
        c.wait(lambda: len(c.sound) >= (i + 10) * int(size))
    return bytes(c.sound)


def settles(c, size):
    """The next block will be of the form that was asked for last."""
    def once():
        c.sound.clear()
        source.play(0, 1)
        c.wait(lambda: c.sound)
        return abs(len(c.sound) - size) <= 4
    return until(once)


def exact(heard, first, frames):
    samples = array.array("h", heard)
    numbers = [max(n - 1, 0) for n in range(first, first + frames)]
    return list(samples[::2]) == numbers and list(samples[1::2]) == [-n for n in numbers]


silent = Server("-l", path("silent"), display.screen)
c = Client(path("silent"), encodings=[RAW, AUDIO])
c.request(0)
c.wait(lambda: c.updates)
ok(AUDIO not in [r[0] for r in c.rects], "without -s there is no sound")
c.s.close()
source = Source(path("sound"))
server = Server("-l", path("vnc"), "-s", path("sound"), display.screen)
c = enter()
ok(AUDIO in [r[0] for r in c.rects], "a client is told that there is sound")
eq(source.readers, [], "which nobody reads before it is wanted")
form(c, S16, 2, 48000)
want(c, 0)
ok(until(lambda: source.readers), "then it is read")
ok(c.wait(lambda: c.sounding), "and begins")
heard = hears(c, 50, BLOCK * 4)
eq(len(heard), 50 * BLOCK * 4, "as many samples come as were played")
ok(exact(heard, 0, 50 * BLOCK), "and the very same ones")
for hz, channels, sample, size in (44100, 2, S16, 4), (22050, 1, U8, 1):
    form(c, sample, channels, hz)
    display.paint("#102030" if size == 1 else "#302010")
    ok(c.sees(display), "pictures come beside it")
    ok(settles(c, hz * size / 100), "another form is had")
    frames = len(hears(c, 100, hz * size / 100)) // size
    ok(abs(frames - hz) <= 1, f"a second at {hz} Hz is {frames}")
source.end()
ok(c.wait(lambda: not c.sounding), "when the source is gone it ends")
ok(until(lambda: source.readers) and c.wait(lambda: c.sounding), "until it is there again")
want(c, 1)
ok(c.wait(lambda: not c.sounding), "and when it is not wanted any more")
ok(until(lambda: all(r.recv(1) == b"" for r in source.readers)), "nobody reads it then")
source.readers.clear()
want(c, 0)
until(lambda: source.readers)
other = enter()
other.put("BBHBBI", 255, 1, 2, S16, 2, 3999)
ok(other.gone(), "what cannot be made ends the connection")
display.paint("#405060")
ok(c.sees(display), "and no other")
server.p.terminate()
eq(server.p.wait(15), 0, "a signal ends all")
finish()
