/*
 * fragment.h - HTML as Windows has it in a clipboard
 *
 * "HTML Clipboard Format": a head of lines that say, in bytes from its own
 * start, where the HTML is and which part of it was copied.  Pure.
 */
#ifndef RFB_FRAGMENT_H
#define RFB_FRAGMENT_H

#include <stddef.h>

enum { RFB_FRAGMENT_HEAD = 160 }; /* bytes, its zero included */

extern const char rfb_fragment_tail[];

/* What goes before len bytes of HTML, with the tail behind; its length. */
size_t rfb_fragment_head(char head[RFB_FRAGMENT_HEAD], size_t len);

/*
 * The part of *p that was copied.  All but a final zero when the head is
 * missing or wrong.
 */
void rfb_fragment_find(const char **p, size_t *len);

#endif
