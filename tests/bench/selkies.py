#!/usr/bin/python3
"""A WebRTC sender with the settings of Selkies-GStreamer, and nothing else.

usage: selkies.py [-e] DISPLAY FPS BITRATE
       selkies.py -i WxH FPS BITRATE

With -e the encoder's output goes to descriptor 3, and that is all.  With -i
it encodes I420 pictures from standard input to there, as fast as it can, on
one thread.  Else signalling is one JSON object per line on standard input and output, and
begins with the viewer's "hello"; then this side offers, as Selkies does.  A
newline on descriptor 3 says that everything is loaded.
"""
import json
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtp", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstRtp, GstSdp, GstWebRTC

CPUS = os.cpu_count()
# ximagesrc to webrtcbin as gstwebrtc_app.py builds it for x264enc.
CAPTURE = """
ximagesrc display-name={display} show-pointer=0 remote=1 blocksize=16384
  use-damage=0 startx=0 starty=0 ! video/x-raw,framerate={fps}/1 !
videoconvert n-threads={threads} qos=true ! video/x-raw,format=NV12 !
"""
READ = """
fdsrc fd=0 ! rawvideoparse format=i420 width={width} height={height}
  framerate={fps}/1 !
"""
ENCODE = """
x264enc threads={threads} aud=false b-adapt=false bframes=0
  dct8x8=false insert-vui=true key-int-max=2147483647 mb-tree=false
  rc-lookahead=0 sync-lookahead=0 vbv-buf-capacity={vbv} sliced-threads=true
  byte-stream=true pass=cbr speed-preset=ultrafast tune=zerolatency
  bitrate={kbps} ! video/x-h264,profile=main,stream-format=byte-stream !
"""
SEND = """
rtph264pay name=pay mtu=1200 aggregate-mode=zero-latency config-interval=-1
  pt=97 !
application/x-rtp,media=video,encoding-name=H264,payload=97,clock-rate=90000,rtcp-fb-nack-pli=(boolean)true,rtcp-fb-ccm-fir=(boolean)true !
webrtcbin name=rtc bundle-policy=max-compat latency=0
"""


class PlayoutDelay(GstRtp.RTPHeaderExtension):
    """Minimum and maximum 0: GStreamer hands out zeroed memory."""

    def __init__(self):
        super().__init__()
        self.set_uri("http://www.webrtc.org/experiments/rtp-hdrext/playout-delay")

    def do_get_supported_flags(self):
        return GstRtp.RTPHeaderExtensionFlags.ONE_BYTE

    def do_get_max_size(self, meta):
        return 3

    def do_write(self, meta, flags, output, data, size):
        return 3

    def do_read(self, flags, data, size, buffer):
        return True


def say(**message):
    print(json.dumps(message), flush=True)


def encode_to(rest, display, fps, bitrate, threads=min(4, max(1, CPUS - 1))):
    """display is one's name, or the size of what is read."""
    width, _, height = display.partition("x")
    source = READ if height else CAPTURE
    settings = {
        "display": display,
        "width": width,
        "height": height,
        "fps": fps,
        "kbps": bitrate // 1000,
        "vbv": int((1000 + fps - 1) // fps * 1.5),
        "threads": threads,
    }
    return Gst.parse_launch((source + ENCODE).format(**settings) + rest)


def encode_file(size, fps, bitrate):
    pipeline = encode_to("fdsink fd=3", size, fps, bitrate, threads=1)
    pipeline.set_state(Gst.State.PLAYING)
    ends = Gst.MessageType.EOS | Gst.MessageType.ERROR
    message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, ends)
    pipeline.set_state(Gst.State.NULL)
    if message.type == Gst.MessageType.ERROR:
        sys.exit(message.parse_error().debug)


def start(display, fps, bitrate):
    pipeline = encode_to(SEND, display, fps, bitrate)
    rtc = pipeline.get_by_name("rtc")
    delay = PlayoutDelay()
    delay.set_id(2)
    pipeline.get_by_name("pay").emit("add-extension", delay)
    rtc.emit("get-transceiver", 0).set_property("do-nack", True)
    rtc.connect("on-negotiation-needed", negotiate)
    rtc.connect("on-ice-candidate", local_candidate)
    bus = pipeline.get_bus()
    bus.add_signal_watch()
    bus.connect("message::error", lambda _, m: sys.exit(m.parse_error().debug))
    pipeline.set_state(Gst.State.READY)
    options = "options,ordered=(boolean)true,max-retransmits=(int)0"
    rtc.emit("create-data-channel", "input", Gst.Structure.from_string(options)[0])
    pipeline.set_state(Gst.State.PLAYING)
    return pipeline, rtc


def negotiate(rtc):
    def created(promise):
        reply = promise.get_reply()  # owns what get_value() returns
        offer = reply.get_value("offer")
        rtc.emit("set-local-description", offer, Gst.Promise.new())
        say(type="offer", sdp=patched(offer.sdp.as_text()))

    rtc.emit("create-offer", None, Gst.Promise.new_with_change_func(created))


def patched(sdp):
    """What Selkies rewrites before it sends an offer."""
    if "profile-level-id" not in sdp:
        sdp = sdp.replace(
            "packetization-mode=1", "profile-level-id=42e01f;packetization-mode=1"
        )
    return sdp.replace(
        "packetization-mode=1", "packetization-mode=1;sps-pps-idr-in-keyframe=1"
    )


def local_candidate(rtc, line, candidate):
    say(type="candidate", candidate=candidate, sdpMLineIndex=line)


def answered(rtc, sdp):
    _, message = GstSdp.SDPMessage.new_from_text(sdp)
    answer = GstWebRTC.WebRTCSessionDescription.new(
        GstWebRTC.WebRTCSDPType.ANSWER, message
    )
    rtc.emit("set-remote-description", answer, Gst.Promise.new())


class Session:
    def __init__(self, arguments):
        self.arguments = arguments
        self.pipeline = self.rtc = None

    def take(self, message):
        kind = message["type"]
        if kind == "hello":
            self.pipeline, self.rtc = start(*self.arguments)
        elif kind == "answer":
            answered(self.rtc, message["sdp"])
        elif kind == "candidate" and message["candidate"]:
            self.rtc.emit(
                "add-ice-candidate", message["sdpMLineIndex"], message["candidate"]
            )


def main():
    *options, display, fps, bitrate = sys.argv[1:]
    arguments = display, int(fps), int(bitrate)
    Gst.init(None)
    if options == ["-i"]:
        return encode_file(*arguments)
    loop = GLib.MainLoop()
    if options == ["-e"]:
        pipeline = encode_to("fdsink fd=3", *arguments)
        pipeline.set_state(Gst.State.PLAYING)
        loop.run()
    session = Session(arguments)

    def read():
        for line in sys.stdin:
            GLib.idle_add(session.take, json.loads(line))
        GLib.idle_add(loop.quit)

    threading.Thread(target=read, daemon=True).start()
    os.write(3, b"\n")
    loop.run()
    if session.pipeline:
        session.pipeline.set_state(Gst.State.NULL)


main()
