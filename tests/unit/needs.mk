events.libs := events link base
dtls.libs := dtls base
dtls.ldlibs := -lmbedtls -lmbedx509 -lmbedcrypto
sandbox.libs := sandbox
sandbox.pkgs := libseccomp
packets.libs := packets link base
fanout.libs := packets link base
convert.libs := frames link base
convert.srcs := bin/rd-encode/convert.c
convert.ldlibs := -lyuv
rate.srcs := bin/rd-encode/rate.c
h264.libs := rtp
history.libs := rtp
rtcp.libs := rtp
rtp.libs := rtp
sdp.libs := sdp rtp link base
history.ldflags := -Wl,--wrap=malloc,--wrap=calloc
