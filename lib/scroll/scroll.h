/*
 * scroll.h - by how many rows what is in a rectangle has moved
 *
 * Compares hashes of pieces of rows, a tenth of what there is, before and
 * after.  Memory is allocated at open only; no I/O.
 */
#ifndef SCROLL_SCROLL_H
#define SCROLL_SCROLL_H

#include <stdint.h>

struct scroll;

/* For rectangles of at most so many rows.  -ENOMEM; then *s is NULL. */
int scroll_open(struct scroll **s, int height);
void scroll_close(struct scroll *s);

/*
 * A rectangle as it is, of luma or of any other bytes: width of them, 64 or
 * more, to a row, and rows being stride bytes apart.
 */
void scroll_before(
    struct scroll *s, const uint8_t *bytes, int stride, int width, int height);
/*
 * The same rectangle as it is now: most rows are what was so many rows
 * further down before; 0 when that cannot be said.
 */
int scroll_after(struct scroll *s, const uint8_t *bytes);

/*
 * The same of two rectangles that are both there, which may be laid out
 * differently by nothing but where they begin.  What has nothing of what was
 * there before, as films do, is told by a quarter of the hashes.
 */
int scroll_between(struct scroll *s, const uint8_t *before,
    const uint8_t *after, int stride, int width, int height);

#endif
