#include "events/utf8.h"

#include <errno.h>

int32_t
utf8_next(const char **p, const char *end)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = (uint8_t) * (*p)++;
	int32_t c;
	int more;

	if (first < 0x80)
		return first;
	if (first < 0xc2 || first > 0xf4)
		return -EBADMSG;
	more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	c = first & (0x3f >> more);
	for (int i = 0; i < more; i++) {
		if (*p == end || ((uint8_t) * *p & 0xc0) != 0x80)
			return -EBADMSG;
		c = c << 6 | ((uint8_t) * (*p)++ & 0x3f);
	}
	if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return -EBADMSG;
	return c;
}

bool
utf8_valid(const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end)
		if (utf8_next(&p, end) < 0)
			return false;
	return true;
}
