workload.libs := base
workload.pkgs := xcb xcb-shm
turnload.srcs := $(wildcard tests/bench/turnload/*.c)
turnload.libs := turn stun base
turnload.pkgs := libcrypto
vncwatch.srcs := $(wildcard tests/bench/vncwatch/*.c)
vncwatch.libs := rfb events frames link base
vncwatch.pkgs := zlib libcrypto libjpeg
