/* Any manifest is refused, or told of in words. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "portal/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
tell(void *arg, const char *kind, const char *const *words, size_t n)
{
	(void)arg;
	if (!*kind || n == 0 || n > MANIFEST_WORDS)
		abort();
	for (size_t i = 0; i < n; i++)
		if (strlen(words[i]) >= MANIFEST_WORD_MAX)
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	manifest_read((const char *)data, size, tell, NULL);
	return 0;
}
