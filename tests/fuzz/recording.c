/* Recordings: what is accepted lies in the input and can be said again. */
#include <stdlib.h>
#include <string.h>

#include "../../bin/rd-replay/recording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_frame(const struct recording *r, const struct recording_item *i,
    const uint8_t *end)
{
	const struct region *g = &i->line.frame.damage;

	if (i->pixels + recording_pixels(g) != end)
		abort();
	for (unsigned int k = 0; k < g->n; k++)
		if (!g->rects[k].w || !g->rects[k].h ||
		    g->rects[k].x + g->rects[k].w > (int)r->width ||
		    g->rects[k].y + g->rects[k].h > (int)r->height)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char said[FRAMES_LINE_MAX];
	struct recording r = { 0 };
	struct recording_item i;
	size_t at = 0;
	ssize_t n;

	while ((n = recording_next(&r, &i, data + at, size - at)) > 0) {
		if ((size_t)n > size - at)
			abort();
		at += (size_t)n;
		if (i.line.kind == FRAMES_FRAME)
			check_frame(&r, &i, data + at);
		/* Numbers may have had leading zeros, so it may be shorter. */
		if (i.line.kind != FRAMES_UNKNOWN) {
			n = recording_encode(&i.line, said, sizeof(said));
			if (n <= 0 || (size_t)n > i.text_len)
				abort();
		}
	}
	if (r.offset != at || (n < 0) != (r.wrong != NULL))
		abort();
	return 0;
}
