/*
 * clipboard.h - the CLIPBOARD selection both ways: text, HTML, pictures
 *
 * ICCCM section 2.  What a source sends is offered to the display's clients
 * for as long as none of them takes the selection; what they take is fetched,
 * in every form that rd-events(5) has, and reported.  Bytes are passed on as
 * they are.
 */
#ifndef RD_INPUT_CLIPBOARD_H
#define RD_INPUT_CLIPBOARD_H

#include <stddef.h>

#include "base/loop.h"
#include "display.h"
#include "events/events.h"

enum {
	CLIPBOARD_CHUNK = 1 << 16, /* bytes of a property; more goes by INCR */
	CLIPBOARD_TRANSFERS = 8,
	CLIPBOARD_TARGETS = 256,      /* looked at, of an owner's */
	CLIPBOARD_STALL_US = 2000000, /* without progress: given up */
};

struct clipboard_atoms {
	xcb_atom_t clipboard, utf8, utf8_mime, text_mime, html, png, targets,
	    timestamp, multiple, pair, incr, property;
};

struct clipboard_data {
	unsigned int refs;
	size_t len;
	char bytes[];
};

/* Data on its way to another client, piece by piece. */
struct transfer {
	struct clipboard *clipboard;
	struct clipboard_data *data; /* NULL: not in use */
	xcb_window_t window;
	xcb_atom_t property, type;
	size_t sent;
	struct loop_timer timer;
};

enum fetch_state {
	FETCH_IDLE,
	FETCH_TARGETS, /* the owner was asked what it has */
	FETCH_ASKED,   /* it was asked for a form */
	FETCH_INCR,    /* it sends it piece by piece */
};

/* What may go which way: the caller's to choose. */
struct clipboard_rule {
	unsigned int ways; /* set of enum event_way */
	size_t max;        /* bytes of one copy, at most EVENT_CLIPBOARD_MAX */
};

struct clipboard {
	void *arg;
	/* Another client copied this: EVENT_FORMS of them, borrowed. */
	void (*changed)(struct clipboard *c, const struct event_bytes *forms);
	struct clipboard_rule rule;
	unsigned int listeners; /* nobody: nothing is fetched */

	struct display *display;
	struct loop *loop;
	struct clipboard_atoms atoms;
	bool warned;

	/* Offered: offer.c */
	struct clipboard_data *offered[EVENT_FORMS]; /* a source's last copy */
	bool owned;
	xcb_timestamp_t since;
	struct transfer transfers[CLIPBOARD_TRANSFERS];

	/* Fetched: clipboard.c */
	enum fetch_state state;
	bool again;             /* the owner changed meanwhile */
	xcb_timestamp_t newest; /* when the owner became it */
	xcb_timestamp_t asked;  /* the same, of the one that was asked */
	xcb_atom_t wanted[EVENT_FORMS]; /* targets still to be fetched */
	enum event_form form;           /* of them, what comes now */
	xcb_atom_t target;
	char *in; /* what came so far, form after form */
	size_t in_len, form_len;
	bool form_over;
	struct event_bytes forms[EVENT_FORMS];
	struct loop_timer timer;
};

/* c->arg, c->changed and c->rule are set by the caller. */
void clipboard_open(struct clipboard *c, struct display *d, struct loop *loop);
void clipboard_close(struct clipboard *c);

/* Own the selection with a copy of these EVENT_FORMS, if the rule says so. */
void clipboard_set(struct clipboard *c, const struct event_bytes *forms);

/* Any event but XKB's. */
void clipboard_event(struct clipboard *c, const xcb_generic_event_t *event);

/* Say once why a copy, or a form of it, did not go over. */
void clipboard_warn(struct clipboard *c, const char *why);

/* The part that serves other clients. */
void offer_set(struct clipboard *c, const struct event_bytes *forms);
void offer_request(struct clipboard *c, const xcb_selection_request_event_t *e);
void offer_property_deleted(
    struct clipboard *c, const xcb_property_notify_event_t *e);
/* The display has another copy now. */
void offer_forget(struct clipboard *c);
void offer_close(struct clipboard *c);

#endif
