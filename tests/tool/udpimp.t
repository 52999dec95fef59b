#!/usr/bin/python3
"""udpimp: what goes in comes out, and what does not is the seed's choice."""
import select
import socket
import subprocess
import time

count = failed = 0


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}", flush=True)


def udp():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    s.settimeout(10)
    return s


class Relay:
    """With a target behind it, and an end in front."""

    def __init__(self, *args):
        self.process = subprocess.Popen(
            ["udpimp", *args], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.address = ("127.0.0.1", int(self.process.stdout.readline()))
        self.target, self.end = udp(), udp()
        self.say(f"target 127.0.0.1 {self.target.getsockname()[1]}")
        self.report()

    def say(self, line, ms=0):
        self.process.stdin.write(f"{ms} {line}\n")
        self.process.stdin.flush()

    def report(self):
        """It is also done with all lines before."""
        self.say("report")
        words = self.process.stdout.readline().split()
        return {f"{way} {pair.split('=')[0]}": int(pair.split("=")[1])
                for i, way in ((1, "up"), (7, "down"))
                for pair in words[i:i + 5]}

    def send(self, data):
        self.end.sendto(data, self.address)

    def close(self):
        self.process.stdin.close()
        return self.process.wait(10)


def survivors(seed):
    """Which of 300 packets arrive when 20 % do not."""
    r = Relay("-s", str(seed))
    r.say("up loss 20")
    r.report()
    for i in range(300):
        r.send(bytes([i >> 8, i & 255]))
    arrived = []
    done = 0
    while done < 300:
        report = r.report()
        done += report["up packets"] + report["up lost"]
    while select.select([r.target], [], [], 0)[0]:
        data = r.target.recv(9)
        arrived.append(data[0] << 8 | data[1])
    r.close()
    return arrived


r = Relay()
r.send(b"there")
data, by = r.target.recvfrom(99)
ok(data == b"there", "a datagram reaches the target")
r.target.sendto(b"back", by)
data, source = r.end.recvfrom(99)
ok((data, source) == (b"back", r.address), "and its answer the sender")
other = udp()
other.sendto(b"other", r.address)
ok(r.target.recvfrom(99)[1] != by, "another sender has another port")
r.say("rebind")
r.report()
r.send(b"again")
ok(r.target.recvfrom(99)[1] != by, "and the first, too, after a rebinding")
r.say("up delay 50")
r.report()
start = time.monotonic()
r.send(b"late")
r.target.recv(99)
ok(time.monotonic() - start >= .05, "delayed, it comes later")
r.say("up delay 0")
r.say("both hole 1")
r.report()
r.send(b"never")
while not r.report()["up lost"]:
    pass
ok(not select.select([r.target], [], [], 0)[0], "in a hole it is lost")
r.say("both hole 0", 100)
deadline = time.monotonic() + 10
while not select.select([r.target], [], [], .05)[0]:
    r.send(b"at last")
    if time.monotonic() > deadline:
        break
ok(r.target.recv(99) == b"at last", "until the time the hole is closed")
ok(r.close() == 0, "the end of its input is its end")

once = survivors(7)
ok(200 < len(once) < 270, f"of 300, {len(once)} get through")
ok(survivors(7) == once, "with the same seed the same ones")
ok(survivors(8) != once, "with another one others")

for line in ("0 dance", "0 up loss", "0 up loss 101", "0 up loss 1 2",
             "0 target here 5", "0 down delay -1", "soon report", ""):
    p = subprocess.run(["udpimp"], input=line + "\n", text=True,
                       capture_output=True, timeout=10)
    ok(p.returncode == 100 and p.stderr.count("\n") == 1,
       f"'{line}' is refused")
print(f"1..{count}")
raise SystemExit(failed != 0)
