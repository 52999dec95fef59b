#include "link/line.h"

#include <string.h>

ptrdiff_t
line_find(const void *p, size_t len)
{
	const char *nl = memchr(p, '\n', len);

	return nl ? nl - (const char *)p : -1;
}

struct words
words_of(const void *line, size_t len)
{
	const char *p = line;

	return (struct words){ p, p + len, false };
}

const char *
words_next(struct words *w, size_t *len)
{
	const char *word = w->p;
	const char *space = memchr(w->p, ' ', (size_t)(w->end - w->p));
	const char *stop = space ? space : w->end;

	*len = 0;
	if (w->bad || stop == word) {
		w->bad = true;
		return word;
	}
	*len = (size_t)(stop - word);
	w->p = space ? space + 1 : w->end;
	/* A space must be followed by another word. */
	if (space && w->p == w->end)
		w->bad = true;
	return word;
}

int64_t
words_int(struct words *w, int64_t min, int64_t max)
{
	size_t len;
	const char *word = words_next(w, &len);
	bool negative = len && *word == '-';
	int64_t n = 0;

	if (len == (size_t)negative)
		w->bad = true;
	for (size_t i = negative; i < len && !w->bad; i++)
		if (word[i] < '0' || word[i] > '9' ||
		    __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_sub_overflow(n, word[i] - '0', &n))
			w->bad = true; /* n counts down: INT64_MIN fits */
	if (!w->bad && !negative && __builtin_sub_overflow(0, n, &n))
		w->bad = true;
	if (w->bad || n < min || n > max) {
		w->bad = true;
		return min;
	}
	return n;
}

bool
words_is(struct words *w, const char *word)
{
	struct words ahead = *w;
	size_t len;
	const char *next = words_next(&ahead, &len);

	if (w->bad || len != strlen(word) || memcmp(next, word, len) != 0)
		return false;
	*w = ahead;
	return true;
}

const char *
words_rest(struct words *w, size_t *len)
{
	const char *rest = w->p;

	*len = w->bad ? 0 : (size_t)(w->end - w->p);
	w->p = w->end;
	return rest;
}

bool
words_end(const struct words *w)
{
	return !w->bad && w->p == w->end;
}
