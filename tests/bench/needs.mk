workload.libs := base
workload.pkgs := xcb xcb-shm
