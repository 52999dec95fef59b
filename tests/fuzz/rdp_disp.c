/* What clients of rd-rdp want their display to be. */
#include <stdlib.h>

#include "rdp/disp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disp_layout l;

	if (disp_decode(&l, data, size) == 0 && l.n > DISP_MONITORS)
		abort();
	return 0;
}
