"""A WHEP viewer that is no browser: whep.py URL TOKEN FRAMES

Prints "frame WIDTHxHEIGHT" for each decoded frame and "gone" once the
session's resource is deleted.
"""

import asyncio
import sys
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.rtcrtpreceiver import RTCRtpReceiver


def call(method, url, token, body=None):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    return urlopen(Request(url, body, headers, method=method), timeout=10)


async def view(url, token, frames):
    peer = RTCPeerConnection()
    video = peer.addTransceiver("video", direction="recvonly")
    codecs = RTCRtpReceiver.getCapabilities("video").codecs
    video.setCodecPreferences([c for c in codecs if c.mimeType == "video/H264"])
    await peer.setLocalDescription(await peer.createOffer())
    answer = await asyncio.to_thread(call, "POST", url, token, peer.localDescription.sdp.encode())
    resource = urljoin(url, answer.headers["Location"])
    await peer.setRemoteDescription(RTCSessionDescription(answer.read().decode(), "answer"))
    for _ in range(frames):
        frame = await asyncio.wait_for(video.receiver.track.recv(), 10)
        print(f"frame {frame.width}x{frame.height}")
    await asyncio.to_thread(call, "DELETE", resource, token)
    await peer.close()
    print("gone")


asyncio.run(view(sys.argv[1], sys.argv[2], int(sys.argv[3])))
