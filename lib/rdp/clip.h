/*
 * clip.h - messages of RDP's clipboard, [MS-RDPECLIP] 2.2
 *
 * One copy has up to three forms, in the order of enum event_form.  Works on
 * the caller's bytes: no I/O.
 */
#ifndef RDP_CLIP_H
#define RDP_CLIP_H

#include "base/buf.h"
#include "events/events.h"

enum { CLIP_HEAD = 8, CLIP_SMALL = 200 }; /* bytes of all but a response */

enum clip_type {
	CLIP_OTHER, /* to be passed over */
	CLIP_CAPS,
	CLIP_LIST,
	CLIP_REQUEST,
	CLIP_RESPONSE,
};

/* What a client says. */
struct clip_message {
	enum clip_type type;
	bool long_names; /* caps: names of formats may be long from now on */
	/* list: by what number it has each of the forms; 0: it has none; */
	uint32_t numbers[EVENT_FORMS];
	uint32_t number;     /* request: the form it wants, as in our list; */
	const uint8_t *data; /* response: the form, borrowed; NULL: it failed */
	size_t len;
};

/*
 * Read a message, with names as the last caps had it.  0, or -EBADMSG when it
 * is none.  Bytes behind it are passed over.
 */
int clip_decode(
    struct clip_message *m, const void *data, size_t len, bool long_names);

/* The form that we have by this number; EVENT_FORMS: none. */
enum event_form clip_form(uint32_t number);

/* What the server can do, and that it is ready: two messages. */
void clip_put_caps(struct wbuf *w);
void clip_put_ready(struct wbuf *w);
/* forms: a set of 1 << enum event_form. */
void clip_put_list(struct wbuf *w, unsigned int forms, bool long_names);
void clip_put_list_response(struct wbuf *w);
void clip_put_request(struct wbuf *w, uint32_t number);
/* len bytes are to follow; or there is no such form. */
void clip_put_response(struct wbuf *w, size_t len);
void clip_put_failure(struct wbuf *w);

#endif
