#!/usr/bin/python3
"""How rd-rtc finds its viewer, stays with it when its network changes, and
gives it up when it is silent."""
import asyncio
import re
import shutil
import socket
import struct
import tempfile
import time
import uuid

import aioice

from nat import CANDIDATE, Nat, without_candidates
from rtcpeer import Encoder, Input, Viewer, done, ok

GONE = 30  # seconds without a sign of life


# As browsers do it: a check of the pair in use nominates it again, and soon.
build_request = aioice.Connection.build_request
aioice.Connection.build_request = lambda self, pair, nominate: build_request(
    self, pair, True)
aioice.ice.CONSENT_INTERVAL = 0.5
aioice.ice.CONSENT_FAILURES = 1000


async def behind_nat(args):
    v, nat = Viewer(), Nat()
    await v.connect(args, nat.hide_viewer, nat.hide_rtc)
    ok(await v.plays(), "a viewer behind a NAT is found by its own checks")
    return v, nat


async def move(encoder):
    """The NAT gives the viewer another port, and nobody else may."""
    v, nat = await behind_nat([encoder.video])
    await asyncio.sleep(3.5)  # a new address before is one of many
    heard = []
    thief = nat.open_socket(lambda s: heard.append(s.recvfrom(2048)[0]))
    for _ in range(5):
        thief.sendto(nat.checks[-1], nat.rtc)
        await asyncio.sleep(0.2)
    ok(await v.plays() and heard and all(d[0] < 2 for d in heard),
       "who repeats a check from elsewhere gets checks, and no media")
    for name in "another port", "yet another":
        nat.rebind()
        ok(await v.until(lambda: nat.media > 50, 30),
           f"the viewer is followed to {name}")
    ok(await v.plays(), "and sees")
    await v.end()


async def move_early(encoder):
    """As move(), while a new address may be one of many to choose from."""
    v, nat = await behind_nat([encoder.video])
    nat.rebind()
    ok(await v.until(lambda: nat.media > 50, 25) and await v.plays(),
       "who moves at once is followed, too")
    await v.end()


async def lose(encoder, input):
    """Out of reach for a while, and back."""
    v, nat = await behind_nat(["-e", input.path, encoder.video])
    await v.until(lambda: v.events.readyState == "open")
    v.events.send("key a down")
    await v.until(lambda: b"key a down\n" in input.got)
    connections = input.connections
    nat.hole = True
    ok(await v.until(lambda: input.connections > connections, 20),
       "out of reach: rd-input lets go of what it held")
    await asyncio.sleep(2)
    nat.hole = False
    back = time.monotonic()
    ok(await v.plays(), "back in reach: the picture goes on")
    connections = input.connections
    v.tell({"type": "away"})
    ok(await v.until(lambda: input.connections > connections),
       "the signalling is lost: rd-input lets go")
    ok(await v.plays(), "but the picture goes on")
    await asyncio.sleep(max(0, back + 21 - time.monotonic()))
    ok(await v.plays(), "for good")
    await v.end()


async def give_up(encoder):
    """Out of reach for good."""
    v, nat = await behind_nat([encoder.video])
    nat.hole = True
    start = time.monotonic()
    status = await asyncio.wait_for(v.process.wait(), GONE + 15)
    silent = time.monotonic() - start
    ok(status == 0 and GONE - 10 < silent < GONE + 10,
       f"silent for {silent:.0f} s: that is the end")
    await v.end()


async def restart(encoder):
    """ICE begins anew on other ports; DTLS and the picture go on."""
    v = Viewer()
    await v.connect([encoder.video])
    ok(await v.plays(), "a viewer without a NAT")
    ok("fe80::" not in v.answer.lower(),
       "no address is offered that lacks its zone")
    await v.carries(3_000_000)
    ok(await v.until(lambda: encoder.bitrate < 3_000_000),
       "whose way carries little")
    ice = v.pc.getTransceivers()[0].receiver.transport.transport
    old, new = ice._connection, aioice.Connection(ice_controlling=True)
    await new.gather_candidates()
    offer = v.pc.localDescription.sdp
    for sdp in ("v=0\r\n", changed(offer, new, "fingerprint"), offer,
                changed(offer, new)):
        v.tell({"type": "offer", "sdp": sdp})
    again = await v.hear("answer")
    ok(re.sub(r"^o=.*|a=.*candidate.*\r\n", "", again, 0, re.M) ==
       re.sub(r"^o=.*|a=.*candidate.*\r\n", "", v.answer, 0, re.M),
       "the same offer gets the same answer, a bad one none")
    sdp = await v.hear("answer")
    ok(re.findall("a=fingerprint:.*", sdp) ==
       re.findall("a=fingerprint:.*", v.answer), "the certificate is the same")
    ok(not set(re.findall("a=ice-(?:ufrag|pwd):.*", sdp)) &
       set(re.findall("a=ice-(?:ufrag|pwd):.*", v.answer)),
       "the ICE credentials are new")
    ok(re.search(r"^o=- \d+ 3 ", sdp, re.M), "and so is the version")
    ok(await v.plays() and encoder.bitrate < 3_000_000,
       "meanwhile the picture goes on")
    new.remote_username = re.search("a=ice-ufrag:(.*)\r", sdp)[1]
    new.remote_password = re.search("a=ice-pwd:(.*)\r", sdp)[1]
    for line in re.findall("a=candidate:(.*)\r", sdp):
        if " udp " in line.lower():
            await new.add_remote_candidate(aioice.Candidate.from_sdp(line))
    await new.add_remote_candidate(None)
    await new.connect()
    ice._recv, ice._send = new.recv, new.send
    # What still waits for the old one is woken, without ending its reader.
    old._queue.put_nowait((b"\0", 1))
    ok(await v.plays(), "then it goes another way")
    ok(encoder.bitrate > 3_000_000, "of which nothing is known")
    await old.close()
    ok(await v.plays(), "also when the first is gone")
    v.events.send("stats")
    ok(await v.until(lambda: any("stats" in m for m in v.messages)),
       "and so do the data channels")
    await v.end()
    await new.close()


def changed(sdp, ice, also=None):
    """The offer again with the credentials and candidates of ice."""
    lines = "".join(f"a=candidate:{c.to_sdp()}\r\n"
                    for c in ice.local_candidates)
    sdp = without_candidates(sdp)
    sdp = re.sub("(a=ice-ufrag:).*\r\n", rf"\g<1>{ice.local_username}\r\n", sdp)
    sdp = re.sub("(a=ice-pwd:).*\r\n",
                 rf"\g<1>{ice.local_password}\r\n{lines}", sdp)
    if also:
        sdp = re.sub(r"(a=fingerprint:sha-256 )(..)",
                     lambda m: m[1] + ("00" if m[2] != "00" else "11"), sdp)
    return sdp


async def ports(encoder):
    v = Viewer()
    await v.connect(["-p", "50100-50109", encoder.video])
    used = [int(p) for p in re.findall(
        r"a=candidate:\S+ 1 (?:udp|tcp) \d+ \S+ (\d+) ", v.answer, re.I)]
    used = [p for p in used if p != 9]  # RFC 6544: active, so no port yet
    ok(used and all(50100 <= p <= 50109 for p in used),
       f"all ports are of the range: {used}")
    ok(await v.plays(), "and lead here")
    await v.end()


class Responder:
    """Who answers for one name on the link, to the group, as browsers do."""

    GROUP = ("224.0.0.251", 5353)

    def __init__(self, address, name):
        self.address, self.name = address, name
        self.asked = 0
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        s.bind(("", self.GROUP[1]))
        on = socket.inet_aton(self.GROUP[0]) + socket.inet_aton(address)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, on)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, on[4:])
        s.setblocking(False)
        asyncio.get_running_loop().add_reader(s, self.answer, s)

    def answer(self, s):
        question = s.recv(2048)
        labels = b"".join(bytes([len(part)]) + part.encode()
                          for part in self.name.split(".")) + b"\0"
        if labels not in question or question[2] & 0x80:
            return
        self.asked += 1
        if self.asked > 1:  # the first one got lost
            s.sendto(b"\0\0\x84\0\0\0\0\1\0\0\0\0" + labels +
                     struct.pack(">HHIH", 1, 0x8001, 120, 4) +
                     socket.inet_aton(self.address), self.GROUP)


async def names():
    """A viewer that hides its address, and cannot reach us by itself."""
    name = f"{uuid.uuid4()}.local"
    v = Viewer()
    await v.pc.setLocalDescription(await v.pc.createOffer())
    offer = v.pc.localDescription.sdp
    address = CANDIDATE.search(offer)[1]
    viewer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    viewer.bind((address, 0))
    viewer.setblocking(False)
    try:
        responder = Responder(address, name)
    except OSError as e:
        ok(True, f"# SKIP no multicast here: {e}")
        return
    heard = []
    asyncio.get_running_loop().add_reader(
        viewer, lambda: heard.append(viewer.recv(2048)))
    v.process = await asyncio.create_subprocess_exec(
        "rd-rtc", "-v", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    v.tell({"type": "offer", "sdp": without_candidates(offer)})
    await v.hear("answer")
    for host in ("printer.local", name):
        v.tell({"type": "candidate", "candidate":
                f"candidate:1 1 udp 2113937151 {host} "
                f"{viewer.getsockname()[1]} typ host"})
    ok(await v.until(lambda: any(d[:2] == b"\0\1" for d in heard)),
       "a hidden address is asked for, again when need be, and checked")
    v.tell({"type": "bye"})
    ok(await asyncio.wait_for(v.process.wait(), 10) == 0, "in the sandbox")
    err = await v.process.stderr.read()
    ok(err.count(b"ignored") == 1 and b"printer.local" in err,
       "and no other name is")
    await v.pc.close()


async def main():
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    dir = tempfile.mkdtemp()
    try:
        encoder, input = Encoder(dir), Input(dir)
        # The one that restarts looks at what is asked for: nobody else asks.
        others = Encoder(tempfile.mkdtemp(dir=dir))
        await encoder.start()
        await others.start()
        await input.start()
        await asyncio.gather(names(), move(others), move_early(others),
                             restart(encoder), ports(others),
                             lose(others, input), give_up(others))
    finally:
        shutil.rmtree(dir)
    done()


if __name__ == "__main__":
    asyncio.run(main())
