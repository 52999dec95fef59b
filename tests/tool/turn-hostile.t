#!/usr/bin/python3
"""rd-turn among connections that say nothing, too little or too much."""
import os
import random
import resource
import socket
import ssl
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from turntest import (ALLOCATE, ALTERNATE_SERVER, BINDING, CHANNEL, CONNECT,  # noqa: E402
                      CONNECTION_BIND, CONNECTION_ID, DIR, DONT_FRAGMENT, INDICATION, PAYLOAD,
                      PEER, PERMISSION, REFRESH, SEND, TRANSPORT, UDP, Client, Server,
                      certificate, eq, finish, free_port, masked, ok, until)

SOURCE_MAX = 40
dice = random.Random(1)


def ended(sock):
    """Has the other side closed it?"""
    sock.setblocking(False)
    try:
        return sock.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_crowd():
    """Idle, slow and half-open TLS connections: others do not notice."""
    tls = free_port()
    server = Server("-N", str(SOURCE_MAX), "-T", f"127.0.0.1:{tls}", "-c", DIR + "/cert",
                    "-k", DIR + "/key", "-A", "127.0.0.1")
    fds, memory = server.fds(), server.memory()
    crowd = [socket.create_connection(("127.0.0.1", port), 20)
             for _ in range(3 * SOURCE_MAX) for port in (server.port, tls)]
    for sock in crowd:
        try:
            sock.send(b"\x16\x03\x01\x02\0\x01")  # a ClientHello begins; or nonsense
        except ConnectionError:
            pass
    # Whose bytes are no STUN is closed at once; the rest is bounded.
    # In less time than all have.
    ok(until(lambda: server.stat("streams") <= SOURCE_MAX, 7), "one source is bounded")
    ok(server.fds() - fds <= SOURCE_MAX + 1, "so are descriptors")
    eq(Client(server.port).allocate()[0], 0, "UDP works")
    elsewhere = Client(server.port, "tcp", source="127.0.0.2")
    eq(elsewhere.allocate()[0], 0, "and TCP from elsewhere")
    slow = Client(server.port, "tcp", source="127.0.0.3")
    begun = struct.pack("!HHI", BINDING, 1000, 0x2112A442)

    def drip():
        nonlocal begun
        if begun:
            try:
                slow.sock.setblocking(True)
                slow.sock.send(begun[:1] or b"x")
            except ConnectionError:
                return True
            begun = begun[1:] or b"x"
        return ended(slow.sock)

    ok(until(drip, 60), "whoever is slow has a time")
    ok(until(lambda: server.stat("streams") == 1, 60), "all others are gone")
    eq(server.stat("streams_waiting"), 0, "none waits")
    ok(server.fds() - fds <= 4, "descriptors are back")
    ok(server.memory() - memory < 8192, "and memory")
    eq(elsewhere.request(PERMISSION, (PEER, masked("127.0.0.1", 9)))[0], 0,
       "who has an allocation stays")
    server.stop()


def strangers(server, first, last):
    """Each asks once for an allocation, and is gone."""
    ask = struct.pack("!HHI", ALLOCATE, 8, 0x2112A442) + bytes(12) + b"\0\x19\0\4" + UDP
    for i in range(first, last):
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.bind((f"127.{i >> 16}.{i >> 8 & 255}.{i & 255}", 0))
            sock.sendto(ask, ("127.0.0.1", server.port))


def test_strangers():
    """Sources that prove nothing leave nothing behind."""
    server = Server()
    strangers(server, 0x10001, 0x10001 + 1000)  # buffers are in use
    server.stat("streams")
    memory = server.memory()
    strangers(server, 0x20001, 0x20001 + 30000)
    eq(Client(server.port).allocate()[0], 0, "30000 strangers: a client is served")
    ok(server.memory() - memory < 512, f"{server.memory() - memory} KB for them")
    ok(server.stat("unauthorized_total") > 100, "they were heard")
    server.stop()


def ticks(server):
    """Of processor time that it took."""
    with open(f"/proc/{server.proc.pid}/stat") as f:
        return sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))


def test_shortage():
    """More connections than it may have descriptors."""
    server = Server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)),
                    stderr=subprocess.DEVNULL)
    crowd = [socket.create_connection(("127.0.0.1", server.port), 20) for _ in range(90)]
    eq(Client(server.port, "tcp").request(BINDING)[0], 0, "who comes last is answered")
    before = ticks(server)
    time.sleep(0.5)
    ok(ticks(server) - before < 5, "and it does not spin")
    ok(sum(map(ended, crowd)) > 50, "for the oldest are gone")
    server.stop()


def test_talker():
    """Requests without end, and no allocation."""
    server = Server()
    talker = Client(server.port, "tcp")
    answers = 0
    try:
        for _ in range(5000):
            talker.answer(talker.send(BINDING))
            answers += 1
    except (EOFError, ConnectionError):
        pass
    ok(100 < answers < 2000, f"{answers} answers are enough")
    huge = Client(server.port, "tcp")
    huge.sock.sendall(struct.pack("!HHI", BINDING, 60000, 0x2112A442))
    ok(until(lambda: ended(huge.sock)), "a huge message is not waited for")
    server.stop()


def bent(message):
    """A message that is not quite one: cut, longer, flipped, its lengths changed."""
    data = bytearray(message)
    for _ in range(dice.randrange(1, 4)):
        at = dice.randrange(len(data)) if data else 0
        kind = dice.randrange(5)
        if kind == 0:
            del data[at:]
        elif kind == 1:
            data += dice.randbytes(dice.randrange(1, 40))
        elif kind == 2 and data:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 3 and at + 2 <= len(data):
            data[at:at + 2] = dice.choice([b"\0\0", b"\0\1", b"\xff\xff", b"\x7f\xff"])
        else:
            data[at:at] = data[:at]
    return bytes(data[:2000])


class Tap:
    """Takes what a client would send."""

    def __init__(self):
        self.messages = []

    def sendall(self, data):
        self.messages.append(data)


def messages_of(client):
    """One of each kind, signed as it should be."""
    tap = Tap()
    sock, client.sock = client.sock, tap
    peer = (PEER, masked("127.0.0.1", 9))
    for kind, *attributes in ((BINDING,), (ALLOCATE, (TRANSPORT, UDP)), (PERMISSION, peer),
                              (CHANNEL, (0x0C, b"\x40\0\0\0"), peer), (REFRESH,),
                              (CONNECT, peer), (CONNECTION_BIND, (CONNECTION_ID, bytes(4)))):
        client.send(kind, *attributes, auth=True)
    client.send(SEND | INDICATION, peer, (PAYLOAD, b"hello"))
    client.sock = sock
    return tap.messages + [b"\x40\0\0\5hello\0\0\0"]


def test_garbage():
    """Ten thousand messages that are not quite one, and TLS that ends anywhere."""
    tls = free_port()
    server = Server("-A", "127.0.0.1", "-C", "4", "-T", f"127.0.0.1:{tls}", "-c", DIR + "/cert",
                    "-k", DIR + "/key")
    for known in False, True:
        client = Client(server.port)
        client.request(ALLOCATE, *[(TRANSPORT, UDP)] * known)
        client.request(PERMISSION, (PEER, masked("127.0.0.1", 9)))
        good = messages_of(client)
        for i in range(5000):
            client.sock.send(bent(dice.choice(good)))
            if i % 50 == 0:
                server.stat("streams")  # so that it keeps up
        for _ in range(300):
            stream = Client(server.port, "tcp")
            if known:
                stream.allocate()
            stream.sock.sendall(b"".join(bent(m) for m in messages_of(stream)))
            stream.close()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).wrap_bio(
            incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        hello = outgoing.read()
    for k in range(0, len(hello), 7):
        for data in hello[:k], hello[:k] + bytes([hello[k] ^ 0xff]) + hello[k + 1:]:
            with socket.create_connection(("127.0.0.1", tls), 20) as sock:
                sock.sendall(data)
    for transport, port in ("udp", server.port), ("tcp", server.port), ("tls", tls):
        eq(Client(port, transport).allocate()[0], 0, f"after garbage: {transport}")
    ok(until(lambda: server.stat("streams") == 0), "no connection is left of it")
    server.stop()


def test_elsewhere():
    server = Server("-m", "1", "-o", "192.0.2.7:3479")
    first = Client(server.port)
    eq(first.allocate()[0], 0, "the first allocation")
    code, got = Client(server.port).allocate()
    eq((code, got.get(ALTERNATE_SERVER)), (300, b"\0\1\x0d\x97\xc0\0\2\7"), "the second, elsewhere")
    server.stop()


def test_fragments():
    """Looks at what is on the wire, for which it must be an administrator."""
    server = Server("-A", "127.0.0.1")
    peer = socket.socket(type=socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    peer.settimeout(15)
    client = Client(server.port)
    client.request(ALLOCATE, (TRANSPORT, UDP), (DONT_FRAGMENT, b""))
    to = (PEER, masked(*peer.getsockname()))
    client.request(PERMISSION, to)
    try:
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    except PermissionError:
        return
    wire.settimeout(15)
    flags = {}
    for text, more in (b"may be split", []), (b"must be whole", [(DONT_FRAGMENT, b"")]), \
            (b"may be split again", []):
        client.send(SEND | INDICATION, to, (PAYLOAD, text), *more)
        eq(peer.recv(100), text, f"the peer gets '{text.decode()}'")
    while len(flags) < 3:
        packet = wire.recv(2048)
        if packet[22:24] == peer.getsockname()[1].to_bytes(2, "big"):
            flags[packet[28:]] = packet[6] >> 6 & 1
    eq(list(flags.values()), [0, 1, 0], "the bit is set for what must be whole")
    server.stop()


certificate()
test_crowd()
test_strangers()
test_shortage()
test_talker()
test_garbage()
test_elsewhere()
test_fragments()
finish()
