"""What the tests of rd-web share: TAP, a server, requests, tokens."""
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings

from tap import eq, finish, ok, until  # noqa: F401
from ws import Refused, WebSocket

warnings.simplefilter("ignore", DeprecationWarning)  # of the old TLS versions it tries
secrets = []
DIR = tempfile.mkdtemp(prefix="rd-web-test.")
OFFER = ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
         "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:abcd\r\na=mid:0\r\n")
FRAG = ("a=ice-ufrag:abcd\r\na=ice-pwd:x\r\nm=video 9 RTP/AVP 0\r\na=mid:0\r\n"
        "a=candidate:1 1 UDP 1 192.0.2.1 5 typ host\r\na=end-of-candidates\r\n")
# Speaks signalling as rd-rtc does; keeps what it reads.
STANDIN = """
import json, os, sys
log = open(sys.argv[1], "a")
for line in sys.stdin:
    log.write(os.environ["RD_ROLE"] + " " + line)
    log.flush()
    m = json.loads(line)
    sdp = m.get("sdp", "")
    if m["type"] != "offer" or "slow" in sdp:
        continue
    if "dead" in sdp:
        sys.exit(1)
    reply = ({"type": "error", "message": "no"} if "refuse" in sdp else
             {"type": "answer", "sdp": "v=0\\r\\nanswer \\u00e4 " + "x" * 5000})
    print(json.dumps({"type": "candidate", "candidate": "x"}), flush=True)
    print(json.dumps(reply), flush=True)
log.write("eof\\n")
"""


class Web:
    """A running rd-web."""

    running = []

    def __init__(self, *args, auth=True, listen="127.0.0.1:0", cwd=DIR):
        ready, tell = os.pipe()
        args = ["rd-web", "-vv", "-R", str(tell), "-l", listen, *args]
        if auth:
            args[1:1] = ["-a", "auth"]
        self.err = open(DIR + "/stderr", "a+b")
        self.proc = subprocess.Popen(args, cwd=cwd, stdout=subprocess.PIPE,
                                     stderr=self.err, pass_fds=[tell, self.err.fileno()])
        os.close(tell)
        with os.fdopen(ready) as f:
            assert f.read() == "\n", "not ready"
        self.url = self.proc.stdout.readline().decode().strip()
        self.scheme, self.port = re.match(r"(https?)://.*:(\d+)/$", self.url).groups()
        self.port = int(self.port)
        self.origin = f"{self.scheme}://127.0.0.1:{self.port}"
        Web.running.append(self)

    def stop(self, sig=signal.SIGTERM):
        self.proc.send_signal(sig)
        status = self.proc.wait(5)
        self.proc.stdout.close()
        self.err.close()
        Web.running.remove(self)
        return status

    def fds(self):
        return len(os.listdir(f"/proc/{self.proc.pid}/fd"))

    def children(self):
        path = f"/proc/{self.proc.pid}/task/{self.proc.pid}/children"
        return open(path).read().split()

    def memory(self):
        status = open(f"/proc/{self.proc.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def raw(self, data, tls=None, timeout=10):
        """Send bytes; everything that comes back until the end."""
        s = socket.create_connection(("127.0.0.1", self.port), timeout)
        if tls:
            s = tls.wrap_socket(s)
        got = b""
        try:
            s.sendall(data)
            while part := s.recv(65536):
                got += part
        except OSError:
            pass
        s.close()
        return got

    def ask(self, method, path, headers=(), body=None, host=None, tls=None):
        """One request on its own connection: status, headers, body."""
        lines = [f"{method} {path} HTTP/1.1", "Connection: close",
                 f"Host: {host or f'127.0.0.1:{self.port}'}"]
        lines += [f"{k}: {v}" for k, v in headers]
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            lines.append(f"Content-Length: {len(body)}")
        data = "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")
        head, _, rest = self.raw(data, tls).partition(b"\r\n\r\n")
        head = head.decode("latin-1").split("\r\n")
        fields = [line.partition(": ")[::2] for line in head[1:]]
        status = int(head[0].split()[1]) if head[0] else 0
        return status, {k.lower(): v for k, v in fields}, rest

    def status(self, *args, **kwargs):
        return self.ask(*args, **kwargs)[0]

    def login(self, role="control", by=None, **kwargs):
        """A Cookie field."""
        status, fields, _ = self.ask("GET", "/?token=" + (by or token(role)), **kwargs)
        assert status == 303, status
        cookie = fields["set-cookie"].split(";")[0]
        secrets.append(cookie.split("=")[1])
        return ("Cookie", cookie)

    def ws(self, path, *headers, **kwargs):
        return WebSocket(self.port, path, headers, **kwargs)

    def refused(self, path, *headers, **kwargs):
        try:
            self.ws(path, *headers, **kwargs).close()
        except Refused as e:
            return str(e)
        return "101"


def file_of(folder, secret):
    return f"{DIR}/auth/{folder}/{hashlib.sha256(secret.encode()).hexdigest()}"


def token(role="control", age=0):
    secret = os.urandom(16).hex()
    secrets.append(secret)
    with open(file_of("tokens", secret), "w") as f:
        f.write(role + "\n")
    os.utime(f.name, (time.time() - age,) * 2)
    return secret


def link(role, seconds):
    """A link that ends so many seconds from now."""
    secret = os.urandom(16).hex()
    secrets.append(secret)
    with open(file_of("links", secret), "w") as f:
        f.write(f"{role} {int(time.time()) + seconds}\n")
    return secret


def sessions():
    return os.listdir(DIR + "/auth/sessions")


def setup():
    for name in ("auth/tokens", "auth/links", "auth/sessions", "www/sub", "www/.hid", "outside"):
        os.makedirs(f"{DIR}/{name}", 0o700)
    files = {"www/index.html": b"<h1>rd</h1>\n", "www/a.js": b"export {}\n",
             "www/sub/index.html": b"sub\n", "www/big": os.urandom(3000000),
             "www/empty.css": b"", "www/.hid/x": b"SECRET", "www/sub/.x": b"SECRET", "www/.env": b"SECRET",
             "outside/secret": b"SECRET", "secret": b"SECRET"}
    for name, data in files.items():
        with open(f"{DIR}/{name}", "wb") as f:
            f.write(data)
    for link, to in (("out", "../outside/secret"), ("abs", DIR + "/secret"),
                     ("dirlink", "../outside"), ("in", "a.js")):
        os.symlink(to, f"{DIR}/www/{link}")
    with open(DIR + "/standin.py", "w") as f:
        f.write(STANDIN)


def check_secrets():
    text = open(DIR + "/stderr", errors="replace").read()
    ok(not any(x in text for x in secrets),
       f"none of {len(secrets)} secrets is in the log")


def run(tests):
    """Run the functions test_* among tests, or those named on the command line."""
    only = sys.argv[1:]
    try:
        os.chdir(DIR)
        setup()
        for name, test in list(tests.items()):
            if name.startswith("test_") and (not only or name[5:] in only):
                print(f"# {name[5:]}")
                test()
        check_secrets()
    finally:
        for web in Web.running[:]:
            web.stop(signal.SIGKILL)
        os.chdir("/")
        shutil.rmtree(DIR)
    finish()
