events.libs := events link base
dtls.libs := dtls base
dtls.ldlibs := -lmbedtls -lmbedx509 -lmbedcrypto
sandbox.libs := sandbox
sandbox.pkgs := libseccomp
