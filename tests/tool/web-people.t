#!/usr/bin/python3
"""Who is in control, by rd-web's people route: over every kind of route."""
import os
import shutil
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from webtest import DIR, OFFER, Web, eq, file_of, link, ok, run, token, until  # noqa: E402
from ws import BINARY, CLOSE, TEXT  # noqa: E402

REFUSED = (CLOSE, 1008)
ROUTES = ("/=files:www", "/role=exec:echo $RD_ROLE; cat", "/sock=socket:sock",
          "/whep=whep:exec python3 standin.py log", "/people=people:list")


class Person:
    """A browser that has logged in."""

    def __init__(self, web, by=None):
        self.web = web
        self.cookie = web.login(by=by)
        self.origin = ("Origin", web.origin)
        self.talk = self.ws("/people")
        self.people = {}
        self.me = None
        self.heard = 0
        self.hear(lambda: self.me)

    def ws(self, path):
        return self.web.ws(path, self.cookie, self.origin)

    def refused(self, path):
        return self.web.refused(path, self.cookie, self.origin)

    def act(self):
        """Open what has a role: the WebSocket, and the role it got."""
        w = self.ws("/role")
        return w, w.message()[1].decode()

    def offer(self):
        return self.web.status("POST", "/whep", [self.cookie, self.origin, (
            "Content-Type", "application/sdp")], body=OFFER)

    def say(self, text):
        self.talk.text(text)

    def hear(self, what):
        """The list, once it is as wanted."""
        while not what():
            kind, text = self.talk.message()
            assert kind == TEXT, (kind, text)
            self.heard += 1
            lines = text.decode().splitlines()
            self.me = int(lines[0].split()[1])
            self.people = {int(n): (role, state, name) for _, n, role, state, _, *name in (
                line.split(" ", 5) for line in lines[1:])}

    def until_state(self, number, state):
        self.hear(lambda: self.people.get(number, ("", "", []))[1] == state)


def stand_in_socket():
    if os.path.exists(DIR + "/sock"):
        os.unlink(DIR + "/sock")
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(DIR + "/sock")
    sock.listen()
    return sock


def roles_in_log():
    return [line.split()[0] for line in open(DIR + "/log") if '"offer"' in line]


def test_hand_over():
    sock = stand_in_socket()
    open(DIR + "/log", "w").close()
    web = Web(*ROUTES)
    owner = Person(web)
    mine, role = owner.act()
    eq(role, "control", "the first is in control")
    guest = Person(web, link("view", 3600))
    theirs, role = guest.act()
    eq(role, "view", "who came to look views")
    eq(guest.refused("/sock"), "403", "has no socket")
    eq((guest.offer(), roles_in_log()[-1:]), (201, ["view"]), "nor more by WHEP")
    for words in (f"give {guest.me}", "drop", f"refuse {guest.me}", "name Mallory"):
        guest.say(words)
    owner.hear(lambda: owner.people.get(guest.me) == ("view", "here", ["Mallory"]))
    again, role = guest.act()
    eq(role, "view", "nor by anything it says")
    again.close()

    guest.say("ask")
    owner.until_state(guest.me, "asks")
    theirs.text("x")
    eq(theirs.message(), (TEXT, b"x"), "to ask changes nothing")
    start = time.monotonic()
    owner.say(f"give {guest.me}")
    eq(mine.message(), REFUSED, "to give control closes what had it")
    eq(theirs.message(), REFUSED, "and what had not")
    ok(until(lambda: len(web.children()) == 0), "no command of another role is left")
    ok(time.monotonic() - start < 1, "within a second")
    guest.until_state(guest.me, "controls")
    mine, role = owner.act()
    eq(role, "view", "who gave it views")
    theirs, role = guest.act()
    eq(role, "control", "who got it controls")
    eq((guest.offer(), roles_in_log()[-1:]), (201, ["control"]), "by WHEP as well")
    w = guest.ws("/sock")
    peer = sock.accept()[0]
    w.frame(BINARY, b"hello")
    eq(peer.recv(99), b"hello", "and by a socket")
    eq(owner.refused("/sock"), "403", "which the other lost")

    owner.say("ask")
    eq(w.message(), REFUSED, "who may control takes it back")
    eq(peer.recv(1), b"", "with all that it was used by")
    eq(theirs.message(), REFUSED, "everywhere")
    owner.until_state(owner.me, "controls")
    _, role = guest.act()
    eq(role, "view", "and the guest must ask again")
    guest.say("ask")
    owner.until_state(guest.me, "asks")
    owner.say(f"refuse {guest.me}")
    guest.until_state(guest.me, "here")
    ok(True, "which can be refused")
    web.stop()
    sock.close()


def test_logins():
    web = Web(*ROUTES)
    first = Person(web)
    w, role = first.act()
    eq(role, "control", "one browser of the owner")
    second = Person(web)
    eq(w.message(), REFUSED, "the next one to log in takes control")
    eq((first.act()[1], second.act()[1]), ("view", "control"), "and keeps it when the first is back")
    helper = Person(web, link("control", 3600))
    eq(helper.act()[1], "view", "a guest who may control does not take it by coming")
    helper.say("ask")
    first.until_state(helper.me, "controls")
    w, role = helper.act()
    eq(role, "control", "but when they like")
    other, role = helper.act()
    eq(role, "control", "in all windows of their browser")
    os.unlink(file_of("sessions", helper.cookie[1].split("=")[1]))
    eq((w.message(), other.message()), (REFUSED,) * 2, "until they are shown out")
    while (m := helper.talk.message())[0] == TEXT:
        pass
    eq(m, REFUSED, "of the list, too")
    first.until_state(helper.me, "away")
    once = token()
    eq(web.ask("POST", "/whep", [("Authorization", "Bearer " + once), ("Content-Type", "application/sdp")],
               body=OFFER)[0], 201, "a program with a token")
    eq(roles_in_log()[-1], "view", "does not take control by coming")
    web.stop()


def test_list():
    web = Web(*ROUTES)
    path = DIR + "/list"
    eq(until(lambda: os.path.exists(path)) and open(path).read(), "", "nobody is here")
    owner = Person(web)
    guest = Person(web, by := link("view", 3600))
    guest.say("name Zoë Ørsted")
    owner.hear(lambda: owner.people.get(guest.me) == ("view", "here", ["Zoë Ørsted"]))
    ids = [os.path.basename(name)[:8] for name in (
        file_of("sessions", owner.cookie[1].split("=")[1]), file_of("links", by))]
    eq(open(path).read(), f"person 1 control controls {ids[0]}\nperson 2 view here {ids[1]} Zoë Ørsted\n",
       "the file says who is, and by what")
    eq(os.stat(path).st_mode & 0o777, 0o600, "and is nobody else's to read")
    start, owner.heard = time.monotonic(), 0
    for n in range(1000):
        guest.say(f"name {n}")
    owner.hear(lambda: owner.people[guest.me][2] == ["999"])
    ok(owner.heard <= 10 * (time.monotonic() - start) + 2, "who changes often is told of in few lists")
    guest.talk.close()
    owner.until_state(guest.me, "away")
    ok(True, "who closes the page is away")
    again = guest.ws("/people")
    eq(again.message()[1].split(b"\n")[0], b"you 2", "who opens it again is the same person")
    # Nothing of this costs anything while nothing happens.
    proc = f"/proc/{web.proc.pid}/status"
    time.sleep(0.5)
    switches = [line for line in open(proc) if "ctxt_switches" in line]
    time.sleep(2)
    eq([line for line in open(proc) if "ctxt_switches" in line], switches, "idle people wake nobody")
    for name, frame in (("nonsense", (TEXT, b"dance")), ("binary", (BINARY, b"ask")),
                        ("more than anybody has to say", (TEXT, b"name " + b"x" * 200)),
                        ("a terminal's escapes", (TEXT, b"name \x1b[2J"))):
        w = guest.ws("/people")
        w.frame(*frame)
        while (m := w.message())[0] == TEXT:
            pass
        eq(m, REFUSED, f"{name}: closed")
    w = guest.ws("/people")
    w.frame(TEXT, b"name in", False)
    w.frame(0, b" pieces")
    owner.hear(lambda: owner.people[guest.me][2] == ["in pieces"])
    ok(True, "a message in pieces")
    eq(web.status("GET", "/people", [owner.cookie]), 426, "GET")
    web.stop()
    ok(not os.path.exists(path), "the list ends with the server")
    web = Web(*ROUTES, auth=False)
    eq(web.refused("/people"), "404", "without a login nobody is told from another")
    eq(web.ws("/role").message(), (TEXT, b"control"), "and all are in control")
    web.stop()


run(globals())
