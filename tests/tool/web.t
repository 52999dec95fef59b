#!/usr/bin/python3
"""rd-web as its callers see it: raw sockets, real processes, real files."""
import hashlib
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ws import BINARY, CLOSE, PING, TEXT, Refused, WebSocket  # noqa: E402

warnings.simplefilter("ignore", DeprecationWarning)  # of the old TLS versions it tries
count = failed = 0
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


def ok(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'' if good else 'not '}ok {count} - {name}", flush=True)
    return good


def eq(got, want, name):
    if not ok(got == want, name):
        print(f"# got {got!r}, want {want!r}")


def until(what, seconds=5):
    """Wait for a condition; a test that fails waits in vain."""
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


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
                                     stderr=self.err, pass_fds=[tell])
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

    def login(self, role="control", **kwargs):
        """A Cookie field."""
        status, fields, _ = self.ask("GET", "/?token=" + token(role), **kwargs)
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


def sessions():
    return os.listdir(DIR + "/auth/sessions")


def setup():
    for name in ("auth/tokens", "auth/sessions", "www/sub", "www/.hid", "outside"):
        os.makedirs(f"{DIR}/{name}", 0o700)
    files = {"www/index.html": b"<h1>rd</h1>\n", "www/a.js": b"export {}\n",
             "www/sub/index.html": b"sub\n", "www/big": os.urandom(3000000),
             "www/empty.css": b"", "www/.hid/x": b"SECRET", "www/.env": b"SECRET",
             "outside/secret": b"SECRET", "secret": b"SECRET"}
    for name, data in files.items():
        with open(f"{DIR}/{name}", "wb") as f:
            f.write(data)
    for link, to in (("out", "../outside/secret"), ("abs", DIR + "/secret"),
                     ("dirlink", "../outside"), ("in", "a.js")):
        os.symlink(to, f"{DIR}/www/{link}")
    with open(DIR + "/standin.py", "w") as f:
        f.write(STANDIN)


def test_command_line():
    def run(*args):
        p = subprocess.run(["rd-web", *args], cwd=DIR, capture_output=True, timeout=10)
        return p.returncode, p.stdout.decode(), p.stderr.decode()

    code, out, err = run("-h")
    ok(code == 0 and out.startswith("usage: rd-web ") and not err, "-h")
    busy = socket.create_server(("127.0.0.1", 0))
    port = str(busy.getsockname()[1])
    www = "/=files:www"
    open(DIR + "/junk.pem", "w").write("junk\n")
    for name, args, want, text in (
            ("no route", [], 100, "no route"),
            ("unknown option", ["-z", www], 100, "-z"),
            ("operand missing", ["-a"], 100, "-a"),
            ("bad route", ["/=nope:x"], 100, "/=nope:x"),
            ("missing folder", ["/=files:missing"], 100, "'missing'"),
            ("missing auth folder", ["-a", "missing", www], 100, "'missing'"),
            ("-c without -k", ["-c", "junk.pem", www], 100, "-k"),
            ("missing certificate", ["-c", "no.pem", "-k", "junk.pem", www], 100, "'no.pem'"),
            ("junk certificate", ["-c", "junk.pem", "-k", "junk.pem", www], 100, "'junk.pem'"),
            ("port not a number", ["-l", "127.0.0.1:http", www], 100, "http"),
            ("port too large", ["-l", "65536", www], 100, "65536"),
            ("port in use", ["-l", port, www], 111, port),
            ("bad origin", ["-o", "desk.example.org", www], 100, "desk.example.org"),
            ("all addresses without -a", ["-l", "0.0.0.0:0", www], 100, "-a"),
            ("all addresses without TLS", ["-a", "auth", "-l", "0.0.0.0:0", www], 100, "-i"),
            ("all IPv6 addresses", ["-a", "auth", "-l", "[::]:0", www], 100, "-i")):
        code, out, err = run(*args)
        ok(code == want and text in err and err.count("\n") == 1 and not out and
           err.startswith("rd-web: fatal: "), f"{name}: {want}, in one line")
    busy.close()
    os.chmod(DIR + "/auth", 0o770)
    ok(run("-a", "auth", www)[0] == 100, "an auth folder that others can write to")
    os.chmod(DIR + "/auth", 0o700)
    web = Web("-i", "/=files:www", listen="0.0.0.0:0")
    ok(web.url.startswith("http://0.0.0.0:"), "-i listens to all")
    eq(web.stop(), 0, "SIGTERM ends it with 0")


def test_login():
    web = Web("/=files:www", "/ws=exec:cat", "/whep=whep:cat")
    for path in ("/", "/a.js", "/missing", "/ws", "/whep", "/whep/x", "/?token", "/x?token=y"):
        status, fields, body = web.ask("GET", path)
        ok(status == 401 and b"rd-desktop url" in body, f"{path}: 401 and what to do")
    eq(web.status("POST", "/whep", body=OFFER), 401, "POST: 401")
    for name, secret, want in (("wrong", "nope", 403), ("empty", "", 403), ("a path", "../x", 403),
                               ("expired", token(age=901), 403), ("long", "x" * 2000, 401)):
        eq(web.status("GET", "/?token=" + secret), want, f"token {name}: {want}")
    secret = token()
    eq(web.status("HEAD", "/?token=" + secret), 401, "HEAD does not log in")
    eq(web.status("POST", "/?token=" + secret, body=""), 401, "nor does POST")
    status, fields, _ = web.ask("GET", "/?token=" + secret)
    eq((status, fields.get("location")), (303, "/"), "a token leads to /")
    name = f"rd_session_{web.port}="
    cookie = fields.get("set-cookie", "")
    ok(re.fullmatch(name + "[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict", cookie),
       "cookie named by the port, HttpOnly, SameSite=Strict")
    ok(not os.path.exists(file_of("tokens", secret)), "the token is gone")
    cookie = ("Cookie", cookie.split(";")[0])
    value = cookie[1].split("=")[1]
    eq(open(file_of("sessions", value)).read(), "control\n", "the session is a file with its role")
    ok(value not in " ".join(sessions()), "which is not named by the secret")
    eq(web.status("GET", "/", [cookie]), 200, "the cookie lets in")
    eq(web.status("GET", "/", [("Cookie", "a=1; b=2; " + cookie[1])]), 200, "among others")
    eq(web.status("GET", "/?token=" + secret), 403, "the token only once")
    eq(web.status("GET", "/?token=" + secret, [cookie]), 303, "but who is in is led on")
    eq(web.status("GET", "/", [("Cookie", name + "0" * 64)]), 401, "another cookie does not")
    eq(web.status("GET", "/", [("Cookie", f"rd_session_1={value}")]), 401,
       "nor the cookie of another port")
    status, fields, _ = web.ask("GET", "/?token=" + token(), [("Sec-Fetch-Site", "cross-site")])
    eq((status, fields.get("refresh")), (200, "0; url=/"),
       "from a link elsewhere: a page of ours asks for /, with its cookie")
    web.stop()
    web = Web("/=files:www")
    got = [None] * 8
    secret = token()

    def race(i):
        got[i] = web.status("GET", "/?token=" + secret)
    threads = [threading.Thread(target=race, args=(i,)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    eq(sorted(got), [303] + 7 * [403], "of eight at once one gets in")
    for n in range(3):
        web.status("GET", "/?token=wrong")
    eq(web.status("GET", "/?token=" + token()), 429, "after so many failures even a good one waits")
    web.stop()


def test_kill():
    web = Web("/=files:www")
    cookie = web.login()
    web.stop(signal.SIGKILL)
    web = Web("/=files:www", listen=f"127.0.0.1:{web.port}")
    eq(web.status("GET", "/", [cookie]), 200, "kill -9 and start: still logged in")
    other = Web("/=files:www")
    both = ("Cookie", cookie[1] + "; " + other.login()[1])
    eq((web.status("GET", "/", [both]), other.status("GET", "/", [both])), (200, 200),
       "two servers on one host, two cookies")
    web.stop()
    other.stop()
    for name in sessions():
        os.utime(f"{DIR}/auth/sessions/{name}", (time.time() - 12 * 3600 - 1,) * 2)
    web = Web("/=files:www", listen=f"127.0.0.1:{web.port}")
    eq(web.status("GET", "/", [cookie]), 401, "a session idle for 12 h is over")
    web.login()
    eq(len(sessions()), 1, "a login sweeps the others")
    web.stop()


def test_files():
    web = Web("/=files:www", "/app=files:www/sub", auth=False)
    for path, kind, length in (("/", "text/html; charset=utf-8", 12),
                               ("/a.js", "text/javascript; charset=utf-8", 10),
                               ("/in", "application/octet-stream", 10),
                               ("/empty.css", "text/css; charset=utf-8", 0),
                               ("/big", "application/octet-stream", 3000000),
                               ("/app/", "text/html; charset=utf-8", 4)):
        status, fields, body = web.ask("GET", path)
        eq((status, fields.get("content-type"), len(body)), (200, kind, length), f"GET {path}")
        head = web.ask("HEAD", path)
        eq((head[0], head[1].get("content-length"), head[2]), (200, str(length), b""),
           f"HEAD {path}")
        again = web.ask("GET", path, [("If-None-Match", fields["etag"])])
        eq((again[0], again[2]), (304, b""), f"GET {path} again: 304")
    eq(web.ask("GET", "/big")[2], open(DIR + "/www/big", "rb").read(), "the bytes of the file")
    status, fields, _ = web.ask("GET", "/app")
    eq((status, fields.get("location")), (308, "/app/"), "a folder's name leads to the folder")
    etag = web.ask("GET", "/a.js")[1]["etag"]
    os.utime(DIR + "/www/a.js", (1, 1))
    eq(web.status("GET", "/a.js", [("If-None-Match", etag)]), 200, "a changed file is sent")
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"):
        status = web.status(method, "/a.js", [("Origin", web.origin)],
                            body="x" if method in ("POST", "PUT", "PATCH") else None)
        ok(status in (400, 403, 404, 405, 0), f"{method}: {status}")
    status, fields, _ = web.ask("OPTIONS", "/a.js")
    eq((status, fields.get("allow")), (204, "GET, HEAD, OPTIONS"), "OPTIONS")
    for path in ("/missing", "/sub", "/a.js/", "/a.js/x", "/.env", "/.hid/x", "/sub/"):
        want = 200 if path == "/sub/" else 404
        eq(web.status("GET", path), want, f"{path}: {want}")
    # Two requests in one packet, and a keep-alive connection.
    host = f"Host: 127.0.0.1:{web.port}\r\n"
    got = web.raw((f"GET /a.js HTTP/1.1\r\n{host}\r\n"
                   f"GET /sub/ HTTP/1.1\r\n{host}Connection: close\r\n\r\n").encode())
    eq(got.count(b"HTTP/1.1 200"), 2, "pipelined requests")
    web.stop()


def test_traversal():
    web = Web("/=files:www", "/app=files:www/sub", auth=False)
    up = ["..", "%2e%2e", "%2E%2E", ".%2e", "%2e.", "%252e%252e", "..%00", "..;", "..%3b",
          "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae", "%uff0e%uff0e", "..%5c", "..%c0%af",
          "%%32%65%%32%65", "..%20", "..%0d", "...", "....", "%ff.."]
    slash = ["/", "//", "%2f", "%2F", "%252f", "\\", "%5c", "%c0%af", "/./", "/;/"]
    bad, tried = [], 0
    for dots in up:
        for sep in slash:
            for path in (f"/{dots}{sep}secret", f"/sub{sep}{dots}{sep}{dots}{sep}secret",
                         f"/app/{dots}{sep}{dots}{sep}secret", f"/{dots}{sep}outside{sep}secret"):
                tried += 1
                got = web.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                              "Connection: close\r\n\r\n".encode("latin-1"))
                if b"SECRET" in got or b"HTTP/1.1 200" in got:
                    bad.append(path)
    eq(bad, [], f"{tried} spellings of .. lead nowhere")
    for path in ("/out", "/abs", "/dirlink/secret", "//secret", "/%2fetc/passwd", "//etc/passwd",
                 DIR + "/secret", "/proc/self/environ", "/a.js%00.html", "/.%65nv", "/%2eenv",
                 "/./.env", "/sub/../.env", "/dirlink/../outside/secret"):
        got = web.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n"
                      "Connection: close\r\n\r\n".encode())
        ok(b"SECRET" not in got and b"root:" not in got and b" 200 " not in got, f"not {path}")
    eq(web.status("GET", "/"), 200, "and it still serves")
    web.stop()


def test_malformed():
    web = Web("/=files:www", "/whep=whep:cat", auth=False)
    host = "Host: localhost\r\n"
    post = f"POST /whep HTTP/1.1\r\n{host}Content-Type: application/sdp\r\n"
    get = f"GET / HTTP/1.1\r\n{host}"
    rows = {
        "no Host": "GET / HTTP/1.1\r\n\r\n",
        "two Hosts": f"GET / HTTP/1.1\r\n{host}Host: evil\r\n\r\n",
        "relative path": f"GET a.js HTTP/1.1\r\n{host}\r\n",
        "junk": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        "only newlines": "\r\n\r\n\r\n\r\n",
        "NUL in the path": f"GET /a\0b HTTP/1.1\r\n{host}\r\n",
        "line of 64 KiB": f"GET /{'a' * 65536} HTTP/1.1\r\n{host}\r\n",
        "path of 2000": f"GET /{'a' * 2000} HTTP/1.1\r\n{host}\r\n",
        "header of 64 KiB": f"{get}X: {'a' * 65536}\r\n\r\n",
        "cookies of 12 KiB": f"{get}Cookie: {'a' * 12288}\r\n\r\n",
        "10000 headers": get + "".join(f"X{i}: y\r\n" for i in range(10000)) + "\r\n",
        "GET with a body": f"{get}Content-Length: 5\r\n\r\nhello",
        "GET with chunks": f"{get}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET within a body": f"{get}Content-Length: 50\r\n\r\n{get}\r\n",
        "length and chunks": f"{post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "two lengths": f"{post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nv=0\r\n",
        "negative length": f"{post}Content-Length: -1\r\n\r\nv=0\r\n",
        "length +4": f"{post}Content-Length: +4\r\n\r\nv=0\n",
        "length 4, 4": f"{post}Content-Length: 4, 4\r\n\r\nv=0\n",
        "huge length": f"{post}Content-Length: 99999999999999999999\r\n\r\nv=0\n",
        "no length": f"{post}\r\n",
        "CONNECT": f"CONNECT localhost:22 HTTP/1.1\r\n{host}\r\n",
        "h2c": f"{get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "other upgrade": f"{get}Connection: Upgrade\r\nUpgrade: foo\r\n\r\n",
        "POST that upgrades": f"{post}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    }
    for name, text in rows.items():
        got = web.raw(text.encode("latin-1") , timeout=2 if name == "only newlines" else 12)
        first = got.split(b"\r\n")[0].decode("latin-1")
        ok((not got or re.match(r"HTTP/1\.[01] [45]", first)) and b" 200 " not in got,
           f"{name}: {first[9:] or 'closed'}")
    eq(web.status("GET", "/"), 200, "and it still serves")
    eq(web.children(), [], "no command was started")
    web.stop()


def test_headers():
    web = Web("/=files:www", "/whep=whep:cat")
    cookie = web.login()
    want = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin", "cache-control": "no-cache"}
    for name, args in {"200": ("GET", "/", [cookie]), "401": ("GET", "/"),
                       "404": ("GET", "/missing", [cookie]), "403": ("GET", "/?token=x"),
                       "303": ("GET", "/?token=" + token()), "204": ("OPTIONS", "/", [cookie]),
                       "421": ("GET", "/", [], None, "evil")}.items():
        status, fields, _ = web.ask(*args)
        csp = fields.get("content-security-policy", "")
        ok(str(status) == name and all(fields.get(k) == v for k, v in want.items()) and
           "default-src 'self'" in csp and "frame-ancestors 'none'" in csp and
           "unsafe" not in csp and "microphone=(self)" in fields.get("permissions-policy", "") and
           "server" not in fields and "access-control-allow-origin" not in fields,
           f"{name} carries the security headers")
    status, fields, _ = web.ask("GET", "relative")
    ok("content-security-policy" in fields or status == 0, "so do errors of the parser")
    web.stop()


def test_origins():
    web = Web("-o", "https://desk.example.org", "/=files:www", "/ws=exec:cat", "/whep=whep:cat")
    cookie, port = web.login(), web.port
    bearer = ("Authorization", "Bearer " + cookie[1].split("=")[1])
    local = f"http://127.0.0.1:{port}"
    origins = {
        None: False, local: True, local.upper(): True, "https://desk.example.org": True,
        f"https://127.0.0.1:{port}": False, f"http://127.0.0.1:{port + 1}": False,
        "http://127.0.0.1": False, f"http://localhost:{port}": False, "null": False, "": False,
        f"{local}.evil": False, f"{local}/": False, f"http://evil:{port}": False,
        f"http://127.0.0.1.evil:{port}": False, f"http://x127.0.0.1:{port}": False,
        f"{local} http://evil": False, f"http://evil#{local}": False,
        "http://desk.example.org": False, "https://desk.example.org.evil": False,
        "file://": False,
    }
    for origin, good in origins.items():
        field = [] if origin is None else [("Origin", origin)]
        absent = not origin
        eq(web.refused("/ws", *field, cookie), "101" if good else "403",
           f"cookie, WebSocket from {origin}")
        status = web.status("POST", "/whep", [*field, cookie], body="x")
        eq(status, 415 if good else 403, f"cookie, POST from {origin}")
        eq(web.refused("/ws", *field, bearer), "101" if good or absent else "403",
           f"bearer, WebSocket from {origin}")
        status = web.status("POST", "/whep", [*field, bearer], body="x")
        eq(status, 415 if good or absent else 403, f"bearer, POST from {origin}")
        eq(web.refused("/ws", *field), "401" if good or absent else "403",
           f"nothing, WebSocket from {origin}")
    eq(web.refused("/ws", ("Origin", local), ("Origin", "http://evil"), cookie), "403",
       "two Origins are none")
    for host, want in ((f"localhost:{port}", 401), (f"[::1]:{port}", 401), ("192.0.2.1", 401),
                       ("desk.example.org", 401), ("evil.example", 421),
                       (f"evil.example:{port}", 421), ("127.0.0.1.evil.example", 421),
                       ("a@127.0.0.1", 421)):
        eq(web.status("GET", "/", host=host), want, f"Host {host}: {want}")
    cookie = web.ask("GET", "/?token=" + token(), host="desk.example.org")[1]["set-cookie"]
    ok(cookie.startswith("__Host-rd_session_80=") and cookie.endswith("; Secure"),
       "behind a proxy's TLS the cookie is Secure")
    web.stop()


def test_websocket():
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(DIR + "/sock")
    sock.listen()
    web = Web("/cat=exec:cat", "/role=exec:echo $RD_ROLE", "/sock=socket:sock",
              "/gone=socket:missing", "/long=exec:head -c 1500000 /dev/zero | tr '\\0' x; echo; "
              "echo; printf end", "/err=exec:echo to stderr >&2", auth=False)
    w = web.ws("/cat")
    w.text("hello")
    eq(w.message(), (TEXT, b"hello"), "a message is a line, a line a message")
    w.frame(TEXT, b"ab", False)
    w.frame(PING, b"x")
    w.frame(0, b"c\xc3", False)
    w.frame(0, b"\xa4")
    eq(w.message(), (TEXT, "abcä".encode()), "a message in pieces is one line")
    w.text("")
    eq(w.message(), (TEXT, b""), "an empty one, too")
    w.text("x" * (1 << 20))
    eq(len(w.message()[1]), 1 << 20, "a message of 1 MiB")
    for n in range(1000):
        w.text(str(n))
    eq([int(w.message()[1]) for n in range(1000)], list(range(1000)), "1000 in order")
    w.text("x" * ((1 << 20) + 1))
    while (m := w.message())[0] != CLOSE:
        pass
    eq(m, (CLOSE, 1009), "one above 1 MiB is too big")
    for name, opcode, data, code in (("a newline", TEXT, b"a\nb", 1008),
                                     ("binary", BINARY, b"a", 1003),
                                     ("broken UTF-8", TEXT, b"\xc3\x28", 1007)):
        w = web.ws("/cat")
        w.frame(opcode, data)
        while (m := w.message())[0] != CLOSE:
            pass
        eq(m, (CLOSE, code), f"{name}: {code}")
    ok(until(lambda: not web.children()), "and the commands are gone")
    w = web.ws("/long")
    eq([len(w.message()[1]), w.message(), w.message(), w.message()],
       [1500000, (TEXT, b""), (TEXT, b"end"), (CLOSE, 1000)],
       "a line of any length; the last may lack its newline; the end closes")
    eq(web.ws("/role").message(), (TEXT, b"control"), "without -a the role is control")
    eq(web.ws("/gone").message(), (CLOSE, 1011), "a socket that is not there")
    eq(web.ws("/err").message(), (CLOSE, 1000), "a command that says nothing")
    web.err.seek(0)
    ok(b"to stderr" in web.err.read(), "its stderr is ours")
    w = web.ws("/sock")
    peer = sock.accept()[0]
    w.frame(BINARY, bytes(range(256)))
    eq(peer.recv(999), bytes(range(256)), "binary to a socket")
    data = os.urandom(1000000)
    threading.Thread(target=peer.sendall, args=(data,)).start()
    got = b""
    while len(got) < len(data):
        kind, part = w.message()
        got += part
    ok(got == data and kind == BINARY, "and back")
    w.text("x")
    eq(w.message(), (CLOSE, 1003), "text to a socket")
    eq(peer.recv(1), b"", "closes it")
    w = web.ws("/sock")
    sock.accept()[0].close()
    eq(w.message(), (CLOSE, 1000), "the socket's end closes the WebSocket")
    eq(web.status("GET", "/cat"), 426, "GET of a WebSocket's path")
    eq(web.refused("/missing"), "404", "a WebSocket where there is none")
    web.stop()


def test_roles():
    web = Web("/role=exec:echo $RD_ROLE", "/sock=socket:sock")
    for role in ("control", "view"):
        cookie = web.login(role)
        w = web.ws("/role", cookie, ("Origin", web.origin))
        eq(w.message(), (TEXT, role.encode()), f"RD_ROLE is {role}")
    eq(web.refused("/sock", cookie, ("Origin", web.origin)), "403", "no plain socket for view")
    web.stop()


def test_children():
    stubborn = "trap '' TERM HUP INT; sleep 1000 & sleep 1000; sleep 1000"
    web = Web(f"/cat=exec:cat", f"/stubborn=exec:{stubborn}", "/sleep=exec:exec sleep 1000",
              "/bg=exec:sleep 1000 & echo started", "/flood=exec:yes", auth=False)
    fds, memory = web.fds(), web.memory()

    def group(pid):
        return [p for p in os.listdir("/proc") if p.isdigit() and
                stat_of(p)[2] == pid and stat_of(p)[0] != "Z"]

    def stat_of(pid):
        try:
            return open(f"/proc/{pid}/stat").read().rpartition(") ")[2].split()
        except OSError:
            return [""] * 9

    w = web.ws("/cat")
    w.text("x")
    w.message()
    pid, = web.children()
    eq(stat_of(pid)[2], pid, "a command has a process group of its own")
    fd_dir = f"/proc/{pid}/fd"
    ok(all(int(fd) < 3 for fd in os.listdir(fd_dir)), "and inherits nothing but its streams")
    w.close()
    ok(until(lambda: not web.children(), 1), "cat ends at the end of its input")
    w = web.ws("/sleep")
    until(lambda: web.children())
    w.close()
    ok(until(lambda: not web.children(), 2), "sleep ends by SIGTERM")
    w = web.ws("/stubborn")
    until(lambda: web.children())
    pid, = web.children()
    until(lambda: len(group(pid)) >= 3)
    w.close()
    ok(until(lambda: not web.children(), 4), "one that ignores it by SIGKILL")
    ok(until(lambda: not group(pid), 1), "with all of its group")
    w = web.ws("/bg")
    eq((w.message(), w.message()), ((TEXT, b"started"), (CLOSE, 1000)),
       "what a command leaves behind ends with it")
    # Who does not read holds up the command and costs no memory.
    floods = [web.ws("/flood") for n in range(10)]
    until(lambda: len(web.children()) == 10)
    time.sleep(1)
    before = [int(stat_of(p)[11]) + int(stat_of(p)[12]) for p in web.children()]
    time.sleep(0.5)
    after = [int(stat_of(p)[11]) + int(stat_of(p)[12]) for p in web.children()]
    eq(before, after, "a command waits for a viewer that does not read")
    ok(web.memory() - memory < 8192, "in little memory")
    for w in floods:
        w.close()
    until(lambda: not web.children())
    # And the other way round.
    w = web.ws("/sleep")
    w.sock.settimeout(1)
    sent = 0
    try:
        while sent < 64 << 20:
            w.frame(TEXT, b"x" * 65536)
            sent += 65536
    except TimeoutError:
        pass
    ok(sent < 16 << 20, "a viewer waits for a command that does not read")
    ok(web.memory() - memory < 8192, "in little memory")
    web.stop()
    web = Web("/sleep=exec:exec sleep 1000", "/cat=exec:cat", auth=False)
    fds = web.fds()
    w = web.ws("/sleep")
    w.frame(TEXT, b"x" * 100000)  # the pipe and some of the socket
    until(lambda: web.children())
    time.sleep(0.2)
    w.close()
    ok(until(lambda: not web.children(), 2), "and that it goes is seen all the same")
    # Many at once.
    many = [web.ws("/cat") for n in range(200)]
    for n, w in enumerate(many):
        w.text(f"hello {n}")
    eq([w.message()[1] for w in many], [f"hello {n}".encode() for n in range(200)],
       "200 WebSockets, 200 commands")
    eq(len(web.children()), 200, "all at once")
    rest = [web.ws("/cat") for n in range(56)]
    eq(web.ws("/cat").message(), (CLOSE, 1011), "the 257th command is refused")
    for w in many + rest:
        w.close()
    ok(until(lambda: not web.children()), "and none is left")
    ok(until(lambda: web.fds() <= fds), "no descriptor is left open")
    web.stop()
    web = Web(f"/stubborn=exec:{stubborn}", "/cat=exec:cat", auth=False)
    w, s = web.ws("/stubborn"), web.ws("/cat")
    until(lambda: len(web.children()) == 2)
    pids = web.children()
    start = time.monotonic()
    eq(web.stop(), 0, "SIGTERM while commands run")
    ok(time.monotonic() - start < 3, "within 3 s")
    ok(until(lambda: not any(group(p) for p in pids), 1), "takes them along")
    web = Web("/sleep=exec:exec sleep 1000", auth=False)
    w = web.ws("/sleep")
    until(lambda: web.children())
    pid, = web.children()
    web.stop(signal.SIGKILL)
    ok(until(lambda: stat_of(pid)[0] in ("", "Z"), 2), "so does kill -9")


def test_revoke():
    web = Web("/=files:www", "/cat=exec:cat", "/flood=exec:yes", f"/whep=whep:exec python3 standin.py log")
    cookie, other = web.login(), web.login()
    origin = ("Origin", web.origin)
    mine, flood = web.ws("/cat", cookie, origin), web.ws("/flood", cookie, origin)
    theirs = web.ws("/cat", other, origin)
    status, fields, _ = web.ask("POST", "/whep", [cookie, origin, ("Content-Type", "application/sdp")],
                                body=OFFER)
    eq(status, 201, "a viewer by WHEP")
    until(lambda: len(web.children()) == 4)
    start = time.monotonic()
    os.unlink(file_of("sessions", cookie[1].split("=")[1]))
    eq(mine.message(), (CLOSE, 1008), "removing the session closes its WebSocket")
    ok(until(lambda: len(web.children()) == 1, 3), "ends its commands, also one nobody reads from")
    ok(time.monotonic() - start < 1, "within a second")
    eq(web.status("GET", "/", [cookie]), 401, "and lets nobody in")
    theirs.text("still here")
    eq(theirs.message(), (TEXT, b"still here"), "the others stay")
    with open(file_of("sessions", other[1].split("=")[1]), "w") as f:
        f.write("view\n")
    eq(theirs.message(), (CLOSE, 1008), "so does a change of role")
    again = web.ws("/cat", other, origin)
    again.text("x")
    eq(again.message(), (TEXT, b"x"), "which then counts")
    shutil.rmtree(DIR + "/auth/sessions")
    eq(again.message(), (CLOSE, 1008), "removing all sessions closes all")
    os.mkdir(DIR + "/auth/sessions", 0o700)
    flood.close()
    web.stop()


def test_whep():
    web = Web("/=files:www", "/whep=whep:exec python3 standin.py log")
    log = DIR + "/log"
    open(log, "w").close()
    sdp, frag = ("Content-Type", "application/sdp"), ("Content-Type", "application/trickle-ice-sdpfrag")
    secret = token("view")
    me = ("Authorization", "Bearer " + secret)
    cookie = web.login()
    origin = ("Origin", web.origin)
    for name, want, method, path, headers, body in (
            ("GET", 405, "GET", "/whep", [], None),
            ("OPTIONS", 204, "OPTIONS", "/whep", [], None),
            ("another type", 415, "POST", "/whep", [("Content-Type", "text/plain")], OFFER),
            ("no type", 415, "POST", "/whep", [], OFFER),
            ("who wants HTML", 406, "POST", "/whep", [sdp, ("Accept", "text/html")], OFFER),
            ("65 KiB", 413, "POST", "/whep", [sdp], OFFER + "a" * 65536),
            ("no SDP", 400, "POST", "/whep", [sdp], "<html>\n"),
            ("an empty body", 400, "POST", "/whep", [sdp], ""),
            ("an offer that is refused", 400, "POST", "/whep", [sdp], OFFER + "a=refuse\r\n"),
            ("a command that dies", 502, "POST", "/whep", [sdp], OFFER + "a=dead\r\n"),
            ("nobody's DELETE", 404, "DELETE", "/whep/x", [], None),
            ("nobody's PATCH", 404, "PATCH", "/whep/x", [frag], FRAG)):
        eq(web.status(method, path, [cookie, origin, *headers], body=body), want, f"WHEP: {name}")
    eq(os.path.exists(file_of("tokens", secret)), True, "the token is still unused")
    status, fields, body = web.ask("POST", "/whep", [me, sdp, ("Accept", "*/*")], body=OFFER)
    where = fields.get("location", "")
    ok(status == 201 and re.fullmatch("/whep/[0-9a-f]{32}", where) and
       fields.get("content-type") == "application/sdp", "201 with a Location")
    eq(body, "v=0\r\nanswer ä ".encode() + b"x" * 5000, "and the answer")
    ok(until(lambda: open(log).read().count("offer") == 3), "the offer went to a command")
    last = open(log).read().splitlines()[-1]
    ok(last.startswith('view {"type":"offer","trickle":false,'), "with the token's role, without trickle")
    ok(not os.path.exists(file_of("tokens", secret)), "which is used")
    eq(web.status("POST", "/whep", [me, sdp], body=OFFER + "a=x\r\n"), 201,
       "as long as the viewer is there it is a session")
    eq(web.status("PATCH", where, [me, frag], body=FRAG), 204, "PATCH")
    ok(until(lambda: '"candidate:1 1 UDP 1 192.0.2.1 5 typ host","sdpMid":"0"' in open(log).read()),
       "brings candidates")
    etag = fields.get("etag")
    eq(web.status("PATCH", where, [me, frag, ("If-Match", etag)], body=FRAG), 204, "If-Match")
    eq(web.status("PATCH", where, [me, frag, ("If-Match", '"x"')], body=FRAG), 412, "another: 412")
    eq(web.status("PATCH", where, [me, frag], body=FRAG.replace("abcd", "efgh")), 422, "ICE restart: 422")
    eq(web.status("PATCH", where, [me, frag], body="x"), 400, "PATCH of junk")
    eq(web.status("PATCH", where, [me, sdp], body=OFFER), 415, "PATCH of SDP")
    eq(web.status("PATCH", where, [cookie, origin, frag], body=FRAG), 404, "another session's PATCH")
    eq(web.status("DELETE", where, [cookie, origin]), 404, "another session's DELETE")
    eq(web.status("GET", where, [me]), 405, "GET")
    status, fields, _ = web.ask("OPTIONS", where, [me])
    eq((status, fields.get("accept-patch")), (204, "application/trickle-ice-sdpfrag"), "OPTIONS")
    eq(web.status("DELETE", where, [me]), 200, "DELETE")
    ok(until(lambda: open(log).read().count("eof") >= 2), "ends the command")
    eq(web.status("DELETE", where, [me]), 401, "and the session of the token")
    # A viewer that goes away before its answer.
    s = socket.create_connection(("127.0.0.1", web.port))
    body = OFFER + "a=slow\r\n"
    s.sendall((f"POST /whep HTTP/1.1\r\nHost: localhost:{web.port}\r\n"
               f"Origin: http://localhost:{web.port}\r\nCookie: {cookie[1]}\r\n"
               f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
    until(lambda: "slow" in open(log).read())
    n = len(web.children())
    s.close()
    ok(until(lambda: len(web.children()) == n - 1, 3), "who leaves before the answer takes the command along")
    web.stop()


def test_slow():
    web = Web("/=files:www", auth=False)
    fds = web.fds()
    slow = []
    for n in range(100):
        s = socket.create_connection(("127.0.0.1", web.port))
        s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        slow.append(s)
    start = time.monotonic()
    gone = 0
    served = True
    while slow and time.monotonic() - start < 16:
        for s in slow[:]:
            try:
                s.sendall(b"a")
                s.setblocking(False)
                if s.recv(1) == b"":
                    raise ConnectionError
            except BlockingIOError:
                s.setblocking(True)
            except OSError:
                slow.remove(s)
                s.close()
                gone += 1
        served = served and web.status("GET", "/a.js") == 200
        time.sleep(0.5)
    ok(served, "others are served while 100 dawdle over their headers")
    eq(gone, 100, "and those are shown the door")
    # More connections than there is room for wait; nothing spins.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    idle = [socket.create_connection(("127.0.0.1", web.port)) for n in range(520)]
    time.sleep(0.5)
    ticks = sum(os.times()[2:4])
    before = open(f"/proc/{web.proc.pid}/stat").read().split()[13:15]
    time.sleep(1)
    after = open(f"/proc/{web.proc.pid}/stat").read().split()[13:15]
    ok(sum(map(int, after)) - sum(map(int, before)) <= 2, "520 connections cost no CPU")
    for s in idle:
        s.close()
    eq(web.status("GET", "/a.js"), 200, "when they are gone it serves")
    ok(until(lambda: web.fds() <= fds), "no descriptor is left open")
    web.stop()


def test_idle():
    web = Web("/cat=exec:cat")
    cookie = web.login()
    w = web.ws("/cat", cookie, ("Origin", web.origin))
    w.text("x")
    w.message()
    def switches():
        text = open(f"/proc/{web.proc.pid}/status").read()
        return sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", text)))
    time.sleep(0.5)
    before = switches()
    time.sleep(3)
    eq(switches() - before, 0, "an idle viewer wakes nobody")
    status = open(f"/proc/{web.proc.pid}/status").read()
    ok("NoNewPrivs:\t1" in status and "Threads:\t1" in status, "one thread, no new privileges")
    web.stop()


def test_tls():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
                    "-days", "2", "-subj", "/CN=localhost"], cwd=DIR, check=True, capture_output=True)
    web = Web("-c", "cert.pem", "-k", "key.pem", "/=files:www", "/cat=exec:cat")
    eq(web.scheme, "https", "the address says https")
    context = ssl.create_default_context(cafile=DIR + "/cert.pem")
    context.check_hostname = False
    status, fields, _ = web.ask("GET", "/?token=" + token(), tls=context)
    cookie = fields.get("set-cookie", "")
    ok(re.fullmatch(f"__Host-rd_session_{web.port}=[0-9a-f]{{64}}; Path=/; HttpOnly; "
                    "SameSite=Strict; Secure", cookie), "cookie with __Host- and Secure")
    cookie = ("Cookie", cookie.split(";")[0])
    eq(len(web.ask("GET", "/big", [cookie], tls=context)[2]), 3000000, "a large file by TLS")
    w = web.ws("/cat", cookie, ("Origin", web.origin), tls=context)
    w.text("hello" * 100000)
    eq(len(w.message()[1]), 500000, "a WebSocket by TLS")
    eq(web.refused("/cat", cookie, ("Origin", f"http://127.0.0.1:{web.port}"), tls=context), "403",
       "not from a page without TLS")
    eq(web.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").count(b"200"), 0, "plain HTTP gets nothing")
    for version, good in ((ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
                          (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version = old.maximum_version = version
        old.set_ciphers("ALL:@SECLEVEL=0")
        try:
            old.wrap_socket(socket.create_connection(("127.0.0.1", web.port))).close()
            spoken = True
        except OSError:
            spoken = False
        eq(spoken, good, f"{version.name}: {'spoken' if good else 'refused'}")
    web.stop()
    os.rename(DIR + "/key.pem", DIR + "/other.pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-out", "key.pem"], cwd=DIR, check=True, capture_output=True)
    p = subprocess.run(["rd-web", "-c", "cert.pem", "-k", "key.pem", "/=files:www"], cwd=DIR,
                       capture_output=True, timeout=10)
    ok(p.returncode == 100 and b"key.pem" in p.stderr, "a key of another certificate: 100")


def test_secrets():
    text = open(DIR + "/stderr", errors="replace").read()
    ok(secrets and "login" in text and not any(x in text for x in secrets),
       f"none of {len(secrets)} secrets is in the log")


try:
    os.chdir(DIR)
    setup()
    only = sys.argv[1:]
    for name, test in list(globals().items()):
        if name.startswith("test_") and (not only or name[5:] in only):
            print(f"# {name[5:]}")
            test()
finally:
    for web in Web.running[:]:
        web.stop(signal.SIGKILL)
    os.chdir("/")
    shutil.rmtree(DIR)
print(f"1..{count}")
sys.exit(failed != 0)
