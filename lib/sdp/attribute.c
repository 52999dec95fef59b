#include "sdp/parser.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* RFC 8839 section 5.4: ice-char, min of them or more. */
static struct words
read_ice(struct words *w, size_t min)
{
	size_t len;
	const char *p = words_next(w, &len);

	if (len < min || len > SDP_ICE_MAX || !text_is_ice(p, len) ||
	    !words_end(w))
		w->bad = true;
	return words_of(p, len);
}

static void
read_ufrag(struct parser *p, struct words *w)
{
	p->section->ufrag = read_ice(w, 4);
}

static void
read_pwd(struct parser *p, struct words *w)
{
	p->section->pwd = read_ice(w, 22);
}

static void
read_ice_options(struct parser *p, struct words *w)
{
	size_t len;

	while (!words_end(w) && !w->bad)
		if (words_is(w, "trickle"))
			p->section->trickle = true;
		else
			words_next(w, &len);
}

static void
read_complete(struct parser *p, struct words *w)
{
	(void)w;
	p->section->complete = true;
}

static unsigned int
read_hex(const char **p)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *d = **p ? strchr(digits, **p) : NULL;

	(*p)++;
	return d ? (unsigned int)(d - digits) % 16 : 16;
}

/* RFC 8122 section 5; other hashes than SHA-256 are no use and no harm. */
static void
read_fingerprint(struct parser *p, struct words *w)
{
	uint8_t hash[SDP_FINGERPRINT];
	char text[SDP_FINGERPRINT * 3];
	const char *next = text;
	size_t len;
	const char *name = words_next(w, &len);

	if (!text_is(name, len, "sha-256"))
		return;
	text_read(w, text, sizeof(text));
	if (w->bad || strlen(text) != sizeof(text) - 1 || !words_end(w)) {
		w->bad = true;
		return;
	}
	for (size_t i = 0; i < sizeof(hash); i++) {
		unsigned int high = read_hex(&next), low = read_hex(&next);

		if (high > 15 || low > 15 || (*next++ != ':' && i < 31))
			w->bad = true;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	/* Two certificates on one transport: at most one could be right. */
	if (p->has_fingerprint &&
	    memcmp(hash, p->o->fingerprint, sizeof(hash)) != 0)
		w->bad = true;
	memcpy(p->o->fingerprint, hash, sizeof(hash));
	p->has_fingerprint = true;
}

static void
read_setup(struct parser *p, struct words *w)
{
	p->section->passive = words_is(w, "actpass") || words_is(w, "passive");
}

static void
read_group(struct parser *p, struct words *w)
{
	if (p->has_bundle || !words_is(w, "BUNDLE"))
		return;
	p->bundle = *w;
	p->has_bundle = true;
}

static void
read_mid(struct parser *p, struct words *w)
{
	if (!p->media)
		return;
	text_read(w, p->media->mid, sizeof(p->media->mid));
	for (const struct sdp_media *m = p->o->media; m < p->media; m++)
		if (strcmp(m->mid, p->media->mid) == 0)
			w->bad = true;
}

static void
read_sendrecv(struct parser *p, struct words *w)
{
	(void)w;
	p->section->receives = p->section->sends = true;
}

static void
read_recvonly(struct parser *p, struct words *w)
{
	(void)w;
	p->section->receives = true;
	p->section->sends = false;
}

static void
read_silent(struct parser *p, struct words *w)
{
	(void)w;
	p->section->receives = false;
}

static void
read_mux(struct parser *p, struct words *w)
{
	(void)w;
	p->section->mux = true;
}

/* RFC 8843 section 6: port 0 does not mean refused then. */
static void
read_bundle_only(struct parser *p, struct words *w)
{
	(void)w;
	p->section->offered = true;
}

static void
read_extmap(struct parser *p, struct words *w)
{
	size_t len;
	const char *id = words_next(w, &len);
	const char *slash = memchr(id, '/', len); /* a direction follows */
	struct words number = words_of(id, slash ? (size_t)(slash - id) : len);
	int64_t n = words_int(&number, 1, 65535);

	w->bad |= number.bad;
	id = words_next(w, &len);
	for (size_t i = 0; p->media && n < 15 && i < RTP_EXT_COUNT; i++)
		if (text_is(id, len, rtp_ext_uri[i]) && !p->media->ext[i])
			p->media->ext[i] = (uint8_t)n;
}

static void
read_rtpmap(struct parser *p, struct words *w)
{
	struct format *f = sdp_read_format(p, w);
	size_t len;
	const char *name = words_next(w, &len);

	f->codec = text_is(name, len, "H264/90000")  ? CODEC_H264
	    : text_is(name, len, "opus/48000/2")     ? CODEC_OPUS
	    : text_is(name, len, "rtx/90000")        ? CODEC_RTX
	    : text_is(name, len, "flexfec-03/90000") ? CODEC_FLEXFEC
	    : text_is(name, len, "red/48000/2")      ? CODEC_RED
						     : CODEC_OTHER;
}

static void
read_fmtp(struct parser *p, struct words *w)
{
	struct format *f = sdp_read_format(p, w);

	f->fmtp = *w;
}

static void
read_feedback(struct parser *p, struct words *w)
{
	unsigned int *set = &p->feedback;
	const char *name;
	size_t len;

	if (!words_is(w, "*"))
		set = &sdp_read_format(p, w)->feedback;
	name = words_rest(w, &len);
	for (size_t i = 0; i < SDP_FEEDBACK_NAMES; i++)
		if (text_is(name, len, sdp_feedback_names[i]))
			*set |= 1u << i;
}

static void
read_sctp_port(struct parser *p, struct words *w)
{
	if (p->media)
		p->media->sctp_port = (uint16_t)words_int(w, 1, 65535);
}

static void
read_max_message(struct parser *p, struct words *w)
{
	if (p->media)
		p->media->max_message = (uint32_t)words_int(w, 0, UINT32_MAX);
}

static const struct {
	const char *name;
	void (*read)(struct parser *p, struct words *value);
} attributes[] = {
	{ "bundle-only", read_bundle_only },
	{ "end-of-candidates", read_complete },
	{ "extmap", read_extmap },
	{ "fingerprint", read_fingerprint },
	{ "fmtp", read_fmtp },
	{ "group", read_group },
	{ "ice-options", read_ice_options },
	{ "ice-pwd", read_pwd },
	{ "ice-ufrag", read_ufrag },
	{ "inactive", read_silent },
	{ "max-message-size", read_max_message },
	{ "mid", read_mid },
	{ "recvonly", read_recvonly },
	{ "rtcp-fb", read_feedback },
	{ "rtcp-mux", read_mux },
	{ "rtpmap", read_rtpmap },
	{ "sctp-port", read_sctp_port },
	{ "sendonly", read_silent },
	{ "sendrecv", read_sendrecv },
	{ "setup", read_setup },
};

int
sdp_read_attribute(struct parser *p, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : len;
	size_t skip = colon ? name + 1 : name;
	struct words w = words_of(line + skip, len - skip);

	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++) {
		if (strlen(attributes[i].name) != name ||
		    memcmp(attributes[i].name, line, name) != 0)
			continue;
		attributes[i].read(p, &w);
		if (!w.bad)
			break;
		snprintf(p->o->reason, sizeof(p->o->reason),
		    "a=%s is malformed, or contradicts another",
		    attributes[i].name);
		return -EBADMSG;
	}
	return 0;
}
