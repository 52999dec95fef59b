#!/usr/bin/python3
"""rd-stream: packets to a viewer over a byte stream, and what it says.

The encoder and rd-input are Unix sockets here, the viewer is a pair of pipes.
"""
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import eq, finish, ok  # noqa: E402

VIDEO, AUDIO, CURSOR, MESSAGE = 1, 2, 3, 4
H264, OPUS, PCM, LINE, EVENT = 1, 2, 3, 4, 5
KEY, ACK = 1, 8
HEADER = struct.Struct(">HBBBBHIIQQ")
DIR = tempfile.mkdtemp(prefix="rd-stream-test.")


def packet(kind, codec, payload, flags=0, seq=0):
    now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return HEADER.pack(0x5264, 1, kind, codec, flags, 100, len(payload), seq, now - 5000, now) + payload


class Server:
    """A Unix socket, and its newest connection."""

    def __init__(self, name):
        self.path = f"{DIR}/{name}"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.listener.settimeout(10)
        self.got = b""

    def accept(self):
        self.peer = self.listener.accept()[0]
        self.peer.settimeout(10)
        self.got = b""

    def until(self, text, seconds=10):
        """Read until text is in what was read."""
        end = time.monotonic() + seconds
        while text not in self.got and (left := end - time.monotonic()) > 0:
            if select.select([self.peer], [], [], left)[0]:
                data = self.peer.recv(65536)
                if not data:
                    break
                self.got += data
        return text in self.got

    def ended(self):
        try:
            while self.peer.recv(65536):
                pass
            return True
        except TimeoutError:
            return False


class Viewer:
    def __init__(self, *args, stdout=subprocess.PIPE):
        self.proc = subprocess.Popen(["rd-stream", *args], stdin=subprocess.PIPE, stdout=stdout,
                                     stderr=subprocess.PIPE)
        self.buf = b""

    def say(self, *lines):
        for line in lines:
            data = line if isinstance(line, bytes) else line.encode()
            self.proc.stdin.write(b"%d\n%s" % (len(data), data))
        self.proc.stdin.flush()

    def fill(self, n, seconds):
        end = time.monotonic() + seconds
        while len(self.buf) < n:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.proc.stdout], [], [], left)[0]:
                return False
            data = os.read(self.proc.stdout.fileno(), 65536)
            if not data:
                return False
            self.buf += data
        return True

    def take(self, seconds=10):
        """The next packet: (kind, codec, flags, seq, payload); None: there is none."""
        if not self.fill(32, seconds):
            return None
        magic, version, kind, codec, flags, _, n, seq, captured, done = HEADER.unpack(self.buf[:32])
        assert (magic, version) == (0x5264, 1)
        if not self.fill(32 + n, 10):
            return None
        payload, self.buf = self.buf[32:32 + n], self.buf[32 + n:]
        return kind, codec, flags, seq, payload

    def message(self, text, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end and (p := self.take(end - time.monotonic())):
            if p[0] == MESSAGE and p[4].startswith(text):
                return p[4]
        return None

    def end(self):
        self.proc.stdin.close()
        status = self.proc.wait(10)
        self.proc.stdout.close()
        return status, self.proc.stderr.read().decode()


video, audio, rd_input, mic = (Server(name) for name in ("video", "audio", "input", "mic"))


def start(*args):
    v = Viewer(*args, video.path, audio.path)
    video.accept()
    audio.accept()
    return v


def test_packets():
    v = start("-e", rd_input.path)
    rd_input.accept()
    ok(video.until(b"bitrate 100000000\n"), "until more is known there is no limit")
    unit = os.urandom(300000)
    video.peer.sendall(packet(CURSOR, LINE, b"cursor 1 1 0 0 AAAA") + packet(CURSOR, LINE, b"pointer 3 4"))
    eq(v.take(), (MESSAGE, EVENT, 0, 0, b"cursor 1 1 0 0 AAAA"), "a cursor's shape is a message")
    video.peer.sendall(packet(VIDEO, H264, unit, KEY, 7))
    eq(v.take(), (VIDEO, H264, KEY | ACK, 1, unit), "a picture comes whole, numbered anew, to be acknowledged")
    v.say("ack 1")
    audio.peer.sendall(packet(AUDIO, PCM, b"x" * 1920) + packet(AUDIO, OPUS, b"sound", KEY) +
                       packet(AUDIO, OPUS, b"more", KEY))
    eq(v.take(), (AUDIO, OPUS, KEY | ACK, 2, b"sound"), "so does sound, as Opus only")
    eq(v.take(), (AUDIO, OPUS, KEY, 3, b"more"), "and need not be acknowledged each")
    ok(v.take(0.2) is None, "where its own pointer is a viewer that controls is not told")
    rd_input.peer.sendall(b"leds caps\nclipboard text/plain 3\na\nb\nmotion 1 2\n")
    eq(v.take()[4], b"leds caps", "lights come down")
    eq(v.take()[4], b"clipboard text/plain 3\na\nb", "and clipboards")
    v.say("stats")
    said = v.message(b"stats ")
    ok(b"frames=1 " in said and b" now_us=" in said and b" capture_us=1000 encode_us=4000 rest_us=0 " in said, f"stats are answered: {said}")
    v.say("keyframe", "mode sharp", "mode fast")
    ok(video.until(b"keyframe\nmode sharp\n"), "what is for the encoder goes there")
    v.say("key a down", "motion 10 20", "clipboard text/plain 4\nä\nb", "reboot", "ack", "ack x", "key a up")
    eq(rd_input.until(b"key a up\n") and rd_input.got,
       "key a down\nmotion 10 20\nclipboard text/plain 4\nä\nb\nkey a up\n".encode(),
       "events reach rd-input, and nothing else does")
    v.say("ack 2", "move 1 1")
    ok(rd_input.until(b"move 1 1\n"), "motion by how far does too")
    video.peer.sendall(packet(CURSOR, LINE, b"pointer 5 6"))
    eq(v.message(b"pointer "), b"pointer 5 6", "and then the viewer is told where its pointer is")
    v.say("button 1 down 2 2")
    ok(rd_input.until(b"button 1 down 2 2\n"), "until it says so itself")
    video.peer.sendall(packet(CURSOR, LINE, b"pointer 7 8"))
    ok(v.take(0.2) is None, "again")
    status, err = v.end()
    ok(rd_input.ended(), "the viewer's end is that of its link to rd-input: keys are released")
    eq(status, 0, "and no error")
    ok("dropped 2 messages" in err, "what was no event was counted")


def test_microphone():
    v = start("-m", mic.path)
    eq(v.take(), (MESSAGE, EVENT, 0, 0, b"hears"), "the viewer is told that its microphone is heard")
    ok(not select.select([mic.listener], [], [], 0.2)[0], "which nobody waits for before it speaks")
    v.say("voice x\nbad", "voice 1", "voice 2\n", b"voice 3\n" + b"x" * 1501, b"voice 7\n\nopus\n\x00")
    mic.accept()
    ok(mic.until(b"\nopus\n\x00"), "what it says reaches the session")
    magic, version, kind, codec, flags, _, n, seq, captured, done = HEADER.unpack(mic.got[:32])
    eq((magic, version, kind, codec, flags, n, seq, len(mic.got)), (0x5264, 1, AUDIO, OPUS, KEY, 7, 7, 39),
       "as packets with its own numbers, and what is none does not")
    v.end()
    ok(mic.ended(), "until it leaves")


def test_view():
    v = start("-V", "-e", rd_input.path, "-m", mic.path)
    v.say("voice 1\nopus")
    ok(not select.select([mic.listener], [], [], 0.2)[0], "who only views is not heard")
    ok(not select.select([rd_input.listener], [], [], 0.2)[0], "who only views has no way to rd-input")
    video.peer.sendall(packet(CURSOR, LINE, b"pointer 3 4"))
    eq(v.take()[4], b"pointer 3 4", "but sees the pointer")
    video.peer.sendall(packet(VIDEO, H264, b"x", KEY))
    v.take()
    v.say("key a down", "mode smooth", "keyframe")
    ok(video.until(b"keyframe\n") and b"mode" not in video.got, "nor to the encoder's mode")
    eq(v.end()[0], 0, "it leaves")


def feed(v, server, what):
    """Write as the reader takes it; bytes that went in before it stopped."""
    server.peer.setblocking(False)
    n = 0
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if not select.select([], [server.peer], [], 0.5)[1]:
            break
        n += server.peer.send(what)
    server.peer.setblocking(True)
    server.peer.settimeout(10)
    return n


def test_slow():
    v = start()
    video.peer.sendall(packet(VIDEO, H264, b"first", KEY))
    first = v.take()
    time.sleep(0.1)
    n = feed(v, video, packet(VIDEO, H264, b"x" * 1000))
    ok(n < 1000000, f"who acknowledges nothing is sent no more: {n} bytes wait in the encoder's socket")
    ok(v.take(0.2) is None, "and no picture")
    v.say(f"ack {first[3]}")
    ok(v.take() is not None, "until it does")
    v.end()

    v = start()
    video.peer.sendall(packet(VIDEO, H264, b"x" * 3000000, KEY))
    time.sleep(0.1)
    n = feed(v, audio, packet(AUDIO, OPUS, b"x" * 100))
    ok(n < 1000000, f"who does not read is sent no sound behind a picture: {n} bytes")
    eq(len(v.take()[4]), 3000000, "which is whole nevertheless")
    v.end()


def test_hang():
    def viewer():
        v = start()
        v.links = video.peer, audio.peer
        return v

    rests, silent, slow, never = viewer(), viewer(), viewer(), viewer()
    for v in silent, slow, never:
        v.links[0].sendall(packet(VIDEO, H264, b"x", KEY))
        v.take()
    begun = time.monotonic()
    while silent.proc.poll() is None and time.monotonic() - begun < 15:
        slow.say("here")
        time.sleep(0.2)
    eq(silent.proc.poll(), 1, "who has a picture and says nothing is gone")
    ok("gone" in silent.end()[1], "which is said")
    eq(slow.proc.poll(), None, "but not who says that it is there")
    slow.say("ack 0")
    kind, codec, flags, seq, text = slow.take()
    eq((kind, codec, flags, text), (MESSAGE, EVENT, ACK, b"alive"), "and is asked once it has all")
    slow.end()
    eq(rests.message(b"alive"), b"alive", "who is at rest is asked as well")
    rests.say("ack 0")
    eq(rests.message(b"alive"), b"alive", "again")
    eq(rests.proc.wait(20), 1, "and is gone when it does not answer")
    rests.end()
    never.end()


def test_rate():
    v = start()
    end = time.monotonic() + 20
    seq, told = 0, None
    while not told and time.monotonic() < end:
        video.peer.sendall(packet(VIDEO, H264, b"x" * 5000, KEY, seq))
        p = v.take()
        if seq:
            time.sleep(0.04)  # 1 Mbit/s, but for the first
        v.say(f"ack {p[3]}")
        seq += 1
        video.until(b"never", 0.001)
        rates = [int(line.split()[1]) for line in video.got.split(b"\n")[:-1] if line.startswith(b"bitrate ")]
        told = rates[-1] if rates and rates[-1] < 100000000 else None
    ok(told and 100000 <= told < 1100000, f"the encoder is told what the way carries: {told} bit/s")
    v.end()


def refused(name, args, said, status, word):
    p = subprocess.run(["rd-stream", *args], input=said, capture_output=True, timeout=10)
    err = p.stderr.decode()
    ok(p.returncode == status and word in err and err.count("\n") == 1 and not p.stdout,
       f"{name}: {status}, one line that says so")
    if p.returncode != status:
        print(f"# {p.returncode}: {err}")


def test_refusals():
    video = Server("other")
    refused("no packets", [], b"", 100, "no packets")
    refused("too many", ["a"] * 5, b"", 100, "more than 4")
    refused("a stream that is not there", [DIR + "/none"], b"", 111, "none'")
    refused("no rd-input", ["-e", DIR + "/gone", video.path], b"", 111, "gone'")
    for said in b"x" * 9999, b"text hello\n", b"131073\n", b"-1\n", b"0\n", b"5 \nhello":
        refused(f"{said[:12]}", [video.path], said, 100, "length of a message")


def test_ends():
    v = start()
    video.peer.close()
    audio.peer.close()
    eq(v.proc.wait(10), 0, "it ends with the media")
    v.end()
    r, w = os.pipe()
    v = Viewer(video.path, stdout=w)
    video.accept()
    os.close(w)
    os.close(r)
    video.peer.sendall(packet(VIDEO, H264, b"x", KEY))
    eq(v.proc.wait(10), 0, "and when nobody reads")
    v = start("-r")
    v.proc.send_signal(signal.SIGTERM)
    eq(v.proc.wait(10), 0, "and when told to")
    v.end()


try:
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            print(f"# {name[5:]}")
            test()
finally:
    shutil.rmtree(DIR)
finish()
