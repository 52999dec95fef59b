#include "rfb/clipboard.h"

#include <errno.h>
#include <zlib.h>

#include "events/utf8.h"

enum {
	SERVER_CUT_TEXT = 3,
	SLACK = 64, /* bytes that zlib adds to what it compresses */
	ACTIONS = RFB_CLIP_CAPS | RFB_CLIP_REQUEST | RFB_CLIP_PEEK |
	    RFB_CLIP_NOTIFY | RFB_CLIP_PROVIDE,
};

static void
put_head(struct wbuf *w, int32_t len)
{
	wbuf_u8(w, SERVER_CUT_TEXT);
	wbuf_u24(w, 0);
	wbuf_u32(w, (uint32_t)len);
}

void
rfb_clip_say(struct wbuf *w, uint32_t flags)
{
	put_head(w, -4);
	wbuf_u32(w, flags);
}

void
rfb_clip_caps(struct wbuf *w)
{
	put_head(w, -8);
	wbuf_u32(w, ACTIONS | RFB_CLIP_TEXT);
	wbuf_u32(w, 0); /* text of any length is to be asked for */
}

uint32_t
rfb_clip_flags(const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_of(p, len);

	return rbuf_u32(&r);
}

/* Exactly len bytes more of what is compressed; -EBADMSG otherwise. */
static int
inflate_some(z_stream *z, void *out, size_t len)
{
	int err = Z_OK;

	z->next_out = out;
	z->avail_out = (unsigned int)len;
	while (z->avail_out && err == Z_OK && z->avail_in)
		err = inflate(z, Z_SYNC_FLUSH);
	return z->avail_out ? -EBADMSG : 0;
}

/* Without the final zero, and with newlines for carriage returns. */
static size_t
plain_text(char *text, size_t len)
{
	size_t n = 0;

	if (len && !text[len - 1])
		len--;
	for (size_t i = 0; i < len; i++)
		if (text[i] != '\r')
			text[n++] = text[i];
		else if (i + 1 == len || text[i + 1] != '\n')
			text[n++] = '\n';
	return n;
}

ssize_t
rfb_clip_text(const uint8_t *p, size_t len, char *out, size_t size)
{
	struct rbuf r = rbuf_of(p, len);
	z_stream z = { 0 };
	uint8_t length[4];
	ssize_t n;

	if (!(rbuf_u32(&r) & RFB_CLIP_TEXT))
		return 0; /* forms come in the order of their bits */
	z.next_in = (z_const Bytef *)(uintptr_t)r.p;
	z.avail_in = (unsigned int)rbuf_left(&r);
	if (inflateInit(&z) != Z_OK)
		return -ENOMEM;
	n = inflate_some(&z, length, sizeof(length));
	r = rbuf_of(length, sizeof(length));
	if (!n) {
		n = rbuf_u32(&r);
		if (n > (ssize_t)size)
			n = -EFBIG;
		else if (inflate_some(&z, out, (size_t)n))
			n = -EBADMSG;
	}
	inflateEnd(&z);
	return n < 0 ? n : (ssize_t)plain_text(out, (size_t)n);
}

size_t
rfb_clip_bound(size_t len)
{
	return RFB_CLIP_HEAD + compressBound(2 * len + 5) + SLACK;
}

/* A part of the text as the other end has it: each newline two bytes. */
static void
deflate_part(z_stream *z, const void *p, size_t len, int flush)
{
	z->next_in = (z_const Bytef *)(uintptr_t)p;
	z->avail_in = (unsigned int)len;
	deflate(z, flush);
}

static void
deflate_text(z_stream *z, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n' || (i && text[i - 1] == '\r'))
			continue;
		deflate_part(z, text + from, i - from, Z_NO_FLUSH);
		deflate_part(z, "\r", 1, Z_NO_FLUSH);
		from = i;
	}
	deflate_part(z, text + from, len - from, Z_NO_FLUSH);
	deflate_part(z, "", 1, Z_FINISH);
}

static size_t
length_of(const char *text, size_t len)
{
	size_t n = len + 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n' && (!i || text[i - 1] != '\r');
	return n;
}

bool
rfb_clip_provide(struct wbuf *w, const char *text, size_t len)
{
	z_stream z = { 0 };
	struct wbuf head = *w;
	uint8_t length[4];
	struct wbuf l = wbuf_of(length, sizeof(length));

	if (deflateInit(&z, Z_DEFAULT_COMPRESSION) != Z_OK)
		return false;
	put_head(w, 0);
	wbuf_u32(w, RFB_CLIP_PROVIDE | RFB_CLIP_TEXT);
	z.next_out = w->p;
	z.avail_out = w->bad ? 0 : (unsigned int)(w->end - w->p);
	wbuf_u32(&l, (uint32_t)length_of(text, len));
	deflate_part(&z, length, sizeof(length), Z_NO_FLUSH);
	deflate_text(&z, text, len);
	deflateEnd(&z);
	wbuf_room(w, z.total_out);
	put_head(&head, -(int32_t)(4 + z.total_out));
	return true;
}

void
rfb_cut_text(struct wbuf *w, const char *text, size_t len)
{
	const char *end = text + len;
	size_t start = wbuf_len(w);
	struct wbuf head = *w;

	put_head(w, 0);
	while (text < end) {
		int32_t c = utf8_next(&text, end);

		if (c < 0)
			break;
		if (c != '\r' || text == end || *text != '\n')
			wbuf_u8(w, (uint8_t)(c < 256 ? c : '?'));
	}
	put_head(&head, (int32_t)(wbuf_len(w) - start - 8));
}

size_t
rfb_latin1_to_utf8(char *out, const uint8_t *p, size_t len)
{
	char *to = out;

	for (size_t i = 0; i < len; i++) {
		if (p[i] < 0x80) {
			*to++ = (char)p[i];
			continue;
		}
		*to++ = (char)(0xc0 | p[i] >> 6);
		*to++ = (char)(0x80 | (p[i] & 0x3f));
	}
	return (size_t)(to - out);
}
