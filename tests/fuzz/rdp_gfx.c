/* What clients of rd-rdp say about the graphics pipeline. */
#include <stdlib.h>

#include "rdp/gfx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct gfx_message m;

	while (size) {
		ssize_t n = gfx_decode(&m, data, size);

		if (n < 0)
			break;
		if (n < 8 || (size_t)n > size)
			abort();
		data += n;
		size -= (size_t)n;
	}
	return 0;
}
