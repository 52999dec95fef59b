"""A raw WebSocket client (RFC 6455), small and strict, for web.t."""
import base64
import hashlib
import os
import socket
import ssl
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Refused(Exception):
    """The upgrade was answered with another status than 101."""


class WebSocket:
    def __init__(self, port, path, headers=(), host=None, tls=None):
        self.sock = socket.create_connection(("127.0.0.1", port), 10)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.buf = b""
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host or f'127.0.0.1:{port}'}",
                 "Connection: Upgrade", "Upgrade: websocket",
                 "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self.until(b"\r\n\r\n")
        status = head.split(b" ")[1] if b" " in head else b"closed"
        if status != b"101":
            raise Refused(status.decode())
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode())
        assert base64.b64encode(accept.digest()) in head

    def until(self, mark):
        while mark not in self.buf:
            data = self.sock.recv(65536)
            if not data:
                break
            self.buf += data
        head, _, self.buf = self.buf.partition(mark)
        return head

    def take(self, n):
        while len(self.buf) < n:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.buf += data
        part, self.buf = self.buf[:n], self.buf[n:]
        return part

    def frame(self, opcode, data=b"", fin=True):
        mask = os.urandom(4)
        n = len(data)
        head = bytes([(0x80 if fin else 0) | opcode])
        if n < 126:
            head += bytes([0x80 | n])
        elif n < 65536:
            head += struct.pack("!BH", 0x80 | 126, n)
        else:
            head += struct.pack("!BQ", 0x80 | 127, n)
        key = (mask * (n // 4 + 1))[:n]
        body = (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(n, "big")
        self.sock.sendall(head + mask + body)

    def text(self, string):
        self.frame(TEXT, string.encode())

    def message(self):
        """The next whole message: (opcode, bytes); close codes as int."""
        kind, data = None, b""
        while True:
            b0, b1 = self.take(2)
            n = b1 & 0x7f
            if n == 126:
                n, = struct.unpack("!H", self.take(2))
            elif n == 127:
                n, = struct.unpack("!Q", self.take(8))
            part = self.take(n)
            opcode = b0 & 15
            if opcode == CLOSE:
                return CLOSE, struct.unpack("!H", part[:2])[0] if part else 0
            if opcode == PING:
                self.frame(PONG, part)
                continue
            if opcode == PONG:
                continue
            if opcode:
                kind = opcode
            data += part
            if b0 & 0x80:
                return kind, data

    def close(self):
        self.sock.close()
