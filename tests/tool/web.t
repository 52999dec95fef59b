#!/usr/bin/python3
"""rd-web as its callers see it: raw requests, logins, files, TLS."""
import gzip
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webtest import DIR, OFFER, Web, eq, file_of, link, ok, run, sessions, token, until  # noqa: E402


def test_command_line():
    def call(*args):
        p = subprocess.run(["rd-web", *args], cwd=DIR, capture_output=True, timeout=10)
        return p.returncode, p.stdout.decode(), p.stderr.decode()

    code, out, err = call("-h")
    ok(code == 0 and out.startswith("rd-web [-") and not err, "-h")
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
        code, out, err = call(*args)
        ok(code == want and text in err and err.count("\n") == 1 and not out and
           err.startswith("rd-web: fatal: "), f"{name}: {want}, in one line")
    busy.close()
    os.chmod(DIR + "/auth", 0o770)
    ok(call("-a", "auth", www)[0] == 100, "an auth folder that others can write to")
    os.chmod(DIR + "/auth", 0o700)
    web = Web("-i", "/=files:www", listen="0.0.0.0:0")
    ok(web.url.startswith("http://0.0.0.0:"), "-i listens to all")
    eq(web.stop(), 0, "SIGTERM ends it with 0")


def own_address():
    """An address of this machine that is not the loopback's, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return s.getsockname()[0]


def test_crowd():
    address = own_address()
    if not address:
        return ok(True, "no more than 128 connections from one address # SKIP no network")

    def is_open(s):
        """Whether it stays: one that is refused is closed at once."""
        s.settimeout(0.5)
        try:
            return s.recv(1) != b""
        except TimeoutError:
            return True
        except OSError:
            return False
    for listen in "0.0.0.0:0", "[::]:0":
        web = Web("-i", "/=files:www", listen=listen)

        def connect(to=address):
            return socket.create_connection((to, web.port))
        held = [connect() for n in range(128)]
        ok(is_open(held[-1]), f"{listen}: 128 connections from one address")
        ok(not any(is_open(connect()) for n in range(3)), "and no more")
        many = [connect("127.0.0.1") for n in range(130)]
        eq(web.status("GET", "/"), 401, "but from this machine")
        for s in held[:10]:
            s.close()
        ok(until(lambda: is_open(connect())), "until one of them ends")
        for s in held[10:] + many:
            s.close()
        web.stop()


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


def test_links():
    web = Web("/=files:www")
    secret = link("view", 3600)
    cookies = [web.login(by=secret) for n in range(3)]
    ok(len({c[1] for c in cookies}) == 3, "a link lets in more than one")
    eq({web.status("GET", "/", [c]) for c in cookies}, {200}, "each for itself")
    name = os.path.basename(file_of("links", secret))
    value = cookies[0][1].split("=")[1]
    eq(open(file_of("sessions", value)).read(), f"view {name}\n", "a session knows its link")
    status, fields, _ = web.ask("GET", "/?token=" + secret, [cookies[0]])
    ok(status == 303 and "set-cookie" not in fields, "who is in by it stays the same")
    own = web.login()
    ok("set-cookie" in web.ask("GET", "/?token=" + secret, [own])[1], "who is in by another is not")
    eq(web.status("GET", "/?token=" + link("view", 0)), 403, "one that has ended lets nobody in")
    os.unlink(file_of("links", secret))
    eq({web.status("GET", "/", [c]) for c in cookies}, {401}, "what is gone takes all it let in along")
    eq(web.status("GET", "/", [own]), 200, "and nobody else")
    eq(web.status("GET", "/?token=" + secret), 403, "and lets nobody in")
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
    text = b"let a = 1;\n" * 5000
    open(DIR + "/www/long.js", "wb").write(text)
    packed, plain = (web.ask("GET", "/long.js", [("Accept-Encoding", way)])
                     for way in ("br, gzip;q=0.5", "gzip;q=0, br"))
    eq(packed[1].get("content-encoding"), "gzip", "text is gzipped for who takes it")
    ok(gzip.decompress(packed[2]) == text and len(packed[2]) < 1000, "the same bytes, fewer")
    eq((plain[1].get("content-encoding"), plain[2]), (None, text), "as it is for who does not")
    ok(packed[1]["etag"] != plain[1]["etag"], "two forms, two etags")
    eq([fields.get("vary") for _, fields, _ in (packed, plain)], ["accept-encoding"] * 2, "caches are told")
    eq(web.status("GET", "/long.js", [("Accept-Encoding", "gzip"), ("If-None-Match", packed[1]["etag"])]),
       304, "gzipped again: 304")
    eq(web.ask("HEAD", "/long.js", [("Accept-Encoding", "gzip")])[1]["content-length"],
       str(len(packed[2])), "HEAD tells the length of the gzipped form")
    eq(web.ask("GET", "/big", [("Accept-Encoding", "gzip")])[1].get("content-encoding"), None,
       "what is no text is not")
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"):
        status = web.status(method, "/a.js", [("Origin", web.origin)],
                            body="x" if method in ("POST", "PUT", "PATCH") else None)
        ok(status in (400, 403, 404, 405, 0), f"{method}: {status}")
    status, fields, _ = web.ask("OPTIONS", "/a.js")
    eq((status, fields.get("allow")), (204, "GET, HEAD, OPTIONS"), "OPTIONS")
    for path in ("/missing", "/sub", "/a.js/", "/a.js/x", "/.env", "/.hid/x", "/sub/.x", "/sub/"):
        want = 200 if path == "/sub/" else 404
        eq(web.status("GET", path), want, f"{path}: {want}")
    # Two requests in one packet, and a keep-alive connection.
    host = f"Host: 127.0.0.1:{web.port}\r\n"
    got = web.raw((f"GET /a.js HTTP/1.1\r\n{host}\r\n"
                   f"GET /sub/ HTTP/1.1\r\n{host}Connection: close\r\n\r\n").encode())
    eq(got.count(b"HTTP/1.1 200"), 2, "pipelined requests")
    got = web.raw(f"GET /big HTTP/1.1\r\n{host}\r\n".encode() * 3, timeout=2)
    eq(len(re.findall(b"etag: ", got)), 3, "also behind a large file")
    ok(len(got) > 9000000, "all of it")
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
    eq(web.fds() - fds, 512, "512 connections are accepted, more wait")
    before = open(f"/proc/{web.proc.pid}/stat").read().split()[13:15]
    time.sleep(1)
    after = open(f"/proc/{web.proc.pid}/stat").read().split()[13:15]
    ok(sum(map(int, after)) - sum(map(int, before)) <= 2, "520 connections cost no CPU")
    for s in idle:
        s.close()
    eq(web.status("GET", "/a.js"), 200, "when they are gone it serves")
    ok(until(lambda: web.fds() <= fds), "no descriptor is left open")
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


run(globals())
