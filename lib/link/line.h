/*
 * line.h - lines of text and the words in them
 *
 * Works on the caller's bytes: nothing is copied or allocated.
 */
#ifndef LINK_LINE_H
#define LINK_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Length of the line at the front of p without its newline (the line takes
 * up that many bytes plus one), -1 when there is no whole line yet.
 */
ptrdiff_t line_find(const void *p, size_t len);

/*
 * The words of one line, separated by single spaces.  Sticky like rbuf: the
 * first word that is missing or malformed sets bad.
 */
struct words {
	const char *p, *end;
	bool bad;
};

struct words words_of(const void *line, size_t len);

/* The next word, borrowed and not terminated; *len is 0 when bad. */
const char *words_next(struct words *w, size_t *len);
/* The next word as a decimal integer within min..max; min when bad. */
int64_t words_int(struct words *w, int64_t min, int64_t max);
/* True, and the word consumed, when the next word is exactly word. */
bool words_is(struct words *w, const char *word);
/* Everything after the next space, spaces included; may be empty. */
const char *words_rest(struct words *w, size_t *len);
/* True when every word was read and none was bad. */
bool words_end(const struct words *w);

#endif
