#include "rfb/fragment.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                   \
	"Version:0.9\r\nStartHTML:%010zu\r\nEndHTML:%010zu\r\n"                \
	"StartFragment:%010zu\r\nEndFragment:%010zu\r\n"
#define BEFORE "<html>\r\n<body>\r\n<!--StartFragment-->"
#define AFTER "<!--EndFragment-->\r\n</body>\r\n</html>"

enum {
	LINES = 105,   /* bytes of HEAD */
	LOOK_AT = 512, /* for a head, which may have lines of others */
	DIGITS = 10,
};

const char rfb_fragment_tail[] = AFTER;

size_t
rfb_fragment_head(char head[RFB_FRAGMENT_HEAD], size_t len)
{
	size_t start = LINES + sizeof(BEFORE) - 1;

	return (size_t)snprintf(head, RFB_FRAGMENT_HEAD, HEAD BEFORE,
	    (size_t)LINES, start + len + sizeof(AFTER) - 1, start, start + len);
}

/* The number behind name, which is in the head. */
static bool
find_number(const char *p, size_t len, const char *name, size_t *number)
{
	const char *end = p + (len < LOOK_AT ? len : LOOK_AT);
	const char *at = memmem(p, (size_t)(end - p), name, strlen(name));
	size_t n = 0, digits = 0;

	if (!at)
		return false;
	for (at += strlen(name); at < end && digits < DIGITS; at++, digits++) {
		if (*at < '0' || *at > '9')
			break;
		n = 10 * n + (size_t)(*at - '0');
	}
	*number = n;
	return digits;
}

void
rfb_fragment_find(const char **p, size_t *len)
{
	static const char version[] = "Version:";
	size_t start, end;

	if (*len > sizeof(version) &&
	    memcmp(*p, version, sizeof(version) - 1) == 0 &&
	    find_number(*p, *len, "StartFragment:", &start) &&
	    find_number(*p, *len, "EndFragment:", &end) && start <= end &&
	    end <= *len) {
		*p += start;
		*len = end - start;
	} else if (*len && !(*p)[*len - 1]) {
		--*len;
	}
}
