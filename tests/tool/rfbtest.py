"""What the tests of rd-vnc share: TAP, a display, a server, a client."""
import atexit
import os
import select
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time
import zlib

import av
import numpy
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import TripleDES

from tap import eq, finish, ok, until  # noqa: F401

DIR = tempfile.mkdtemp(prefix="rd-vnc-test.")
processes = []
RAW, COPYRECT, ZLIB, CURSOR, SIZE, EXTENDED_SIZE = 0, 1, 6, -239, -223, -308
TIGHT, JPEG, VIDEO, LAST_RECT = 7, 21, 50, -224
FENCE, CONTINUOUS, CLIPBOARD, KEYS, AUDIO, LEDS = -312, -313, -0x3F5E1A32, -258, -259, -261


def run(*command, **more):
    p = subprocess.Popen(command, **more)
    processes.append(p)
    return p


@atexit.register
def clean():
    for p in reversed(processes):
        p.kill()
        p.wait()
    shutil.rmtree(DIR)


def path(name):
    return os.path.join(DIR, name)


def text(name):
    with open(path(name), errors="replace") as f:
        return f.read()


class Display:
    """An X server with frames of it, and events into it."""

    def __init__(self, size="800x600", tag=""):
        r, w = os.pipe()
        self.x = run("Xvfb", "-displayfd", str(w), "-screen", "0", size + "x24", "-noreset",
                     "-nocursor", pass_fds=[w], stderr=subprocess.DEVNULL)
        os.close(w)
        with os.fdopen(r) as f:
            self.name = ":" + f.readline().strip()
        self.env = {**os.environ, "DISPLAY": self.name}
        self.screen, self.input = path("screen" + tag), path("input" + tag)
        self.capture = self.program("rd-capture", "-l", self.screen)
        self.hands = self.program("rd-input", "-l", self.input)
        until(lambda: os.path.exists(self.screen) and os.path.exists(self.input))

    def program(self, *command):
        return run(*command, env=self.env, stderr=open(path("log"), "a"))

    def do(self, *command, **more):
        return subprocess.run(command, env=self.env, capture_output=True, timeout=30, **more).stdout

    def paint(self, colour):
        self.do("xsetroot", "-solid", colour)

    def shot(self):
        """Blue, green, red and 0 of each pixel, as X has them."""
        return self.do("ffmpeg", "-nostdin", "-v", "error", "-f", "x11grab", "-draw_mouse", "0",
                       "-i", self.name, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr0",
                       "-")


class Server:
    def __init__(self, *options):
        r, w = os.pipe()
        self.log = path(f"log{len(processes)}")
        self.p = run("rd-vnc", "-v", "-R", str(w), *options, pass_fds=[w],
                     stderr=open(self.log, "a"))
        os.close(w)
        os.read(r, 1)
        os.close(r)

    def said(self, what):
        with open(self.log) as f:
            return what in f.read()

    def children(self):
        with open(f"/proc/{self.p.pid}/task/{self.p.pid}/children") as f:
            return f.read().split()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def response(password, challenge):
    key = bytes(int(f"{b:08b}"[::-1], 2) for b in password.encode()[:8].ljust(8, b"\0"))
    e = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()
    return e.update(challenge)


def anonymous(ciphers):
    """TLS with a server that has no certificate."""
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    c.maximum_version = ssl.TLSVersion.TLSv1_2
    c.set_ciphers(ciphers + ":@SECLEVEL=0")
    return c


class Client:
    """An RFB client that keeps a picture and what it was told."""

    def __init__(self, where, **more):
        if isinstance(where, socket.socket):
            self.s = where
        elif isinstance(where, str):
            self.s = socket.socket(socket.AF_UNIX)
            self.s.connect(where)
        else:
            self.s = socket.create_connection(where)
        self.s.settimeout(60)
        self.over = False
        self.rects, self.fences, self.texts = [], [], []
        self.updates = self.ended = 0
        self.stream = zlib.decompressobj()
        self.streams = [zlib.decompressobj() for _ in range(4)]  # of Tight
        self.jpegs = 0
        self.decoders, self.units = {}, []  # of H.264
        self.sound, self.sounding = bytearray(), False
        if more:
            self.enter(**more)

    def get(self, n):
        data = b""
        while len(data) < n:
            more = self.s.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def put(self, form, *values):
        self.s.sendall(struct.pack(">" + form, *values))

    def unpack(self, form):
        return struct.unpack(">" + form, self.get(struct.calcsize(">" + form)))

    def enter(self, encodings=(), shared=1, password=None, tls=None, plain=False):
        """All of the handshake, to the size of the picture; tls: OpenSSL's ciphers."""
        assert self.get(12) == b"RFB 003.008\n"
        self.s.sendall(b"RFB 003.008\n")
        self.offered = self.get(self.get(1)[0])
        if tls:
            self.secure(tls, 259 if plain else 258)
        else:
            self.s.sendall(b"\2" if password else b"\1")
        if plain:
            self.put(f"II{len(password)}s", 0, len(password), password.encode())
        elif password:
            self.s.sendall(response(password, self.get(16)))
        (verdict,) = self.unpack("I")
        if verdict:
            raise PermissionError(self.get(self.unpack("I")[0]).decode())
        self.put("B", shared)
        self.resize(*self.unpack("HH"))
        self.get(16)
        self.name = self.get(self.unpack("I")[0]).decode()
        self.put(f"BxH{len(encodings)}i", 2, len(encodings), *encodings)

    def secure(self, ciphers, subtype):
        self.s.sendall(b"\x13\0\2")
        assert self.get(3) == b"\0\2\0"
        self.subtypes = self.unpack(f"{self.get(1)[0]}I")
        self.put("I", subtype)
        assert self.get(1) == b"\1"
        self.s = anonymous(ciphers).wrap_socket(self.s)

    def resize(self, w, h):
        self.w, self.h = w, h
        self.picture = bytearray(4 * w * h)

    def request(self, incremental=1):
        self.put("BBHHHH", 3, incremental, 0, 0, self.w, self.h)

    def key(self, keysym):
        for down in 1, 0:
            self.put("BBxxI", 4, down, keysym)

    def rows(self, x, y, w, h):
        for row in range(y, y + h):
            at = 4 * (row * self.w + x)
            yield slice(at, at + 4 * w)

    def jpeg(self, data):
        self.jpegs += 1
        decoder = av.CodecContext.create("mjpeg", "r")
        return decoder.decode(av.Packet(data))[0].to_ndarray(format="rgb24")

    def compact(self):
        n = 0
        for shift in 0, 7, 14:
            (byte,) = self.get(1)
            n |= (byte & (255 if shift == 14 else 127)) << shift
            if byte < 128:
                break
        return n

    def tight(self, w, h):
        """Red, green and blue of each pixel."""
        def pixels(data):
            return numpy.frombuffer(data, numpy.uint8).reshape(-1, 3)
        (how,) = self.get(1)
        if how == 0x80:
            return numpy.broadcast_to(pixels(self.get(3)), (h, w, 3))
        if how == 0x90:
            return self.jpeg(self.get(self.compact()))
        assert not how & 0x8F
        palette = None
        if how & 0x40:
            assert self.get(1) == b"\1"
            palette = pixels(self.get(3 * (self.get(1)[0] + 1)))
        across = 3 * w if palette is None else (w + 7) // 8 if len(palette) == 2 else w
        if across * h < 12:
            data = self.get(across * h)
        else:
            data = self.streams[how >> 4 & 3].decompress(self.get(self.compact()))
        rows = numpy.frombuffer(data, numpy.uint8).reshape(h, across)
        if palette is None:
            return rows.reshape(h, w, 3)
        return palette[numpy.unpackbits(rows, axis=1)[:, :w] if len(palette) == 2 else rows]

    def take(self, x, y, w, h, rgb):
        all_of_it = numpy.frombuffer(self.picture, numpy.uint8).reshape(self.h, self.w, 4)
        all_of_it[y:y + h, x:x + w, :3] = rgb[:h, :w, ::-1]

    def take_jpeg(self):
        """All of a JPEG, which nothing but itself says the end of."""
        data = self.get(2)
        while data[-2:] != b"\xff\xd9":
            data += self.get(1)
        return self.jpeg(data)

    def take_video(self, x, y, w, h):
        """An access unit, for the decoder of its rectangle."""
        n, flags = self.unpack("II")
        data = self.get(n)
        if flags & 2:
            self.decoders.clear()
        if flags & 1:
            self.decoders.pop((x, y, w, h), None)
        decoder = self.decoders.setdefault((x, y, w, h), None)
        if not decoder:
            decoder = av.CodecContext.create("h264", "r")
            decoder.thread_count, decoder.flags = 1, "LOW_DELAY"
            self.decoders[x, y, w, h] = decoder
        self.units.append({"flags": flags, "context": (x, y, w, h),
                           "key": any(nal[0] & 31 == 5 for nal in data.split(b"\0\0\1")[1:])})
        for frame in decoder.decode(av.Packet(data)):
            self.take(x, y, w, h, frame.to_ndarray(format="rgb24"))

    def rect(self):
        x, y, w, h, encoding = self.unpack("HHHHi")
        more = None
        if encoding == RAW:
            for row in self.rows(x, y, w, h):
                self.picture[row] = self.get(4 * w)
        elif encoding == ZLIB:
            data = self.stream.decompress(self.get(*self.unpack("I")))
            for i, row in enumerate(self.rows(x, y, w, h)):
                self.picture[row] = data[4 * w * i:4 * w * (i + 1)]
        elif encoding == TIGHT:
            self.take(x, y, w, h, self.tight(w, h))
        elif encoding == JPEG:
            self.take(x, y, w, h, self.take_jpeg())
        elif encoding == VIDEO:
            self.take_video(x, y, w, h)
        elif encoding == COPYRECT:
            more = self.unpack("HH")
            moved = [bytes(self.picture[row]) for row in self.rows(*more, w, h)]
            for row, data in zip(self.rows(x, y, w, h), moved):
                self.picture[row] = data
        elif encoding == CURSOR:
            self.get(4 * w * h + (w + 7) // 8 * h)
        elif encoding in (SIZE, EXTENDED_SIZE):
            if encoding == EXTENDED_SIZE:
                self.get(16 * self.unpack("Bxxx")[0])
                more = (x, y)  # why, and what came of it
            if (w, h) != (self.w, self.h):
                self.resize(w, h)
        elif encoding == LEDS:
            (more,) = self.get(1)
        elif encoding not in (KEYS, AUDIO, LAST_RECT):
            raise ValueError(f"encoding {encoding}")
        self.rects.append((encoding, (x, y, w, h), more))

    def message(self):
        """Take one; its type."""
        (kind,) = self.get(1)
        if kind == 0:
            for _ in range(self.unpack("xH")[0]):
                self.rect()
                if self.rects[-1][0] == LAST_RECT:
                    break
            self.updates += 1
        elif kind == 3:
            (n,) = self.unpack("xxxi")
            self.texts.append((n < 0, self.get(abs(n))))
        elif kind == 150:
            self.ended += 1
        elif kind == 248:
            flags, n = self.unpack("xxxIB")
            payload = self.get(n)
            self.fences.append((flags, payload))
            if flags >> 31:
                self.put(f"BxxxIB{n}s", 248, flags & 7, n, payload)
        elif kind == 255:
            (what,) = self.unpack("xH")
            if what == 2:
                self.sound += self.get(*self.unpack("I"))
            else:
                self.sounding = what == 1
        else:
            raise ValueError(f"message {kind}")
        return kind

    def wait(self, what, asks=True, seconds=60):
        """Take messages, asking for updates, until something holds."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                return False
            held = isinstance(self.s, ssl.SSLSocket) and self.s.pending()
            if not held and not select.select([self.s], [], [], 0.2)[0]:
                continue
            try:
                if self.message() == 0 and asks:
                    self.request()
            except EOFError:
                self.over = True
                return False
        return True

    def has(self, shot):
        """The picture is that, bit for bit."""
        return len(shot) == len(self.picture) and all(
            shot[c::4] == self.picture[c::4] for c in range(3))

    def shows(self, display):
        return self.has(display.shot())

    def sees(self, display, asks=True, seconds=60):
        """What X shows, which may still change, is shown here."""
        end = time.monotonic() + seconds
        while not self.over and time.monotonic() < end:
            shot = display.shot()
            if self.wait(lambda: self.has(shot), asks, 1):
                return True
        return False

    def copies(self, words, html=b""):
        """Provide UTF-8 by the extended clipboard, when asked for it."""
        forms = [words.encode().replace(b"\n", b"\r\n") + b"\0"] + [html] * bool(html)
        data = zlib.compress(b"".join(struct.pack(">I", len(form)) + form for form in forms))
        self.put("BxxxiI", 6, -4 - len(data), 1 << 28 | (5 if html else 1))
        self.s.sendall(data)

    def gone(self, seconds=15):
        """The server has closed the connection."""
        self.s.settimeout(seconds)
        try:
            while self.s.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True
