"""What the tests of rd-rtc share: a viewer, which is aiortc, a made-up encoder
and a made-up rd-input.

The encoder is a Unix socket of rd-packets(5) with a moving picture and a
440 Hz tone; rd-input is a Unix socket that keeps what arrives.
"""
import asyncio
import json
import os
import struct
import time
from fractions import Fraction

import av
import numpy
import aiortc.codecs.opus
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, pack_remb_fci

aiortc.codecs.opus.SAMPLES_PER_FRAME = 480  # it knows 20 ms only

WIDTH, HEIGHT, FPS = 640, 360, 30
VIDEO, AUDIO, CURSOR = 1, 2, 3
H264, OPUS, LINE = 1, 2, 4
KEY = 1
count = 0
failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}", flush=True)


def done():
    """The plan, and the end: aiortc leaves tasks behind that never end."""
    print(f"1..{count}", flush=True)
    os._exit(failed != 0)


def now_us():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def packet(kind, codec, flags, seq, payload, capture):
    now = now_us()
    return struct.pack(">HBBBBHIIQQ", 0x5264, 1, kind, codec, flags, 150,
                       len(payload), seq, capture or now - 1500, now) + payload


class Encoder:
    """Serves one video socket and one audio socket.

    Every step-th pixel is sent, and the captures are late_us ago.
    """

    def __init__(self, dir, step=1, late_us=1500):
        self.video, self.audio = dir + "/video", dir + "/audio"
        self.step, self.late_us = step, late_us
        self.keys = self.bitrates = self.bitrate = 0
        self.modes = []
        self.readers = self.readers_left = self.led = 0
        self.paused = self.busy = False

    async def start(self):
        self.servers = [
            await asyncio.start_unix_server(self.serve_video, self.video),
            await asyncio.start_unix_server(self.serve_audio, self.audio)]

    async def controls(self, reader, key):
        while line := await reader.readline():
            if line in (b"keyframe\n", b"behind\n"):
                self.keys += 1
                key.set()
            elif line == b"lead\n":
                self.led += 1
            elif line.startswith(b"bitrate "):
                self.bitrates += 1
                self.bitrate = int(line.split()[1])
            elif line.startswith(b"mode "):
                self.modes.append(line)

    async def serve_video(self, reader, writer):
        self.readers += 1
        key = asyncio.Event()  # each reader has an encoder of its own
        key.set()
        task = asyncio.ensure_future(self.controls(reader, key))
        codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height = WIDTH // self.step, HEIGHT // self.step
        codec.pix_fmt = "yuv420p"
        codec.time_base = Fraction(1, FPS)
        codec.options = {"preset": "ultrafast", "tune": "zerolatency",
                         "profile": "baseline", "g": "100000",
                         "x264-params": "log=-1"}
        writer.write(packet(CURSOR, LINE, 0, 0, b"cursor 1 1 0 0 AAAA", 0))
        n = 0
        try:
            while not writer.is_closing():
                while self.paused:
                    await asyncio.sleep(0.02)
                picture = numpy.full((HEIGHT, WIDTH, 3), 40, numpy.uint8)
                picture[:, :WIDTH // 2] = (200, 30, 30)
                x = n * 4 % WIDTH
                picture[100:200, x:x + 40] = 255
                if self.busy:
                    picture[200:264, :64] = numpy.random.randint(
                        256, size=(64, 64, 3))
                frame = av.VideoFrame.from_ndarray(numpy.ascontiguousarray(
                    picture[::self.step, ::self.step]), "rgb24")
                frame.pts = n
                if key.is_set():
                    frame.pict_type = "I"
                for unit in codec.encode(frame):
                    writer.write(packet(VIDEO, H264, KEY if key.is_set() else 0,
                                        n, bytes(unit), now_us() - self.late_us))
                key.clear()
                n += 1
                await asyncio.sleep(1 / FPS)
        finally:
            self.readers_left += 1
            task.cancel()

    async def serve_audio(self, reader, writer):
        codec = av.CodecContext.create("libopus", "w")
        codec.sample_rate, codec.layout, codec.format = 48000, "stereo", "s16"
        codec.bit_rate = 128000
        codec.options = {"frame_duration": "10", "application": "lowdelay"}
        n = 0
        start = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        while not writer.is_closing():
            t = numpy.arange(n * 480, n * 480 + 480) / 48000
            tone = (8000 * numpy.sin(2 * numpy.pi * 440 * t)).astype("<i2")
            frame = av.AudioFrame.from_ndarray(
                numpy.repeat(tone, 2).reshape(1, -1), "s16", "stereo")
            frame.sample_rate, frame.pts = 48000, n * 480
            for unit in codec.encode(frame):
                writer.write(packet(AUDIO, OPUS, 0, n, bytes(unit),
                                    start + n * 10000))
            n += 1
            late = start + n * 10000 - time.clock_gettime_ns(
                time.CLOCK_MONOTONIC) // 1000
            await asyncio.sleep(max(late, 0) / 1e6)


class Input:
    def __init__(self, dir):
        self.path = dir + "/input"
        self.got = b""
        self.connections = 0
        self.writer = None

    async def start(self):
        self.server = await asyncio.start_unix_server(self.serve, self.path)

    async def serve(self, reader, writer):
        self.connections += 1
        self.writer = writer
        while data := await reader.read(65536):
            self.got += data
        self.writer = None


class Viewer:
    """aiortc with the channels of rd's page, and rd-rtc at its other end."""

    def __init__(self, voice=None):
        self.pc = RTCPeerConnection()
        self.pc.addTransceiver("video", direction="recvonly")
        if voice:
            self.pc.addTrack(voice)
        else:
            self.pc.addTransceiver("audio", direction="recvonly")
        self.events = self.pc.createDataChannel("events")
        self.motion = self.pc.createDataChannel(
            "motion", ordered=False, maxRetransmits=0)
        self.messages = []
        self.frames = []
        self.sound = []
        self.events.on("message", lambda m: self.messages.append(m.decode()))
        self.pc.on("track", self.track)

    def track(self, track):
        asyncio.ensure_future(self.take(track))

    async def take(self, track):
        kept = self.frames if track.kind == "video" else self.sound
        try:
            while True:
                kept.append(await track.recv())
        except Exception:
            pass

    async def connect(self, args, change=lambda sdp: sdp,
                      change_answer=lambda sdp: sdp):
        self.process = await asyncio.create_subprocess_exec(
            "rd-rtc", *args, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            limit=1 << 20)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        offer = {"type": "offer", "trickle": False,
                 "sdp": change(self.pc.localDescription.sdp)}
        self.tell(offer)
        answer = json.loads(await asyncio.wait_for(
            self.process.stdout.readline(), 10))
        self.answer = change_answer(answer.get("sdp", ""))
        if answer["type"] == "answer":
            await self.pc.setRemoteDescription(
                RTCSessionDescription(self.answer, "answer"))
        return answer

    def tell(self, message):
        self.process.stdin.write(json.dumps(message).encode() + b"\n")

    async def hear(self, kind):
        """The SDP or candidate of the next message of that type."""
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), 10)
            message = json.loads(line)
            if message["type"] == kind:
                return message.get("sdp") or message.get("candidate")

    async def carries(self, bitrate):
        """Tell what the way carries, from now on in the estimator's place."""
        receiver = self.pc.getTransceivers()[0].receiver
        receiver._RTCRtpReceiver__remote_bitrate_estimator = None
        await receiver._send_rtcp(RtcpPsfbPacket(
            fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0,
            fci=pack_remb_fci(bitrate, [1])))

    async def plays(self, seconds=30):
        """More frames arrive."""
        n = len(self.frames)
        return await self.until(lambda: len(self.frames) > n + 10, seconds)

    async def until(self, condition, seconds=10):
        for _ in range(seconds * 50):
            if condition():
                return True
            await asyncio.sleep(0.02)
        return False

    async def end(self):
        await self.pc.close()
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        except asyncio.TimeoutError:
            self.process.kill()
            await self.process.wait()
            return None, b""
        return self.process.returncode, await self.process.stderr.read()
