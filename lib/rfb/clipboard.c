#include "rfb/clipboard.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "events/utf8.h"
#include "rfb/fragment.h"

enum {
	SERVER_CUT_TEXT = 3,
	SLACK = 64,  /* bytes that zlib adds to what it compresses */
	FORMS = 512, /* bytes around the forms */
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
	put_head(w, -12);
	wbuf_u32(w, ACTIONS | RFB_CLIP_KNOWN);
	wbuf_u32(w, 0); /* text of any length is to be asked for, */
	wbuf_u32(w, 0); /* and HTML */
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

/* The next form, in room. */
static int
inflate_form(z_stream *z, struct event_bytes *form, char *room, size_t size)
{
	uint8_t length[4];
	struct rbuf r = rbuf_of(length, sizeof(length));
	int err = inflate_some(z, length, sizeof(length));
	uint32_t len = err ? 0 : rbuf_u32(&r);

	if (len > size)
		return -EFBIG;
	if (!err)
		err = inflate_some(z, room, len);
	if (!err)
		*form = (struct event_bytes){ room, len };
	return err;
}

/* They come in the order of their bits. */
static int
inflate_forms(
    z_stream *z, uint32_t forms, struct rfb_copy *c, char *room, size_t size)
{
	struct event_bytes unknown;
	int err = 0;

	if (forms & RFB_CLIP_TEXT) {
		err = inflate_form(z, &c->text, room, size);
		c->text.len = plain_text(room, c->text.len);
		room += c->text.len;
		size -= c->text.len;
	}
	if (!err && forms & RFB_CLIP_HTML && forms & RFB_CLIP_RTF)
		err = inflate_form(z, &unknown, room, size);
	if (!err && forms & RFB_CLIP_HTML)
		err = inflate_form(z, &c->html, room, size);
	if (c->html.data)
		rfb_fragment_find(&c->html.data, &c->html.len);
	return err;
}

int
rfb_clip_read(
    struct rfb_copy *c, const uint8_t *p, size_t len, char *room, size_t size)
{
	struct rbuf r = rbuf_of(p, len);
	uint32_t forms = rbuf_u32(&r);
	z_stream z = { 0 };
	int err;

	*c = (struct rfb_copy){ 0 };
	if (!(forms & RFB_CLIP_KNOWN))
		return 0;
	z.next_in = (z_const Bytef *)(uintptr_t)r.p;
	z.avail_in = (unsigned int)rbuf_left(&r);
	if (inflateInit(&z) != Z_OK)
		return -ENOMEM;
	err = inflate_forms(&z, forms, c, room, size);
	inflateEnd(&z);
	return err;
}

uint32_t
rfb_clip_forms(const struct rfb_copy *c)
{
	return (c->text.data ? RFB_CLIP_TEXT : 0) |
	    (c->html.data ? RFB_CLIP_HTML : 0);
}

size_t
rfb_clip_bound(const struct rfb_copy *c)
{
	return RFB_CLIP_HEAD +
	    compressBound(2 * c->text.len + c->html.len + FORMS) + SLACK;
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
	deflate_part(z, "", 1, Z_NO_FLUSH);
}

static size_t
length_of(const char *text, size_t len)
{
	size_t n = len + 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == '\n' && (!i || text[i - 1] != '\r');
	return n;
}

static void
deflate_length(z_stream *z, size_t len)
{
	uint8_t length[4];
	struct wbuf w = wbuf_of(length, sizeof(length));

	wbuf_u32(&w, (uint32_t)len);
	deflate_part(z, length, sizeof(length), Z_NO_FLUSH);
}

static void
deflate_html(z_stream *z, const struct event_bytes *html)
{
	char head[RFB_FRAGMENT_HEAD];
	size_t n = rfb_fragment_head(head, html->len);
	size_t tail = strlen(rfb_fragment_tail);

	deflate_length(z, n + html->len + tail);
	deflate_part(z, head, n, Z_NO_FLUSH);
	deflate_part(z, html->data, html->len, Z_NO_FLUSH);
	deflate_part(z, rfb_fragment_tail, tail, Z_NO_FLUSH);
}

bool
rfb_clip_provide(struct wbuf *w, const struct rfb_copy *c, uint32_t forms)
{
	z_stream z = { 0 };
	struct wbuf head = *w;

	forms &= rfb_clip_forms(c);
	if (deflateInit(&z, Z_DEFAULT_COMPRESSION) != Z_OK)
		return false;
	put_head(w, 0);
	wbuf_u32(w, RFB_CLIP_PROVIDE | forms);
	z.next_out = w->p;
	z.avail_out = w->bad ? 0 : (unsigned int)(w->end - w->p);
	if (forms & RFB_CLIP_TEXT) {
		deflate_length(&z, length_of(c->text.data, c->text.len));
		deflate_text(&z, c->text.data, c->text.len);
	}
	if (forms & RFB_CLIP_HTML)
		deflate_html(&z, &c->html);
	deflate_part(&z, NULL, 0, Z_FINISH);
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
