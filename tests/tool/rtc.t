#!/usr/bin/python3
"""rd-rtc against aiortc: a viewer nobody here wrote, and a made-up encoder."""
import asyncio
import json
import os
import re
import shutil
import tempfile
import time

import numpy

from rtcpeer import HEIGHT, WIDTH, Encoder, Input, Viewer, done, ok


def tone_of(frames):
    """The loudest frequency of the last half second, in Hz."""
    pcm = numpy.concatenate([f.to_ndarray().reshape(-1, 2)[:, 0]
                             for f in frames[-25:]]).astype(float)
    spectrum = numpy.abs(numpy.fft.rfft(pcm * numpy.hanning(len(pcm))))
    return spectrum.argmax() * 48000 / len(pcm)


async def whole(encoder, input):
    v = Viewer()
    await v.connect(["-e", input.path, encoder.video, encoder.audio])
    ok(re.search("a=setup:active", v.answer), "the answer is the DTLS client's")
    ok(await v.until(lambda: len(v.frames) > 20), "frames are decoded")
    frame = v.frames[-1]
    ok((frame.width, frame.height) == (WIDTH, HEIGHT), "of the right size")
    red = frame.to_ndarray(format="rgb24")[20, 20]
    ok(red[0] > 150 and red[1] < 90 and red[2] < 90, f"and colour {red}")
    ok(await v.until(lambda: len(v.sound) > 60), "sound is decoded")
    hz = tone_of(v.sound)
    ok(abs(hz - 440) < 6, f"and is the tone sent: {hz:.0f} Hz")
    await v.until(lambda: v.events.readyState == v.motion.readyState == "open")
    ok(await v.until(lambda: "cursor 1 1 0 0 AAAA" in v.messages),
       "the cursor's shape comes, though the channel opened later")

    v.events.send("key a down")
    v.events.send("button 1 down 5 6")
    v.events.send("clipboard text/plain 3\nä!")
    v.motion.send("7 motion 10 20")
    v.motion.send("6 motion 1 1")
    v.motion.send("8 motion 11 21")
    v.events.send("key a up")
    want = (b"key a down\n", b"button 1 down 5 6\n",
            "clipboard text/plain 3\nä!\n".encode(), b"motion 10 20\n",
            b"motion 11 21\n", b"key a up\n")
    ok(await v.until(lambda: all(w in input.got for w in want)),
       "events reach rd-input")
    ok(b"motion 1 1\n" not in input.got, "but for motion that came late")
    before = input.got
    for bad in ("key", "motion 99999999 1", "reboot", "text a\nkey b",
                "clipboard text/plain 3\nlonger", "leds off", "\0", "é" * 9000):
        v.events.send(bad)
    v.events.send("key z")
    await v.until(lambda: b"key z\n" in input.got)
    ok(input.got == before + b"key z\n", "what is no event is dropped")
    text = "ö" * 30000
    event = f"clipboard text/plain 60000\n{text}"
    v.events.send(event)
    ok(await v.until(lambda: event.encode() + b"\n" in input.got),
       "a clipboard goes up")
    input.writer.write(f"leds caps\n{event}\n".encode())
    ok(await v.until(lambda: "leds caps" in v.messages and
                     event in v.messages), "LEDs and a clipboard come down")
    for mode in ("mode sharp", "mode auto"):
        v.events.send(mode)
    ok(await v.until(lambda: encoder.modes == [b"mode sharp\n",
                                               b"mode auto\n"]),
       "modes reach the encoder")
    ok(encoder.led, "which is told who gives input")
    v.events.send("stats 2 345")
    await v.until(lambda: any(m.startswith("stats ") for m in v.messages))
    said = next(m for m in v.messages if m.startswith("stats "))
    told = {k: int(n) for k, n in (w.split("=") for w in said.split()[1:])}
    late = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 - told["now_us"]
    ok(told["frames"] > 0 and told["bytes"] > 0 and told["encode_us"] >= 0 and
       told["send_us"] >= 0 and told["lost"] == told["nacks"] == 0 < told["bitrate"] and
       told["capture_us"] == 1500 and 0 <= late < 60_000_000,
       f"stats are answered: {said}")
    ok(told["freezes"] == 2 and told["frozen_ms"] == 345,
       "with what the viewer said of its picture")
    keys = encoder.keys
    receiver = v.pc.getTransceivers()[0].receiver
    ssrc = next(iter(receiver._RTCRtpReceiver__active_ssrc))
    await receiver._send_rtcp_pli(ssrc)
    ok(await v.until(lambda: encoder.keys > keys),
       "a PLI asks the encoder for a key frame")
    encoder.paused = True
    await asyncio.sleep(3.5)  # the time by which a viewer calls it idle
    keys = encoder.keys
    await receiver._send_rtcp_pli(ssrc)
    await asyncio.sleep(0.3)
    ok(encoder.keys == keys, "but not one out of impatience, at rest")
    await receiver._send_rtcp_pli(ssrc)
    ok(await v.until(lambda: encoder.keys > keys), "unless it is repeated")
    encoder.paused = False
    connections = input.connections
    status, stderr = await v.end()
    ok(status == 0, f"the viewer's goodbye is the end: {status} {stderr}")
    ok(connections == 1 and await v.until(lambda: input.writer is None),
       "one link to rd-input, and it is gone")
    ok(b"dropped 8 messages" in stderr, "the dropped were counted")


async def view_only(encoder, input):
    v = Viewer()
    before, connections = input.got, input.connections
    led, asked = encoder.led, encoder.bitrates
    encoder.paused = True
    await v.connect(["-V", "-e", input.path, encoder.video])
    ok(await v.until(lambda: encoder.bitrates > asked),
       "the encoder is told a rate before its first picture")
    encoder.paused = False
    await v.until(lambda: v.events.readyState == v.motion.readyState == "open")
    v.events.send("key a down")
    v.motion.send("1 motion 10 20")
    v.events.send("mode smooth")
    v.events.send("stats")
    await v.until(lambda: any("stats" in m for m in v.messages))
    ok(await v.until(lambda: len(v.frames) > 5), "a viewer sees")
    ok(input.got == before and input.connections == connections,
       "but a viewer with -V has no way to rd-input")
    ok(b"mode smooth\n" not in encoder.modes and encoder.led == led,
       "nor to the encoder's mode, and leads nobody")
    await v.end()


async def narrow(encoder, dir):
    os.mkdir(dir + "/half")
    half = Encoder(dir + "/half", step=2, late_us=100_000)
    await half.start()
    encoder.busy = half.busy = True
    v = Viewer()

    def shows(width):
        return v.until(lambda: v.frames[-1].width == width, 30)

    await v.connect(["-2", half.video, encoder.video, encoder.audio])
    await v.until(lambda: len(v.frames) > 20 and len(v.sound) > 20)
    left = encoder.readers_left
    ok(v.frames[-1].width == WIDTH and half.readers == 0,
       "while the way carries them pictures have their whole size")
    await v.carries(200_000)
    ok(await shows(WIDTH // 2), "half of it when it does not")
    ok(await v.until(lambda: encoder.readers_left == left + 1),
       "and who makes whole ones is told, by a reader less")
    await v.carries(20_000_000)
    ok(await shows(WIDTH), "the whole size is back when it does")
    ok(await v.until(lambda: half.readers_left == 1),
       "and who makes half ones has no reader")
    at = [frame.pts for frame in v.frames]
    ok(at == sorted(set(at)), "every picture is later than the one before")
    heard = len(v.sound)
    ok(await v.until(lambda: len(v.sound) > heard + 20), "sound went on")
    encoder.busy = False
    await v.end()


async def impostor(encoder, input):
    v = Viewer()
    readers, connections = encoder.readers, input.connections

    def forge(sdp):
        return re.sub(r"(a=fingerprint:sha-256 )(..)",
                      lambda m: m[1] + ("00" if m[2] != "00" else "11"), sdp)

    await v.connect(["-e", input.path, encoder.video], forge)
    status = await asyncio.wait_for(v.process.wait(), 20)
    ok(status == 1, "another certificate than the offer's ends it with 1")
    ok(not v.frames and input.connections == connections,
       "without a frame or an event")
    await v.end()


async def run_alone(args, data):
    p = await asyncio.create_subprocess_exec(
        "rd-rtc", *args, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await asyncio.wait_for(p.communicate(data), 20)
    return p.returncode, out, err.decode()


async def refusals(dir):
    offer = {"type": "offer", "sdp": "v=0\r\n"}
    servers = dir + "/servers"
    for name, args, data, want, word in (
            ("no offer", [], b"", 100, "offer"),
            ("not JSON", [], b"hello\n", 100, "JSON"),
            ("JSON of another kind", [], b'{"type":"dance"}\n', 100, "JSON"),
            ("an absurd SDP", [], json.dumps(offer).encode() + b"\n", 100,
             "offer"),
            ("a line without end", [], b"x" * 300000, 100, "long"),
            ("an unknown option", ["-q"], b"", 100, "-q"),
            ("a bad servers file", ["-t", servers], b"", 100, ":2:"),
            ("no servers file", ["-t", dir + "/none"], b"", 100, "none"),
            ("a bad file for the viewer", ["-T", servers], b"", 100, ":2:")):
        with open(servers, "w") as f:
            f.write("stun 127.0.0.1 3478\nturn 127.0.0.1 3478 udp me\n")
        status, out, err = await run_alone(args, data)
        ok(status == want and word in err and err.count("\n") == 1,
           f"{name}: {status}, one line that says so")
        if "SDP" in name:
            ok(json.loads(out)["type"] == "error", "and the viewer hears why")


async def servers_named(dir):
    servers = dir + "/servers"
    with open(servers, "w") as f:
        f.write("# for one viewer\n\nstun 192.0.2.1 3478\n"
                'turn host.invalid 443 tls 9:me a"b\\c\n'
                "turn 2001:db8::1 3478 udp me secret\n")
    _, out, err = await run_alone(["-T", servers], b"")
    ok(json.loads(out.splitlines()[0]) == {"type": "servers", "iceServers": [
        {"urls": "stun:192.0.2.1:3478"},
        {"urls": "turns:host.invalid:443?transport=tcp", "username": "9:me",
         "credential": 'a"b\\c'},
        {"urls": "turn:[2001:db8::1]:3478?transport=udp", "username": "me",
         "credential": "secret"}]}, "the viewer hears first of its servers")
    ok("host.invalid" not in err, "which are not looked up for it")
    _, out, _ = await run_alone(["-T", "/dev/null"], b"")
    ok(json.loads(out.splitlines()[0]) == {"type": "servers", "iceServers": []},
       "or that there are none")
    with open(servers, "w") as f:
        f.write("turn host.invalid 3478 udp me secret\n")
    status, _, err = await run_alone(["-t", servers], b"")
    ok(status == 100 and "cannot find the server 'host.invalid'" in err,
       "a server that cannot be found is no reason to end")


async def no_source(dir):
    v = Viewer()
    await v.connect([dir + "/nothing"])
    status = await asyncio.wait_for(v.process.wait(), 20)
    err = await v.process.stderr.read()
    ok(status == 111 and b"nothing'" in err and err.count(b"\n") == 1,
       "a stream that is not there ends it with 111 and its name")
    await v.end()


async def main():
    # Refused processes leave futures that nobody awaits.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    dir = tempfile.mkdtemp()
    try:
        encoder, input = Encoder(dir), Input(dir)
        await encoder.start()
        await input.start()
        await refusals(dir)
        await servers_named(dir)
        await whole(encoder, input)
        await view_only(encoder, input)
        await narrow(encoder, dir)
        await impostor(encoder, input)
        await no_source(dir)
    finally:
        shutil.rmtree(dir)
    done()


if __name__ == "__main__":
    asyncio.run(main())
