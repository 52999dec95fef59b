# rd: programs are the folders of bin/ and SCRIPTS, libraries the folders of lib/.
# Knobs: CC CFLAGS SAN PREFIX DESTDIR B (build directory) CI=1 (-Werror) V=1.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
SAN ?=
B ?= build$(SAN:%=/san-$(subst $(comma),-,$(SAN)))
comma := ,

SCRIPTS := rd-apps rd-desktop rd-doctor rd-edge rd-instance rd-send rd-tunnel rd-vncserver
# rd-rdp only where its library is: FreeRDP 2 is Debian 12's.
WITHOUT := $(shell pkg-config --exists freerdp-server2 || echo rd-rdp)
PROGS := $(filter-out $(WITHOUT),$(patsubst bin/%/main.c,%,$(wildcard bin/*/main.c)))
LIBS := $(notdir $(patsubst %/,%,$(wildcard lib/*/)))
TESTS := $(patsubst %.c,%,$(wildcard tests/unit/*.c))
FUZZERS := $(patsubst %.c,%,$(wildcard tests/fuzz/*.c))
BENCHES := $(patsubst %.c,%,$(wildcard tests/bench/*.c))
HELPERS := $(patsubst %.c,%,$(wildcard tests/tool/*.c))

# Who needs whom: libraries in link order, then Debian's packages.
rd-capture.libs := frames events link base
rd-capture.pkgs := xcb xcb-shm xcb-damage xcb-xfixes xcb-xinput xcb-composite libpng
rd-encode.libs := scroll frames packets link base
rd-encode.pkgs := x264 opus ogg
rd-encode.ldlibs := -lyuv
rd-input.libs := events pad link base
rd-input.pkgs := xcb xcb-xtest xcb-xfixes xcb-xkb xcb-randr xkbcommon xkbcommon-x11
rd-portal.libs := web portal http events link sandbox base
rd-portal.pkgs := libwebsockets libcrypto zlib yaml-0.1 libcjson
rd-rdp.libs := rdp guest http events frames packets link sandbox base
rd-rdp.pkgs := freerdp-server2 freerdp2 winpr2 xkbcommon nettle libcrypto libpng libseccomp
rd-replay.libs := frames link base
rd-rtc.libs := viewer sdp mdns dtls bwe rtp events packets link sandbox base
rd-rtc.pkgs := nice libsrtp2 nss nettle libcjson libseccomp
rd-rtc.ldlibs := -lusrsctp -lmbedtls -lmbedx509 -lmbedcrypto
rd-sound.libs := packets link base
rd-sound.pkgs := libpulse opus
rd-stream.libs := viewer flow events packets link sandbox base
rd-stream.pkgs := libseccomp
rd-turn.libs := turn stun link sandbox base
rd-turn.pkgs := libssl libcrypto libseccomp
rd-vnc.libs := rfb guest http events frames packets flow scroll link sandbox base
rd-vnc.pkgs := libssl libcrypto zlib libpng libturbojpeg libseccomp
rd-web.libs := web http events link sandbox base
rd-web.pkgs := libwebsockets libcrypto zlib

include $(wildcard tests/*/needs.mk)

WARN := -Wall -Wextra -Wshadow -Wvla -Wundef -Wconversion -Wsign-conversion \
	-Wmissing-prototypes -Wformat=2 $(if $(CI),-Werror)
# clang 14 wants to be told twice that automatic variables start at zero.
CLANG := $(findstring clang,$(CC))
HARDEN := -fPIE -fstack-protector-strong -ftrivial-auto-var-init=zero \
	$(if $(CLANG),-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang) \
	$(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2)
ALL_CPPFLAGS := -D_GNU_SOURCE -Ilib $(CPPFLAGS)
ALL_CFLAGS := -std=c11 $(WARN) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN:%=-fsanitize=%) $(LDFLAGS)
Q := $(if $(V),,@)

all: $(PROGS:%=$(B)/bin/%) $(B)/lib/rd-gamepad.so

# A program, test, fuzzer or bench: its own objects, then libraries.
# $(1) target  $(2) sources  $(3) name whose .libs .pkgs .ldlibs apply
define program
$(1): $(patsubst %.c,$(B)/obj/%.o,$(2)) $$(foreach l,$$($(3).libs),$(B)/lib/lib$$l.a)
	@mkdir -p $$(@D)
	$$(if $(Q),@echo "  LD $$(@F)")
	$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) $$($(3).ldflags) -o $$@ $$^ $$(if $$($(3).pkgs),$$(shell pkg-config --libs $$($(3).pkgs))) $$($(3).ldlibs) -lm
$(patsubst %.c,$(B)/obj/%.o,$(2)): pkgs := $$($(3).pkgs)
endef
$(foreach p,$(PROGS),$(eval $(call program,$(B)/bin/$p,$(wildcard bin/$p/*.c),$p)))
$(foreach t,$(TESTS) $(FUZZERS) $(BENCHES) $(HELPERS),$(eval $(call program,$(B)/$t,$t.c $($(notdir $t).srcs),$(notdir $t))))

$(foreach l,$(LIBS),$(eval $(B)/lib/lib$l.a: $(patsubst %.c,$(B)/obj/%.o,$(wildcard lib/$l/*.c))))
# What games are run with: no sanitizer, for it goes into foreign programs, and
# no fortified calls, which it takes the place of.
$(B)/lib/rd-gamepad.so: $(wildcard bin/rd-input/preload/*.[ch] lib/pad/*.[ch]) $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  LD $(@F)")
	$(Q)$(CC) $(ALL_CPPFLAGS) -U_FORTIFY_SOURCE -std=c11 $(WARN) $(CFLAGS) -fPIC -fvisibility=hidden -shared -Wl,-z,relro,-z,now -o $@ $(filter %.c,$^)
$(B)/lib/%.a:
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(Q),@echo "  CC $<")
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(if $(pkgs),$$(pkg-config --cflags $(pkgs) | sed 's/-I/-isystem /g')) -MMD -MP -c -o $@ $<
# Everything is built again when the compiler or its flags change.
FLAGS := $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)
$(if $(filter-out $(file <$(B)/flags),$(FLAGS)),$(shell mkdir -p $(B))$(file >$(B)/flags,$(FLAGS)))
$(B)/flags: ;
-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

.PHONY: all deb deps image run check check-unit check-tool check-browser lint bench fuzz fuzz-run install clean

TAP := prove -e 'timeout 300' --timer
WITH_PATH := PATH="$(abspath $(B))/bin:$(abspath scripts):$(abspath $(B))/tests/tool:$$PATH"

deps:
	scripts/rd-deps build

run:
	scripts/rd-deps build run
	$(MAKE) -j$$(nproc) all
	$(WITH_PATH) scripts/rd-desktop run

# What the tests of each kind need is installed first; CI runs all of them.
# Tool and browser tests mostly wait, so they do it at the same time.
check:
	scripts/rd-deps build run instance test
	$(MAKE) -k -j$$(nproc) all $(TESTS:%=$(B)/%) $(HELPERS:%=$(B)/%)
	$(MAKE) -k -j2 -O lint check-unit check-tool check-browser; status=$$?; \
		$(MAKE) fuzz && exit $$status

check-unit: $(TESTS:%=$(B)/%)
	$(TAP) $(TESTS:%=$(B)/%)

check-tool: all $(HELPERS:%=$(B)/%)
	$(WITH_PATH) $(TAP) tests/tool/*.t

check-browser: all $(HELPERS:%=$(B)/%)
	cd tests/browser && npm ci --no-audit --no-fund --silent
	$(WITH_PATH) node --test --test-timeout=400000 --test-reporter=tap tests/browser/*.test.mjs

lint:
	scripts/rd-lint

# Seeds are read from the tree; what is found stays in the build directory.
FUZZ_TIME ?= 10
fuzz:
	$(MAKE) -j$$(nproc) CC=clang SAN=fuzzer,address,undefined B=$(B)/fuzz fuzz-run
fuzz-run: $(FUZZERS:tests/fuzz/%=fuzz-run-%)
fuzz-run-%: $(B)/tests/fuzz/%
	@c=$(B)/corpus/$*; mkdir -p $$c; \
	$< -max_total_time=$(FUZZ_TIME) -timeout=1 -artifact_prefix=$(B)/$*- \
	$$c tests/fuzz/corpus/$* >$$c.log 2>&1 || { tail -30 $$c.log; exit 1; }; \
	echo "  FUZZ $*: $$(tail -n 1 $$c.log)"

bench: all $(BENCHES:%=$(B)/%) $(B)/tests/tool/udpimp
	$(WITH_PATH) tests/bench/run
	for b in connect.mjs encode.mjs density.mjs links.mjs narrow.mjs loss.mjs step.mjs upload.mjs viewers.mjs quality.py turnsoak.py vnc.mjs; do $(WITH_PATH) tests/bench/run $$b || exit 1; done

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/rd
	install $(PROGS:%=$(B)/bin/%) $(SCRIPTS:%=scripts/%) $(DESTDIR)$(PREFIX)/bin
	install -d $(DESTDIR)$(PREFIX)/lib/rd
	install -m 644 $(B)/lib/rd-gamepad.so $(DESTDIR)$(PREFIX)/lib/rd
	cp -R bin/rd-portal/client $(DESTDIR)$(PREFIX)/share/rd/portal
	cp -R bin/rd-web/client scripts/desktop scripts/edge scripts/instance $(DESTDIR)$(PREFIX)/share/rd
	for p in man/*.[157]; do install -D -m 644 $$p $(DESTDIR)$(PREFIX)/share/man/man$${p##*.}/$${p##*/} || exit 1; done

# A Debian package of the last commit.
deb:
	scripts/packaging/make-deb $(B)/deb

# The image of an instance as a tree, as root and without a container engine.
image:
	scripts/packaging/image/build-root scripts/packaging/image/Dockerfile . $(B)/image

clean:
	rm -rf $(B)

.DELETE_ON_ERROR:
