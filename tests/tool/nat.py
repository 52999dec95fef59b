"""A NAT between a viewer, which is aiortc, and rd-rtc: neither hears of the
other's addresses, and what rd-rtc hears comes from a port of the NAT's that
can change."""
import asyncio
import re
import socket

CANDIDATE = re.compile(r"a=candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) "
                       r"typ host.*", re.I)


def without_candidates(sdp):
    return re.sub(r"a=(candidate:.*|end-of-candidates)\r\n", "", sdp)


class Nat:
    """Give hide_viewer and hide_rtc to Viewer.connect()."""

    def __init__(self):
        self.inside = self.outside = self.viewer = self.rtc = None
        self.hole = False    # nothing gets through
        self.copies = 1      # of each datagram to rd-rtc
        self.checks = []     # STUN requests of the viewer's
        self.sent = []       # everything else of its
        self.media = 0       # datagrams of it to the port in use

    def open_socket(self, reader):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setblocking(False)
        s.bind((self.address, 0))
        asyncio.get_running_loop().add_reader(s, reader, s)
        return s

    def hide_viewer(self, sdp):
        self.address = CANDIDATE.search(sdp)[1]
        self.inside = self.open_socket(self.from_viewer)
        self.outside = self.open_socket(self.from_rtc)
        return without_candidates(sdp)

    def hide_rtc(self, sdp):
        found = next(c for c in CANDIDATE.finditer(sdp)
                     if c[1] == self.address)
        self.rtc = (found[1], int(found[2]))
        line = (f"a=candidate:1 1 udp 2130706431 {self.address} "
                f"{self.inside.getsockname()[1]} typ host\r\n"
                "a=end-of-candidates\r\n")
        sdp = without_candidates(sdp)
        return re.sub(r"(a=ice-pwd:.*\r\n)", rf"\1{line}", sdp)

    def from_viewer(self, s):
        data, self.viewer = s.recvfrom(2048)
        if self.hole:
            return
        (self.checks if data[:2] == b"\0\1" else self.sent).append(data)
        for _ in range(self.copies):
            self.outside.sendto(data, self.rtc)

    def from_rtc(self, s):
        data, _ = s.recvfrom(2048)
        if not self.hole and s is self.outside and self.viewer:
            self.media += data[0] >= 128
            self.inside.sendto(data, self.viewer)

    def rebind(self):
        """Another port from now on; the old one leads nowhere."""
        self.media = 0
        self.outside = self.open_socket(self.from_rtc)
