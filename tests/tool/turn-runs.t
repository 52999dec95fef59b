#!/usr/bin/python3
"""rd-turn with datagrams that pass the kernel as one, and with very many of them."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from turntest import (BINDING, CHANNEL, COOKIE, DATA, INDICATION, PAYLOAD, PEER, PERMISSION,
                      RELAYED, SUCCESS, Client, Server, eq, finish, masked, ok, unmasked, until)

UDP_SEGMENT = 103
NUMBER = 0x4001
SIZES = [300] * 20 + [120]  # a run: the last may be shorter


def send_run(sock, datagrams, to=None):
    """By one system call where the kernel can, else one by one."""
    size = struct.pack("H", len(datagrams[0]))
    try:
        sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
        sock.sendmsg([b"".join(datagrams)], [(socket.IPPROTO_UDP, UDP_SEGMENT, size)], 0,
                     *([to] if to else []))
    except OSError:
        for d in datagrams:
            sock.sendto(d, to) if to else sock.send(d)


def payloads(first):
    return [bytes([first + i]) * n for i, n in enumerate(SIZES)]


def channel(data):
    return struct.pack("!HH", NUMBER, len(data)) + data


server = Server("-A", "127.0.0.1")
peers = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(2)]
for p in peers:
    p.bind(("127.0.0.1", 0))
    p.settimeout(20)
client = Client(server.port)
relay = unmasked(client.allocate()[1][RELAYED])
at = [masked(*p.getsockname()) for p in peers]
client.request(CHANNEL, (0x0C, struct.pack("!HH", NUMBER, 0)), (PEER, at[0]))
client.request(PERMISSION, (PEER, at[1]))

send_run(client.sock, [channel(d) for d in payloads(0)])
eq([peers[0].recv(2000) for _ in SIZES], payloads(0), "a client's run, to a peer")
send_run(peers[0], payloads(50), relay)
eq([client.message() for _ in SIZES], [(NUMBER, None, d) for d in payloads(50)],
   "a peer's run, by a channel")
send_run(peers[1], payloads(100), relay)
got = [client.message() for _ in SIZES]
eq([(kind, a[PEER], a[PAYLOAD]) for kind, _, a in got],
   [(DATA | INDICATION, at[1], d) for d in payloads(100)], "and by indications")
eq(len({ident for _, ident, _ in got}), len(SIZES), "each with its own identifier")
ids = [os.urandom(12) for _ in SIZES]
send_run(client.sock, [struct.pack("!HHI", BINDING, 0, COOKIE) + i for i in ids])
eq([client.message()[:2] for _ in SIZES], [(BINDING | SUCCESS, i) for i in ids],
   "a run of requests is answered one by one")
send_run(client.sock, [channel(b"good"), b"\x40\x01\x00\x09oops", channel(b"fine")])
eq([peers[0].recv(2000) for _ in range(2)], [b"good", b"fine"], "what is wrong in a run is left out")
client.sock.send(channel(b""))
eq(peers[0].recv(2000), b"", "nothing is a datagram too")

# More than it lets gather, one after the other; some may be lost, it may not.
before = server.stat("to_peers_total")
for i in range(20000):
    client.sock.send(channel(b"x" * 32))
ok(until(lambda: server.stat("to_peers_total") - before > 100), "very many at a time")
eq(client.request(PERMISSION, (PEER, at[1]))[0], 0, "it answers")
eq(server.stop(), 0, "and ends")
finish()
