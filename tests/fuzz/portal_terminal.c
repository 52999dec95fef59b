/* A reader that does as it is told shows what the terminal has. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "events/utf8.h"
#include "portal/terminal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
tell(void *arg, size_t old, char *const *lines, size_t n)
{
	static char html[16 * TERMINAL_LINE_MAX];
	size_t *shown = arg;

	if (old > *shown)
		abort();
	*shown = *shown - old + n;
	for (size_t i = 0; i < n; i++) {
		if (!utf8_valid(lines[i], strlen(lines[i])) ||
		    strpbrk(lines[i], "\r\n"))
			abort();
		terminal_html(lines[i], html, sizeof(html));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct terminal t = { 0 };
	size_t shown = 0, cut = size ? data[0] % size : 0;

	terminal_feed(&t, (const char *)data, cut, tell, &shown);
	terminal_feed(&t, (const char *)data + cut, size - cut, tell, &shown);
	if (shown < t.n)
		abort();
	terminal_clear(&t);
	return 0;
}
