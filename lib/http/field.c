#include "http/field.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define OWS " \t"

/* Copy len bytes of text as a string. */
static bool
copy(char *out, size_t size, const char *text, size_t len)
{
	if (len >= size)
		return false;
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

/* The next element of a list, without the blanks around it; NULL at its end. */
static const char *
next_element(const char **rest, char separator, size_t *len)
{
	const char *start = *rest + strspn(*rest, OWS);
	const char *end;

	if (**rest == '\0')
		return NULL;
	end = strchrnul(start, separator);
	*rest = *end ? end + 1 : end;
	while (end > start && strchr(OWS, end[-1]))
		end--;
	*len = (size_t)(end - start);
	return start;
}

bool
field_cookie(const char *field, const char *name, char *out, size_t size)
{
	size_t len, name_len = strlen(name);
	const char *pair;

	while (field && (pair = next_element(&field, ';', &len)))
		if (len > name_len && pair[name_len] == '=' &&
		    memcmp(pair, name, name_len) == 0)
			return copy(
			    out, size, pair + name_len + 1, len - name_len - 1);
	return false;
}

bool
field_bearer(const char *field, char *out, size_t size)
{
	static const char scheme[] = "Bearer ";
	static const char token68[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._~+/=";
	size_t len;

	if (!field || strncasecmp(field, scheme, sizeof(scheme) - 1) != 0)
		return false;
	field += sizeof(scheme) - 1;
	len = strspn(field, token68);
	return len > 0 && field[len] == '\0' && copy(out, size, field, len);
}

/* RFC 4648 section 4.  The length, -1 when it is malformed or above size. */
static int
decode64(const char *text, char *out, size_t size)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = 0;
	size_t n = 0, len = 0;

	for (; *text && *text != '='; text++) {
		const char *at = strchr(digits, *text);

		if (!at)
			return -1;
		bits = bits << 6 | (uint32_t)(at - digits);
		if (++n % 4 == 1)
			continue;
		if (len == size)
			return -1;
		out[len++] = (char)(bits >> (6 - (n - 1) % 4 * 2));
	}
	return n % 4 == 1 || text[strspn(text, "=")] ? -1 : (int)len;
}

bool
field_basic(const char *field, char *user, size_t user_size, char *password,
    size_t password_size)
{
	char pair[512];
	const char *colon;
	int len;

	if (!field || strncasecmp(field, "Basic ", 6) != 0)
		return false;
	len = decode64(field + 6, pair, sizeof(pair));
	if (len < 0 || memchr(pair, '\0', (size_t)len))
		return false;
	colon = memchr(pair, ':', (size_t)len);
	return colon && copy(user, user_size, pair, (size_t)(colon - pair)) &&
	    copy(password, password_size, colon + 1,
		(size_t)(pair + len - colon - 1));
}

/* Length of the type/subtype that a media type or range begins with. */
static size_t
type_len(const char *text, size_t len)
{
	const char *end = memchr(text, ';', len);

	if (end)
		len = (size_t)(end - text);
	while (len && strchr(OWS, text[len - 1]))
		len--;
	return len;
}

bool
field_is_type(const char *field, const char *type)
{
	size_t len;
	const char *element;

	if (!field || !(element = next_element(&field, ',', &len)) || *field)
		return false;
	len = type_len(element, len);
	return len == strlen(type) && strncasecmp(element, type, len) == 0;
}

/* Does a media range, which may end in an asterisk, take in the type? */
static bool
in_range(const char *range, size_t len, const char *type)
{
	size_t major = strcspn(type, "/") + 1;

	if (len == 3 && memcmp(range, "*/*", 3) == 0)
		return true;
	if (len == major + 1 && range[major] == '*')
		return strncasecmp(range, type, major) == 0;
	return len == strlen(type) && strncasecmp(range, type, len) == 0;
}

bool
field_accepts(const char *field, const char *type)
{
	size_t len;
	const char *element;

	if (!field)
		return true;
	while ((element = next_element(&field, ',', &len)))
		if (in_range(element, type_len(element, len), type))
			return true;
	return false;
}

/* Is the weight that ends an element zero? */
static bool
is_refused(const char *element, size_t len)
{
	const char *q = memmem(element, len, "q=", 2);

	return q && strspn(q + 2, "0.") >= (size_t)(element + len - q - 2);
}

bool
field_has_coding(const char *field, const char *coding)
{
	size_t len, name_len;
	const char *element;

	while (field && (element = next_element(&field, ',', &len))) {
		name_len = type_len(element, len);
		if (name_len == strlen(coding) &&
		    strncasecmp(element, coding, name_len) == 0)
			return !is_refused(element, len);
	}
	return false;
}

bool
field_has_etag(const char *field, const char *etag)
{
	size_t len;
	const char *element;

	while (field && (element = next_element(&field, ',', &len))) {
		if (len == 1 && *element == '*')
			return true;
		if (len > 2 && memcmp(element, "W/", 2) == 0) {
			element += 2;
			len -= 2;
		}
		if (len == strlen(etag) && memcmp(element, etag, len) == 0)
			return true;
	}
	return false;
}

long
field_length(const char *field, long max)
{
	long n = 0;

	if (!field || !*field)
		return -1;
	for (; *field; field++) {
		if (*field < '0' || *field > '9')
			return -1;
		n = n * 10 + (*field - '0');
		if (n > max)
			return -1;
	}
	return n;
}

/* The digits at *p, which is moved behind them; -1 when there are none. */
static int64_t
read_number(const char **p)
{
	int64_t n = 0;
	const char *start = *p;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		n = n * 10 + (**p - '0');
		if (n > FIELD_RANGE_MAX)
			return -1;
	}
	return *p == start ? -1 : n;
}

static bool
skip(const char **p, const char *text)
{
	size_t len = strlen(text);

	if (strncasecmp(*p, text, len) != 0)
		return false;
	*p += len;
	return true;
}

int
field_range(const char *field, int64_t size, int64_t *from, int64_t *to)
{
	int64_t first, last;

	*from = 0;
	*to = size;
	if (!field || !skip(&field, "bytes="))
		return 0;
	first = read_number(&field);
	if (!skip(&field, "-"))
		return 0;
	last = read_number(&field);
	if (*field || (first < 0 && last < 0) || (last >= 0 && first > last))
		return 0;
	if (first >= size || (first < 0 && (last == 0 || size == 0)))
		return -ERANGE;
	if (first < 0)
		*from = last < size ? size - last : 0;
	else
		*from = first;
	if (first >= 0 && last >= 0 && last < size)
		*to = last + 1;
	return 0;
}

bool
field_content_range(
    const char *field, int64_t *from, int64_t *to, int64_t *total)
{
	if (!field || !skip(&field, "bytes "))
		return false;
	*from = *to = -1;
	if (!skip(&field, "*")) {
		*from = read_number(&field);
		if (*from < 0 || !skip(&field, "-"))
			return false;
		*to = read_number(&field) + 1;
	}
	if (!skip(&field, "/"))
		return false;
	*total = read_number(&field);
	return !*field && *total >= 0 &&
	    (*from == -1 || (*from < *to && *to <= *total));
}
