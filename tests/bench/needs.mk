workload.libs := base
workload.pkgs := xcb xcb-shm
turnload.srcs := $(wildcard tests/bench/turnload/*.c)
turnload.libs := turn stun base
turnload.pkgs := libcrypto
