#include "http/query.h"

#include <ctype.h>
#include <string.h>

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The byte at *p, which moves on; -1 for a malformed or zero one. */
static int
decode(const char **p)
{
	const char *c = *p;
	int high, low;

	*p += *c == '%' ? 3 : 1;
	if (*c != '%')
		return *c == '+' ? ' ' : (unsigned char)*c;
	high = digit(c[1]);
	low = high < 0 ? -1 : digit(c[2]);
	return low < 0 || high + low == 0 ? -1 : high << 4 | low;
}

static bool
decode_all(const char *p, const char *end, char *out, size_t size)
{
	size_t len = 0;

	while (p < end) {
		int c = decode(&p);

		if (c < 0 || p > end || len + 1 >= size)
			return false;
		out[len++] = (char)c;
	}
	out[len] = '\0';
	return size > 0;
}

static bool
is_named(const char *pair, const char *end, const char *name)
{
	size_t len = strlen(name);

	return (size_t)(end - pair) >= len && memcmp(pair, name, len) == 0 &&
	    (pair + len == end || pair[len] == '=');
}

bool
query_value(const char *query, const char *name, char *out, size_t size)
{
	for (const char *pair = query;; pair++) {
		const char *end = pair + strcspn(pair, "&#");
		const char *value = memchr(pair, '=', (size_t)(end - pair));

		if (is_named(pair, end, name))
			return decode_all(
			    value ? value + 1 : end, end, out, size);
		if (*end != '&')
			return false;
		pair = end;
	}
}

const char *
query_of(const char *uri)
{
	size_t at = strcspn(uri, "?#");

	return uri[at] == '?' ? uri + at + 1 : "";
}

bool
query_without(const char *uri, const char *name, char *out, size_t size)
{
	size_t len = strcspn(uri, "?#");
	char mark = '?';

	if (len >= size)
		return false;
	memcpy(out, uri, len);
	for (const char *pair = query_of(uri); *pair && *pair != '#';) {
		const char *end = pair + strcspn(pair, "&#");
		size_t n = (size_t)(end - pair);

		if (n && !is_named(pair, end, name)) {
			if (n + 1 >= size - len)
				return false;
			out[len++] = mark;
			memcpy(out + len, pair, n);
			len += n;
			mark = '&';
		}
		pair = *end == '&' ? end + 1 : end;
	}
	out[len] = '\0';
	return true;
}
