/*
 * copy.h - what was copied, as Windows has it and as we do
 *
 * Text is UTF-16LE there, with CR and LF at the ends of lines and a NUL behind
 * it; HTML has a head that says where in it is what was copied.
 */
#ifndef RDP_COPY_H
#define RDP_COPY_H

#include "base/buf.h"
#include "events/events.h"

/* Bytes that are enough for len of ours. */
size_t copy_bound(enum event_form form, size_t len);
/* UTF-8, or a PNG as it is; bad when it is not well-formed. */
void copy_put(struct wbuf *w, enum event_form form, struct event_bytes ours);

/*
 * Make of theirs ours, in out, size bytes.  -EBADMSG when it is not of that
 * form, -ENOSPC when it is longer than out.
 */
int copy_take(struct event_bytes *ours, enum event_form form,
    const uint8_t *theirs, size_t len, char *out, size_t size);

#endif
