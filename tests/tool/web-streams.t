#!/usr/bin/python3
"""rd-web's WebSockets and WHEP, and the commands behind them."""
import os
import random
import re
import shutil
import signal
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webtest import DIR, FRAG, OFFER, Web, eq, file_of, link, ok, run, token, until  # noqa: E402
from ws import BINARY, CLOSE, PING, TEXT  # noqa: E402


def test_websocket():
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(DIR + "/sock")
    sock.listen()
    web = Web("/cat=exec:cat", "/bytes=pipe:cat", "/role=exec:echo $RD_ROLE", "/sock=socket:sock",
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
    w = web.ws("/bytes")
    w.frame(BINARY, bytes(range(256)))
    eq(w.message(), (BINARY, bytes(range(256))), "binary to a command, and back")
    w.text("x")
    eq(w.message(), (CLOSE, 1003), "text to a pipe")
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
    web = Web("/role=exec:echo $RD_ROLE", "/bytes=pipe:printf $RD_ROLE", "/sock=socket:sock")
    for role in ("control", "view"):
        cookie = web.login(role)
        w = web.ws("/role", cookie, ("Origin", web.origin))
        eq(w.message(), (TEXT, role.encode()), f"RD_ROLE is {role}")
        eq(web.ws("/bytes", cookie, ("Origin", web.origin)).message(), (BINARY, role.encode()), "of bytes as well")
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

    def ticks():
        return [stat_of(p)[11:13] for p in web.children()]

    def still():
        before = ticks()
        time.sleep(0.5)
        return ticks() == before
    ok(until(still, 10), "a command waits for a viewer that does not read")
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
    web = Web("/=files:www", "/cat=exec:cat", "/flood=exec:yes", "/whep=whep:exec python3 standin.py log",
              "/stubborn=exec:trap '' TERM HUP INT; sleep 1000 & sleep 1000; sleep 1000")
    cookie, other = web.login(), web.login()
    origin = ("Origin", web.origin)
    mine, flood = web.ws("/cat", cookie, origin), web.ws("/flood", cookie, origin)
    theirs = web.ws("/cat", other, origin)
    stubborn = web.ws("/stubborn", cookie, origin)
    status, fields, _ = web.ask("POST", "/whep", [cookie, origin, ("Content-Type", "application/sdp")],
                                body=OFFER)
    eq(status, 201, "a viewer by WHEP")
    until(lambda: len(web.children()) == 5)
    start = time.monotonic()
    os.unlink(file_of("sessions", cookie[1].split("=")[1]))
    eq(mine.message(), (CLOSE, 1008), "removing the session closes its WebSocket")
    ok(until(lambda: len(web.children()) == 1, 3), "ends its commands, also one nobody reads from or can ask")
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
    guests = [web.login(by=by) for by in [link("view", 3600)] * 2 + [link("control", 2)]]
    open_ = [web.ws("/cat", guest, origin) for guest in guests]
    eq(open_[2].message(), (CLOSE, 1008), "the end of a link closes what came by it")
    start = time.monotonic()
    shutil.rmtree(DIR + "/auth/links")
    eq([w.message() for w in open_[:2]], [(CLOSE, 1008)] * 2, "removing links closes what came by them")
    ok(until(lambda: len(web.children()) == 1) and time.monotonic() - start < 1, "within a second")
    os.mkdir(DIR + "/auth/links", 0o700)
    shutil.rmtree(DIR + "/auth/sessions")
    eq(again.message(), (CLOSE, 1008), "removing all sessions closes all")
    os.mkdir(DIR + "/auth/sessions", 0o700)
    flood.close()
    stubborn.close()
    web.stop()


def test_seat():
    web = Web("/cat=exec:cat", "/role=exec:echo $RD_ROLE; cat", "/bytes=pipe:cat", "/who=people:people")
    cookie, other, guest = web.login(), web.login(), web.login("view")
    origin = ("Origin", web.origin)
    seat, gone = "0123456789abcdef" * 2, b'{"type":"away"}'

    def sit(query, who=cookie, path="/cat"):
        return web.ws(f"{path}?{query}", who, origin)

    def no_seat(query, who=cookie, path="/cat"):
        return web.refused(f"{path}?{query}", who, origin)

    w = sit(f"seat={seat}")
    w.text("hello")
    eq(w.message(), (TEXT, b"hello"), "a WebSocket with a seat")
    pid, = web.children()
    for name, query, who, path in (
            ("a seat that is taken", f"seat={seat}", cookie, "/cat"),
            ("nobody's seat", "resume=" + "f" * 32, cookie, "/cat"),
            ("another's seat", f"resume={seat}", other, "/cat"),
            ("a seat elsewhere", f"resume={seat}", cookie, "/role"),
            ("no token", "seat=0", cookie, "/cat"),
            ("a longer one", f"seat={seat}0", cookie, "/cat"),
            ("another alphabet", "seat=" + "G" * 32, cookie, "/cat")):
        eq(no_seat(query, who, path), "404", f"{name}: 404")
    w.close()
    w = sit(f"resume={seat}")
    eq(w.message(), (TEXT, gone), "its WebSocket breaks: the command is told")
    w.text("again")
    eq(w.message(), (TEXT, b"again"), "whoever comes back")
    eq(web.children(), [pid], "finds the same command")
    v = sit(f"resume={seat}")
    v.text("here")
    eq(v.message(), (TEXT, b"here"), "even before the break is noticed")
    w.sock.settimeout(5)
    try:
        while w.sock.recv(4096):
            pass
        over = True
    except ConnectionError:
        over = True
    except TimeoutError:
        over = False
    ok(over, "which then is over")
    v.frame(TEXT, b"half", False)
    v.frame(PING, b"x")  # answered, so the half is there
    v.take(3)
    v.close()
    ok(until(lambda: not web.children(), 3), "half a message cannot be gone on with")
    w = sit(f"seat={seat}")
    until(lambda: web.children())
    w.frame(CLOSE, b"\x03\xe8")
    ok(until(lambda: not web.children(), 3), "who says goodbye does not come back")
    eq(no_seat(f"resume={seat}"), "404", "and has no seat")
    w = sit(f"seat={seat}", guest, "/role")
    eq(w.message(), (TEXT, b"view"), "a guest's seat")
    w.close()
    with open(file_of("sessions", guest[1].split("=")[1]), "w") as f:
        f.write("control\n")
    ok(until(lambda: not web.children(), 3), "is lost with the role")
    w = sit(f"seat={seat}")
    w.text("x")
    w.message()
    w.close()
    time.sleep(0.2)
    os.unlink(file_of("sessions", cookie[1].split("=")[1]))
    ok(until(lambda: not web.children(), 3), "and with the session")
    w = web.ws(f"/bytes?seat={seat}", other, origin)
    w.frame(BINARY, b"x")
    w.message()
    w.close()
    ok(until(lambda: not web.children(), 3), "bytes have no seat")
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
    # lws 4.1 reads on while an answer is waited for, and mistakes a request
    # behind another in one packet; neither may do more than fail.
    field = f"Host: localhost:{web.port}\r\n"
    get = f"GET / HTTP/1.1\r\n{field}Cookie: {cookie[1]}\r\n\r\n"
    post = (f"POST /whep HTTP/1.1\r\n{field}Cookie: {cookie[1]}\r\n"
            f"Origin: http://localhost:{web.port}\r\nContent-Type: application/sdp\r\n"
            f"Content-Length: {len(OFFER)}\r\n\r\n{OFFER}")
    n = len(web.children())
    for name, text, want in (("GET behind POST", post + get, [[]]),
                             ("POST behind POST", post + post, [[]]),
                             ("junk behind POST", post + "junk\r\n\r\n", [[]]),
                             ("POST behind GET", get + post, [[b"200", b"201"], [b"200", b"400"]])):
        got = re.findall(rb"HTTP/1.1 (\d+)", web.raw(text.encode(), timeout=3))
        ok(got in want, f"{name}: {got}")
    ok(until(lambda: len(web.children()) <= n + 1), "and leave no command")
    # A viewer that goes away before its answer.
    s = socket.create_connection(("127.0.0.1", web.port))
    body = OFFER + "a=slow\r\n"
    s.sendall((f"POST /whep HTTP/1.1\r\nHost: localhost:{web.port}\r\n"
               f"Origin: http://localhost:{web.port}\r\nCookie: {cookie[1]}\r\n"
               f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
    until(lambda: "slow" in open(log).read())
    n = len(web.children())
    s.close()
    ok(until(lambda: len(web.children()) < n, 3), "who leaves before the answer takes the command along")
    web.stop()


def test_mutated():
    """Requests cut, bent, doubled and joined, the same ones each time."""
    web = Web("/=files:www", "/cat=exec:cat", "/whep=whep:exec python3 standin.py log")
    chance = random.Random(1)
    fields = (f"Host: 127.0.0.1:{web.port}\r\nOrigin: {web.origin}\r\n"
              f"Cookie: {web.login()[1]}\r\n")
    upgrade = ("GET /cat HTTP/1.1\r\n" + fields + "Connection: Upgrade\r\nUpgrade: websocket\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    seeds = [text.encode() for text in (
        f"GET / HTTP/1.1\r\n{fields}\r\n", f"HEAD /big HTTP/1.1\r\n{fields}\r\n",
        f"GET /big HTTP/1.1\r\n{fields}\r\n", f"DELETE /whep/x HTTP/1.1\r\n{fields}\r\n",
        f"POST /whep HTTP/1.1\r\n{fields}Content-Type: application/sdp\r\n"
        f"Content-Length: {len(OFFER)}\r\n\r\n{OFFER}")]
    seeds += [upgrade.encode() + frames for frames in (
        b"\x81\x82\0\0\0\0hi\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8",
        b"\x01\x81\0\0\0\0a\x80\x81\0\0\0\0b\x82\x81\0\0\0\0c", b"\x81\xff" + b"\xff" * 12)]

    def bend(data):
        i = chance.randrange(len(data))
        j = min(len(data), i + chance.randrange(1, 40))
        return chance.choice((
            lambda: data[:i], lambda: data[:i] + data[j:], lambda: data + chance.choice(seeds),
            lambda: data[:i] + bytes([data[i] ^ 1 << chance.randrange(8)]) + data[i + 1:],
            lambda: data[:i] + data[i:j] * chance.choice((2, 50)) + data[j:],
            lambda: data[:i] + bytes(chance.choices(b"\r\n\0 :;%/.\xff0", k=5)) + data[i:]))() or data
    held = []
    for n in range(600):
        data = bend(bend(chance.choice(seeds)))
        cut = chance.randrange(len(data) + 1)
        s = socket.create_connection(("127.0.0.1", web.port))
        held.append(s)
        try:
            s.sendall(data[:cut])
            s.sendall(data[cut:])
        except OSError:
            pass  # closed on what came first
        while len(held) > 40:
            held.pop(chance.randrange(len(held))).close()
    for s in held:
        s.close()
    eq(web.status("GET", "/", [("Cookie", fields.split("Cookie: ")[1].strip())]), 200,
       "after 600 bent requests it serves")
    eq(web.stop(), 0, "and ends as it should")


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
    caps = re.findall(r"Cap(?:Inh|Prm|Eff|Bnd):\t(\w+)", status)
    ok(os.getuid() or caps == ["0" * 16] * 4, "and no capability, also when root runs it")
    web.stop()


run(globals())
