#include "rdp/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "events/utf8.h"
#include "rdp/le.h"

/* [MS-RDPECLIP] leaves the form to Windows: "HTML Format", version 0.9. */
#define HTML_HEAD                                                              \
	"Version:0.9\r\n"                                                      \
	"StartHTML:%010zu\r\nEndHTML:%010zu\r\n"                               \
	"StartFragment:%010zu\r\nEndFragment:%010zu\r\n"
#define HTML_BEGIN "<html><body>\r\n<!--StartFragment-->"
#define HTML_END "<!--EndFragment-->\r\n</body></html>"

enum {
	HTML_HEAD_LEN = sizeof(HTML_HEAD) - 1 + 4 * (10 - 6),
	HTML_AROUND = HTML_HEAD_LEN + sizeof(HTML_BEGIN) + sizeof(HTML_END),
};

size_t
copy_bound(enum event_form form, size_t len)
{
	switch (form) {
	case EVENT_PLAIN:
		return 4 * len + 2; /* a newline is four bytes */
	case EVENT_HTML:
		return len + HTML_AROUND;
	default:
		return len;
	}
}

static void
put_unit(struct wbuf *w, uint32_t unit)
{
	wbuf_le16(w, (uint16_t)unit);
}

static void
put_text(struct wbuf *w, struct event_bytes ours)
{
	const char *p = ours.data, *end = p + ours.len;
	int32_t c, before = 0;

	for (; p < end; before = c) {
		c = utf8_next(&p, end);
		if (c < 0) {
			w->bad = true;
			return;
		}
		if (c == '\n' && before != '\r')
			put_unit(w, '\r');
		if (c < 0x10000) {
			put_unit(w, (uint32_t)c);
			continue;
		}
		put_unit(w, 0xd800U + ((uint32_t)(c - 0x10000) >> 10));
		put_unit(w, 0xdc00U + ((uint32_t)(c - 0x10000) & 0x3ff));
	}
	put_unit(w, 0);
}

static void
put_html(struct wbuf *w, struct event_bytes ours)
{
	size_t begin = HTML_HEAD_LEN + sizeof(HTML_BEGIN) - 1;
	size_t end = begin + ours.len;
	char head[HTML_HEAD_LEN + 1];

	snprintf(head, sizeof(head), HTML_HEAD, (size_t)HTML_HEAD_LEN,
	    end + sizeof(HTML_END) - 1, begin, end);
	wbuf_put(w, head, HTML_HEAD_LEN);
	wbuf_put(w, HTML_BEGIN, sizeof(HTML_BEGIN) - 1);
	wbuf_put(w, ours.data, ours.len);
	wbuf_put(w, HTML_END, sizeof(HTML_END)); /* with a NUL */
}

void
copy_put(struct wbuf *w, enum event_form form, struct event_bytes ours)
{
	if (form == EVENT_PLAIN)
		put_text(w, ours);
	else if (form == EVENT_HTML)
		put_html(w, ours);
	else
		wbuf_put(w, ours.data, ours.len);
}

static void
put_utf8(struct wbuf *w, uint32_t c)
{
	if (c < 0x80) {
		wbuf_u8(w, (uint8_t)c);
	} else if (c < 0x800) {
		wbuf_u8(w, (uint8_t)(0xc0 | c >> 6));
		wbuf_u8(w, (uint8_t)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		wbuf_u8(w, (uint8_t)(0xe0 | c >> 12));
		wbuf_u8(w, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		wbuf_u8(w, (uint8_t)(0x80 | (c & 0x3f)));
	} else {
		wbuf_u8(w, (uint8_t)(0xf0 | c >> 18));
		wbuf_u8(w, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
		wbuf_u8(w, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		wbuf_u8(w, (uint8_t)(0x80 | (c & 0x3f)));
	}
}

/* The next character; what is half of one stands for U+FFFD. */
static uint32_t
next_utf16(struct rbuf *r)
{
	uint32_t c = rbuf_le16(r), low;
	struct rbuf ahead = *r;

	if (c < 0xd800 || c > 0xdfff)
		return c;
	low = rbuf_le16(&ahead);
	if (c > 0xdbff || ahead.bad || low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*r = ahead;
	return 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
}

/* To the NUL or the end; of CR and LF the LF stays. */
static int
take_text(struct wbuf *w, struct rbuf *r)
{
	bool cr = false;

	while (rbuf_left(r) >= 2) {
		uint32_t c = next_utf16(r);

		if (!c)
			break;
		if (cr && c != '\n')
			put_utf8(w, '\r');
		cr = c == '\r';
		if (!cr)
			put_utf8(w, c);
	}
	if (cr)
		put_utf8(w, '\r');
	return w->bad ? -ENOSPC : 0;
}

/* What the head says by this name; 0: nothing. */
static size_t
html_offset(const char *head, const char *name)
{
	const char *at = strstr(head, name);

	return at ? strtoul(at + strlen(name), NULL, 10) : 0;
}

static int
take_html(struct wbuf *w, const uint8_t *theirs, size_t len)
{
	char head[256] = "";
	size_t begin, end;

	if (len)
		memcpy(
		    head, theirs, len < sizeof(head) ? len : sizeof(head) - 1);
	begin = html_offset(head, "StartFragment:");
	end = html_offset(head, "EndFragment:");
	if (!begin || begin > end || end > len)
		return -EBADMSG;
	wbuf_put(w, theirs + begin, end - begin);
	return w->bad ? -ENOSPC : 0;
}

int
copy_take(struct event_bytes *ours, enum event_form form, const uint8_t *theirs,
    size_t len, char *out, size_t size)
{
	struct rbuf r = rbuf_of(theirs, len);
	struct wbuf w = wbuf_of(out, size);
	int err = 0;

	if (form == EVENT_PLAIN)
		err = take_text(&w, &r);
	else if (form == EVENT_HTML)
		err = take_html(&w, theirs, len);
	else
		wbuf_put(&w, theirs, len);
	if (err || w.bad)
		return err ? err : -ENOSPC;
	*ours = (struct event_bytes){ out, wbuf_len(&w) };
	return event_is_form(form, out, ours->len) ? 0 : -EBADMSG;
}
