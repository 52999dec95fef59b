#!/usr/bin/python3
"""idle.py - a login through the edge beside many connections that do nothing

usage: idle.py [connections [logins]]

Half of the connections have sent nothing, the others half a request. Prints
how long logins take without and with them, and the memory of edge and portal.
"""
import http.client
import os
import resource
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
TOP = os.path.dirname(os.path.abspath(__file__)) + "/../.."
CONNECTIONS, LOGINS = (int(n) for n in (sys.argv[1:] + ["2000", "200"][len(sys.argv) - 1:]))
DIR = tempfile.mkdtemp(prefix="rd-idle.")


def run(*argv, env):
    """Start a program that says on a descriptor that it is ready."""
    fifo = DIR + "/ready"
    if not os.path.exists(fifo):
        os.mkfifo(fifo)
    with open(DIR + "/log", "a") as log:
        child = subprocess.Popen(["sh", "-c", 'exec "$@" 4>"$0"', fifo, *argv, "-R", "4"], env=env,
                                 stdout=subprocess.DEVNULL, stderr=log)
    with open(fifo) as f:
        if f.readline() != "\n":
            raise SystemExit(open(DIR + "/log").read())
    return child


def family(pid):
    """A process and all that it has started."""
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [pid] + [p for child in f.read().split() for p in family(int(child))]


def memory_mb(pids):
    """Private and shared by halves: what they cost together."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            total += next(int(line.split()[1]) for line in f if line.startswith("Pss:"))
    return total / 1024


def login_ms(port):
    start = time.monotonic()
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("POST", "/.rd/login", "username=vastai&password=good&next=/",
              {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{port}"})
    status = c.getresponse().status
    c.close()
    assert status == 303, status
    return 1000 * (time.monotonic() - start)


def measure(name, port, pids):
    times = sorted(login_ms(port) for _ in range(LOGINS))
    print(f"{name}: login median {times[LOGINS // 2]:.1f} ms, p99 {times[LOGINS * 99 // 100]:.1f} ms; "
          f"edge and portal {memory_mb(pids):.1f} MB", flush=True)


def idle(port, n):
    c = socket.create_connection(("127.0.0.1", port))
    if n % 2:
        c.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
    return c


def closed(held):
    p = select.poll()
    for c in held:
        p.register(c, select.POLLIN)
    return len(p.poll(0))


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    ports = subprocess.run([sys.executable, TOP + "/tests/tool/ports.py", "2"], capture_output=True,
                           text=True).stdout.split()
    external, internal = (int(p) for p in ports)
    env = {**os.environ, "PORTAL_CONFIG": f"localhost:{external}:{internal}:/:Instance Portal", "WEB_PASSWORD": "good"}
    os.mkdir(DIR + "/auth", 0o700)
    os.mkdir(DIR + "/logs")
    file = DIR + "/portal.yaml"
    portal = run("rd-portal", "-f", file, "-l", str(internal), "-a", DIR + "/auth", "-d", DIR + "/logs",
                 "-s", DIR + "/none", "-w", TOP + "/bin/rd-portal/client", env=env)
    edge = run("rd-edge", "run", "-a", str(internal), "-d", DIR + "/edge", "-f", file, env=env)
    try:
        pids = family(edge.pid) + family(portal.pid)
        measure("none idle", external, pids)
        held = [idle(external, n) for n in range(CONNECTIONS)]
        measure(f"{CONNECTIONS} idle", external, pids)
        print(f"{closed(held)} of them were closed meanwhile")
    finally:
        edge.terminate()
        portal.terminate()
        edge.wait(30)
        portal.wait(30)
        shutil.rmtree(DIR)


main()
