#include "http/whep.h"

#include <errno.h>

#include "../tap.h"

static const char sdp[] = "v=0\r\n"
			  "o=- 1 1 IN IP4 0.0.0.0\r\n"
			  "s=\"\\-\t\r\n"
			  "t=0 0\r\n"
			  "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
			  "a=ice-ufrag:EsAw\r\n";

/* RFC 8840 section 9, Figure 12, with one candidate of each section. */
static const char frag[] =
    "a=ice-ufrag:EsAw\r\n"
    "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
    "m=audio 9 RTP/AVP 0\r\n"
    "a=mid:1\r\n"
    "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r\n"
    "m=audio 9 RTP/AVP 0\r\n"
    "a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host\r\n"
    "a=end-of-candidates\r\n";

static void
test_offer(void)
{
	char out[WHEP_LINES_SIZE(sizeof(sdp))], ufrag[WHEP_UFRAG_SIZE];
	static const char want[] =
	    "{\"type\":\"offer\",\"trickle\":false,\"sdp\":\""
	    "v=0\\r\\no=- 1 1 IN IP4 0.0.0.0\\r\\n"
	    "s=\\u0022\\u005c-\\u0009\\r\\nt=0 0\\r\\n"
	    "m=video 9 UDP/TLS/RTP/SAVPF 96\\r\\na=ice-ufrag:EsAw\\r\\n\"}\n";
	ssize_t n = whep_offer(out, sizeof(out), ufrag, sdp, strlen(sdp));

	is_int(n, strlen(want), "an offer");
	is_mem(out, want, sizeof(want) - 1, "as a line");
	ok(strcmp(ufrag, "EsAw") == 0, "and its user fragment");
	for (ssize_t size = 0; size < n; size++)
		if (whep_offer(out, (size_t)size, ufrag, sdp, strlen(sdp)) !=
		    -ENOSPC)
			ok(false, "fits into %zd", size);
}

/* A prefix is an offer once the media line has begun. */
static void
test_offer_prefixes(void)
{
	size_t media = (size_t)(strstr(sdp, "m=video") - sdp) + 2;
	char out[WHEP_LINES_SIZE(sizeof(sdp))], ufrag[WHEP_UFRAG_SIZE];

	for (size_t len = 0; len < media; len++) {
		char *copy = exact(sdp, len);

		is_int(whep_offer(out, sizeof(out), ufrag, copy, len), -EBADMSG,
		    "offer cut to %zu", len);
		free(copy);
	}
}

static void
test_bad_offers(void)
{
	static const struct {
		const char *name, *text;
		size_t len;
	} rows[] = {
#define ROW(name, text) { name, text, sizeof(text) - 1 }
		ROW("HTML", "<html>\r\n"),
		ROW("JSON", "{\"type\":\"offer\"}"),
		ROW("version 1", "v=1\r\nm=video\r\n"),
		ROW("version later", "s=-\r\nv=0\r\nm=video\r\n"),
		ROW("no media", "v=0\r\ns=-\r\n"),
		ROW("an empty line", "v=0\r\n\r\nm=video\r\n"),
		ROW("a NUL", "v=0\r\ns=a\0b\r\nm=video\r\n"),
		ROW("a bare CR", "v=0\r\ns=a\rb\r\nm=video\r\n"),
		ROW("a line of one letter", "v=0\r\nm\r\n"),
#undef ROW
	};
	char out[512], ufrag[WHEP_UFRAG_SIZE];

	for (size_t i = 0; i < LEN(rows); i++)
		is_int(whep_offer(
			   out, sizeof(out), ufrag, rows[i].text, rows[i].len),
		    -EBADMSG, "offer: %s", rows[i].name);
}

static void
test_long_ufrag(void)
{
	char text[600] = "v=0\nm=video\na=ice-ufrag:", out[4096];
	char ufrag[WHEP_UFRAG_SIZE];
	size_t len = strlen(text);

	memset(text + len, 'x', 257);
	whep_offer(out, sizeof(out), ufrag, text, len + 256);
	is_int(strlen(ufrag), 256, "a user fragment of 256");
	whep_offer(out, sizeof(out), ufrag, text, len + 257);
	is_int(strlen(ufrag), 0, "one above that is none");
}

static void
test_fragment(void)
{
	char out[WHEP_LINES_SIZE(sizeof(frag))];
	static const char want[] =
	    "{\"type\":\"candidate\",\"candidate\":\"candidate:1387637174 1 "
	    "udp 2122260223 192.0.2.1 61764 typ host\",\"sdpMid\":\"1\"}\n"
	    "{\"type\":\"candidate\",\"candidate\":\"candidate:3471623853 1 "
	    "udp 2122194687 198.51.100.2 61765 typ host\","
	    "\"sdpMLineIndex\":0}\n"
	    "{\"type\":\"candidate\",\"candidate\":\"\","
	    "\"sdpMLineIndex\":0}\n";
	ssize_t n = whep_fragment(out, sizeof(out), "EsAw", frag, strlen(frag));

	is_int(n, strlen(want), "a fragment");
	is_mem(out, want, sizeof(want) - 1, "as lines");
	is_int(whep_fragment(out, sizeof(out), "EsAx", frag, strlen(frag)),
	    -ESTALE, "for another user fragment");
	is_int(whep_fragment(out, sizeof(out), "EsA", frag, strlen(frag)),
	    -ESTALE, "or a shorter one");
	is_int(whep_fragment(out, 100, "EsAw", frag, strlen(frag)), -ENOSPC,
	    "without room");
	is_int(whep_fragment(out, sizeof(out), "", "a=ice-options:x\n", 16), 0,
	    "without candidates");
	is_int(whep_fragment(out, sizeof(out), "", "", 0), -EBADMSG, "empty");
	is_int(
	    whep_fragment(out, sizeof(out), "", "{}\n", 3), -EBADMSG, "JSON");
}

int
main(void)
{
	test_offer();
	test_offer_prefixes();
	test_bad_offers();
	test_long_ufrag();
	test_fragment();
	return done_testing();
}
