#!/usr/bin/python3
"""rd-portal's tunnels: by what stands in for cloudflared, and by the real ssh."""
import getpass
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
from urllib.parse import quote

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from portaltest import DIR, TOP, Portal, eq, ok, run, until  # noqa: E402

TUNNELS, BIN = DIR + "/tunnels", DIR + "/bin"
DESK, OTHER = "http://localhost:6100", "https://localhost:6200"
# Says what cloudflared says: another address each time.
CLOUDFLARED = f"""#!/bin/sh
echo "$*" >>{DIR}/calls
echo "INF Requesting new quick Tunnel on https://api.trycloudflare.com" >&2
case $* in
*:9999*) echo "ERR no route" >&2; exit 1 ;;
esac
echo "INF | https://one-$$.trycloudflare.com |" >&2
exec sleep 600
"""


def portal(**env):
    os.makedirs(BIN, exist_ok=True)
    with open(BIN + "/cloudflared", "w") as f:
        f.write(CLOUDFLARED)
    os.chmod(BIN + "/cloudflared", 0o755)
    env = {"PATH": BIN + ":" + os.environ["PATH"], **env}
    return Portal(args=["-t", TUNNELS], **env)


def get(p, path, *fields, args=()):
    status, head = p.curl(path, *fields, args=args)
    body = open(DIR + "/body").read()
    return status, json.loads(body) if "json" in head.get("content-type", "") else body


def post(p, path, *fields):
    return get(p, path, *fields, args=["-X", "POST"])


def names(p):
    return {t["targetUrl"]: t["tunnelUrl"] for t in get(p, "/get-all-quick-tunnels")[1]}


def test_quick():
    p = portal()
    target = quote(DESK, safe="")
    eq(get(p, "/get-all-quick-tunnels"), (200, []), "none unless asked")
    eq(get(p, "/get-existing-quick-tunnel/" + target), (404, {"detail": "No such tunnel"}), "nor that one")
    ok(not os.path.exists(DIR + "/calls"), "and nothing was run")
    status, got = post(p, "/start-quick-tunnel/" + target)
    url = got["tunnel_url"]
    ok(status == 200 and url.endswith(".trycloudflare.com"), "start")
    eq(open(DIR + "/calls").read(), "--no-autoupdate tunnel --no-tls-verify --url http://localhost:6100\n",
       "by what is installed")
    eq(get(p, "/get-existing-quick-tunnel/" + target), (200, url), "as text")
    eq(post(p, "/start-quick-tunnel/localhost:6100"), (200, {"tunnel_url": url}), "once for each target")
    eq(post(p, "/start-quick-tunnel/" + quote(OTHER, safe=""))[0], 200, "another")
    eq(set(names(p)), {DESK, OTHER}, "both")
    status, got = post(p, "/refresh-quick-tunnel/" + target)
    ok(status == 200 and got["tunnel_url"] not in (url, ""), "refresh: at another address")
    eq(names(p)[DESK], got["tunnel_url"], "which counts")
    eq(post(p, "/stop-quick-tunnel/" + quote(OTHER, safe="")),
       (200, {"message": "Quick tunnel stopped successfully"}), "stop")
    eq(post(p, "/stop-quick-tunnel/" + quote(OTHER, safe=""))[0], 404, "not twice")
    eq(list(names(p)), [DESK], "one is left")
    eq(post(p, "/start-quick-tunnel/http%3A%2F%2Flocalhost%3A9999"), (500, {"detail": "'cloudflared' has ended"}),
       "one that does not come")
    for name, path in (("all", "all"), ("named", "named"), ("none", ""), ("a shell's", "localhost:1;touch%20x"),
                       ("an option", "-h"), ("another port", "localhost:123456")):
        eq(post(p, "/start-quick-tunnel/" + path)[0], 400, f"no target: {name}")
    eq(post(p, "/start-quick-tunnel/" + 400 * "a")[0], 400, "nor one that is too long")
    eq(get(p, "/start-quick-tunnel/" + target)[0], 404, "GET does nothing")
    eq(post(p, "/start-quick-tunnel/localhost:6300", "Origin: http://evil.example")[0], 403,
       "nor does another site's page")
    eq(list(names(p)), [DESK], "all the same")
    p.stop()
    ok(until(lambda: not os.path.exists(TUNNELS), 60), "they end with the portal")


def test_gone():
    """Who asked has gone before there is an answer."""
    p = portal()
    with open(BIN + "/cloudflared", "w") as f:
        f.write(f"#!/bin/sh\n: >{DIR}/waits\nread x <{DIR}/gate\n" + CLOUDFLARED)
    os.mkfifo(DIR + "/gate")
    client = subprocess.Popen(["curl", "-s", "-X", "POST", p.url + "start-quick-tunnel/localhost:6100"],
                              stdout=subprocess.DEVNULL)
    until(lambda: os.path.exists(DIR + "/waits"), 60)
    eq(get(p, "/health")[0], 200, "nobody else waits")
    client.kill()
    client.wait()
    with open(DIR + "/gate", "w"):
        pass
    ok(until(lambda: DESK in names(p), 60), "the tunnel comes all the same")
    p.proc.send_signal(signal.SIGKILL)
    p.stop()
    ok(until(lambda: not os.path.exists(TUNNELS), 60), "and ends when the portal is killed")


class Rules(http.server.BaseHTTPRequestHandler):
    """What a named cloudflared says of itself."""

    def do_GET(self):
        rules = [{"hostname": "desk.example.org", "service": DESK}, {"hostname": "x.example.org", "service": "ssh://a:1"},
                 {"hostname": "<b>", "service": OTHER}, {"service": "http_status:404"}]
        body = json.dumps({"version": 1, "config": {"ingress": rules}}).encode()
        self.send_response(200 if self.path == "/config" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_named():
    p = portal()
    eq([get(p, path)[0] for path in ("/get-named-tunnels", "/get-existing-named-tunnel/6100")], [404, 404],
       "no account, no names")
    p.stop()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Rules)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    p = portal(CF_TUNNEL_TOKEN="secret", CLOUDFLARE_METRICS=f"127.0.0.1:{server.server_port}")
    eq(get(p, "/get-named-tunnels"), (200, [{"targetUrl": DESK, "tunnelUrl": "https://desk.example.org"}]),
       "those that lead to pages")
    eq(get(p, "/get-existing-named-tunnel/6100"), (200, "https://desk.example.org"), "by its port")
    eq([get(p, "/get-existing-named-tunnel/" + port)[0] for port in ("6200", "610", "", "x")], 4 * [404], "no other")
    server.shutdown()
    server.server_close()
    eq(get(p, "/get-named-tunnels")[0], 404, "none while cloudflared does not run")
    p.stop()


def test_ssh():
    port = int(subprocess.run([sys.executable, TOP + "/tests/tool/ports.py", "1"], capture_output=True,
                              text=True).stdout)
    for key in ("host", "key"):
        subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", f"{DIR}/{key}"], check=True)
    with open(DIR + "/sshd_config", "w") as f:
        f.write(f"Port {port}\nListenAddress 127.0.0.1\nHostKey {DIR}/host\nAuthorizedKeysFile {DIR}/key.pub\n"
                "StrictModes no\nPidFile none\nUsePAM no\n")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    with open(DIR + "/sshd.log", "w") as log:
        sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", DIR + "/sshd_config"], stderr=log)
    until(lambda: "listening" in open(DIR + "/sshd.log").read(), 60)
    p = portal(RD_TUNNEL_SSH=getpass.getuser() + "@127.0.0.1",
               RD_TUNNEL_SSH_OPTIONS=f"-p {port} -i {DIR}/key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
                                     "-o UserKnownHostsFile=/dev/null")
    status, got = post(p, f"/start-quick-tunnel/localhost:{p.port}")
    eq(status, 200, "by ssh, where it is told a host")
    out = subprocess.run(["curl", "-s", "--max-time", "10", got["tunnel_url"] + "/health"], capture_output=True)
    eq(out.stdout, b'{"status":"ok"}', "its address leads here")
    eq(post(p, f"/stop-quick-tunnel/localhost:{p.port}")[0], 200, "stop")
    eq(names(p), {}, "none is left")
    p.stop()
    sshd.terminate()
    sshd.wait(20)


run(globals())
