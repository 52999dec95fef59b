/*
 * clipboard.h - what is copied, from the display to the client and back
 *
 * What the client copies is fetched at once, since the display has to have it
 * before somebody pastes; a picture only where there is no text.
 */
#ifndef RD_RDP_CLIPBOARD_H
#define RD_RDP_CLIPBOARD_H

#include "channel.h"
#include "events/events.h"

struct clipboard;

struct clipboard_ops {
	/* The client copied this, borrowed. */
	void (*copied)(struct clipboard *c, const struct event_bytes *forms);
	/* It waits for clipboard_answer(). */
	void (*wanted)(struct clipboard *c);
};

struct clipboard {
	void *arg;
	const struct clipboard_ops *ops;
	struct channel channel;
	bool long_names;
	bool listed; /* the client has said what it has, and takes a list */

	/* The client's copy. */
	uint32_t numbers[EVENT_FORMS]; /* still to be asked for, or 0 */
	struct loop_timer settled;     /* no newer list is on its way */
	enum event_form asked;         /* EVENT_FORMS: none */
	unsigned int stale;            /* answers that nobody waits for */
	struct event_bytes theirs[EVENT_FORMS];
	size_t used; /* of the room for them */
	char room[EVENT_CLIPBOARD_MAX];

	/* The display's. */
	struct event_bytes ours[EVENT_FORMS];
	char *copy;
	bool waits;      /* the client does, */
	uint32_t wanted; /* for the form of this number */
};

/* The client of this manager is asked; it may have no such channel. */
void clipboard_open(struct clipboard *c, struct loop *loop, void *manager,
    const struct clipboard_ops *ops, void *arg);
void clipboard_close(struct clipboard *c);

/* This was copied at the display. */
void clipboard_copied(struct clipboard *c, const struct event_bytes *forms);
/* Send what the client waits for, if it does: megabytes, it may be. */
void clipboard_answer(struct clipboard *c);

#endif
