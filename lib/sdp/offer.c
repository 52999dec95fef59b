#include "sdp/sdp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sdp/text.h"

enum codec {
	CODEC_OTHER,
	CODEC_H264,
	CODEC_OPUS,
	CODEC_RTX,
};

/* A payload type of the present m-line. */
struct format {
	unsigned int place; /* in the m-line, from 1; 0: not in it */
	enum codec codec;
	unsigned int feedback;
	struct words fmtp;
};

enum { FORMATS = 128 };

/* The session, or an m-line, which inherits from the session. */
struct section {
	const char *text; /* from its m-line on */
	struct words ufrag, pwd;
	bool passive;  /* the viewer can be DTLS server */
	bool receives; /* the viewer wants to */
	bool mux;      /* RTCP on the port of RTP */
	bool offered;  /* not refused by the viewer itself */
	bool trickle, complete;
};

struct parser {
	struct sdp_offer *o;
	struct section session, sections[SDP_MEDIA_MAX];
	struct section *section; /* present */
	struct sdp_media *media; /* present; NULL at session level */
	struct format formats[FORMATS];
	unsigned int feedback; /* of all formats: a=rtcp-fb:* */
	struct words bundle;
	bool has_bundle, has_fingerprint;
};

static int
refuse(struct sdp_offer *o, const char *reason)
{
	snprintf(o->reason, sizeof(o->reason), "%s", reason);
	return -EBADMSG;
}

static bool
text_is(const char *p, size_t len, const char *s)
{
	return len == strlen(s) && strncasecmp(p, s, len) == 0;
}

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
read_receives(struct parser *p, struct words *w)
{
	(void)w;
	p->section->receives = true;
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

static struct format *
read_format(struct parser *p, struct words *w)
{
	return &p->formats[words_int(w, 0, FORMATS - 1)];
}

static void
read_rtpmap(struct parser *p, struct words *w)
{
	struct format *f = read_format(p, w);
	size_t len;
	const char *name = words_next(w, &len);

	f->codec = text_is(name, len, "H264/90000") ? CODEC_H264
	    : text_is(name, len, "opus/48000/2")    ? CODEC_OPUS
	    : text_is(name, len, "rtx/90000")       ? CODEC_RTX
						    : CODEC_OTHER;
}

static void
read_fmtp(struct parser *p, struct words *w)
{
	struct format *f = read_format(p, w);

	f->fmtp = *w;
}

static void
read_feedback(struct parser *p, struct words *w)
{
	unsigned int *set = &p->feedback;
	const char *name;
	size_t len;

	if (!words_is(w, "*"))
		set = &read_format(p, w)->feedback;
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
	{ "recvonly", read_receives },
	{ "rtcp-fb", read_feedback },
	{ "rtcp-mux", read_mux },
	{ "rtpmap", read_rtpmap },
	{ "sctp-port", read_sctp_port },
	{ "sendonly", read_silent },
	{ "sendrecv", read_receives },
	{ "setup", read_setup },
};

static int
read_attribute(struct parser *p, const char *line, size_t len)
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

/* The value of a parameter within "name=value;name=value", or NULL. */
static const char *
find_param(const struct words *fmtp, const char *name, size_t *len)
{
	const char *p = fmtp->p, *end = fmtp->end, *stop;
	size_t n = strlen(name);

	for (; p && p < end; p = stop + 1) {
		stop = memchr(p, ';', (size_t)(end - p));
		stop = stop ? stop : end;
		while (p < stop && *p == ' ')
			p++;
		if ((size_t)(stop - p) > n && p[n] == '=' &&
		    strncasecmp(p, name, n) == 0) {
			*len = (size_t)(stop - p) - n - 1;
			return p + n + 1;
		}
	}
	*len = 0;
	return NULL;
}

static bool
param_is(const struct words *fmtp, const char *name, const char *value)
{
	size_t len;
	const char *p = find_param(fmtp, name, &len);

	return p && text_is(p, len, value);
}

/*
 * How well what we send, constrained baseline, suits a decoder; 0: not at
 * all.  The level is not looked at: browsers decode what comes, and say
 * level-asymmetry-allowed.
 */
static int
rate_h264(const struct format *f)
{
	static const struct {
		const char *profile;
		int rate;
	} rates[] = { { "42e0", 4 }, { "42", 3 }, { "4d", 2 }, { "64", 1 } };
	size_t len;
	const char *profile;

	if (!f->place || f->codec != CODEC_H264 ||
	    (size_t)(f->fmtp.end - f->fmtp.p) > SDP_TEXT_MAX ||
	    !param_is(&f->fmtp, "packetization-mode", "1"))
		return 0;
	profile = find_param(&f->fmtp, "profile-level-id", &len);
	if (!profile) /* RFC 6184 section 8.1: baseline */
		return 3;
	for (size_t i = 0; len == 6 && i < sizeof(rates) / sizeof(*rates); i++)
		if (text_is(
			profile, strlen(rates[i].profile), rates[i].profile))
			return rates[i].rate;
	return 0;
}

static int
rate_opus(const struct format *f)
{
	return f->place && f->codec == CODEC_OPUS;
}

/* The payload type that carries retransmissions of pt, or 0. */
static uint8_t
find_rtx(const struct parser *p, uint8_t pt)
{
	char apt[4];

	snprintf(apt, sizeof(apt), "%u", pt);
	for (uint8_t i = 1; i < FORMATS; i++)
		if (p->formats[i].place && p->formats[i].codec == CODEC_RTX &&
		    param_is(&p->formats[i].fmtp, "apt", apt))
			return i;
	return 0;
}

/* Choose the format rated best; among equals the viewer's first. */
static bool
choose_format(struct parser *p, int (*rate)(const struct format *f))
{
	struct sdp_media *m = p->media;
	const struct format *best = NULL;
	struct words fmtp;

	for (const struct format *f = p->formats; f < p->formats + FORMATS; f++)
		if (rate(f) &&
		    (!best || rate(f) > rate(best) ||
			(rate(f) == rate(best) && f->place < best->place)))
			best = f;
	if (!best)
		return false;
	m->pt = (uint8_t)(best - p->formats);
	m->rtx_pt = find_rtx(p, m->pt);
	m->feedback = best->feedback | p->feedback;
	snprintf(m->format, sizeof(m->format), "%u", m->pt);
	fmtp = best->fmtp;
	if (fmtp.p)
		snprintf(m->fmtp, sizeof(m->fmtp), "%.*s",
		    (int)(fmtp.end - fmtp.p), fmtp.p);
	return true;
}

static bool
is_rtp(const struct sdp_media *m)
{
	return strcmp(m->proto, "UDP/TLS/RTP/SAVPF") == 0 ||
	    strcmp(m->proto, "TCP/TLS/RTP/SAVPF") == 0;
}

static bool
is_usable(struct parser *p)
{
	const struct section *s = p->section;
	bool rtp = is_rtp(p->media) && s->mux && s->receives;

	if (!s->offered)
		return false;
	switch (p->media->kind) {
	case SDP_VIDEO:
		return rtp && choose_format(p, rate_h264);
	case SDP_AUDIO:
		return rtp && choose_format(p, rate_opus);
	case SDP_APPLICATION:
		return p->media->sctp_port != 0;
	default:
		return false;
	}
}

/* All of the present m-line was read. */
static void
finish_media(struct parser *p)
{
	struct sdp_media *m = p->media;

	if (m && !is_usable(p))
		m->kind = SDP_REFUSED;
	if (m && strlen(m->mid) > RTP_MID_MAX)
		m->ext[RTP_EXT_MID] = 0;
	memset(p->formats, 0, sizeof(p->formats));
	p->feedback = 0;
}

/* What kind of m-line we take this for, and whatever its formats tell. */
static void
read_formats(struct parser *p, struct words *w)
{
	struct sdp_media *m = p->media;
	struct words first = *w, all = *w;
	size_t len;

	text_read(w, m->format, sizeof(m->format));
	if (is_rtp(m)) {
		m->kind = strcmp(m->type, "video") == 0 ? SDP_VIDEO
		    : strcmp(m->type, "audio") == 0     ? SDP_AUDIO
							: SDP_REFUSED;
		for (unsigned int i = 1; !words_end(&all) && !all.bad; i++)
			read_format(p, &all)->place = i;
		w->bad |= all.bad;
	} else if (strcmp(m->proto, "UDP/DTLS/SCTP") == 0 ||
	    strcmp(m->proto, "TCP/DTLS/SCTP") == 0) {
		if (words_is(&first, "webrtc-datachannel"))
			m->kind = SDP_APPLICATION;
	} else if (strcmp(m->proto, "DTLS/SCTP") == 0) {
		/* As it was before RFC 8841, and still is in aiortc. */
		m->kind = SDP_APPLICATION;
		m->sctp_port = (uint16_t)words_int(&first, 1, 65535);
		w->bad |= first.bad;
	}
	words_rest(w, &len);
}

static int
begin_media(struct parser *p, const char *line, size_t len)
{
	struct sdp_offer *o = p->o;
	struct words w = words_of(line, len);

	finish_media(p);
	if (o->nmedia == SDP_MEDIA_MAX)
		return refuse(o, "too many m-lines");
	p->section = &p->sections[o->nmedia];
	p->media = &o->media[o->nmedia++];
	*p->section = p->session;
	p->section->text = line;
	p->media->max_message = 65536; /* RFC 8841 section 6.1 */
	text_read(&w, p->media->type, sizeof(p->media->type));
	p->section->offered = words_int(&w, 0, 65535) != 0;
	text_read(&w, p->media->proto, sizeof(p->media->proto));
	read_formats(p, &w);
	return w.bad ? refuse(o, "malformed m-line") : 0;
}

/*
 * The next line without its end, or NULL.  Blanks at the end are not ours to
 * complain of.
 */
static const char *
next_line(const char **text, const char *end, size_t *len)
{
	const char *line = *text, *stop;

	if (line == end)
		return NULL;
	stop = memchr(line, '\n', (size_t)(end - line));
	*text = stop ? stop + 1 : end;
	stop = stop ? stop : end;
	while (stop > line && strchr("\r\t ", stop[-1]) && stop[-1])
		stop--;
	*len = (size_t)(stop - line);
	return line;
}

static int
read_line(struct parser *p, const char *line, size_t len)
{
	p->o->line++;
	if (len > SDP_LINE_MAX)
		return refuse(p->o, "line too long");
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return refuse(p->o, "control character");
	if (p->o->line == 1 && !text_is(line, len, "v=0"))
		return refuse(p->o, "not SDP: no v=0");
	if (len && (len < 2 || line[1] != '='))
		return refuse(p->o, "not a line of SDP");
	if (len && line[0] == 'm')
		return begin_media(p, line + 2, len - 2);
	if (len && line[0] == 'a')
		return read_attribute(p, line + 2, len - 2);
	return 0;
}

/* Where in the BUNDLE group mid is, from 1; 0: nowhere. */
static unsigned int
bundle_place(const struct parser *p, const char *mid)
{
	struct words group = p->bundle;
	size_t len;

	for (unsigned int i = 1; !words_end(&group) && !group.bad; i++) {
		if (words_is(&group, mid))
			return i;
		words_next(&group, &len);
	}
	return 0;
}

/*
 * Keep what can share one transport, which without BUNDLE is one m-line,
 * and one m-line of each kind.  RFC 8843 section 7.3.1: the transport is
 * that of the first one in the group that is kept.
 */
static bool
choose_transport(struct parser *p)
{
	struct sdp_offer *o = p->o;
	unsigned int seen = 0, best = UINT_MAX;

	for (size_t i = 0; i < o->nmedia; i++) {
		struct sdp_media *m = &o->media[i];
		unsigned int place =
		    p->has_bundle ? bundle_place(p, m->mid) : !seen;

		if (!place || seen & 1u << m->kind)
			m->kind = SDP_REFUSED;
		if (m->kind == SDP_REFUSED)
			continue;
		seen |= 1u << m->kind;
		if (place < best) {
			best = place;
			o->transport = i;
		}
	}
	o->bundle = p->has_bundle;
	return seen != 0;
}

/* Those that cannot be used are no reason to refuse the rest. */
static void
read_candidates(struct sdp_offer *o, const char *text, const char *end)
{
	size_t len;
	const char *line = next_line(&text, end, &len); /* the m-line */

	while (o->ncandidates < SDP_CANDIDATES_MAX &&
	    (line = next_line(&text, end, &len)) && line[0] != 'm') {
		struct sdp_candidate *c = &o->candidates[o->ncandidates];

		if (sdp_candidate_decode(c, line, len) == 0 &&
		    c->component == 1)
			o->ncandidates++;
	}
}

static int
finish(struct parser *p, const char *end)
{
	struct sdp_offer *o = p->o;
	const struct section *s;

	finish_media(p);
	o->line = 0;
	if (!choose_transport(p))
		return refuse(o, "no H.264, Opus or data channel wanted");
	s = &p->sections[o->transport];
	if (!s->ufrag.p || !s->pwd.p)
		return refuse(o, "no ICE credentials");
	if (!p->has_fingerprint)
		return refuse(o, "no SHA-256 fingerprint");
	if (!s->passive)
		return refuse(o, "a=setup is not actpass or passive");
	memcpy(o->ufrag, s->ufrag.p, (size_t)(s->ufrag.end - s->ufrag.p));
	memcpy(o->pwd, s->pwd.p, (size_t)(s->pwd.end - s->pwd.p));
	o->trickle = s->trickle && !s->complete;
	read_candidates(o, s->text, end);
	return 0;
}

int
sdp_offer_decode(struct sdp_offer *o, const char *text, size_t len)
{
	struct parser p = { .o = o, .section = &p.session };
	const char *end = text + len, *line;
	size_t n;
	int err = 0;

	*o = (struct sdp_offer){ 0 };
	p.session.receives = true; /* RFC 8866 section 6.7: sendrecv */
	if (len > SDP_MAX)
		return refuse(o, "too long");
	while (!err && (line = next_line(&text, end, &n)))
		err = read_line(&p, line, n);
	return err ? err : finish(&p, end);
}

const struct sdp_media *
sdp_offer_media(const struct sdp_offer *o, enum sdp_kind kind)
{
	for (size_t i = 0; i < o->nmedia; i++)
		if (o->media[i].kind == kind)
			return &o->media[i];
	return NULL;
}
