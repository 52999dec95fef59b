#!/usr/bin/python3
"""ports.py N: so many TCP ports that are free, and that the system gives to
nobody who does not ask for them."""
import random
import socket
import sys

wanted = int(sys.argv[1])
for port in random.sample(range(20000, 30000), 1000):
    with socket.socket() as s:
        try:
            s.bind(("", port))
        except OSError:
            continue
    print(port)
    wanted -= 1
    if not wanted:
        break
