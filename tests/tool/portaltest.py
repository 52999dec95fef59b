"""What the tests of rd-portal share: TAP, a server, requests by curl."""
import os
import shutil
import subprocess
import sys
import tempfile

from tap import eq, finish, ok, until  # noqa: F401

TOP = os.path.dirname(os.path.abspath(__file__)) + "/../.."
DIR = tempfile.mkdtemp(prefix="rd-portal-test.")
PASSWORD, TOKEN = "pass:word $1", "0123456789abcdef"
CONFIG = "localhost:1111:11111:/:Instance Portal"


class Portal:
    """A running rd-portal, with files that are anew unless kept."""

    running = []

    def __init__(self, keep=False, args=(), **env):
        if not keep:
            shutil.rmtree(DIR + "/auth", ignore_errors=True)
            if os.path.exists(DIR + "/portal.yaml"):
                os.unlink(DIR + "/portal.yaml")
        os.makedirs(DIR + "/auth", 0o700, exist_ok=True)
        os.makedirs(DIR + "/logs", exist_ok=True)
        ready, tell = os.pipe()
        self.err = open(DIR + "/stderr", "a+b")
        env = {"PATH": os.environ["PATH"], "VAST_CONTAINERLABEL": "C.1", "WEB_PASSWORD": PASSWORD,
               "OPEN_BUTTON_TOKEN": TOKEN, "PORTAL_CONFIG": CONFIG, **env}
        self.proc = subprocess.Popen(
            ["rd-portal", "-vv", "-f", DIR + "/portal.yaml", "-l", "0", "-R", str(tell), "-a", DIR + "/auth",
             "-d", DIR + "/logs", "-s", DIR + "/supervisor.sock", "-w", TOP + "/bin/rd-portal/client", *args],
            pass_fds=[tell], stdout=subprocess.PIPE, stderr=self.err,
            env={k: v for k, v in env.items() if v is not None})
        os.close(tell)
        with os.fdopen(ready) as f:
            assert f.read() == "\n", "not ready"
        self.url = self.proc.stdout.readline().decode().strip()
        self.port = int(self.url.rstrip("/").rpartition(":")[2])
        Portal.running.append(self)

    def stop(self):
        self.proc.terminate()
        status = self.proc.wait(5)
        self.proc.stdout.close()
        self.err.close()
        Portal.running.remove(self)
        return status

    def curl(self, path, *fields, args=()):
        """Status and header fields, by lower-case name."""
        cmd = ["curl", "-sS", "-D", "-", "-o", DIR + "/body", "--max-time", "20", *args]
        for field in fields:
            cmd += ["-H", field]
        head = subprocess.run([*cmd, self.url.rstrip("/") + path], capture_output=True, text=True,
                              timeout=30).stdout.splitlines()
        got = dict(line.partition(": ")[::2] for line in head[1:] if ": " in line)
        return int(head[0].split()[1]), {k.lower(): v for k, v in got.items()}

    def ask(self, *fields, uri="/", port=1111, method="GET", host="192.0.2.1:40001", source="198.51.100.7",
            proto="http", path="/.rd/auth", args=()):
        """As the edge asks about a request."""
        return self.curl(path, f"X-Rd-Port: {port}", f"X-Forwarded-Method: {method}", f"X-Forwarded-Uri: {uri}",
                         f"X-Forwarded-Host: {host}", f"X-Forwarded-Proto: {proto}",
                         f"X-Forwarded-For: {source}", *fields, args=args)


def run(tests):
    """Run the functions test_* among tests, or those named on the command line."""
    only = sys.argv[1:]
    try:
        for name, test in list(tests.items()):
            if name.startswith("test_") and (not only or name[5:] in only):
                print(f"# {name[5:]}")
                test()
    finally:
        for portal in Portal.running[:]:
            portal.stop()
        shutil.rmtree(DIR)
    finish()
