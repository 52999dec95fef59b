#!/usr/bin/python3
"""rd-turn -j: what several processes may do together, and how they end."""
import os
import signal
import socket
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from turntest import (ALLOCATE, CHANNEL, DIR, LIFETIME, PEER, REFRESH, RELAYED, TRANSPORT, UDP,
                      Client, Server, eq, finish, free_port, masked, ok, unmasked, until)

EVEN_PORT, RESERVATION_TOKEN = 0x18, 0x22
WORKERS = 3


def workers(server):
    with open(f"/proc/{server.proc.pid}/task/{server.proc.pid}/children") as f:
        return [int(pid) for pid in f.read().split() if listens(pid)]


def listens(pid):  # a worker has many descriptors, who opens files a few
    try:
        return len(os.listdir(f"/proc/{pid}/fd")) > 8
    except OSError:
        return False


def holders(server, ports):
    """Which workers have these UDP ports."""
    inodes = {}
    with open("/proc/net/udp") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            inodes[f"socket:[{fields[9]}]"] = int(fields[1].split(":")[1], 16)
    found = {}
    for pid in workers(server):
        for fd in os.listdir(f"/proc/{pid}/fd"):
            try:
                port = inodes.get(os.readlink(f"/proc/{pid}/fd/{fd}"))
            except OSError:
                continue
            if port in ports:
                found[port] = pid
    return found


def logged(what):
    with open(DIR + "/log") as f:
        return f.read().count(what)


def relay_port(attributes):
    return unmasked(attributes[RELAYED])[1]


# --- clients of all workers, and what they may have

with open(DIR + "/log", "a") as log:
    server = Server("-j", str(WORKERS), "-A", "127.0.0.1", "-n", "40", "-N", "40", "-v", stderr=log)
eq(len(workers(server)), WORKERS, "as many workers as asked for")
clients = [Client(server.port) for _ in range(40)]
answers = [c.allocate() for c in clients]
eq([code for code, _ in answers], [0] * 40, "40 allocations")
ports = [relay_port(attributes) for _, attributes in answers]
eq(len(set(ports)), 40, "each has a port of its own")
eq(len(set(holders(server, ports).values())), WORKERS, "all workers have some")
late = [Client(server.port) for _ in range(10)]
eq([c.allocate()[0] for c in late], [486] * 10, "and not one more, whoever it asks")
eq(server.stat("allocations"), 40, "counted together")
eq(server.stat("ports"), 40, "and so are ports")
eq(server.stat("allocated_total"), 40, "and what was")

peer = socket.socket(type=socket.SOCK_DGRAM)
peer.bind(("127.0.0.1", 0))
peer.settimeout(20)
came = []
for i, c in enumerate(clients):
    c.request(CHANNEL, (0x0C, b"\x40\0\0\0"), (PEER, masked(*peer.getsockname())))
    c.sock.send(b"\x40\0\0\x04" + i.to_bytes(4, "big"))
    data, relay = peer.recvfrom(100)
    peer.sendto(data, relay)
    came.append((int.from_bytes(data, "big"), relay[1], c.message()[2] == data))
eq(came, [(i, port, True) for i, port in enumerate(ports)], "all relay, there and back")
ok(until(lambda: server.stat("from_peers_total") == 40), "and are counted")

# --- a port that one worker keeps is had from another

for c in clients[::2]:
    c.request(REFRESH, (LIFETIME, bytes(4)))
eq(server.stat("allocations"), 20, "half of them gone")
taken = []
for c in late[:5]:
    code, got = c.request(ALLOCATE, (TRANSPORT, UDP), (EVEN_PORT, b"\x80"))
    code, other = Client(server.port).request(
        ALLOCATE, (TRANSPORT, UDP), (RESERVATION_TOKEN, got[RESERVATION_TOKEN]))
    taken.append((code, relay_port(other) - relay_port(got)))
eq(taken, [(0, 1)] * 5, "tokens hold for all workers")
eq(server.stat("ports"), 30, "all ports are counted")

# --- signals, to one process, reach all

for i in range(1, 3):
    server.proc.send_signal(signal.SIGHUP)
    ok(until(lambda: logged("loaded again") == i * WORKERS), "SIGHUP loads files again")
once = subprocess.run(["rd-turn", "-j", "2", "-a", "127.0.0.1", "-l", f"127.0.0.1:{server.port}"],
                      capture_output=True, text=True)
eq(once.returncode, 111, "a second server at the same port ends")
ok("cannot listen at" in once.stderr, "and says why")
server.proc.send_signal(signal.SIGTERM)
ok(until(lambda: logged("no new allocations") == WORKERS), "SIGTERM")
eq(Client(server.port).allocate()[0], 508, "no new allocations")
eq(clients[1].request(REFRESH, (LIFETIME, (600).to_bytes(4, "big")))[0], 0, "the old ones live")
eq(server.stop(), 0, "a second SIGTERM ends all")
ok(not os.path.exists(DIR + "/stats"), "nothing is left behind")

server = Server("-j", "2")
last = Client(server.port)
last.allocate()
server.proc.send_signal(signal.SIGTERM)
last.request(REFRESH, (LIFETIME, bytes(4)))
eq(server.proc.wait(20), 0, "with the last allocation all end, whoever had it")
Server.running.remove(server)

# --- deaths

server = Server("-j", "2", stderr=subprocess.PIPE, text=True)
some = workers(server)
os.kill(some[0], signal.SIGKILL)
eq(server.proc.wait(20), 111, "when a worker dies all end")
ok("killed by signal 9" in server.proc.stderr.read(), "and it is said")
ok(until(lambda: not any(map(listens, some))), "none is left")
Server.running.remove(server)

server = Server("-j", "2", "-A", "127.0.0.1")
some = workers(server)
os.kill(server.proc.pid, signal.SIGKILL)
server.proc.wait(20)
ok(until(lambda: not any(map(listens, some))), "who started them dies: they do")
Server.running.remove(server)

bad = subprocess.run(["rd-turn", "-j", "3", "-a", "127.0.0.1", "-l", f"127.0.0.1:{free_port()}",
                      "-u", DIR + "/none"], capture_output=True, text=True)
eq((bad.returncode, bad.stderr.count("\n")), (100, 1), "a bad file is told of once")
none = subprocess.run(["rd-turn", "-j", "2", "-C", "1"], capture_output=True, text=True)
eq((none.returncode, "leave out -j" in none.stderr), (100, True), "TCP to peers has one process")
finish()
