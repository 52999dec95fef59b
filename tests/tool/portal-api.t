#!/usr/bin/python3
"""rd-portal's REST interface: applications, services, logs, gauges."""
import io
import json
import os
import signal
import subprocess
import sys
import zipfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from portaltest import DIR, TOKEN, TOP, Portal, eq, ok, run, until  # noqa: E402
from ws import Refused, WebSocket  # noqa: E402

APPS = ("localhost:1111:11111:/:Instance Portal|localhost:6100:16100:/a?b:Desk <b>|"
        "localhost:8080:8080:/terminals/1:Jupyter")
EDGE = ["X-Forwarded-Host: 192.0.2.9:40001", "X-Forwarded-Proto: http"]


def body():
    return open(DIR + "/body", "rb").read()


def get(p, path, *fields, **kwargs):
    status, got = p.curl(path, *fields, **kwargs)
    try:
        return status, json.loads(body())
    except ValueError:
        return status, body()


def test_applications():
    p = Portal(PORTAL_CONFIG=APPS)
    status, apps = get(p, "/get-applications")
    eq((status, list(apps)), (200, ["Instance Portal", "Desk <b>", "Jupyter"]), "all, in their order")
    eq(apps["Desk <b>"], {"hostname": "localhost", "external_port": 6100, "internal_port": 16100, "open_path": "/a?b",
                          "name": "Desk <b>", "target_url": "http://localhost:6100", "mapped_port": "6100",
                          "way": "edge"}, "one of them")
    eq(apps["Jupyter"]["target_url"], "https://localhost:8080", "the platform's Jupyter speaks TLS")
    eq(get(p, "/get-applications", "Cookie: C.1_auth_token=" + TOKEN)[1]["Desk <b>"]["open_path"],
       "/a?b&token=" + TOKEN, "a script's own secret comes back")
    eq(get(p, "/get-direct-url/1111"), (404, {"detail": "Direct URL unavailable"}), "no address is known")
    eq(get(p, "/get-direct-url/1111", *EDGE), (200, {"result": "http://192.0.2.9:1111"}), "one that a browser shows")
    eq(get(p, "/get-direct-url/6100"), (200, {"result": "http://192.0.2.9:6100"}), "is kept")
    eq(get(p, "/get-direct-url/6100", "X-Forwarded-Host: a-b.trycloudflare.com", "Cf-Ray: 1")[1],
       {"result": "http://192.0.2.9:6100"}, "a tunnel's is not the machine's")
    eq(get(p, "/get-direct-url/x")[0], 404, "not a port: 404")
    for path, want in (("/health", {"status": "ok"}), ("/capabilities", 1), ("/.well-known/vast-capabilities", 1)):
        status, got = get(p, path)
        ok(status == 200 and (got == want or got["schema_version"] == want), path)
    eq(get(p, "/capabilities", "X-Rd-User: me")[1]["auth"], {"enabled": True, "user": "me"}, "who asks")
    status, got = p.curl("/launch?name=Desk%20%3Cb%3E")
    eq((status, got["location"]), (303, "http://127.0.0.1:16100/a?b"), "launched from here: the port within")
    status, got = p.curl("/launch?name=Desk%20%3Cb%3E", *EDGE)
    url, _, token = got["location"].partition("&token=")
    eq((status, url, len(token)), (303, "http://192.0.2.9:6100/a?b", 64), "by the edge: with a token")
    page = ["Accept: text/html"]
    eq(p.ask(*page, uri="/?token=" + token)[0], 401, "which is of no use at another port")
    eq(p.ask(*page, uri="/?token=" + token, port=6100)[0], 302, "begins a session at its own")
    eq(p.ask(*page, uri="/?token=" + token, port=6100)[0], 401, "and only one")
    eq((p.curl("/launch?name=x")[0], p.curl("/launch")[0]), (404, 404), "what is not there: 404")
    p.stop()
    p = Portal(PORTAL_CONFIG=APPS, VAST_TCP_PORT_1111="40001", ENABLE_HTTPS="true", PUBLIC_IPADDR="192.0.2.5")
    eq(get(p, "/get-direct-url/1111")[1], {"result": "https://192.0.2.5:40001"}, "what the platform says")
    eq(get(p, "/get-direct-url/6100")[0], 404, "a port that does not lead here")
    eq(get(p, "/get-applications")[1]["Desk <b>"]["mapped_port"], "", "has no other")
    p.stop()


def test_capabilities():
    p = Portal(PORTAL_CONFIG=APPS, VAST_TCP_PORT_6100="40001", VAST_TCP_PORT_22="22", HF_TOKEN="very secret",
               CONTAINER_ID="7", PUBLIC_IPADDR="192.0.2.5", WORKSPACE="/proc")
    status, got = get(p, "/capabilities")
    eq([got["instance"][k] for k in ("label", "id", "scheme", "public_ip", "workspace")],
       ["C.1", "7", "http", "192.0.2.5", "/proc"], "what it is")
    eq(got["instance"]["open_ports"], [{"port": 6100, "mapped_port": 40001, "self_mapped": False, "name": "Desk <b>"}],
       "which ports lead here")
    eq(got["credentials"]["HF_TOKEN"], True, "that there is a token")
    ok(b"very secret" not in body(), "and not which")
    ok("metrics" not in got and get(p, "/capabilities?include=metrics")[1]["metrics"]["ram"]["total"] > 0,
       "gauges, when asked for")
    want = {"name": "Desk <b>", "internal_url": "http://localhost:16100", "direct_url": "http://192.0.2.5:40001"}
    eq(got["services"][1], want, "where applications are")
    eq(get(p, "/capabilities/endpoints"), (200, []), "no models")
    eq(get(p, "/capabilities/services")[0], 500, "no states without Supervisor")
    daemon = supervisor(desk="sleep 1000")
    try:
        ok(until(lambda: get(p, "/capabilities/services") == (200, [
            {**got["services"][0], "state": None}, {**want, "state": "RUNNING"},
            {**got["services"][2], "state": None}])), "states, by the names of processes")
    finally:
        daemon.terminate()
        daemon.wait(20)
    p.stop()


def test_links():
    p = Portal(PORTAL_LINKS="A & B|https://a.example/?x=1|What, x ,C|http://c.example/,,D|javascript:1,|https://e/, F | /f |")
    more = {"button_text": "", "links": []}
    variable = [{"label": "A & B", "url": "https://a.example/?x=1", "description": "What", **more},
                {"label": "C", "url": "http://c.example/", "description": "", **more},
                {"label": "F", "url": "/f", "description": "", **more}]
    eq(get(p, "/portal-links"), (200, variable), "those that are links")
    with open(DIR + "/portal-links.yaml", "w") as f:
        f.write("- {label: M, url: https://m.example/, description: How, button_text: Read, icon: book, links: [\n"
                "   {label: N, url: /n}, {label: Bad, url: 'javascript:1'}]}\n- x\n- {label: L}\n"
                "- {label: Bad, url: 'javascript:1', links: [{label: O, url: /o}]}\n")
    eq(get(p, "/portal-links"), (200, [
        {"label": "M", "url": "https://m.example/", "description": "How", "button_text": "Read",
         "links": [{"label": "N", "url": "/n"}]}, *variable]), "those of a file before them")
    for text in ("[", "a: b", "", "x" * 70000):
        with open(DIR + "/portal-links.yaml", "w") as f:
            f.write(text)
        eq(get(p, "/portal-links"), (200, variable), f"a file that begins with '{text[:4]}' counts for nothing")
    os.unlink(DIR + "/portal-links.yaml")
    p.stop()
    p = Portal()
    eq(get(p, "/portal-links"), (200, []), "none unless set")
    p.stop()


def order(p, what, *fields):
    """A POST of JSON, or of text as it is."""
    text = what if isinstance(what, str) else json.dumps(what)
    with open(DIR + "/order", "w") as f:
        f.write(text)
    return get(p, "/capabilities/provision", *fields, args=["--data-binary", "@" + DIR + "/order"])


def test_provision():
    p = Portal(PROVISIONER_LOG_FILE="/log")
    fifo, file = DIR + "/auth/provision", DIR + "/auth/provision.yaml"
    started = (200, {"status": "started", "detail": "Provisioning goes on in the background", "log_file": "/log"})
    eq(order(p, {"pip": ["a"]}), (503, {"detail": "No provisioner is running"}), "nobody has made a FIFO")
    os.mkfifo(fifo)
    eq(order(p, {"pip": ["a"]})[0], 503, "or reads it")
    ok(not os.path.exists(file), "and nothing is left")
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    for bad, why in (("", "JSON"), ("[]", "JSON"), ("{}", "Provide one of"), ({"pip": []}, "Provide one of"),
                     ({"pip": "a"}, "Provide one of"), ({"pip": [1]}, "Provide one of"),
                     ({"manifest_url": "/etc/passwd"}, "manifest_url"),
                     ({"manifest_url": "https://a\n"}, "manifest_url"),
                     ({"inline_yaml": "a: ["}, "is not YAML"), ({"inline_yaml": "version: 2"}, "of another version")):
        status, got = order(p, bad)
        ok(status == 400 and why in got["detail"], f"refused: {bad}")
    eq(order(p, {"pip": ["a"]}, "Origin: https://evil.example")[0], 403, "another site's page may not")
    eq(order(p, {"pip": ["x" * 300000]})[0], 413, "too much")
    eq(order(p, {"pip": ["a", "b"], "git_repos": ["http://r"], "downloads": ["http://d"]}), started, "lists")
    eq(os.read(reader, 9), b"\n", "wake the reader")
    eq(json.load(open(file)), {"pip_packages": ["a", "b"], "git_repos": [{"url": "http://r"}],
                               "downloads": [{"url": "http://d"}]}, "and are a manifest")
    eq(os.stat(file).st_mode & 0o777, 0o600, "of its owner alone")
    eq(order(p, {"pip": ["c"]})[0], 409, "no other one while it waits")
    os.unlink(file)
    eq(order(p, {"inline_yaml": "post_commands: [echo]"}), started, "a manifest")
    eq(open(file).read(), "post_commands: [echo]\n", "as it is")
    os.unlink(file)
    eq(order(p, {"manifest_url": "https://m.example/"}), started, "a URL of one")
    eq(open(file).read(), "https://m.example/\n", "as it is")
    eq(sorted(os.listdir(DIR + "/auth")), ["links", "provision", "provision.yaml", "sessions", "tokens"], "no more files")
    os.close(reader)
    p.stop()


def test_docs():
    p = Portal()
    eq(p.curl("/docs")[0], 200, "a page for people")
    ok(b"docs.js" in body(), "of what openapi.json says")
    p.stop()


def test_openapi():
    """What is described is there."""
    p = Portal()
    status, doc = get(p, "/openapi.json")
    eq((status, doc["openapi"]), (200, "3.1.0"), "a description")
    manual = open(TOP + "/man/rd-portal.1").read()
    for path, methods in doc["paths"].items():
        known = path.split("{")[0].rstrip("/")
        ok(known in manual, f"{path}: is in the manual")
        for method in methods:
            name = "caddy" if "process" in path else "1111"
            status, got = get(p, path.replace("{name}", name).replace("{port}", "1111").replace("{target_url}", "x:0"),
                              args=["-X", method.upper()])
            ok(status not in (405, 501) and got != {"detail": "Not Found"} and got != b"Not found.\n",
               f"{method} {path}: is there")
    p.stop()


def supervisor(**programs):
    """A Supervisor of our own, with three programs."""
    with open(DIR + "/supervisord.conf", "w") as f:
        f.write(f"[supervisord]\nlogfile={DIR}/supervisord.log\npidfile={DIR}/supervisord.pid\nnodaemon=true\n"
                f"[unix_http_server]\nfile={DIR}/supervisor.sock\n"
                "[rpcinterface:supervisor]\n"
                "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
                "[program:sleeper]\ncommand=sleep 1000\nstartsecs=0\n"
                "[program:caddy]\ncommand=sleep 1000\nstartsecs=0\n"
                "[program:broken]\ncommand=/does/not/exist\nstartretries=0\n")
        for name, command in programs.items():
            f.write(f"[program:{name}]\ncommand={command}\nstartsecs=0\n")
    user = ["-u", "root"] if os.getuid() == 0 else []
    return subprocess.Popen(["supervisord", "-c", DIR + "/supervisord.conf", *user],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_services():
    p = Portal()
    status, got = get(p, "/supervisor/processes")
    ok(status == 500 and "Supervisor" in got["detail"], "no Supervisor: 500")
    daemon = supervisor()
    try:
        def states():
            status, got = get(p, "/supervisor/processes")
            return {q["name"]: q["state"] for q in got} if status == 200 else {}
        ok(until(lambda: states() == {"sleeper": "RUNNING", "caddy": "RUNNING", "broken": "FATAL"}), "true states")
        one = next(q for q in get(p, "/supervisor/processes")[1] if q["name"] == "sleeper")
        eq(set(one), {"name", "group", "state", "description", "pid", "start", "now", "unstoppable"}, "one of them")
        ok(one["pid"] > 1 and one["now"] >= one["start"] > 0 and one["unstoppable"] is False, "with numbers")
        act = "/supervisor/process/"
        post = {"args": ["-X", "POST"]}
        eq(get(p, act + "sleeper/stop", **post), (200, {"status": "ok", "name": "sleeper", "action": "stop"}), "stop")
        ok(until(lambda: states().get("sleeper") == "STOPPED"), "it has stopped")
        ok(get(p, act + "sleeper/stop", **post)[0] == 400, "not twice: 400 and why")
        eq(get(p, act + "sleeper/start", "Content-Length: 0", **post)[0], 200, "start")
        ok(until(lambda: states().get("sleeper") == "RUNNING"), "it runs")
        before = next(q for q in get(p, "/supervisor/processes")[1] if q["name"] == "sleeper")["pid"]
        eq(get(p, act + "sleeper/restart", **post)[1]["action"], "restart", "restart")
        ok(until(lambda: any(q["name"] == "sleeper" and q["state"] == "RUNNING" and q["pid"] != before
                             for q in get(p, "/supervisor/processes")[1])), "it is another")
        eq(get(p, act + "caddy/stop", **post)[0], 403, "what all need is not stopped")
        eq([get(p, act + "none/" + a, **post)[0] for a in ("start", "stop", "restart")], 3 * [404], "unknown: 404")
        eq([get(p, act + x, **post)[0] for x in ("sleeper", "sleeper/kill", "/stop", "-h/restart", "a%3Cb/stop")],
           [404, 404, 404, 404, 500], "and nothing else")
        eq(get(p, act + "sleeper/stop")[0], 404, "GET does nothing")
        for name, field in (("another site's page", "Origin: http://evil.example"),
                            ("one that hides it", "Sec-Fetch-Site: cross-site")):
            eq(get(p, act + "sleeper/stop", field, **post)[0], 403, f"{name}: 403")
        for field in (["Origin: " + p.url.rstrip("/")], ["Origin: http://192.0.2.9:40001", *EDGE]):
            eq(get(p, act + "sleeper/restart", *field, **post)[0], 200, "our own page may")
        daemon.send_signal(signal.SIGSTOP)
        slow = subprocess.Popen(["curl", "-sS", "--max-time", "1", p.url + "supervisor/processes"],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eq(get(p, "/health")[0], 200, "a Supervisor that hangs holds nobody else up")
        slow.wait()
        daemon.send_signal(signal.SIGCONT)
        ok(until(lambda: len(states()) == 3), "and answers again")
    finally:
        daemon.terminate()
        daemon.wait(20)
    p.stop()


class Watch:
    """The log WebSocket, shown as a reader shows it."""

    def __init__(self, p, *headers):
        self.ws = WebSocket(p.port, "/ws-logs", headers)
        self.lines = []

    def read(self):
        text = self.ws.message()[1]
        if text == b"heartbeat":
            return
        m = json.loads(text)
        name = m["file"]
        own = [i for i, line in enumerate(self.lines) if line[0] == name]
        if m["type"] == "append":
            self.lines.append((name, m["text"], m["html"]))
        else:
            new = [(name, m["text"], m["html"])] if m["type"] == "overwrite" else [
                (name, *pair) for pair in zip(m["texts"], m["lines"])]
            for i in reversed(own[len(own) - m.get("rows", 1):] if own else []):
                del self.lines[i]
            self.lines += new

    def until(self, text):
        while not any(text in line[1] for line in self.lines):
            self.read()
        return [line[1] for line in self.lines]


def test_logs():
    log, other = DIR + "/logs/one.log", DIR + "/logs/two.log"

    def write(path, text):
        with open(path, "a") as f:
            f.write(text)
    p = Portal()
    write(log, "old\n\x1b[31mred\x1b[0m <b>\n")
    w = Watch(p)
    eq(w.until("red"), ["old", "\x1b[31mred\x1b[0m <b>"], "what is there already")
    eq(w.lines[1][2], '<span style="color:#c00;">red</span> &#60;b&#62;', "also as HTML, escaped")
    write(other, "another log\n")
    w.until("another")
    eq(w.lines[-1][0], "two.log", "a log that is new")
    for n in range(10, 100, 10):
        write(log, f"\r{n} %")
    w.until("90 %")
    eq([line[1] for line in w.lines if "%" in line[1]], ["90 %"], "a progress bar is one line")
    write(log, "\nbar a\nbar b\n\x1b[2A\rBAR A\nBAR B\n")
    w.until("BAR B")
    eq([line[1] for line in w.lines[-2:]], ["BAR A", "BAR B"], "so are two")
    late = Watch(p)
    late.until("BAR B")
    eq([line[1] for line in late.lines], [line[1] for line in w.lines], "who comes later sees the same")
    os.rename(log, log + ".1")
    write(log, "after rotation\n")
    w.until("after rotation")
    ok(True, "a log that is another now")
    w.ws.text("ping")
    got = b""
    while got != b"pong":
        got = w.ws.message()[1]
    ok(True, "ping and pong")
    write(log, "".join(f"line {n}\n" for n in range(3000)))
    w.until("line 2999")
    ok(len(w.lines) < 3100, "a flood")
    w.ws.close()
    late.ws.close()
    try:
        Watch(p, ("Origin", "http://evil.example"))
        refused = ""
    except Refused as e:
        refused = str(e)
    eq(refused, "403", "another site's page: 403")
    ok(until(lambda: not [fd for fd in os.listdir(f"/proc/{p.proc.pid}/fd")
                          if "inotify" in os.readlink(f"/proc/{p.proc.pid}/fd/{fd}")]), "nobody watches, nothing does")
    eq(p.curl("/download-logs?filename=a%22%20b.zip")[1]["content-disposition"], 'attachment; filename="a__b.zip"',
       "a ZIP file")
    z = zipfile.ZipFile(io.BytesIO(body()))
    ok(z.testzip() is None and sorted(z.namelist()) == ["one.log", "one.log.1", "two.log"] and
       z.read("two.log") == b"another log\n", "with all logs")
    eq((p.curl("/download-logs?file=two.log")[0], body()), (200, b"another log\n"), "one log")
    eq([p.curl("/download-logs?file=" + f)[0] for f in ("..%2Fstderr", "%2E%2E/auth/password", "x")], 3 * [404],
       "and none outside")
    p.stop()


def test_metrics():
    p = Portal(WORKSPACE="/proc")
    status, m = get(p, "/system-metrics")
    eq(status, 200, "gauges")
    ok(0 < m["ram"]["used"] < m["ram"]["total"] and 0 < m["ram"]["percent"] < 100, "memory")
    ok(0 < m["disk"]["used"] <= m["disk"]["total"], "disk")
    ok(m["cpu"]["count"] > 0 and 0 <= m["cpu"]["percent"] <= 100, "CPU")
    eq(m["volume"]["path"], "/proc", "a volume of its own")
    ok(m["environment"] in ("container", "host") and m["gpu"]["count"] >= 0, "and the rest")
    p.stop()


run(globals())
