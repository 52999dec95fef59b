/*
 * events_priv.h - what reading and printing events share
 */
#ifndef EVENTS_EVENTS_PRIV_H
#define EVENTS_EVENTS_PRIV_H

#include "events/events.h"
#include "link/line.h"

extern const char *const event_form_names[EVENT_FORMS];
extern const char *const event_way_names[4];

/* What a clipboard's line says of the bytes behind it. */
struct copy {
	bool known;  /* no other forms than ours, and each once */
	size_t size; /* of all */
	struct {
		bool there;
		size_t at, len;
	} forms[EVENT_FORMS];
};

/* The words behind "clipboard".  False when a length is wrong. */
bool copy_read(struct words *w, struct copy *c);
/* The same and the bytes behind the line, all of a known form, into e. */
bool copy_read_whole(struct words *w, struct event *e);

#endif
