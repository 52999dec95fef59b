/* Whatever a viewer posts, the command gets whole lines of clean JSON. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/whep.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 4096 };

/* One object per line, quotes even, nothing that could end a string early. */
static void
check_lines(const char *p, size_t len)
{
	bool inside = false;

	if (len && (p[0] != '{' || p[len - 1] != '\n'))
		abort();
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '"') {
			inside = !inside;
		} else if (c == '\n') {
			if (inside || p[i - 1] != '}' ||
			    (i + 1 < len && p[i + 1] != '{'))
				abort();
		} else if (c < ' ') {
			abort();
		} else if (c == '\\') {
			if (!inside || !strchr("rnu", p[++i]))
				abort();
		}
	}
	if (inside)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char out[WHEP_LINES_SIZE(BODY_MAX)];
	char ufrag[WHEP_UFRAG_SIZE];
	const char *text = (const char *)data;
	ssize_t n;

	if (size > BODY_MAX)
		return 0;
	n = whep_offer(out, sizeof(out), ufrag, text, size);
	if (n == -ENOSPC || memchr(ufrag, '\0', sizeof(ufrag)) == NULL)
		abort();
	if (n >= 0)
		check_lines(out, (size_t)n);
	n = whep_fragment(out, sizeof(out), ufrag, text, size);
	if (n >= 0)
		check_lines(out, (size_t)n);
	return 0;
}
