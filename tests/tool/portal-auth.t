#!/usr/bin/python3
"""Who may enter: rd-portal asked as the edge asks it, by curl."""
import base64
import os
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from portaltest import DIR, PASSWORD, TOKEN, Portal, eq, ok, run  # noqa: E402

NAVIGATE = ["Accept: text/html,*/*", "Sec-Fetch-Dest: document"]
secrets = [PASSWORD, TOKEN]


def login(p, **kwargs):
    status, got = p.ask(*NAVIGATE, uri="/?token=" + TOKEN, **kwargs)
    assert status == 302, status
    cookie = got["set-cookie"].split(";")[0]
    secrets.append(cookie.split("=")[1])
    return "Cookie: " + cookie


def basic(user, password):
    return "Authorization: Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def sessions():
    return os.listdir(DIR + "/auth/sessions")


def test_matrix():
    p = Portal()
    bad = "nope"
    own = "Origin: http://192.0.2.1:40001"
    ws = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 13"]
    n = 0
    for name, fields, kwargs, want in (
            ("nothing", [], {}, 401),
            ("nothing, a page", NAVIGATE, {}, 401),
            ("token", [], {"uri": "/?token=" + TOKEN}, 200),
            ("password as token", [], {"uri": "/?token=pass%3aword+$1"}, 200),
            ("token, a page", NAVIGATE, {"uri": "/?token=" + TOKEN}, 302),
            ("token, a page by Accept alone", ["Accept: text/html"], {"uri": "/?token=" + TOKEN}, 302),
            ("token, as the console probes", ["Accept: application/json, text/plain, */*"],
             {"uri": "/?token=" + TOKEN}, 200),
            ("wrong token", [], {"uri": "/?token=" + bad}, 401),
            ("wrong token, a page", NAVIGATE, {"uri": "/?token=" + bad}, 401),
            ("empty token", [], {"uri": "/?token="}, 401),
            ("cookie with the token", ["Cookie: a=b; C.1_auth_token=" + TOKEN], {}, 200),
            ("cookie with the password", ["Cookie: C.1_auth_token=" + PASSWORD], {}, 200),
            ("cookie with what is wrong", ["Cookie: C.1_auth_token=" + bad], {}, 401),
            ("cookie of another name", ["Cookie: C.2_auth_token=" + TOKEN], {}, 401),
            ("session cookie made up", ["Cookie: C.1_auth_token_1111=" + 64 * "0"], {}, 401),
            ("Bearer token", ["Authorization: Bearer " + TOKEN], {}, 200),
            ("Bearer password", ["Authorization: Bearer " + PASSWORD], {}, 200),
            ("Bearer wrong", ["Authorization: Bearer " + bad], {}, 401),
            ("bearer in lower case", ["Authorization: bearer " + TOKEN], {}, 401),
            ("Basic password", [basic("vastai", PASSWORD)], {}, 200),
            ("Basic token", [basic("vastai", TOKEN)], {}, 401),
            ("Basic wrong", [basic("vastai", bad)], {}, 401),
            ("Basic other user", [basic("root", PASSWORD)], {}, 401),
            ("Basic nonsense", ["Authorization: Basic ???"], {}, 401),
            ("POST with a token", ["Authorization: Bearer " + TOKEN], {"method": "POST"}, 200),
            ("WebSocket, nothing", ws + [own], {}, 401),
            ("WebSocket with a token", ws + [own], {"uri": "/ws?token=" + TOKEN}, 200),
            ("WebSocket without Origin", ws, {"uri": "/ws?token=" + TOKEN}, 200),
            ("WebSocket from elsewhere", ws + ["Origin: http://evil.example"], {"uri": "/ws?token=" + TOKEN}, 403),
            ("WebSocket from another port", ws + ["Origin: http://192.0.2.1:40002"],
             {"uri": "/ws?token=" + TOKEN}, 403),
            ("WebSocket from another scheme", ws + ["Origin: https://192.0.2.1:40001"],
             {"uri": "/ws?token=" + TOKEN}, 403),
            ("WebSocket by a tunnel", ws + ["Origin: https://a-b.trycloudflare.com", "Cf-Visitor: {}"],
             {"uri": "/ws?token=" + TOKEN, "host": "a-b.trycloudflare.com"}, 200),
            ("manifest", [], {"uri": "/manifest.json?x"}, 200),
            ("resolver", [], {"uri": "/portal-resolver"}, 200),
            ("ACME", [], {"uri": "/.well-known/acme-challenge/x_Y-1"}, 200),
            ("ACME and out again", [], {"uri": "/.well-known/acme-challenge/../x"}, 401),
            ("ACME and out, encoded", [], {"uri": "/.well-known/acme-challenge/%2e%2e/x"}, 401),
            ("below the manifest", [], {"uri": "/manifest.json/x"}, 401)):
        n += 1
        status, got = p.ask(*fields, source=f"198.51.100.{n}", **kwargs)
        eq(status, want, f"{name}: {want}")
        if status == 200:
            ok("token" not in got["x-rd-uri"] and "set-cookie" not in got, "... no token goes on, no cookie back")
    status, got = p.ask(uri="/a?x=1&token=nope&y=2", source="198.51.100.250")
    ok(got["www-authenticate"].startswith("Basic"), "a script is asked for Basic")
    status, got = p.ask(*NAVIGATE, uri='/a?x="<1>&y', source="198.51.100.250")
    body = open(DIR + "/body").read()
    ok(got["www-authenticate"] == "Bearer" and 'value="/a?x=&#34;&#60;1&#62;&#38;y"' in body,
       "a browser gets a form that leads where it wanted to")
    status, got = p.ask("X-Rd-User: root", "Authorization: Bearer " + TOKEN, uri="/a?x=1&token=t&y=2")
    eq((got["x-rd-user"], got["x-rd-uri"]), ("vastai", "/a?x=1&token=t&y=2"), "who it is, is said by us alone")
    status, got = p.ask(*NAVIGATE, uri=f"/a/b?x=%20&token={TOKEN}&y=2")
    eq(got["location"], "/a/b?x=%20&y=2", "a page is led on without the token")
    status, got = p.ask(*NAVIGATE, uri="//evil.example/?token=" + TOKEN)
    eq(got["location"], "/evil.example/", "and not elsewhere")
    eq(p.curl("/.rd/auth")[0], 400, "no edge: 400")
    eq(p.curl("/health", "Host: evil.example")[0], 421, "another name: 421")
    eq(p.stop(), 0, "SIGTERM ends it with 0")


def test_session():
    p = Portal()
    status, got = p.ask(*NAVIGATE, uri="/?token=" + TOKEN)
    ok(re.fullmatch("C.1_auth_token_1111=[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Lax", got["set-cookie"]),
       "a cookie of its own, HttpOnly, SameSite")
    secret = got["set-cookie"].split(";")[0].split("=")[1]
    ok(secret not in " ".join(sessions()) and len(sessions()) == 1, "of which the disk has a hash")
    status, got = p.ask(*NAVIGATE, uri="/?token=" + TOKEN, proto="https")
    ok(got["set-cookie"].startswith("__Host-C.1_auth_token_1111=") and got["set-cookie"].endswith("; Secure"),
       "under TLS: Secure, and nobody else's")
    a, b, other = login(p), login(p), login(p, port=6100)
    eq((p.ask(a)[0], p.ask(b)[0], p.ask(other, port=6100)[0]), (200, 200, 200), "sessions let in")
    moved = "Cookie: C.1_auth_token_6100=" + a.split("=")[1]
    eq((p.ask(a, port=6100)[0], p.ask(moved, port=6100)[0]), (401, 401), "at their own port alone")
    own, foreign = "Origin: http://192.0.2.1:40001", "Origin: http://192.0.2.1:40002"
    key = "Sec-WebSocket-Key: x"
    eq([p.ask(a, o, method="POST")[0] for o in (own, foreign, "X-Nothing: y", "Origin: null")], [200, 403, 403, 403],
       "to act asks for the page's origin")
    eq(p.ask(a, "Sec-Fetch-Site: same-origin", "Origin: null", method="POST")[0], 200, "or the browser's word")
    eq([p.ask(a, key, o)[0] for o in (own, foreign, "X-Nothing: y")], [200, 403, 403], "and so does a WebSocket")
    status, got = p.ask(a, *NAVIGATE, uri="/x?token=" + TOKEN)
    eq((status, got["location"]), (302, "/x"), "who is in is led on without the token too")
    eq(p.ask(a, *NAVIGATE, uri="/x?token=theirs")[1]["x-rd-uri"], "/x?token=theirs", "an application has its own")
    p.stop()
    p = Portal(keep=True)
    eq(p.ask(a)[0], 200, "still in after a restart")
    eq(p.ask(own, a, path="/.rd/logout", args=["-d", "others=1"])[0], 303, "the others are logged out")
    eq([p.ask(a)[0], p.ask(b)[0], p.ask(other, port=6100)[0]], [200, 401, 401], "and this one is not")
    status, got = p.ask(foreign, a, path="/.rd/logout", args=["-d", "x"])
    eq((status, p.ask(a)[0]), (403, 200), "no other site logs out")
    eq(p.ask(a, "Content-Length: 0")[0], 200, "no body is no body")
    status, got = p.ask(own, a, path="/.rd/logout", args=["-X", "POST", "-H", "Content-Length: 0"])
    ok(status == 303 and "Max-Age=0" in got["set-cookie"], "logout takes the cookie back")
    eq((p.ask(a)[0], sessions()), (401, []), "and it is worth nothing any more")
    a = login(p)
    os.unlink(DIR + "/auth/sessions/" + sessions()[0])
    eq(p.ask(a)[0], 401, "so is one whose file is removed")
    p.stop()


def test_form():
    p = Portal()

    def fill(user, password, *fields, next="/a?b", origin="http://192.0.2.1:40001", **kwargs):
        args = ["--data-urlencode", "username=" + user, "--data-urlencode", "password=" + password,
                "--data-urlencode", "next=" + next]
        return p.ask("Origin: " + origin, *fields, path="/.rd/login", args=args, **kwargs)
    status, got = fill("vastai", PASSWORD)
    eq((status, got["location"]), (303, "/a?b"), "the password leads on")
    eq(p.ask("Cookie: " + got["set-cookie"].split(";")[0])[0], 200, "with a session")
    eq(fill("vastai", TOKEN)[0], 303, "so does the token")
    for next in "//evil.example", "/\\evil.example", "https://evil.example", "/x\r\nx: y", "":
        got = fill("vastai", TOKEN, next=next)[1]
        ok(re.fullmatch(r"/(evil\.example|\\evil\.example)?", got["location"]) and "x" not in got,
           f"never elsewhere: {next!r}")
    for name, args in (("wrong password", ("vastai", "x")), ("other user", ("root", PASSWORD)), ("empty", ("", ""))):
        eq(fill(*args)[0], 401, f"{name}: 401")
    ok('data-why="wrong"' in open(DIR + "/body").read(), "and the form again, saying so")
    eq(fill("vastai", PASSWORD, origin="http://evil.example")[0], 403, "not from another site")
    eq(p.curl("/.rd/login")[0], 405, "GET: 405")
    eq(p.ask(path="/.rd/login", args=["-d", "x" * 5000])[0], 413, "too long: 413")
    eq(p.curl("/.rd/page/style.css")[0], 200, "files of the page")
    eq(p.curl("/.rd/page/../../main.c", args=["--path-as-is"])[0], 404, "and no others")
    p.stop()


def test_throttle():
    p = Portal()
    begin = time.monotonic()
    got = [p.ask("Authorization: Bearer x")[0] for n in range(12)]
    eq(got[:10], 10 * [401], "ten tries are free")
    eq(got[11], 429, "then even the right one waits")
    status, fields = p.ask("Authorization: Bearer " + TOKEN)
    ok(status == 429 and 1 <= int(fields["retry-after"]) <= 6, "and is told how long")
    eq((p.ask()[0], p.ask(*NAVIGATE)[0]), (401, 401), "who shows nothing just gets the form")
    # Two in 256 have a place in common.
    free = [n for n in range(1, 9) if p.ask("Authorization: Bearer " + TOKEN, source=f"203.0.113.{n}")[0] == 200]
    ok(free, "others do not wait")
    cookie = login(p, source=f"203.0.113.{free[0]}")
    eq(p.ask(cookie)[0], 200, "nor who is in")
    eq([p.ask("Cf-Connecting-Ip: 203.0.113.77", "Authorization: Bearer x", source="127.0.0.1")[0]
        for n in range(12)][-1], 429, "by a tunnel each counts for itself")
    ok(200 in [p.ask(f"Cf-Connecting-Ip: 203.0.113.{n}", "Authorization: Bearer " + TOKEN, source="127.0.0.1")[0]
               for n in range(80, 88)], "and not for the next")
    eq(p.ask("Cf-Connecting-Ip: 203.0.113.79", "Authorization: Bearer " + TOKEN)[0], 429,
       "which only the tunnel may say")
    print(f"# in {time.monotonic() - begin:.1f} s")
    p.stop()


def test_environment():
    for name, env, fields, kwargs, want in (
            ("ENABLE_AUTH=false", {"ENABLE_AUTH": "False"}, [], {}, 200),
            ("ENABLE_AUTH=no", {"ENABLE_AUTH": "no"}, [], {}, 401),
            ("AUTH_EXCLUDE", {"AUTH_EXCLUDE": " 1111 ,x,8384"}, [], {}, 200),
            ("AUTH_EXCLUDE of another", {"AUTH_EXCLUDE": " 1111 ,x,8384"}, [], {"port": 6100}, 401),
            ("only WEB_PASSWORD", {"OPEN_BUTTON_TOKEN": None}, [], {"uri": "/?token=pass:word%20$1"}, 200),
            ("only OPEN_BUTTON_TOKEN", {"WEB_PASSWORD": ""}, [basic("vastai", TOKEN)], {}, 200),
            ("a token with a newline", {"OPEN_BUTTON_TOKEN": "a;b\r\nc"}, ["Authorization: Bearer abc"], {}, 200),
            ("WEB_USERNAME", {"WEB_USERNAME": "me"}, [basic("me", PASSWORD)], {}, 200),
            ("vastai is out then", {"WEB_USERNAME": "me"}, [basic("vastai", PASSWORD)], {}, 401),
            ("no label", {"VAST_CONTAINERLABEL": None}, ["Cookie: rd_auth_token=" + TOKEN], {}, 200)):
        p = Portal(**env)
        eq(p.ask(*fields, **kwargs)[0], want, f"{name}: {want}")
        p.stop()
    p = Portal(WEB_PASSWORD=None, OPEN_BUTTON_TOKEN=None)
    secret = open(DIR + "/auth/password").read()
    eq(p.ask("Authorization: Bearer " + secret)[0], 200, "neither: one is made up")
    secrets.append(secret)
    p.stop()
    p = Portal(keep=True, WEB_PASSWORD=None, OPEN_BUTTON_TOKEN=None)
    eq((p.ask("Authorization: Bearer " + secret)[0], os.stat(DIR + "/auth/password").st_mode & 0o777), (200, 0o600),
       "and kept")
    p.stop()
    text = open(DIR + "/stderr").read()
    ok("AUTH_EXCLUDE: 'x' is not a port" in text, "a wrong port is a warning")
    ok(not any(s in text for s in secrets), f"none of {len(secrets)} secrets is in the log")


run(globals())
