#include "sdp/parser.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static int
refuse(struct sdp_offer *o, const char *reason)
{
	snprintf(o->reason, sizeof(o->reason), "%s", reason);
	return -EBADMSG;
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
		return rtp && sdp_choose_h264(p);
	case SDP_AUDIO:
		return rtp && sdp_choose_opus(p);
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
	if (m)
		m->sends = m->kind == SDP_AUDIO && p->section->sends;
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
			sdp_read_format(p, &all)->place = i;
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
		return sdp_read_attribute(p, line + 2, len - 2);
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
	const char *line;

	next_line(&text, end, &len); /* the m-line */
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
	/* RFC 8866 section 6.7: sendrecv */
	p.session.receives = p.session.sends = true;
	if (len > SDP_MAX)
		return refuse(o, "too long");
	while (!err && (line = next_line(&text, end, &n)))
		err = read_line(&p, line, n);
	return err ? err : finish(&p, end);
}

bool
sdp_offer_is_same(const struct sdp_offer *was, const struct sdp_offer *now)
{
	if (was->nmedia != now->nmedia ||
	    memcmp(was->fingerprint, now->fingerprint,
		sizeof(was->fingerprint)) != 0)
		return false;
	for (size_t i = 0; i < was->nmedia; i++)
		if (strcmp(was->media[i].type, now->media[i].type) != 0 ||
		    strcmp(was->media[i].mid, now->media[i].mid) != 0)
			return false;
	return true;
}

bool
sdp_offer_restarts(const struct sdp_offer *was, const struct sdp_offer *now)
{
	return strcmp(was->ufrag, now->ufrag) != 0 &&
	    strcmp(was->pwd, now->pwd) != 0;
}

const struct sdp_media *
sdp_offer_media(const struct sdp_offer *o, enum sdp_kind kind)
{
	for (size_t i = 0; i < o->nmedia; i++)
		if (o->media[i].kind == kind)
			return &o->media[i];
	return NULL;
}
