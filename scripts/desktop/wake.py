"""Connect to the Unix socket that is named, once somebody listens there.

supervisord looks after its programs when something comes, or when a second
has gone by: it would start them that much later.
"""
import socket
import sys
import time

s = socket.socket(socket.AF_UNIX)
for _ in range(300):
    try:
        s.connect(sys.argv[1])
        break
    except OSError:
        time.sleep(.01)
