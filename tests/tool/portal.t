#!/usr/bin/python3
"""rd-portal as scripts see it: its options and its list."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tap import finish, ok  # noqa: E402

DIR = tempfile.mkdtemp(prefix="rd-portal-test.")
FILE = DIR + "/portal.yaml"


def call(*args, **env):
    env = {"PATH": os.environ["PATH"], **env}
    p = subprocess.run(["rd-portal", *args], env=env, capture_output=True, text=True, timeout=10)
    return p.returncode, p.stdout, p.stderr


def test_command_line():
    code, out, err = call("-h")
    ok(code == 0 and out.startswith("rd-portal [-") and not err, "-h")
    for name, args, text in (("unknown option", ["-z"], "-z"),
                             ("operand missing", ["-f"], "-f"),
                             ("an operand", ["-L", "x"], "'x'"),
                             ("neither -L nor -a", [], "-a"),
                             ("no applications", ["-L", "-f", FILE], "PORTAL_CONFIG")):
        code, out, err = call(*args)
        ok(code == 100 and text in err and err.count("\n") == 1 and not out and
           err.startswith("rd-portal: fatal: "), f"{name}: 100, in one line")


def test_list():
    config = "localhost:1111:11111:/:Instance Portal|nonsense|localhost:8080:8080:/a:Jupyter"
    code, out, err = call("-L", "-f", FILE, PORTAL_CONFIG=config)
    want = ("1111\t11111\tlocalhost\tedge\t1111\t/\tInstance Portal\n"
            "8080\t8080\tlocalhost\tdirect\t8080\t/a\tJupyter\n")
    ok(code == 0 and out == want, "the good ones are listed")
    ok(err.count("\n") == 1 and "'nonsense'" in err, "the bad one is one warning")
    code, out, err = call("-L", "-f", FILE, PORTAL_CONFIG="h:1:2:/:x", VAST_TCP_PORT_1111="4000")
    ok(out == want.replace("1111\t/", "4000\t/").replace("direct\t8080", "closed\t0") and not err,
       "then the file counts, and the ports that lead here")
    for name, text in (("empty", ""), ("cut", "applications: {x: {"), ("a list", "[applications]")):
        with open(FILE, "w") as f:
            f.write(text)
        code, out, err = call("-L", "-f", FILE, PORTAL_CONFIG="h:1:2:/:x")
        ok(out.endswith("\tx\n") and "made anew" in err and "hostname" in open(FILE).read(),
           f"a file that is {name} is made anew")
    ok(os.listdir(DIR) == ["portal.yaml"], "nothing else is left behind")


def test_defaults():
    """Without options, on a machine that may have neither logs nor Supervisor."""
    page = os.path.dirname(os.path.abspath(__file__)) + "/../../bin/rd-portal/client"
    os.mkdir(DIR + "/auth", 0o700)
    p = subprocess.Popen(["rd-portal", "-l", "0", "-f", FILE, "-a", DIR + "/auth", "-w", page],
                         env={"PATH": os.environ["PATH"], "PORTAL_CONFIG": "h:1:2:/:x", "WEB_PASSWORD": "x"},
                         stdout=subprocess.PIPE, text=True)
    url = p.stdout.readline().strip()
    got = [subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url + path], capture_output=True,
                          text=True).stdout for path in ("health", "supervisor/processes")]
    ok(got[0] == "200" and got[1] in ("200", "500"), "it serves without -d and -s")
    p.terminate()
    ok(p.wait(10) == 0, "and ends")
    p.stdout.close()


try:
    for test in (test_command_line, test_list, test_defaults):
        test()
finally:
    shutil.rmtree(DIR)
finish()
