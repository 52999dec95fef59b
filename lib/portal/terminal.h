/*
 * terminal.h - what a log would look like on a terminal, line by line
 *
 * Programs draw progress bars into their logs: CR, cursor up, erase.  The
 * last lines are kept as they would look, and after each piece of the log it
 * is said which of them have changed.  Colours (SGR) stay in the text; other
 * escape sequences, control characters and empty lines are left out; what is
 * not UTF-8 becomes U+FFFD.
 *
 * No I/O.  Allocates lines.
 */
#ifndef PORTAL_TERMINAL_H
#define PORTAL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

enum {
	TERMINAL_LINES = 128,
	TERMINAL_LINE_MAX = 4096, /* bytes; the rest of it is left out */
	TERMINAL_PARAMS = 32,
};

struct terminal { /* all zero: empty */
	char *lines[TERMINAL_LINES];
	size_t len[TERMINAL_LINES];
	size_t n, at; /* lines, and the one that is written to */
	size_t said;  /* of them, lines that were told about */
	size_t from;  /* the first that has changed */
	bool cr;      /* at the left: what is written replaces the line */
	int state;    /* of an escape sequence */
	char params[TERMINAL_PARAMS];
	size_t nparams;
};

/*
 * Instead of the last old lines there are now n others, the last of which may
 * go on; old 0 is new lines, old and n 1 a line that has changed.
 */
typedef void terminal_tell(void *arg, size_t old, char *const *lines, size_t n);

/* A piece of the log.  -ENOMEM: some of it is missing. */
int terminal_feed(struct terminal *t, const char *p, size_t len,
    terminal_tell *tell, void *arg);
void terminal_clear(struct terminal *t);

/*
 * A line as HTML: escaped, with spans for the basic colours, bold and faint.
 * The length, or above it when size is too small; out ends with a NUL.
 */
size_t terminal_html(const char *line, char *out, size_t size);

#endif
