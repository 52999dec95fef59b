#!/usr/bin/python3
"""rd-turn's connections to peers by TCP (RFC 6062), by a client of its own and coturn's."""
import os
import socket
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from turntest import (CONNECT, CONNECTION_ATTEMPT, CONNECTION_BIND,  # noqa: E402
                      CONNECTION_ID, DIR, INDICATION, PASSWORD, PEER, PERMISSION, REFRESH,
                      LIFETIME, RELAYED, TCP, USER, Client, Server, certificate, eq, finish,
                      free_port, masked, ok, unmasked, until)


def listener():
    sock = socket.create_server(("127.0.0.1", 0))
    sock.settimeout(20)
    return sock, sock.getsockname()


def all_of(sock, n):
    data = b""
    while len(data) < n:
        more = sock.recv(min(n - len(data), 65536))
        if not more:
            break
        data += more
    return data


def joined(server, control, number, transport):
    """A new connection of the client that is bound: its socket."""
    data = Client(server.port if transport == "tcp" else server.tls, transport)
    code, _ = data.request(CONNECTION_BIND, (CONNECTION_ID, number))
    eq(code, 0, f"bound by {transport}")
    return data.sock


def connected(server, control, transport):
    """To a peer that listens: the client's socket and the peer's."""
    sock, name = listener()
    code, got = control.request(CONNECT, (PEER, masked(*name)))
    eq(code, 0, "Connect")
    peer = sock.accept()[0]
    peer.settimeout(20)
    peer.sendall(b"first")  # before anything is bound
    client = joined(server, control, got[CONNECTION_ID], transport)
    eq(all_of(client, 5), b"first", "what came before waits")
    return client, peer, name


def test_both_ways(server, transport):
    control = Client(server.port, "tcp")
    code, got = control.allocate(TCP)
    eq(code, 0, "a relay")
    client, peer, name = connected(server, control, transport)
    eq(peer.getpeername(), unmasked(got[RELAYED]), "from the relay's address")
    eq(control.request(CONNECT, (PEER, masked(*name)))[0], 446, "once for each peer")
    blob = os.urandom(1 << 20) * 8
    for end, other, way in (client, peer, "to the peer"), (peer, client, "to the client"):
        sender = threading.Thread(target=end.sendall, args=(blob,))
        sender.start()
        ok(all_of(other, len(blob)) == blob, f"8 MB {way}")
        sender.join()
    peer.sendall(b"last")
    peer.close()
    eq(all_of(client, 100), b"last", "the end of the peer is the client's")
    ok(until(lambda: server.stat("connections") == 0), "and it is forgotten")
    client, peer, _ = connected(server, control, transport)
    client.close()
    eq(all_of(peer, 100), b"", "the end of the client is the peer's")
    client, peer, _ = connected(server, control, transport)
    eq(control.request(REFRESH, (LIFETIME, bytes(4)))[0], 0, "the allocation ends")
    eq((all_of(peer, 1), all_of(client, 1)), (b"", b""), "and both with it")
    control.close()


def test_slow_reader(server):
    """What is not read stays where it comes from."""
    control = Client(server.port, "tcp")
    control.allocate(TCP)
    client, peer, _ = connected(server, control, "tcp")
    before = server.memory()
    peer.settimeout(0.5)
    sent = 0
    try:
        while sent < 256 << 20:
            sent += peer.send(bytes(65536))
    except TimeoutError:
        pass
    ok(sent < 64 << 20, f"{sent >> 10} KB and no more")
    ok(server.memory() - before < 4096, "not in the server's memory")
    peer.close()
    ok(len(all_of(client, sent + 1)) == sent, "all of it arrives, then the end")
    client, peer, _ = connected(server, control, "tcp")
    control.close()
    eq(all_of(client, 1), b"", "without its control connection it ends")


def test_accept(server):
    control = Client(server.port, "tcp")
    relay = unmasked(control.allocate(TCP)[1][RELAYED])
    stranger = socket.create_connection(relay, 20)
    eq(all_of(stranger, 1), b"", "a peer without permission is turned away")
    control.request(PERMISSION, (PEER, masked("127.0.0.1", 0)))
    peer = socket.create_connection(relay, 20)
    kind, got = control.indication()
    eq((kind, unmasked(got[PEER])), (CONNECTION_ATTEMPT | INDICATION, peer.getsockname()),
       "with one it is announced")
    client = joined(server, control, got[CONNECTION_ID], "tcp")
    client.sendall(b"ping")
    eq(all_of(peer, 4), b"ping", "and joined")
    control.close()


def test_refused(server):
    control = Client(server.port, "tcp")
    control.allocate(TCP)
    sock, name = listener()
    sock.close()
    eq(control.request(CONNECT, (PEER, masked(*name)))[0], 447, "nobody listens")
    eq(control.request(CONNECT, (PEER, masked("10.0.0.1", 80)))[0], 403, "a private peer")
    eq(control.request(CONNECT, (PEER, masked("127.0.0.2", 80)))[0], 403, "an own address")
    control.close()
    ok(until(lambda: server.stat("connections") == 0), "nothing is left")


def test_bandwidth():
    server = Server("-A", "127.0.0.1", "-C", "4", "-b", "800")
    control = Client(server.port, "tcp")
    control.allocate(TCP)
    client, peer, _ = connected(server, control, "tcp")
    data = os.urandom(300000)
    sender = threading.Thread(target=peer.sendall, args=(data,))
    sender.start()
    ok(all_of(client, len(data)) == data, "within a bandwidth all arrives")
    sender.join()
    server.stop()


def test_off():
    server = Server("-A", "127.0.0.1")
    eq(Client(server.port, "tcp").allocate(TCP)[0], 442, "without -C there are no such relays")
    server.stop()


def test_coturn(server):
    """Its client, against its own peer."""
    port = free_port()
    echo = subprocess.Popen(["turnutils_peer", "-L", "127.0.0.1", "-p", str(port)],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = subprocess.run(
        ["timeout", "60", "turnutils_uclient", "-T", "-p", str(server.port), "-e", "127.0.0.1",
         "-r", str(port), "-m", "2", "-n", "10", "-u", USER, "-w", PASSWORD, "127.0.0.1"],
        capture_output=True, text=True).stdout
    echo.kill()
    echo.wait()
    if not ok("tot_send_msgs=20, tot_recv_msgs=20" in out, "turnutils_uclient -T"):
        print("# " + "\n# ".join(out.splitlines()[-8:]))


certificate()
tls = free_port()
served = Server("-A", "127.0.0.1", "-C", "40", "-T", f"127.0.0.1:{tls}", "-c", DIR + "/cert",
                "-k", DIR + "/key")
served.tls = tls
fds = served.fds()
test_both_ways(served, "tcp")
test_both_ways(served, "tls")
test_slow_reader(served)
test_accept(served)
test_refused(served)
test_coturn(served)
ok(until(lambda: served.fds() == fds), "no descriptor is left open")
eq(served.stop(), 0, "and it ends")
test_bandwidth()
test_off()
finish()
