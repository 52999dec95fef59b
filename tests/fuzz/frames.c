/* Lines of frames: what is accepted can be said again, and means the same. */
#include <stdlib.h>
#include <string.h>

#include "frames/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char said[FRAMES_LINE_MAX + 64], again[FRAMES_LINE_MAX + 64];
	struct frames_line l;
	ssize_t n;

	if (size > FRAMES_LINE_MAX ||
	    frames_line_decode(&l, (const char *)data, size) ||
	    l.kind == FRAMES_UNKNOWN)
		return 0;
	/* Numbers may have had leading zeros, so it may be shorter. */
	n = frames_line_encode(&l, said, sizeof(said));
	if (n <= 0 || (size_t)n > size + 1 || said[n - 1] != '\n')
		abort();
	if (frames_line_decode(&l, said, (size_t)n - 1) ||
	    frames_line_encode(&l, again, sizeof(again)) != n ||
	    memcmp(said, again, (size_t)n) != 0)
		abort();
	return 0;
}
