#include "rdp/clip.h"

#include <errno.h>

#include "rdp/le.h"

enum {
	READY = 1,
	LIST = 2,
	LIST_RESPONSE = 3,
	REQUEST = 4,
	RESPONSE = 5,
	CAPS = 7,
	FLAG_OK = 1,
	FLAG_FAIL = 2,
	FLAG_ASCII = 4,
	CAPS_GENERAL = 1,
	CAPS_LENGTH = 12,
	CAPS_VERSION = 2,
	USE_LONG_NAMES = 2,
	SHORT_NAME = 32, /* bytes */
	NAME_MAX = 15,   /* characters of those that we know */
	UNICODE_TEXT = 13,
	OUR_HTML = 0xc001, /* registered formats have numbers from 0xc000 on */
	OUR_PNG = 0xc002,
};

/* By their names but for text, which has none. */
static const struct {
	enum event_form form;
	uint32_t number;
	const char *name;
} formats[] = {
	{ EVENT_PLAIN, UNICODE_TEXT, "" },
	{ EVENT_HTML, OUR_HTML, "HTML Format" },
	{ EVENT_PNG, OUR_PNG, "PNG" },
	{ EVENT_HTML, 0, "text/html" },
	{ EVENT_PNG, 0, "image/png" },
};

enum { FORMATS = sizeof(formats) / sizeof(*formats) };

enum event_form
clip_form(uint32_t number)
{
	for (int i = 0; i < FORMATS; i++)
		if (number && formats[i].number == number)
			return formats[i].form;
	return EVENT_FORMS;
}

/* The first names of a form are the better ones. */
static void
take_format(struct clip_message *m, uint32_t number, const char *name)
{
	if (number == UNICODE_TEXT)
		m->numbers[EVENT_PLAIN] = number;
	for (int i = 0; i < FORMATS && *name; i++)
		if (strcmp(name, formats[i].name) == 0 &&
		    !m->numbers[formats[i].form])
			m->numbers[formats[i].form] = number;
}

/* To the next NUL; longer names are cut, and so are none that we know. */
static void
take_name(struct rbuf *r, char name[NAME_MAX + 1], bool wide)
{
	size_t n = 0;
	uint16_t c;

	while ((c = wide ? rbuf_le16(r) : rbuf_u8(r)) != 0) {
		if (n < NAME_MAX)
			name[n++] = c < 0x80 ? (char)c : '?';
	}
	name[n] = '\0';
}

static void
take_short_name(struct rbuf *r, char name[NAME_MAX + 1], bool wide)
{
	const uint8_t *p = rbuf_take(r, SHORT_NAME);
	uint8_t bytes[SHORT_NAME + 2] = { 0 };
	struct rbuf one;

	if (p)
		memcpy(bytes, p, SHORT_NAME);
	one = rbuf_of(bytes, sizeof(bytes));
	take_name(&one, name, wide);
}

static void
take_list(struct clip_message *m, struct rbuf *r, bool long_names, bool ascii)
{
	m->type = CLIP_LIST;
	while (rbuf_left(r)) {
		uint32_t number = rbuf_le32(r);
		char name[NAME_MAX + 1];

		if (long_names)
			take_name(r, name, true);
		else
			take_short_name(r, name, !ascii);
		if (!r->bad)
			take_format(m, number, name);
	}
}

static void
take_caps(struct clip_message *m, struct rbuf *r)
{
	uint16_t sets = rbuf_le16(r);

	m->type = CLIP_CAPS;
	rbuf_take(r, 2);
	for (uint16_t i = 0; i < sets && !r->bad; i++) {
		uint16_t type = rbuf_le16(r), len = rbuf_le16(r);
		struct rbuf set;
		const uint8_t *p;

		if (len < 4)
			r->bad = true;
		p = rbuf_take(r, len - 4U);
		set = rbuf_of(p, p ? len - 4U : 0);
		rbuf_take(&set, 4); /* its version */
		if (p && type == CAPS_GENERAL)
			m->long_names = rbuf_le32(&set) & USE_LONG_NAMES;
	}
}

int
clip_decode(
    struct clip_message *m, const void *data, size_t len, bool long_names)
{
	struct rbuf r = rbuf_of(data, len), body;
	uint16_t type = rbuf_le16(&r), flags = rbuf_le16(&r);
	uint32_t size = rbuf_le32(&r);
	const uint8_t *p = rbuf_take(&r, size);

	*m = (struct clip_message){ .type = CLIP_OTHER };
	if (r.bad)
		return -EBADMSG;
	body = rbuf_of(p, size);
	if (type == CAPS)
		take_caps(m, &body);
	else if (type == LIST)
		take_list(m, &body, long_names, flags & FLAG_ASCII);
	else if (type == REQUEST) {
		m->type = CLIP_REQUEST;
		m->number = rbuf_le32(&body);
	} else if (type == RESPONSE) {
		m->type = CLIP_RESPONSE;
		m->data = flags & FLAG_OK ? p : NULL;
		m->len = size;
	}
	return body.bad ? -EBADMSG : 0;
}

static void
put_head(struct wbuf *w, uint16_t type, uint16_t flags, size_t len)
{
	wbuf_le16(w, type);
	wbuf_le16(w, flags);
	wbuf_le32(w, (uint32_t)len);
}

void
clip_put_caps(struct wbuf *w)
{
	put_head(w, CAPS, 0, 4 + CAPS_LENGTH);
	wbuf_le16(w, 1);
	wbuf_le16(w, 0);
	wbuf_le16(w, CAPS_GENERAL);
	wbuf_le16(w, CAPS_LENGTH);
	wbuf_le32(w, CAPS_VERSION);
	wbuf_le32(w, USE_LONG_NAMES);
}

void
clip_put_ready(struct wbuf *w)
{
	put_head(w, READY, 0, 0);
}

/* A name of UTF-16, which fits, and NULs. */
static void
put_name(struct wbuf *w, const char *name, size_t size)
{
	for (size_t i = 0; i < size / 2; i++)
		wbuf_le16(w, (uint16_t)*name ? (uint16_t)*name++ : 0);
}

void
clip_put_list(struct wbuf *w, unsigned int forms, bool long_names)
{
	uint8_t bytes[CLIP_SMALL - CLIP_HEAD];
	struct wbuf list = wbuf_of(bytes, sizeof(bytes));

	for (int i = 0; i < FORMATS; i++) {
		const char *name = formats[i].name;

		if (!formats[i].number || !(forms >> formats[i].form & 1))
			continue;
		wbuf_le32(&list, formats[i].number);
		put_name(&list, name,
		    long_names ? 2 * (strlen(name) + 1) : SHORT_NAME);
	}
	put_head(w, LIST, 0, wbuf_len(&list));
	wbuf_put(w, bytes, wbuf_len(&list));
}

void
clip_put_list_response(struct wbuf *w)
{
	put_head(w, LIST_RESPONSE, FLAG_OK, 0);
}

void
clip_put_request(struct wbuf *w, uint32_t number)
{
	put_head(w, REQUEST, 0, 4);
	wbuf_le32(w, number);
}

void
clip_put_response(struct wbuf *w, size_t len)
{
	put_head(w, RESPONSE, FLAG_OK, len);
}

void
clip_put_failure(struct wbuf *w)
{
	put_head(w, RESPONSE, FLAG_FAIL, 0);
}
