#!/usr/bin/python3
"""How good rd-encode's pictures are, at how many bits, on a live display.

usage: quality.py [-s SECONDS] [LOAD:BITRATE ...]

Reads the packets of rd-encode, and beside it the frames themselves by
rd-replay -s: both say when a frame was captured, and so can be compared.
"page" is another page of text, full of it, every 5 seconds.  Other
loads are looked at picture by picture; x264 as Selkies-GStreamer sets it gets
the same frames and the bits that rd took.

PSNR is of luma, in dB.  Wants rd's programs first in PATH, WORKLOAD set.
"""
import argparse
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import av
import numpy

WIDTH, HEIGHT, FPS = 1920, 1080, 60
HEADER = struct.Struct(">HBBBBHIIQQ")  # rd-packets(5)
VIDEO = 1
PAGE_US = 5000000  # as WORKLOAD has it
TEXT_US = 500000  # when a page of text is looked at
GOOD = 45
TRIES = 3  # until the peer takes about as many bits
CASES = ["page:1000000", "page:2000000", "page:8000000", "video:8000000", "full:8000000"]


class Recording:
    """Frames of rd-recording(5), one after the other: when, and luma."""

    def __init__(self, path):
        self.file = open(path, "rb")
        self.pixels = None

    def __iter__(self):
        while line := self.file.readline():
            word, *rest = line.split()
            if word == b"geometry":
                width, height = map(int, rest[:2])
                self.pixels = numpy.zeros((height, width, 4), numpy.uint8)
            elif word == b"frame":
                when, *rects = map(int, rest)
                for x, y, w, h in zip(*[iter(rects)] * 4):
                    data = numpy.frombuffer(self.file.read(w * h * 4), numpy.uint8)
                    self.pixels[y : y + h, x : x + w] = data.reshape(h, w, 4)
                yield when, self.luma()

    def luma(self):
        """BT.601 in limited range."""
        b, g, r = (self.pixels[:, :, i].astype(numpy.uint16) for i in range(3))
        return ((66 * r + 129 * g + 25 * b + 0x1080) >> 8).astype(numpy.uint8)

    def chroma(self):
        """Cb and Cr of the same, each of 2x2 pixels, as bytes."""
        p = self.pixels.astype(numpy.int32)
        sums = p[::2, ::2] + p[1::2, ::2] + p[::2, 1::2] + p[1::2, 1::2]
        b, g, r = (sums[:, :, i] for i in range(3))
        planes = 112 * b - 74 * g - 38 * r, 112 * r - 94 * g - 18 * b
        return b"".join(((c + 0x20200) >> 10).astype(numpy.uint8).tobytes() for c in planes)


def psnr(a, b):
    error = numpy.mean((a.astype(numpy.int16) - b) ** 2.0)
    return 10 * numpy.log10(255**2 / error) if error else 99


def luma_of(frame):
    plane = frame.planes[0]
    rows = numpy.frombuffer(plane, numpy.uint8).reshape(-1, plane.line_size)
    return rows[:HEIGHT, :WIDTH]


def ready(arguments, **options):
    """Start a program and wait until it says that it is ready."""
    read, write = os.pipe()
    arguments = [str(write) if a == "READY" else a for a in arguments]
    child = subprocess.Popen(arguments, pass_fds=[write], **options)
    os.close(write)
    with os.fdopen(read) as told:
        return child, told.readline().strip()


def stop(*children):
    for child in children:
        child.terminate()
        child.wait()


def read_packets(path, seconds):
    """(capture time, done time, payload) of each picture."""
    link = socket.socket(socket.AF_UNIX)
    link.connect(path)
    link.settimeout(0.1)
    data, end = b"", time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            data += link.recv(1 << 20)
        except TimeoutError:
            pass
    packets = []
    while len(data) >= HEADER.size:
        *_, length, _, captured, done = fields = HEADER.unpack_from(data)
        if fields[2] == VIDEO:
            packets.append((captured, done, data[HEADER.size : HEADER.size + length]))
        data = data[HEADER.size + length :]
    return packets


def record(scratch, load, bitrate, seconds):
    """Packets of a load, and the path of its frames."""
    path = lambda name: os.path.join(scratch, name)
    quiet = {"stdout": subprocess.DEVNULL}
    server, number = ready(
        ["Xvfb", "-displayfd", "READY", "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
        + ["-noreset", "-nocursor", "-nolisten", "tcp"], stderr=subprocess.DEVNULL)
    painter, _ = ready([os.environ["WORKLOAD"], "-R", "READY", "-d", f":{number}", load], **quiet)
    capture, _ = ready(["rd-capture", "-R", "READY", "-d", f":{number}", "-l", path("screen")])
    encode, _ = ready(["rd-encode", "-rb", str(bitrate), "-R", "READY", "-l", path("video"), path("screen")])
    with open(path("frames"), "wb") as frames:
        recorder = subprocess.Popen(["rd-replay", "-s", path("screen")], stdout=frames)
        packets = read_packets(path("video"), seconds)
        stop(recorder)
    stop(encode, capture, painter, server)
    return packets, path("frames")


def decoded(packets):
    """(capture time, done time, luma) of each picture."""
    codec = av.CodecContext.create("h264", "r")
    codec.thread_count = 1
    codec.flags |= "LOW_DELAY"
    for captured, done, data in packets:
        for frame in codec.decode(av.Packet(data)):
            yield captured, done, luma_of(frame)


def kbits(packets):
    span = packets[-1][1] - packets[0][1]
    return sum(len(data) for *_, data in packets) * 8000 / span


def text(packets, frames):
    """Of each page its PSNR after TEXT_US, and the time, ms, until it is GOOD."""
    pages = list(Recording(frames))
    pages = [p for p, n in zip(pages, pages[1:]) if n[0] - p[0] > TEXT_US][1:]
    pictures = [(done, luma.copy()) for _, done, luma in decoded(packets)]
    after, until = [], []
    for when, page in pages:
        shown = [(done, psnr(luma, page)) for done, luma in pictures if when < done < when + PAGE_US]
        after.append([value for done, value in shown if done < when + TEXT_US][-1])
        until.append(min([done - when for done, value in shown if value >= GOOD], default=PAGE_US) / 1000)
    return min(after), max(until)


def settled(values):
    """The first second shows how an encoder begins."""
    return numpy.mean(values[len(values) // 4 :])


def unpack(frames, raw):
    """Frames as I420 into the file raw: their luma, and how many a second."""
    lumas, times, recording = [], [], Recording(frames)
    with open(raw, "wb") as file:
        for when, luma in recording:
            times.append(when)
            lumas.append(luma)
            file.write(luma.tobytes() + recording.chroma())
    return lumas, round((len(times) - 1) * 1e6 / (times[-1] - times[0]))


def x264(raw, lumas, fps, bitrate):
    """PSNR, and kbit/s, of the peer's encoder when told that bitrate."""
    peer = [os.path.join(os.path.dirname(__file__), "selkies.py"), "-i"]
    size = [f"{WIDTH}x{HEIGHT}", str(fps), str(int(bitrate * 1000))]
    with open(raw, "rb") as pictures, open(raw + ".h264", "wb") as stream:
        # Its descriptor 3 is the stream.
        give = ["sh", "-c", 'exec 3>&1 "$@"', "sh", "/usr/bin/python3"]
        subprocess.run(give + peer + size, stdin=pictures, stdout=stream, check=True)
    with av.open(raw + ".h264", format="h264") as stream:
        values = [psnr(luma_of(f), l) for f, l in zip(stream.decode(video=0), lumas)]
    return settled(values), os.path.getsize(raw + ".h264") * 8 / 1000 * fps / len(values)


def selkies(frames, taken, scratch):
    """PSNR, kbit/s and pictures/s when it takes, as near as it does, that many kbit/s."""
    raw = os.path.join(scratch, "raw")
    lumas, fps = unpack(frames, raw)
    told = taken
    for _ in range(TRIES):
        value, kbit = x264(raw, lumas, fps, told)
        told *= taken / kbit
    return value, kbit, fps


def has_peer():
    script = "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst; Gst.init(None)"
    script += "; exit(not Gst.ElementFactory.find('x264enc'))"
    return not subprocess.run(["/usr/bin/python3", "-c", script], stderr=subprocess.DEVNULL).returncode


def motion(packets, frames):
    """PSNR of each picture; frames are what they were captured from."""
    source = iter(Recording(frames))
    when, luma, values = 0, None, []
    for captured, _, picture in decoded(packets):
        while when < captured:
            when, luma = next(source, (1 << 62, None))
        if when == captured:
            values.append(psnr(picture, luma))
    return values


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n")[2][7:])
    parser.add_argument("-s", dest="seconds", type=float, default=6)
    parser.add_argument("cases", nargs="*", default=CASES)
    options = parser.parse_args()
    print("\n## Quality\n\n| load | Mbit/s allowed | what | rd | Selkies-like | difference |")
    print("|---|---|---|---|---|---|")
    for case in options.cases:
        load, bitrate = case.split(":")
        scratch = tempfile.mkdtemp(prefix="rd-bench.")
        try:
            seconds = 3 * PAGE_US / 1e6 if load == "page" else options.seconds
            packets, frames = record(scratch, load, bitrate, seconds)
            row = f"| {load} | {int(bitrate) / 1e6:g}"
            if load == "page":
                after, until = text(packets, frames)
                print(f"{row} | PSNR of text after 0.5 s, least | {after:.1f} | - | - |")
                print(f"{row} | until it has {GOOD} dB, ms, at most | {until:.0f} | - | - |", flush=True)
                continue
            values, taken = motion(packets, frames), kbits(packets)
            print(f"{row} | kbit/s | {taken:.0f} |", end=" ")
            if has_peer():
                peer_psnr, peer_taken, peer_fps = selkies(frames, taken, scratch)
                print(f"{peer_taken:.0f} | {taken / peer_taken:.2f} x |")
                print(f"{row} | mean PSNR | {settled(values):.1f} | {peer_psnr:.1f} |"
                      f" {settled(values) - peer_psnr:+.1f} dB |")
            else:
                print("- | - |")
                print(f"{row} | mean PSNR | {settled(values):.1f} | - | - |")
                peer_fps = FPS
            fps = len(packets) / seconds
            print(f"{row} | pictures/s | {fps:.1f} | {peer_fps} | {fps / peer_fps:.2f} x |", flush=True)
        finally:
            shutil.rmtree(scratch)


main()
