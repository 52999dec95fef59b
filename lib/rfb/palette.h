/*
 * palette.h - the colours of a few pixels, numbered as they appear
 *
 * Pure.
 */
#ifndef RFB_PALETTE_H
#define RFB_PALETTE_H

#include <stdbool.h>
#include <stdint.h>

enum { PALETTE_MAX = 256, PALETTE_PLACES = 1024 };

struct palette {
	unsigned int max; /* colours that are not too many */
	unsigned int n;   /* max + 1: too many, which are not counted */
	uint32_t colours[PALETTE_MAX + 1];
	uint16_t places[PALETTE_PLACES]; /* 1 + number of a colour; 0: free */
};

/* No colours yet, and at most max of them, which is 1 to PALETTE_MAX. */
void palette_clear(struct palette *p, unsigned int max);

void palette_add(struct palette *p, uint32_t colour);

/* Add other's, which are not too many; false when then p's were, p as it was.
 */
bool palette_join(struct palette *p, const struct palette *other);

/* The number of a colour that is there. */
unsigned int palette_number(const struct palette *p, uint32_t colour);

#endif
