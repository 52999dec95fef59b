/* Any file is refused, or told of in links that are no scripts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "portal/links.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
tell(void *arg, const struct link *l)
{
	(void)arg;
	if (!*l->label || (*l->url != '/' && strncmp(l->url, "http", 4) != 0) ||
	    !l->description || !l->button)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	links_read_yaml((const char *)data, size, tell, NULL);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	links_read_variable(text, tell, NULL);
	free(text);
	return 0;
}
