#include "sdp/sdp.h"

#include <errno.h>

#include "../tap.h"

#define FINGERPRINT                                                            \
	"00:01:02:03:04:05:06:07:08:09:0a:0B:0C:0D:0E:0F:"                     \
	"10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:FF"
#define PWD "a=ice-pwd:abcdefghijklmnopqrstuv\n"
#define HEAD "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\n"
#define VIDEO "m=video 9 UDP/TLS/RTP/SAVPF 96\n"
#define H264                                                                   \
	"a=rtpmap:96 H264/90000\n"                                             \
	"a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\n"
#define TRANSPORT                                                              \
	"a=ice-ufrag:abcd\n" PWD "a=setup:actpass\n"                           \
	"a=fingerprint:sha-256 " FINGERPRINT "\n"
#define DATA                                                                   \
	"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=sctp-port:5000\n"
/* The least that is an offer of video. */
#define LEAST HEAD VIDEO "a=recvonly\na=rtcp-mux\n" TRANSPORT H264

static struct sdp_offer offer;
static char answer[65536];

static int
decode(const char *text)
{
	size_t len = strlen(text);
	char *copy = exact(text, len);
	int err = sdp_offer_decode(&offer, copy, len);

	free(copy);
	return err;
}

static const char *
encode(void)
{
	static const uint8_t fingerprint[SDP_FINGERPRINT] = { 0xab, 1, 2 };
	static const char *const candidates[] = {
		"candidate:1 1 udp 1 192.0.2.1 5 typ host",
		"candidate:2 1 udp 1 192.0.2.1 6 typ host",
	};
	const struct sdp_local us = {
		.session = INT64_MAX,
		.version = 2,
		.ufrag = "wxyz",
		.pwd = "0123456789abcdefghijkl",
		.cname = "desk",
		.fingerprint = fingerprint,
		.video_ssrc = 11,
		.rtx_ssrc = 12,
		.fec_ssrc = 14,
		.audio_ssrc = 13,
		.candidates = candidates,
		.ncandidates = 2,
		.gathered = true,
	};
	ssize_t n = sdp_answer_encode(&offer, &us, answer, sizeof(answer));

	if (n < 0 || (size_t)n != strlen(answer))
		ok(false, "answer is encoded");
	for (size_t size = 0; size <= (size_t)n; size += 97) {
		char *tight = malloc(size + 1);

		if (sdp_answer_encode(&offer, &us, tight, size) != -ENOSPC)
			ok(false, "%zu bytes of room", size);
		free(tight);
	}
	is_int(sdp_answer_encode(&offer, &us, answer, (size_t)n), -ENOSPC,
	    "no room for the NUL");
	is_int(sdp_answer_encode(&offer, &us, answer, (size_t)n + 1), n,
	    "room for all");
	return answer;
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static char *
read_offer(const char *name, size_t *len)
{
	char path[200];
	static char text[SDP_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/sdp/%s", name);
	f = fopen(path, "r");
	*len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[*len] = '\0';
	if (f)
		fclose(f);
	return text;
}

/* What real viewers offer, and every beginning of it. */
static void
test_viewers(void)
{
	static const struct {
		const char *name;
		uint8_t h264, rtx, fec, opus, red;
		unsigned int feedback;
		uint8_t ext[RTP_EXT_COUNT];
		bool trickle;
		size_t candidates, transport;
		uint32_t message;
	} viewers[] = {
		{ "chromium", 108, 109, 49, 111, 63, 31, { 9, 5, 2, 4, 0 },
		    true, 2, 0, 262144 },
		{ "firefox", 0, 0, 0, 109, 0, 0, { 0 }, false, 4, 1,
		    1073741823 },
		{ "aiortc", 101, 102, 0, 96, 0, SDP_NACK | SDP_PLI | SDP_REMB,
		    { 1, 0, 2, 0, 0 }, false, 2, 0, 65536 },
		{ "gstreamer", 96, 98, 0, 97, 0,
		    SDP_NACK | SDP_PLI | SDP_FIR | SDP_TRANSPORT_CC,
		    { 0, 0, 0, 3, 0 }, true, 9, 0, 65536 },
	};

	for (size_t i = 0; i < LEN(viewers); i++) {
		const char *name = viewers[i].name;
		const struct sdp_media *v, *a, *d;
		size_t len;
		char *text = read_offer(name, &len);

		is_int(decode(text), 0, "%s: %s", name, offer.reason);
		v = sdp_offer_media(&offer, SDP_VIDEO);
		a = sdp_offer_media(&offer, SDP_AUDIO);
		d = sdp_offer_media(&offer, SDP_APPLICATION);
		is_int(offer.nmedia, 3, "%s: m-lines", name);
		is_int(v ? v->pt : 0, viewers[i].h264, "%s: H.264", name);
		is_int(v ? v->rtx_pt : 0, viewers[i].rtx, "%s: RTX", name);
		is_int(v ? v->fec_pt : 0, viewers[i].fec, "%s: repair", name);
		is_int(v ? v->feedback : 0, viewers[i].feedback, "%s: feedback",
		    name);
		if (v)
			is_mem(v->ext, viewers[i].ext, RTP_EXT_COUNT,
			    "%s: extensions", name);
		is_int(a ? a->pt : 0, viewers[i].opus, "%s: Opus", name);
		is_int(a ? a->red_pt : 0, viewers[i].red, "%s: RED", name);
		is_int(d ? d->sctp_port : 0, 5000, "%s: SCTP", name);
		is_int(d ? d->max_message : 0, viewers[i].message,
		    "%s: messages", name);
		is_int(offer.trickle, viewers[i].trickle, "%s: trickle", name);
		is_int(offer.ncandidates, viewers[i].candidates,
		    "%s: candidates", name);
		is_int(offer.transport, viewers[i].transport, "%s: transport",
		    name);
		is_int(count(encode(), "m="), 3, "%s: m-lines answered", name);
		for (size_t n = 0; n < len; n++) {
			char *cut = exact(text, n);

			sdp_offer_decode(&offer, cut, n);
			free(cut);
		}
	}
}

static void
test_least(void)
{
	const struct sdp_media *m;

	is_int(decode(LEAST), 0, "the least: %s", offer.reason);
	m = sdp_offer_media(&offer, SDP_VIDEO);
	ok(m == &offer.media[0] && m->pt == 96 && !m->rtx_pt && !*m->mid,
	    "one video");
	ok(!sdp_offer_media(&offer, SDP_AUDIO), "no audio");
	ok(strcmp(offer.ufrag, "abcd") == 0 &&
		strcmp(offer.pwd, "abcdefghijklmnopqrstuv") == 0,
	    "ICE credentials");
	ok(offer.fingerprint[0] == 0 && offer.fingerprint[10] == 0x0a &&
		offer.fingerprint[31] == 0xff,
	    "fingerprint");
	ok(!offer.bundle && !offer.trickle, "no bundle, no trickle");
	for (size_t n = 0; n < sizeof(LEAST) - 1 - sizeof(H264); n++) {
		char *cut = exact(LEAST, n);

		if (sdp_offer_decode(&offer, cut, n) != -EBADMSG)
			ok(false, "cut at %zu is refused", n);
		free(cut);
	}
	is_int(decode(HEAD "a=rtcp-mux\n" TRANSPORT VIDEO "a=rtcp-mux\n" H264),
	    0, "what the session says holds for the m-line");
}

static void
test_answer(void)
{
	static const char want[] =
	    "v=0\r\n"
	    "o=- 9223372036854775807 2 IN IP4 127.0.0.1\r\n"
	    "s=-\r\n"
	    "t=0 0\r\n"
	    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
	    "c=IN IP4 0.0.0.0\r\n"
	    "a=ice-ufrag:wxyz\r\n"
	    "a=ice-pwd:0123456789abcdefghijkl\r\n"
	    "a=ice-options:trickle\r\n"
	    "a=fingerprint:sha-256 "
	    "AB:01:02:00:00:00:00:00:00:00:00:00:00:00:00:"
	    "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00\r\n"
	    "a=setup:active\r\n"
	    "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n"
	    "a=candidate:2 1 udp 1 192.0.2.1 6 typ host\r\n"
	    "a=end-of-candidates\r\n"
	    "a=sendonly\r\n"
	    "a=rtcp-mux\r\n"
	    "a=rtcp-rsize\r\n"
	    "a=rtpmap:96 H264/90000\r\n"
	    "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n"
	    "a=msid:rd-video v\r\n"
	    "a=ssrc:11 cname:desk\r\n";
	size_t len;

	decode(LEAST);
	ok(strcmp(encode(), want) == 0, "the whole answer");
	decode(read_offer("chromium", &len));
	ok(strstr(encode(), "a=ssrc-group:FEC-FR 11 14\r\n") &&
		strstr(answer, "a=rtpmap:49 flexfec-03/90000\r\n") &&
		strstr(answer, " 108 109 49\r\n"),
	    "repair packets are promised");
	ok(strstr(answer, "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n") &&
		strstr(answer, " 111 63\r\n"),
	    "and redundant sound");
	offer.media[0].rtx_pt = offer.media[0].fec_pt = 0;
	offer.media[0].ext[RTP_EXT_TRANSPORT_SEQ] = 0;
	offer.media[0].feedback = SDP_PLI;
	ok(!strstr(encode(), "FID") && !strstr(answer, "flexfec") &&
		!strstr(answer, "apt=") &&
		count(answer, "transport-wide") == 1 &&
		count(answer, "rtcp-fb:108") == 1,
	    "narrowed");
}

/* In place of the first a=recvonly behind from, which is as long. */
static void
turn(char *sdp, const char *from, const char *direction)
{
	char *line = strstr(strstr(sdp, from), "a=recvonly");

	memcpy(line, direction, strlen(direction));
}

static void
test_microphone(void)
{
	size_t len;
	char *sdp = read_offer("chromium", &len);

	decode(sdp);
	ok(!offer.media[0].sends && !offer.media[1].sends &&
		count(encode(), "a=sendonly") == 2,
	    "who only receives is not listened to");
	turn(sdp, "m=video", "a=sendrecv");
	turn(sdp, "m=audio", "a=sendrecv");
	decode(sdp);
	ok(!sdp_offer_media(&offer, SDP_VIDEO)->sends, "nobody's video is");
	ok(sdp_offer_media(&offer, SDP_AUDIO)->sends, "sound may be");
	ok(count(encode(), "a=sendonly") == 1 &&
		count(answer, "a=sendrecv") == 1,
	    "and is answered so");
	for (size_t i = 0; i < offer.nmedia; i++)
		offer.media[i].sends = false;
	is_int(count(encode(), "a=sendonly"), 2, "unless it is not wanted");
}

static void
test_restart(void)
{
	static struct sdp_offer first;
	char again[] = LEAST;

	decode(LEAST);
	first = offer;
	ok(sdp_offer_is_same(&first, &offer) &&
		!sdp_offer_restarts(&first, &offer),
	    "the same again restarts nothing");
	memcpy(strstr(again, "ufrag:abcd") + 6, "efgh", 4);
	decode(again);
	ok(!sdp_offer_restarts(&first, &offer), "nor do half the credentials");
	memcpy(strstr(again, "pwd:abcd") + 4, "efgh", 4);
	decode(again);
	ok(sdp_offer_is_same(&first, &offer) &&
		sdp_offer_restarts(&first, &offer),
	    "other ICE credentials do");
	*strstr(again, "00:01:02") = '1';
	decode(again);
	ok(!sdp_offer_is_same(&first, &offer), "another peer is not the same");
	decode(HEAD VIDEO "a=mid:x\na=rtcp-mux\n" TRANSPORT H264);
	ok(!sdp_offer_is_same(&first, &offer), "nor is another m-line");
}

static void
test_bundle(void)
{
	is_int(
	    decode(HEAD "a=group:BUNDLE d v\n" VIDEO
			"a=mid:v\na=rtcp-mux\na=ice-ufrag:vvvv\n" PWD H264 DATA
			"a=mid:d\n" TRANSPORT),
	    0, "data first in the group: %s", offer.reason);
	ok(offer.transport == 1 && strcmp(offer.ufrag, "abcd") == 0,
	    "has the transport");
	ok(strstr(encode(), "BUNDLE d v\r\n") &&
		count(answer, "a=candidate") == 2 &&
		strstr(answer, "a=candidate") > strstr(answer, "m=application"),
	    "in the answer too");
	is_int(
	    decode(HEAD "a=group:BUNDLE v d\na=group:BUNDLE x\n" VIDEO
			"a=mid:v\n" TRANSPORT H264 DATA "a=mid:d\n" TRANSPORT),
	    0, "the first in the group is refused: %s", offer.reason);
	ok(offer.transport == 1 && offer.media[0].kind == SDP_REFUSED,
	    "the next has the transport");
	ok(strstr(encode(), "BUNDLE d\r\n") &&
		strstr(answer,
		    "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\n"
		    "a=mid:v\r\na=inactive\r\nm="),
	    "the refused one has port 0");
	is_int(decode(HEAD "a=group:BUNDLE d\n" VIDEO
			   "a=mid:v\na=rtcp-mux\n" H264 TRANSPORT DATA
			   "a=mid:d\n" TRANSPORT),
	    0, "video is not in the group");
	is_int(offer.media[0].kind, SDP_REFUSED, "and refused");
	is_int(decode(LEAST DATA), 0, "no group");
	is_int(offer.media[1].kind, SDP_REFUSED, "one m-line is all there is");
	is_int(decode(LEAST VIDEO "a=rtcp-mux\n" H264), 0, "two videos");
	is_int(offer.media[1].kind, SDP_REFUSED, "the second is refused");
	is_int(
	    decode(HEAD "a=group:BUNDLE v\nm=video 0 UDP/TLS/RTP/SAVPF 96\n"
			"a=bundle-only\na=mid:v\na=rtcp-mux\n" TRANSPORT H264),
	    0, "port 0 with bundle-only is no refusal");
}

/* Formats of video, and which of them is chosen. */
static void
test_formats(void)
{
	static const struct {
		int pt;
		const char *formats;
	} cases[] = {
		{ 98,
		    "a=rtpmap:97 H264/90000\na=rtpmap:98 H264/90000\n"
		    "a=fmtp:97 packetization-mode=1;profile-level-id=42001f\n"
		    "a=fmtp:98 profile-level-id=42E01F; "
		    "packetization-mode=1\n" },
		{ 97,
		    "a=rtpmap:97 H264/90000\na=rtpmap:98 H264/90000\n"
		    "a=fmtp:97 packetization-mode=1;profile-level-id=42001f\n"
		    "a=fmtp:98 "
		    "packetization-mode=1;profile-level-id=4d001f\n" },
		{ 98,
		    "a=rtpmap:97 h264/90000\na=rtpmap:98 h264/90000\n"
		    "a=fmtp:97 packetization-mode=1;profile-level-id=640c1f\n"
		    "a=fmtp:98 "
		    "packetization-mode=1;profile-level-id=4d001f\n" },
		{ 98,
		    "a=rtpmap:97 H264/90000\na=rtpmap:98 H264/90000\n"
		    "a=fmtp:98 packetization-mode=1;profile-level-id=42e01f\n"
		    "a=fmtp:97 "
		    "packetization-mode=1;profile-level-id=42e01f\n" },
		{ 97,
		    "a=rtpmap:97 H264/90000\na=fmtp:97 "
		    "packetization-mode=1\n" },
		{ -1, "a=rtpmap:97 H264/90000\n" },
		{ -1,
		    "a=rtpmap:97 H264/90000\na=fmtp:97 "
		    "packetization-mode=0\n" },
		{ -1,
		    "a=rtpmap:97 H264/90000\n"
		    "a=fmtp:97 "
		    "packetization-mode=1;profile-level-id=f4001f\n" },
		{ -1,
		    "a=rtpmap:97 H264/90000\n"
		    "a=fmtp:97 packetization-mode=1;profile-level-id=42e0\n" },
		{ -1,
		    "a=rtpmap:99 H264/90000\na=fmtp:99 "
		    "packetization-mode=1\n" },
		{ -1,
		    "a=rtpmap:97 VP8/90000\na=fmtp:97 packetization-mode=1\n" },
		{ -1,
		    "a=rtpmap:97 H264/8000\na=fmtp:97 packetization-mode=1\n" },
		{ -1, "a=fmtp:97 packetization-mode=1\n" },
	};
	char text[4096];

	for (size_t i = 0; i < LEN(cases); i++) {
		const struct sdp_media *m;

		snprintf(text, sizeof(text), "%s%s%s%s", HEAD TRANSPORT,
		    "m=video 9 UDP/TLS/RTP/SAVPF 98 97\na=rtcp-mux\n",
		    cases[i].formats, "a=rtpmap:100 opus/48000/2\n");
		decode(text);
		m = sdp_offer_media(&offer, SDP_VIDEO);
		is_int(m ? m->pt : -1, cases[i].pt, "formats %zu", i);
	}
	is_int(decode(HEAD TRANSPORT
		   "m=video 9 UDP/TLS/RTP/SAVPF 96 50 97\na=rtcp-mux\n" H264
		   "a=rtpmap:97 rtx/90000\na=fmtp:97 rtx-time=125;apt=96\n"
		   "a=rtpmap:50 rtx/90000\na=fmtp:50 apt=9\n"
		   "a=rtpmap:51 rtx/90000\na=fmtp:51 apt=96\n"
		   "a=rtcp-fb:* nack\na=rtcp-fb:96 ccm fir\na=rtcp-fb:50 nack "
		   "pli\n"),
	    0, "more about a format");
	is_int(offer.media[0].rtx_pt, 97, "its RTX");
	is_int(offer.media[0].feedback, SDP_NACK | SDP_FIR, "its feedback");
}

static void
test_extensions(void)
{
	is_int(decode(LEAST
		   "a=extmap:3/recvonly urn:ietf:params:rtp-hdrext:sdes:mid\n"
		   "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\n"
		   "a=extmap:15 http://www.webrtc.org/experiments/"
		   "rtp-hdrext/playout-delay\n"
		   "a=extmap:4096 urn:other\n"
		   "a=extmap:14 http://www.webrtc.org/experiments/"
		   "rtp-hdrext/abs-capture-time some words\n"),
	    0, "extensions: %s", offer.reason);
	is_mem(offer.media[0].ext, "\3\0\0\0\x0e", 5,
	    "the first of a kind, of ids that fit one byte");
	is_int(decode(LEAST "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\n"
			    "a=mid:more-than-sixteen-bytes\n"),
	    0, "a long mid");
	is_int(offer.media[0].ext[RTP_EXT_MID], 0, "fits no extension");
}

/* Each is LEAST with one line replaced or added. */
static void
test_refused(void)
{
	static const struct {
		const char *line, *instead, *reason;
	} cases[] = {
		{ "v=0\n", "v=1\n", "v=0" },
		{ "v=0\n", "", "v=0" },
		{ "s=-\n", "s\n", "not a line" },
		{ "s=-\n", "s=\x01\n", "control" },
		{ "a=ice-ufrag:abcd\n", "", "ICE" },
		{ "a=ice-ufrag:abcd\n", "a=ice-ufrag:abc\n", "ice-ufrag" },
		{ "a=ice-ufrag:abcd\n", "a=ice-ufrag:abc d\n", "ice-ufrag" },
		{ "a=ice-ufrag:abcd\n", "a=ice-ufrag:abc-\n", "ice-ufrag" },
		{ "a=ice-ufrag:abcd\n", "a=ice-ufrag\n", "ice-ufrag" },
		{ PWD, "", "ICE" },
		{ PWD, "a=ice-pwd:abcdefghijklmnopqrstu\n", "ice-pwd" },
		{ "a=setup:actpass\n", "", "a=setup" },
		{ "a=setup:actpass\n", "a=setup:active\n", "a=setup" },
		{ "a=setup:actpass\n", "a=setup:holdconn\n", "a=setup" },
		{ "a=fingerprint:sha-256 " FINGERPRINT "\n", "",
		    "fingerprint" },
		{ "sha-256 ", "sha-1 ", "fingerprint" },
		{ "sha-256 00:", "sha-256 ", "fingerprint" },
		{ "sha-256 00:", "sha-256 00:00:", "fingerprint" },
		{ "sha-256 00:", "sha-256 0g:", "fingerprint" },
		{ "sha-256 00:", "sha-256 00-", "fingerprint" },
		{ "sha-256 00:", "sha-256  00:", "fingerprint" },
		{ ":FF\n", ":FF\na=fingerprint:SHA-256 01:" FINGERPRINT "\n",
		    "fingerprint" },
		{ "a=rtcp-mux\n", "", "no H.264" },
		{ "a=recvonly\n", "a=sendonly\n", "no H.264" },
		{ "a=recvonly\n", "a=inactive\n", "no H.264" },
		{ "a=recvonly\n", "a=mid:\n", "mid" },
		{ "m=video 9", "m=video 0", "no H.264" },
		{ "m=video 9", "m=video 65536", "m-line" },
		{ "m=video 9", "m=video  9", "m-line" },
		{ "m=video 9", "m=text 9", "no H.264" },
		{ "SAVPF", "SAVP", "no H.264" },
		{ "SAVPF 96", "SAVPF", "m-line" },
		{ "SAVPF 96", "SAVPF 96 128", "m-line" },
		{ "SAVPF 96", "SAVPF 96 x", "m-line" },
		{ "a=rtpmap:96", "a=rtpmap:128", "rtpmap" },
		{ "a=rtpmap:96 H264/90000", "a=rtpmap:96", "rtpmap" },
		{ "a=fmtp:96", "a=fmtp:x", "fmtp" },
		{ "a=recvonly\n", "a=extmap:0 urn:x\n", "extmap" },
		{ "a=recvonly\n", "a=extmap:1/x\n", "extmap" },
		{ "a=recvonly\n", "a=rtcp-fb:200 nack\n", "rtcp-fb" },
		{ "a=recvonly\n", "a=sctp-port:0\n", "sctp-port" },
		{ "a=recvonly\n", "a=max-message-size:-1\n", "max-message" },
		{ "a=recvonly\n", "a=mid:0\n" DATA "a=mid:0\n", "mid" },
		{ "a=recvonly\n", "m=application 9 DTLS/SCTP x\n", "m-line" },
	};
	char text[4096];

	for (size_t i = 0; i < LEN(cases); i++) {
		const char *at = strstr(LEAST, cases[i].line);

		if (!at) {
			ok(false, "case %zu has its line", i);
			continue;
		}
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - LEAST),
		    LEAST, cases[i].instead, at + strlen(cases[i].line));
		is_int(decode(text), -EBADMSG, "%.*s",
		    (int)strcspn(cases[i].instead, "\n"), cases[i].instead);
		ok(strstr(offer.reason, cases[i].reason), "reason: %s",
		    offer.reason);
	}
	decode(LEAST "a=ice-ufrag:#\n");
	is_int(offer.line, 14, "the line is told");
}

static char *
repeat(const char *head, const char *line, size_t n)
{
	size_t len = strlen(line), at = strlen(head);
	char *text = malloc(at + n * len + 1);

	memcpy(text, head, at);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(text + at, line, len);
	text[at] = '\0';
	return text;
}

static void
test_limits(void)
{
	static const struct {
		const char *line;
		size_t fits;
	} cases[] = {
		{ "m=audio 0 x 1\n", SDP_MEDIA_MAX - 1 },
		{ "b=0123456789012\n", (SDP_MAX - sizeof(LEAST) + 1) / 16 },
	};
	char *text;

	for (size_t i = 0; i < LEN(cases); i++) {
		text = repeat(LEAST, cases[i].line, cases[i].fits);
		is_int(decode(text), 0, "%zu lines of a kind", cases[i].fits);
		free(text);
		text = repeat(LEAST, cases[i].line, cases[i].fits + 1);
		is_int(decode(text), -EBADMSG, "and no more: %s", offer.reason);
		free(text);
	}
	text = repeat(LEAST "a=", "x", SDP_LINE_MAX - 2);
	is_int(decode(text), 0, "the longest line");
	free(text);
	text = repeat(LEAST "a=", "x", SDP_LINE_MAX - 1);
	is_int(decode(text), -EBADMSG, "too long: %s", offer.reason);
	free(text);
	text = repeat(LEAST,
	    "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\n"
	    "a=candidate:1 2 udp 1 192.0.2.1 5 typ host\n"
	    "a=candidate:1 1 udp 1 www.example.org 5 typ host\n",
	    100);
	is_int(decode(text), 0, "many candidates");
	is_int(offer.ncandidates, SDP_CANDIDATES_MAX, "the rest is left");
	free(text);
	is_int(decode(LEAST "m=audio 0 x 1\na=candidate:1 1 udp 1 192.0.2.1 5 "
			    "typ host\n"),
	    0, "a candidate of another m-line");
	is_int(offer.ncandidates, 0, "is another's");
	text = repeat(LEAST "a=ice-ufrag:", "x", SDP_ICE_MAX);
	is_int(decode(text), 0, "the longest ufrag");
	is_int(strlen(offer.ufrag), SDP_ICE_MAX, "is kept");
	free(text);
	text = repeat(LEAST "a=ice-ufrag:", "x", SDP_ICE_MAX + 1);
	is_int(decode(text), -EBADMSG, "a longer one");
	free(text);
	text = repeat(LEAST "a=mid:", "x", SDP_TEXT_MAX + 1);
	is_int(decode(text), -EBADMSG, "mid too long");
	free(text);
	text = repeat(LEAST "a=fmtp:96 packetization-mode=1;x=", "x", 250);
	is_int(decode(text), -EBADMSG, "fmtp too long to be echoed");
	free(text);
}

static void
test_candidates(void)
{
	static const char *const same[] = {
		"candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host",
		"candidate:+/aB9 256 udp 1 2001:db8::1 0 typ srflx raddr :: "
		"rport 0",
		"candidate:x 1 udp 5 192.0.2.1 9 typ relay raddr 10.0.0.1 "
		"rport 77",
		"candidate:x 1 tcp 5 192.0.2.1 9 typ host tcptype active",
		"candidate:x 1 tcp 5 192.0.2.1 9 typ prflx raddr 10.0.0.1 "
		"rport 7 "
		"tcptype passive",
		"candidate:x 1 tcp 5 192.0.2.1 9 typ host tcptype so",
		"candidate:x 1 udp 5 7c1a6bf8-dd25.local 9 typ host",
	};
	static const char *const refused[] = {
		"",
		"candidate:",
		"candidate:1",
		"kandidate:1 1 udp 1 192.0.2.1 5 typ host",
		"candidate:1 0 udp 1 192.0.2.1 5 typ host",
		"candidate:1 257 udp 1 192.0.2.1 5 typ host",
		"candidate:1 1 sctp 1 192.0.2.1 5 typ host",
		"candidate:1 1 udp 0 192.0.2.1 5 typ host",
		"candidate:1 1 udp 2147483648 192.0.2.1 5 typ host",
		"candidate:1 1 udp 1 192.0.2 5 typ host",
		"candidate:1 1 udp 1 www.example.org 5 typ host",
		"candidate:1 1 udp 1 .local 5 typ host",
		"candidate:1 1 udp 1 a_b.local 5 typ host",
		"candidate:1 1 udp 1 127.0.0.1%lo 5 typ host",
		"candidate:1 1 udp 1 192.0.2.1 65536 typ host",
		"candidate:1 1 udp 1 192.0.2.1 5",
		"candidate:1 1 udp 1 192.0.2.1 5 typ",
		"candidate:1 1 udp 1 192.0.2.1 5 typ ghost",
		"candidate:1 1 udp 1 192.0.2.1 5 type host",
		"candidate:1 1 udp 1 192.0.2.1 5 typ host raddr example.org",
		"candidate:1 1 udp 1 192.0.2.1 5 typ host raddr",
		"candidate:1 1 udp 1 192.0.2.1 5 typ host rport 70000",
		"candidate:1 1 udp 1 192.0.2.1 5 typ host generation",
		"candidate:1 1 udp 1 192.0.2.1 5 typ host tcptype active",
		"candidate:1 1 tcp 1 192.0.2.1 5 typ host",
		"candidate:1 1 tcp 1 192.0.2.1 5 typ host tcptype udp",
		"candidate:123456789012345678901234567890123 1 udp 1 192.0.2.1 "
		"5 "
		"typ host",
		"candidate:1 1 udp 1 192.0.2.1 5 typ host ",
		"candidate:\x01 1 udp 1 192.0.2.1 5 typ host",
	};
	struct sdp_candidate c;
	char out[600];

	for (size_t i = 0; i < LEN(same); i++) {
		size_t len = strlen(same[i]);
		char *tight = malloc(len);

		is_int(
		    sdp_candidate_decode(&c, same[i], len), 0, "%s", same[i]);
		is_int(
		    sdp_candidate_encode(&c, out, sizeof(out)), len, "encoded");
		is_mem(out, same[i], len, "the same");
		is_int(
		    sdp_candidate_encode(&c, tight, len), -ENOSPC, "no room");
		free(tight);
		for (size_t n = 0; n < len; n++) {
			char *cut = exact(same[i], n);

			sdp_candidate_decode(&c, cut, n);
			free(cut);
		}
	}
	for (size_t i = 0; i < LEN(refused); i++)
		is_int(sdp_candidate_decode(&c, refused[i], strlen(refused[i])),
		    -EBADMSG, "refused: %.70s",
		    *refused[i] ? refused[i] : "nothing");
	strcpy(out,
	    "a=candidate:1 1 UDP 1 a.local 5 typ host generation 0 ufrag "
	    "abcd network-cost 999");
	is_int(sdp_candidate_decode(&c, out, strlen(out)), 0, "a=, extensions");
	ok(c.mdns && strcmp(c.address, "a.local") == 0, "an mDNS name");
	sdp_candidate_encode(&c, out, sizeof(out));
	ok(strcmp(out, "candidate:1 1 udp 1 a.local 5 typ host") == 0,
	    "extensions are left out");
}

int
main(void)
{
	test_viewers();
	test_least();
	test_answer();
	test_microphone();
	test_restart();
	test_bundle();
	test_formats();
	test_extensions();
	test_refused();
	test_limits();
	test_candidates();
	return done_testing();
}
