#include "sdp/parser.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The value of a parameter within "name=value;name=value", or NULL. */
static const char *
find_param(const struct words *fmtp, const char *name, size_t *len)
{
	const char *p = fmtp->p, *end = fmtp->end, *stop;
	size_t n = strlen(name);

	for (; p; p = stop < end ? stop + 1 : NULL) {
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

/* The payload type that carries pt and copies of it, or 0. */
static uint8_t
find_red(const struct parser *p, uint8_t pt)
{
	char list[8];

	snprintf(list, sizeof(list), "%u/%u", pt, pt);
	for (uint8_t i = 1; i < FORMATS; i++) {
		struct words fmtp = p->formats[i].fmtp;

		if (p->formats[i].place && p->formats[i].codec == CODEC_RED &&
		    fmtp.p && words_is(&fmtp, list))
			return i;
	}
	return 0;
}

/* The first payload type of that codec, or 0. */
static uint8_t
find_codec(const struct parser *p, enum codec codec)
{
	const struct format *best = NULL;

	for (const struct format *f = p->formats; f < p->formats + FORMATS; f++)
		if (f->place && f->codec == codec &&
		    (!best || f->place < best->place))
			best = f;
	return best ? (uint8_t)(best - p->formats) : 0;
}

/* Choose the format rated best; among equals the viewer's first. */
static bool
choose(struct parser *p, int (*rate)(const struct format *f))
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
	m->fec_pt = find_codec(p, CODEC_FLEXFEC);
	m->red_pt = find_red(p, m->pt);
	m->feedback = best->feedback | p->feedback;
	snprintf(m->format, sizeof(m->format), "%u", m->pt);
	fmtp = best->fmtp;
	if (fmtp.p)
		snprintf(m->fmtp, sizeof(m->fmtp), "%.*s",
		    (int)(fmtp.end - fmtp.p), fmtp.p);
	return true;
}

bool
sdp_choose_h264(struct parser *p)
{
	return choose(p, rate_h264);
}

bool
sdp_choose_opus(struct parser *p)
{
	return choose(p, rate_opus);
}
