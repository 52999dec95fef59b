"""What the tests of rd-turn share: TAP, a server, a raw client that may misbehave."""
import atexit
import hashlib
import hmac
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import time

from tap import eq, finish, ok, until  # noqa: F401

COOKIE = 0x2112A442
BINDING, ALLOCATE, REFRESH, SEND, DATA, PERMISSION, CHANNEL = 1, 3, 4, 6, 7, 8, 9
CONNECT, CONNECTION_BIND, CONNECTION_ATTEMPT = 10, 11, 12
INDICATION, SUCCESS, ERROR = 0x010, 0x100, 0x110
(USERNAME, INTEGRITY, ERROR_CODE, PEER, PAYLOAD, REALM, NONCE, RELAYED, TRANSPORT,
 DONT_FRAGMENT, LIFETIME, CONNECTION_ID, ALTERNATE_SERVER) = (
     0x06, 0x08, 0x09, 0x12, 0x13, 0x14, 0x15, 0x16, 0x19, 0x1A, 0x0D, 0x2A, 0x8023)
UDP, TCP = b"\x11\0\0\0", b"\x06\0\0\0"
USER, PASSWORD = "alice", "wonderland"
DIR = tempfile.mkdtemp(prefix="rd-turn-test.")


def free_port():
    """Of UDP and TCP."""
    while True:
        with socket.socket() as t, socket.socket(type=socket.SOCK_DGRAM) as u:
            t.bind(("127.0.0.1", 0))
            try:
                u.bind(t.getsockname())
                return t.getsockname()[1]
            except OSError:
                pass  # another's


def certificate():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", DIR + "/key", "-out", DIR + "/cert"], check=True,
                   stderr=subprocess.DEVNULL)


@atexit.register
def clean():
    """Also when a test ends where it should not."""
    Server.stop_all()
    shutil.rmtree(DIR)


class Server:
    """A running rd-turn on loopback, with one user."""

    running = []

    def __init__(self, *args, **popen):
        with open(DIR + "/users", "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(f"{USER} {PASSWORD}\n")
        self.port = free_port()
        ready, tell = os.pipe()
        self.proc = subprocess.Popen(
            ["rd-turn", "-R", str(tell), "-l", f"127.0.0.1:{self.port}", "-a", "127.0.0.1",
             "-u", DIR + "/users", "-S", DIR + "/stats", *args], pass_fds=[tell], **popen)
        os.close(tell)
        with os.fdopen(ready) as f:
            assert f.read() == "\n", "not ready"
        Server.running.append(self)

    def stat(self, name):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(DIR + "/stats")
            text = s.makefile().read()
        return int(re.search(rf"^rd_turn_{name} (\d+)$", text, re.M)[1])

    def fds(self):
        return len(os.listdir(f"/proc/{self.proc.pid}/fd"))

    def memory(self):
        with open(f"/proc/{self.proc.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])

    def stop(self):
        for _ in range(2):  # it does not wait for allocations
            if self.proc.poll() is None:
                self.proc.terminate()
                time.sleep(0.05)
        Server.running.remove(self)
        return self.proc.wait(15)

    @classmethod
    def stop_all(cls):
        for server in list(cls.running):
            server.stop()


class Client:
    """One client; what comes that is no answer is kept in .heard."""

    def __init__(self, port, transport="udp", timeout=20, source="127.0.0.1"):
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.sock = socket.socket(type=kind)
        self.sock.settimeout(timeout)
        self.sock.bind((source, 0))
        self.sock.connect(("127.0.0.1", port))
        if transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.sock = context.wrap_socket(self.sock)
        self.stream = transport != "udp"
        self.realm = self.nonce = None
        self.heard = []

    def close(self):
        self.sock.close()

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def message(self):
        """The next one: type, id, attributes; or channel number and data."""
        if not self.stream:
            data = self.sock.recv(65536)
        else:
            data = self.exactly(4)
            n = struct.unpack("!H", data[2:])[0]
            data += self.exactly(n + 16 if data[0] < 0x40 else n + -n % 4)
        kind, n = struct.unpack_from("!HH", data)
        if kind >= 0x4000:
            return kind, None, data[4:4 + n]
        attributes, at = {}, 20
        while at < 20 + n:
            a, size = struct.unpack_from("!HH", data, at)
            attributes[a] = data[at + 4:at + 4 + size]
            at += 4 + size + -size % 4
        return kind, data[8:20], attributes

    def send(self, kind, *attributes, auth=False):
        """Returns the transaction's identifier."""
        ident = os.urandom(12)
        body = b"".join(map(attribute, attributes))
        if auth and self.nonce:
            body += b"".join(map(attribute, [(USERNAME, USER.encode()), (REALM, self.realm),
                                             (NONCE, self.nonce)]))
            key = hashlib.md5(b":".join([USER.encode(), self.realm, PASSWORD.encode()])).digest()
            head = struct.pack("!HHI", kind, len(body) + 24, COOKIE) + ident
            body += attribute((INTEGRITY, hmac.digest(key, head + body, "sha1")))
        self.sock.sendall(struct.pack("!HHI", kind, len(body), COOKIE) + ident + body)
        return ident

    def answer(self, ident):
        """The error code, 0 for success, and the attributes."""
        while True:
            kind, of, attributes = self.message()
            if of != ident or kind & 0x110 == INDICATION:
                self.heard.append((kind, attributes))
                continue
            self.nonce = attributes.get(NONCE, self.nonce)
            self.realm = attributes.get(REALM, self.realm)
            code = attributes.get(ERROR_CODE, bytes(4))
            return code[2] * 100 + code[3], attributes

    def request(self, method, *attributes):
        code, got = self.answer(self.send(method, *attributes, auth=True))
        if code in (401, 438):
            code, got = self.answer(self.send(method, *attributes, auth=True))
        return code, got

    def allocate(self, transport=UDP):
        return self.request(ALLOCATE, (TRANSPORT, transport))

    def indication(self):
        """The next one that comes or has come."""
        while not self.heard:
            kind, _, attributes = self.message()
            self.heard.append((kind, attributes))
        return self.heard.pop(0)


def attribute(pair):
    kind, value = pair
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def masked(ip, port):
    """An address as the value of an XOR- attribute, and back; IPv4."""
    return struct.pack("!HHI", 1, port ^ COOKIE >> 16,
                       struct.unpack("!I", socket.inet_aton(ip))[0] ^ COOKIE)


def unmasked(value):
    _, port, ip = struct.unpack("!HHI", value)
    return socket.inet_ntoa(struct.pack("!I", ip ^ COOKIE)), port ^ COOKIE >> 16
