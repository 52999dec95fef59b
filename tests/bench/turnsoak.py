#!/usr/bin/python3
"""Does rd-turn stay as it is while clients of all kinds come and go?

usage: turnsoak.py [-s SEED] [-t SECONDS]

Clients allocate, relay by UDP, TCP, TLS and RFC 6062, and leave with or without
a word; some never get that far, and SIGHUP comes in between.  Memory and
descriptors are read at rest, ten times after a first tenth; ends with 1 if
memory drifts by more than 2 % or a descriptor is left.  Wants rd's programs
first in PATH; talks to loopback only.
"""
import argparse
import os
import random
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tool"))
from turntest import (ALLOCATE, CHANNEL, CONNECT, CONNECTION_BIND, CONNECTION_ID,  # noqa: E402
                      DATA, DIR, INDICATION, LIFETIME, PAYLOAD, PEER, PERMISSION, REFRESH, SEND,
                      TCP, Client, Server, certificate, free_port, masked, until)

SAMPLES = 10
DRIFT = 0.02


def echo_udp(sock):
    while True:
        sock.sendto(*sock.recvfrom(2048))


def echo_tcp(sock):
    while True:
        conn = sock.accept()[0]
        threading.Thread(target=echo_stream, args=(conn,), daemon=True).start()


def echo_stream(conn):
    with conn:
        try:
            while data := conn.recv(65536):
                conn.sendall(data)
        except ConnectionError:
            pass


class Load:
    def __init__(self, server, tls, dice):
        self.server, self.tls, self.dice = server, tls, dice
        self.udp = socket.socket(type=socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.done = dict.fromkeys(("datagrams", "connection", "stranger", "crowd"), 0)
        for target, sock in (echo_udp, self.udp), (echo_tcp, self.tcp):
            threading.Thread(target=target, args=(sock,), daemon=True).start()

    def client(self, transport):
        return Client(self.tls if transport == "tls" else self.server.port, transport)

    def datagrams(self):
        """Some by Send, then maybe some by a channel; then it leaves."""
        client = self.client(self.dice.choice(["udp", "udp", "tcp", "tls"]))
        assert client.allocate()[0] == 0
        peer = (PEER, masked(*self.udp.getsockname()))
        assert client.request(PERMISSION, peer)[0] == 0
        for _ in range(self.dice.randrange(10)):
            client.send(SEND | INDICATION, peer, (PAYLOAD, self.dice.randbytes(200)))
            assert client.indication()[0] == DATA | INDICATION
        if self.dice.random() < 0.5:
            assert client.request(CHANNEL, (0x0C, b"\x40\0\0\0"), peer)[0] == 0
            client.sock.sendall(b"\x40\0\0\4ping")
            assert client.message()[2] == b"ping"
        if not client.stream or self.dice.random() < 0.5:
            assert client.request(REFRESH, (LIFETIME, bytes(4)))[0] == 0
        else:
            client.sock.sendall(b"\0\1\0")  # in the middle of a message
        client.close()

    def connection(self):
        control = self.client(self.dice.choice(["tcp", "tls"]))
        assert control.allocate(TCP)[0] == 0
        code, got = control.request(CONNECT, (PEER, masked(*self.tcp.getsockname())))
        assert code == 0
        if self.dice.random() < 0.8:
            data = self.client(self.dice.choice(["tcp", "tls"]))
            assert data.request(CONNECTION_BIND, (CONNECTION_ID, got[CONNECTION_ID]))[0] == 0
            blob = self.dice.randbytes(self.dice.randrange(1, 20000))
            data.sock.sendall(blob)
            assert data.exactly(len(blob)) == blob
            if self.dice.random() < 0.5:
                data.close()
        control.close()

    def stranger(self):
        """Many sources that prove nothing."""
        for _ in range(20):
            source = f"127.{self.dice.randrange(1, 255)}.{self.dice.randrange(255)}.1"
            client = Client(self.server.port, source=source)
            assert client.answer(client.send(ALLOCATE))[0] == 401
            client.close()

    def crowd(self):
        """Connections that lead to nothing."""
        for _ in range(5):
            port = self.dice.choice([self.tls, self.server.port])
            with socket.create_connection(("127.0.0.1", port), 20) as sock:
                sock.sendall(self.dice.choice([b"\x16\x03\x01", b"\0\1\0\0", b"GET / HTTP/1.1\r\n"]))

    def run(self, until_s):
        while time.monotonic() < until_s:
            kind = self.dice.choices(list(self.done), [8, 4, 1, 1])[0]
            getattr(self, kind)()
            self.done[kind] += 1


def sample(server):
    """KB and descriptors when nobody is there."""
    server.proc.send_signal(signal.SIGHUP)
    assert until(lambda: server.stat("streams") + server.stat("allocations") == 0)
    return server.memory(), server.fds()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", type=int, default=1, metavar="SEED")
    parser.add_argument("-t", type=int, default=600, metavar="SECONDS")
    options = parser.parse_args()
    certificate()
    tls = free_port()
    server = Server("-A", "127.0.0.1", "-C", "100", "-T", f"127.0.0.1:{tls}",
                    "-c", DIR + "/cert", "-k", DIR + "/key")
    load = Load(server, tls, random.Random(options.s))
    start = time.monotonic()
    samples = []
    print("   s      KB  fds  events", flush=True)
    for i in range(SAMPLES + 1):
        load.run(start + (i + 1) * options.t / (SAMPLES + 1))
        samples.append(sample(server))
        print("%4d %7d %4d %7d" % (time.monotonic() - start, *samples[-1],
                                   sum(load.done.values())), flush=True)
    print(" ".join(f"{kind} {n}" for kind, n in load.done.items()))
    drift = samples[-1][0] / samples[0][0] - 1
    print(f"memory {drift:+.1%}, descriptors {samples[-1][1] - samples[0][1]:+d}")
    server.stop()
    raise SystemExit(drift > DRIFT or samples[-1][1] != samples[0][1])


main()
