/*
 * clipboard.h - the CLIPBOARD selection as text, both ways
 *
 * ICCCM section 2.  What a source sends is offered to the display's clients
 * for as long as none of them takes the selection; what they take is fetched
 * and reported.  Text is passed on byte for byte.
 */
#ifndef RD_INPUT_CLIPBOARD_H
#define RD_INPUT_CLIPBOARD_H

#include <stddef.h>

#include "base/loop.h"
#include "display.h"

enum {
	CLIPBOARD_CHUNK = 1 << 16, /* bytes of a property; more goes by INCR */
	CLIPBOARD_TRANSFERS = 8,
	CLIPBOARD_STALL_US = 2000000, /* without progress: given up */
};

struct clipboard_atoms {
	xcb_atom_t clipboard, utf8, utf8_mime, text_mime, targets, timestamp,
	    multiple, pair, incr, property;
};

struct clipboard_text {
	unsigned int refs;
	size_t len;
	char bytes[];
};

/* A text on its way to another client, piece by piece. */
struct transfer {
	struct clipboard *clipboard;
	struct clipboard_text *text; /* NULL: not in use */
	xcb_window_t window;
	xcb_atom_t property, type;
	size_t sent;
	struct loop_timer timer;
};

enum fetch_state {
	FETCH_IDLE,
	FETCH_ASKED, /* the owner was asked for its text */
	FETCH_INCR,  /* it sends it piece by piece */
};

struct clipboard {
	void *arg;
	/* Another client copied this text; the bytes are borrowed. */
	void (*changed)(struct clipboard *c, const char *text, size_t len);
	unsigned int listeners; /* nobody: nothing is fetched */

	struct display *display;
	struct loop *loop;
	struct clipboard_atoms atoms;

	/* Offered: offer.c */
	struct clipboard_text *text; /* the last that a source sent, or NULL */
	bool owned;
	xcb_timestamp_t since;
	struct transfer transfers[CLIPBOARD_TRANSFERS];

	/* Fetched: clipboard.c */
	enum fetch_state state;
	bool again;             /* the owner changed meanwhile */
	xcb_timestamp_t newest; /* when the owner became it */
	xcb_timestamp_t asked;  /* the same, of the one that was asked */
	xcb_atom_t target;
	char *in;
	size_t in_len;
	bool in_over, warned;
	struct loop_timer timer;
};

/* c->arg and c->changed are set by the caller. */
void clipboard_open(struct clipboard *c, struct display *d, struct loop *loop);
void clipboard_close(struct clipboard *c);

/* Own the selection with a copy of text, valid UTF-8. */
void clipboard_set(struct clipboard *c, const char *text, size_t len);

/* Any event but XKB's. */
void clipboard_event(struct clipboard *c, const xcb_generic_event_t *event);

/* The part that serves other clients. */
void offer_set(struct clipboard *c, const char *text, size_t len);
void offer_request(struct clipboard *c, const xcb_selection_request_event_t *e);
void offer_property_deleted(
    struct clipboard *c, const xcb_property_notify_event_t *e);
/* The display has another text now. */
void offer_forget(struct clipboard *c);
void offer_close(struct clipboard *c);

#endif
