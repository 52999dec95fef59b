http_fields.libs := http base
http_whep.libs := http base
frames.libs := frames link base
portal_apps.libs := portal events link base
portal_apps.pkgs := yaml-0.1
portal_terminal.libs := portal events link base
rfb_pixels.libs := rfb frames link base
rfb_pixels.pkgs := zlib libturbojpeg
