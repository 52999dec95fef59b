#!/usr/bin/python3
"""Viewers and strangers that mean harm to rd-rtc: no media, no data, no end."""
import asyncio
import json
import random
import re
import shutil
import struct
import tempfile

import aiortc
from aiortc import RTCCertificate
from OpenSSL import SSL

from nat import Nat
from rtcpeer import Encoder, Input, Viewer, done, ok

MALFORMED = 10000
MEMORY_KB = 8192


def memory(process):
    status = open(f"/proc/{process.pid}/status").read()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


async def behind_nat(args, **options):
    v, nat = Viewer(**options), Nat()
    await v.connect(args, nat.hide_viewer, nat.hide_rtc)
    return v, nat


async def refused():
    """Offers that name no certificate we could tell the viewer by."""
    v = Viewer()
    await v.pc.setLocalDescription(await v.pc.createOffer())
    good = v.pc.localDescription.sdp
    print_ = r"a=fingerprint:sha-256 .*\r\n"
    other = "a=fingerprint:sha-256 " + ":".join(["0A"] * 32) + "\r\n"
    sha1 = "a=fingerprint:sha-1 " + ":".join(["0A"] * 20) + "\r\n"
    for name, sdp, word in (
            ("no fingerprint", re.sub(print_, "", good), "SHA-256"),
            ("SHA-1 only", re.sub(print_, sha1, good), "SHA-256"),
            ("half a fingerprint",
             re.sub(print_, other[:60] + "\r\n", good), "fingerprint"),
            ("two that differ", re.sub(print_, other, good, 1), "fingerprint"),
            ("who would be DTLS client",
             good.replace("actpass", "active"), "setup")):
        p = await asyncio.create_subprocess_exec(
            "rd-rtc", stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        offer = json.dumps({"type": "offer", "sdp": sdp}).encode() + b"\n"
        out, err = await asyncio.wait_for(p.communicate(offer), 20)
        ok(p.returncode == 100 and word in err.decode() and
           json.loads(out)["type"] == "error", f"{name}: refused")
    await v.pc.close()


def handshakes():
    """Datagrams that begin a DTLS association, as client and as server."""
    begun = []
    for start in (SSL.Connection.set_connect_state,
                  SSL.Connection.set_accept_state):
        c = SSL.Connection(RTCCertificate.generateCertificate()
                           ._create_ssl_context())
        start(c)
        try:
            if begun:
                c.bio_write(begun[0])
            c.do_handshake()
        except SSL.Error:
            pass
        try:
            begun.append(c.bio_read(1500))
        except SSL.Error:
            pass
    hello_request = struct.pack(">B3sHHIBB3sH3s3s", 22, b"\xfe\xfd\0", 0, 0, 9,
                                0, 0, b"", 0, b"", b"")
    alert = struct.pack(">BHHHIHBB", 21, 0xfefd, 0, 0, 9, 2, 2, 40)
    return begun + [hello_request, alert]


def bent(chance, seeds):
    """A datagram that may look right and is not."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(1, 5)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    how = chance.randrange(4)
    if how == 0:
        del data[chance.randrange(len(data)):]
    elif how == 1:
        data += chance.randbytes(chance.randrange(1400))
    elif how == 2:
        data[0] = chance.choice((0, 1, 20, 22, 23, 63, 64, 79, 128, 191, 192))
    return bytes(data[:1472])


async def flood(send, chance, seeds, n):
    for i in range(n):
        try:
            send(bent(chance, seeds))
        except OSError:
            pass  # a full buffer, or an empty datagram
        if i % 50 == 0:
            await asyncio.sleep(0.005)


async def strangers(encoder, input):
    """From where no check came, and from where one did."""
    v, nat = await behind_nat(["-e", input.path, encoder.video])
    stranger = nat.open_socket(lambda s: heard.append(s.recv(2048)))
    heard, chance = [], random.Random(1)
    for data in handshakes() * 10:
        stranger.sendto(data, nat.rtc)
    ok(await v.plays(), "strangers' handshakes before ours change nothing")
    await v.until(lambda: v.events.readyState == "open")
    got, before = input.got, memory(v.process)
    seeds = handshakes() + nat.sent[-200:] + nat.checks[-20:]
    for data in seeds:
        stranger.sendto(data, nat.rtc)
    await flood(lambda d: stranger.sendto(d, nat.rtc), chance, seeds,
                MALFORMED)
    ok(await v.plays(), f"a stranger's {MALFORMED} datagrams during it neither")
    ok(all(d[0] < 2 for d in heard), "and get him nothing but STUN")
    await flood(lambda d: nat.outside.sendto(d, nat.rtc), chance, seeds,
                MALFORMED)
    ok(await v.plays(), "nor do as many on the viewer's own path")
    ok(input.got == got, "none of them was an event")
    v.events.send("key a down")
    ok(await v.until(lambda: b"key a down\n" in input.got), "the viewer's are")
    grown = memory(v.process) - before
    ok(grown < MEMORY_KB, f"all in little memory: {grown} KiB")
    status, err = await v.end()
    ok(status == 0, f"and it ends as it should: {err[-300:]}")


async def handshake_again(encoder):
    """On the viewer's path, by whoever can write there, and by the viewer."""
    v, nat = await behind_nat([encoder.video])
    ok(await v.plays(), "a viewer")
    first = [d for d in nat.sent if 20 <= d[0] < 64][:10]
    for data in handshakes() + first:
        nat.outside.sendto(data, nat.rtc)
    ok(await v.plays(), "another handshake, or the same again, is ignored")
    dtls = v.pc.getTransceivers()[0].receiver.transport
    try:
        dtls.ssl.renegotiate()
        dtls.ssl.do_handshake()
    except SSL.Error:
        pass
    await dtls._write_ssl()
    # OpenSSL takes the refusal for the end.
    status = await asyncio.wait_for(v.process.wait(), 10)
    ok(status == 1, "and one inside the association ends it")


class Mic:
    """What would be rd-sound: the numbers of the packets it hears."""

    def __init__(self, dir):
        self.path, self.heard = dir + "/mic", []

    async def start(self):
        self.server = await asyncio.start_unix_server(self.serve, self.path)

    async def serve(self, reader, writer):
        while True:
            head = await reader.readexactly(32)
            size, seq = struct.unpack_from(">II", head, 8)
            await reader.readexactly(size)
            self.heard.append(seq)


async def replays(encoder, dir):
    """Every datagram of the viewer's three times, and again later."""
    mic = Mic(dir)
    await mic.start()
    voice = aiortc.mediastreams.AudioStreamTrack()
    v, nat = await behind_nat(["-m", mic.path, encoder.video], voice=voice)
    ok(await v.plays(), "a viewer that speaks")
    nat.copies = 3
    n = len(mic.heard)
    ok(await v.until(lambda: len(mic.heard) > n + 30), "is heard")
    ok(len(mic.heard) == len(set(mic.heard)), "once, though it came thrice")
    heard, sent = list(mic.heard), [d for d in nat.sent if d[0] >= 128]
    ssrc = next(iter(v.pc.getTransceivers()[0].receiver
                     ._RTCRtpReceiver__active_ssrc))
    await v.pc.getTransceivers()[0].receiver._send_rtcp_pli(ssrc)
    await v.until(lambda: encoder.keys)
    keys = encoder.keys
    for data in sent + nat.sent[-5:]:
        nat.outside.sendto(data, nat.rtc)
    ok(await v.plays(), "it still sees")
    ok(not set(heard) & set(mic.heard[len(heard):]), "nothing is heard again")
    ok(encoder.keys == keys, "nor a request for a key frame")
    await v.end()


async def deaf(encoder, input):
    """The viewer takes no data any more, of which there is a lot."""
    v = Viewer()
    await v.connect(["-e", input.path, encoder.video])
    await v.until(lambda: v.events.readyState == "open" and input.writer)

    async def nothing(data):
        pass
    v.pc.sctp._handle_data = nothing
    copy = b"clipboard text/plain 1000000\n" + b"x" * 1000000 + b"\n"
    for n in range(110):
        input.writer.write(copy)
        await asyncio.wait_for(input.writer.drain(), 20)
        if n == 9:
            full = memory(v.process)
    ok(await v.plays(), "100 MB for a viewer that does not read: it sees")
    grown = memory(v.process) - full
    ok(grown < MEMORY_KB, f"and nothing more is kept: {grown} KiB")
    await v.end()


async def main():
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    dir = tempfile.mkdtemp()
    try:
        encoder, input = Encoder(dir), Input(dir)
        await encoder.start()
        await input.start()
        await refused()
        await strangers(encoder, input)
        await handshake_again(encoder)
        await replays(encoder, dir)
        await deaf(encoder, input)
    finally:
        shutil.rmtree(dir)
    done()


if __name__ == "__main__":
    asyncio.run(main())
