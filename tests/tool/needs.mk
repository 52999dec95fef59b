inputwatch.pkgs := x11 xkbcommon
framecheck.libs := frames link base
framecheck.pkgs := xcb
packetlog.libs := packets link base
clipclient.pkgs := x11
painter.libs := base
painter.pkgs := xcb
