#include "http/whep.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

/* A line of SDP without its end. */
struct line {
	const char *text;
	size_t len;
};

static void
put(struct wbuf *w, const char *text)
{
	wbuf_put(w, text, strlen(text));
}

/* The inside of a JSON string: RFC 8259 section 7. */
static void
put_escaped(struct wbuf *w, const char *text, size_t len)
{
	char code[8];

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\r' || c == '\n') {
			put(w, c == '\r' ? "\\r" : "\\n");
		} else if (c < ' ' || c == '"' || c == '\\') {
			snprintf(code, sizeof(code), "\\u%04x", c);
			put(w, code);
		} else {
			wbuf_u8(w, c);
		}
	}
}

/*
 * The next line, "x=...", or false at the end of the body or at a line that
 * is not one, and then r->bad.
 */
static bool
next_line(struct rbuf *r, struct line *l)
{
	const uint8_t *nl;

	if (!rbuf_left(r))
		return false;
	nl = memchr(r->p, '\n', rbuf_left(r));
	l->len = (size_t)((nl ? nl : r->end) - r->p);
	l->text = (const char *)rbuf_take(r, l->len + (nl != NULL));
	if (l->len && l->text[l->len - 1] == '\r')
		l->len--;
	if (l->len < 2 || l->text[1] != '=' || memchr(l->text, '\0', l->len) ||
	    memchr(l->text, '\r', l->len))
		r->bad = true;
	return !r->bad;
}

/* Does the line begin with prefix?  Then *l becomes what follows. */
static bool
skip(struct line *l, const char *prefix)
{
	size_t len = strlen(prefix);

	if (l->len < len || memcmp(l->text, prefix, len) != 0)
		return false;
	l->text += len;
	l->len -= len;
	return true;
}

static ssize_t
done(const struct wbuf *w)
{
	return w->bad ? -ENOSPC : (ssize_t)wbuf_len(w);
}

ssize_t
whep_offer(char *out, size_t size, char ufrag[WHEP_UFRAG_SIZE], const char *sdp,
    size_t len)
{
	struct rbuf r = rbuf_of(sdp, len);
	struct wbuf w = wbuf_of(out, size);
	struct line l;
	bool version = false, media = false;

	*ufrag = '\0';
	for (size_t n = 0; next_line(&r, &l); n++) {
		version |=
		    n == 0 && l.len == 3 && memcmp(l.text, "v=0", 3) == 0;
		media |= *l.text == 'm';
		if (!*ufrag && skip(&l, "a=ice-ufrag:") &&
		    l.len < WHEP_UFRAG_SIZE) {
			memcpy(ufrag, l.text, l.len);
			ufrag[l.len] = '\0';
		}
	}
	if (r.bad || !version || !media)
		return -EBADMSG;
	put(&w, "{\"type\":\"offer\",\"trickle\":false,\"sdp\":\"");
	put_escaped(&w, sdp, len);
	put(&w, "\"}\n");
	return done(&w);
}

/* RFC 8840 section 4.1: which media section it belongs to is its mid. */
static void
put_candidate(struct wbuf *w, struct line mid, struct line candidate)
{
	put(w, "{\"type\":\"candidate\",\"candidate\":\"");
	put_escaped(w, candidate.text, candidate.len);
	if (mid.len) {
		put(w, "\",\"sdpMid\":\"");
		put_escaped(w, mid.text, mid.len);
		put(w, "\"}\n");
	} else {
		put(w, "\",\"sdpMLineIndex\":0}\n");
	}
}

ssize_t
whep_fragment(
    char *out, size_t size, const char *ufrag, const char *frag, size_t len)
{
	struct rbuf r = rbuf_of(frag, len);
	struct wbuf w = wbuf_of(out, size);
	struct line l, value, mid = { "", 0 };

	while (next_line(&r, &l)) {
		value = l;
		if (*l.text == 'm') {
			mid.len = 0;
		} else if (skip(&value, "a=mid:")) {
			mid = value;
		} else if (skip(&value, "a=ice-ufrag:")) {
			if (value.len != strlen(ufrag) ||
			    memcmp(value.text, ufrag, value.len) != 0)
				return -ESTALE;
		} else if (skip(&value, "a=end-of-candidates")) {
			put_candidate(&w, mid, (struct line){ "", 0 });
		} else if (skip(&l, "a=") && skip(&value, "a=candidate:")) {
			put_candidate(&w, mid, l);
		}
	}
	return r.bad || !len ? -EBADMSG : done(&w);
}
