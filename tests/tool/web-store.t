#!/usr/bin/python3
"""rd-web's store route: files put, gone on with, listed, fetched; and kept in."""
import hashlib
import json
import os
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webtest import DIR, Web, eq, ok, run, until  # noqa: E402

STORE = DIR + "/store"


def start(*args, **kwargs):
    """A server with a store, and what asks it as a page of its own does."""
    os.makedirs(STORE, exist_ok=True)
    web = Web("/=files:www", "/files=store:store", *args, **kwargs)
    cookie = web.login()

    def ask(method, path, *headers, body=None, who=cookie, origin=web.origin):
        fields = [who, *headers] if who else list(headers)
        if origin:
            fields.append(("Origin", origin))
        return web.ask(method, "/files/" + path, fields, body)
    return web, ask


def range_of(first, data, total):
    return ("Content-Range", f"bytes {first}-{first + len(data) - 1}/{total}")


def stored(path):
    try:
        with open(f"{STORE}/{path}", "rb") as f:
            return f.read()
    except OSError:
        return None


def everything():
    return sorted(os.path.relpath(os.path.join(d, n), STORE)
                  for d, _, names in os.walk(STORE) for n in names)


def partials():
    return [n for n in everything() if "/.rd-partial-" in "/" + n]


def test_put():
    web, ask = start()
    data = os.urandom(300000)
    eq(ask("PUT", "a%20%C3%A4.bin", body=data)[0], 201, "a whole file")
    ok(stored("a ä.bin") == data, "with its bytes and name")
    eq(ask("PUT", "empty", body=b"")[0], 201, "an empty one")
    eq(stored("empty"), b"", "is there")
    eq(ask("PUT", "one/two/three.txt", body=b"x")[0], 201, "one in new folders")
    eq(stored("one/two/three.txt"), b"x", "is there")
    status, _, body = ask("PUT", "empty", body=b"new")
    ok(status == 412 and b"already" in body, "not over another")
    eq(stored("empty"), b"", "which stays")
    eq(ask("PUT", "empty", ("If-Match", "*"), body=b"new")[0], 201, "unless that is asked for")
    eq(stored("empty"), b"new", "then it is the new one")
    eq(ask("PUT", "one", body=b"x")[0], 409, "nor over a folder")
    eq(ask("PUT", "one", ("If-Match", "*"), body=b"x")[0], 409, "however asked")
    eq(ask("PUT", "empty/x", body=b"x")[0], 409, "nor below a file")
    eq(partials(), [], "nothing is left of it")
    status, _, body = ask("GET", "")
    names = {e["name"]: e for e in json.loads(body)}
    eq(sorted(names), ["a ä.bin", "empty", "one"], "the list")
    ok(names["one"]["folder"] and names["a ä.bin"]["size"] == 300000 and
       abs(names["empty"]["changed"] - os.stat(STORE + "/empty").st_mtime) < 1, "says what they are")
    eq([e["name"] for e in json.loads(ask("GET", "one/two/")[2])], ["three.txt"], "that of a folder")
    web.stop()


def test_resume():
    web, ask = start()
    data = os.urandom(100000)
    upload = ("Upload-Id", "100000-17")
    nothing = ("Content-Range", "bytes */100000")

    def have(*headers):
        status, fields, _ = ask("PUT", "r/big", nothing, *headers, body=b"")
        return status, fields.get("upload-offset")
    eq(have(upload), (200, "0"), "nothing is there yet")
    ok(not os.path.exists(STORE + "/r"), "and asking makes nothing")
    status, fields, _ = ask("PUT", "r/big", upload, range_of(0, data[:30000], 100000), body=data[:30000])
    eq((status, fields.get("upload-offset")), (200, "30000"), "the first piece")
    eq(have(upload), (200, "30000"), "is there")
    eq(have(("Upload-Id", "other")), (200, "0"), "but not of another file of that name")
    status, fields, _ = ask("PUT", "r/big", upload, range_of(50000, data[50000:], 100000), body=data[50000:])
    eq((status, fields.get("upload-offset")), (409, "30000"), "a gap is refused")
    eq(ask("GET", "r/big")[0], 404, "half a file is none")
    eq(json.loads(ask("GET", "r/")[2]), [], "nor in the list")
    # The connection is cut in the middle of a body.
    head = (f"PUT /files/r/big HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nOrigin: {web.origin}\r\n"
            f"Cookie: {web.login()[1]}\r\nUpload-Id: 100000-17\r\nContent-Length: 70000\r\n"
            "Content-Range: bytes 30000-99999/100000\r\n\r\n").encode()
    s = socket.create_connection(("127.0.0.1", web.port))
    s.sendall(head + data[30000:60000])
    ok(until(lambda: have(upload) == (200, "60000")), "what came before a cut is kept")
    s.close()
    web.stop(9)
    web, ask = start()
    eq(have(upload), (200, "60000"), "also when rd-web is killed")
    eq(ask("PUT", "r/big", upload, range_of(60000, data[60000:], 100000), body=data[60000:])[0], 201, "the rest")
    ok(stored("r/big") == data, "makes it whole")
    eq(partials(), [], "with nothing left")
    ask("PUT", "c", upload, range_of(0, data[:9], 100000), body=data[:9])
    eq(len(partials()), 1, "one that is begun")
    eq(ask("DELETE", "c", upload)[0], 204, "and cancelled")
    eq(partials(), [], "leaves nothing")
    eq(ask("DELETE", "r/big", upload)[0], 204, "a whole file")
    ok(stored("r/big") == data, "cannot be removed")
    for name, value in (("no total", "bytes 0-8/*"), ("too short", "bytes 0-7/100"), ("backwards", "bytes 8-0/100"),
                        ("beyond the end", "bytes 0-8/8"), ("no bytes", "lines 0-8/9"), ("huge", "bytes 0-8/9999999999999999999")):
        eq(ask("PUT", "bad", ("Content-Range", value), body=data[:9])[0], 400, f"Content-Range: {name}")
    eq(ask("PUT", "bad", ("Upload-Id", "../x"), body=b"x")[0], 400, "an Upload-Id that is a path")
    eq(ask("PUT", "bad", ("Upload-Id", "x" * 65), body=b"x")[0], 400, "or too long")
    eq(stored("bad"), None, "nothing came of these")
    web.stop()


def test_confined():
    web, ask = start()
    os.makedirs(DIR + "/elsewhere", exist_ok=True)
    with open(DIR + "/elsewhere/secret", "w") as f:
        f.write("SECRET")
    os.makedirs(STORE + "/sub", exist_ok=True)
    os.symlink("../elsewhere", STORE + "/out")
    os.symlink(DIR + "/elsewhere/secret", STORE + "/link")
    os.symlink("sub", STORE + "/inner")
    os.mkfifo(STORE + "/fifo")
    before = sorted(os.listdir(DIR))
    paths = ["..", "../x", "../elsewhere/secret", "%2e%2e/x", "%2e%2e%2fx", "..%2fx", "a/../../x", "sub/../../x",
             "/etc/passwd", "%2fetc/passwd", "./x", "a//b", "a/./b", "out/secret", "out/x", "link", "inner/x",
             "a%00b", "a%0ab", "a%7fb", "%ff", ".rd-partial-x", "sub/.rd-partial-x", "x" * 256, "fifo", "fifo/x",
             "%252e%252e/x", "..%5cx", "sub/..", "sub/../..", "../store/x", "..;/x"]
    escaped = []
    for path in paths:
        for method in ("PUT", "GET"):
            status, _, body = ask(method, path, body=b"EVIL" if method == "PUT" else None)
            if b"SECRET" in body or b"root:" in body:
                escaped.append((method, path, status))
    eq(escaped, [], f"{len(paths)} ways out, none of which leads to a file")
    eq(sorted(os.listdir(DIR)), before, "nothing was made outside")
    with open(DIR + "/elsewhere/secret") as f:
        eq((f.read(), os.listdir(DIR + "/elsewhere")), ("SECRET", ["secret"]), "nor changed")
    for path in ("out/x", "link", "inner/x"):
        eq(ask("PUT", path, ("If-Match", "*"), body=b"x")[0] in (201, 409) and os.path.islink(f"{STORE}/out")
           and os.path.islink(f"{STORE}/inner"), True, f"{path}: no link is followed")
    for path in ("out/secret", "inner/", "out/", "fifo"):
        eq(ask("GET", path)[0], 404, f"{path}: nor read")
    eq([n for n in json.loads(ask("GET", "")[2]) if n["name"] in ("out", "inner", "fifo")], [], "nor listed")
    web.stop()


def test_who():
    web, ask = start()
    view = web.login("view")
    for method, body in (("PUT", b"x"), ("GET", None), ("DELETE", None)):
        path = "" if method == "GET" else "v"
        eq(ask(method, path, body=body, who=view)[0], 403, f"{method}: not who may only view")
        eq(ask(method, path, body=body, who=None)[0], 401, f"{method}: not strangers")
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{web.port + 1}"):
        eq(ask("PUT", "v", body=b"x", origin=origin)[0], 403, f"PUT: not pages of {origin}")
    eq(ask("PUT", "v", body=b"x", origin=None)[0], 403, "PUT: not without an Origin")
    eq(stored("v"), None, "nothing came of these")
    eq(ask("POST", "v", body=b"x")[0], 405, "POST is nothing here")
    eq(web.status("PUT", "/a.js", [web.login(), ("Origin", web.origin)], b"x"), 405, "nor is PUT elsewhere")
    # What is under way ends with the session.
    cookie = web.login()
    s = socket.create_connection(("127.0.0.1", web.port))
    s.sendall((f"PUT /files/w HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\nOrigin: {web.origin}\r\n"
               f"Cookie: {cookie[1]}\r\nContent-Length: 9\r\n\r\n").encode() + b"1234")
    ok(until(partials), "one under way")
    for name in os.listdir(DIR + "/auth/sessions"):
        os.remove(f"{DIR}/auth/sessions/{name}")
    s.sendall(b"56789")
    ok(b" 401 " in s.recv(4096), "whose session ends is refused")
    s.close()
    eq(stored("w"), None, "and not stored")
    web.stop()


def test_fetch():
    web, ask = start()
    data = os.urandom(2500000)
    with open(STORE + "/big.html", "wb") as f:
        f.write(data)
    status, fields, body = ask("GET", "big.html")
    ok(status == 200 and body == data, "a file")
    eq((fields["content-disposition"], fields["content-type"]), ("attachment", "application/octet-stream"),
       "only to be saved")
    etag = fields["etag"]
    for value, first, last in (("0-9", 0, 9), ("2499990-", 2499990, 2499999), ("-5", 2499995, 2499999),
                               ("100-9999999", 100, 2499999)):
        status, fields, body = ask("GET", "big.html", ("Range", "bytes=" + value))
        ok(status == 206 and body == data[first:last + 1] and
           fields["content-range"] == f"bytes {first}-{last}/2500000", f"bytes={value}")
    eq(ask("GET", "big.html", ("Range", "bytes=2500000-"))[0], 416, "beyond its end")
    for value in ("bytes=5-2", "lines=1-2", "bytes=0-1,5-6", "bytes=x"):
        eq(len(ask("GET", "big.html", ("Range", value))[2]), 2500000, f"{value}: all of it")
    eq(ask("GET", "big.html", ("Range", "bytes=0-9"), ("If-Range", etag))[0], 206, "If-Range: the same")
    eq(ask("GET", "big.html", ("Range", "bytes=0-9"), ("If-Range", '"x"'))[0], 200, "another")
    status, fields, body = ask("HEAD", "big.html")
    eq((status, fields["content-length"], body), (200, "2500000", b""), "HEAD")
    eq(web.ask("GET", "/big", [web.login(), ("Range", "bytes=1-2")])[0], 206, "ranges of other files too")
    web.stop()


def test_space():
    web, ask = start()
    before = partials()
    for asked in (False, True):
        status, _, body = ask("PUT", "vast", ("Content-Range", f"bytes {'*' if asked else '0-8'}/{1 << 52}"),
                              body=b"" if asked else b"x" * 9)
        ok(status == 507 and b"space" in body, "more than there is room for is refused at once")
    eq(partials(), before, "and nothing is begun")
    web.stop()
    # A file system that is full, and a limit on files: whichever comes first.
    web, ask = start()
    subprocess.run(["prlimit", f"--pid={web.proc.pid}", "--fsize=100000"], check=True)
    status, fields, body = ask("PUT", "large", body=os.urandom(300000))
    eq((status, fields.get("upload-offset")), (413, "100000"), "what the system does not take is said")
    ok(b"too large" in body, "in words")
    eq(stored("large"), None, "and no file")
    web.stop()


def test_long_list():
    web, ask = start()
    folder = os.path.join(STORE, "many")
    os.mkdir(folder)
    for i in range(600):
        path = os.path.join(folder, '"' * 240 + f"{i:03}")
        open(path, "w").close()
        os.utime(path, (i, i))
    names = [n["name"][-3:] for n in json.loads(ask("GET", "many/")[2])]
    eq(names, [f"{i:03}" for i in range(599, 199, -1)], "of many the newest are listed")
    web.stop()


def test_curl():
    web, ask = start()
    data = os.urandom(20000000)
    with open(DIR + "/source", "wb") as f:
        f.write(data)
    cookie = web.login()[1]
    common = ["curl", "-sS", "-b", cookie.replace("Cookie: ", ""), "-H", f"Origin: {web.origin}"]
    out = subprocess.run([*common, "-o", "-", "-w", "%{http_code}", "-T", DIR + "/source",
                          f"{web.origin}/files/curled"], capture_output=True, timeout=60).stdout
    eq(out, b"201", "curl -T")
    out = subprocess.run([*common, f"{web.origin}/files/curled"], capture_output=True, timeout=60).stdout
    eq(hashlib.sha256(out).digest(), hashlib.sha256(data).digest(), "and back")
    eq(web.children(), [], "no process for it")
    web.stop()


run(globals())
