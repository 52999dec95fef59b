/*
 * manifest.h - what a provisioning manifest asks for
 *
 * YAML, a mapping; see rd-instance(1).  In every text of it
 * ${NAME}, ${NAME:-TEXT} and ${NAME:=TEXT} are the environment's, as far as
 * braces are closed.  Nothing else is expanded, and nothing is run.
 */
#ifndef PORTAL_MANIFEST_H
#define PORTAL_MANIFEST_H

#include <stddef.h>

enum {
	MANIFEST_TEXT_MAX = 1 << 20, /* of the file */
	MANIFEST_WORD_MAX = 1 << 18, /* of one text, expanded */
	MANIFEST_WORDS = 256,        /* of an item */
};

/*
 * One item, in the order in which they are to be done: its kind and its
 * words.  Each is "field=text"; a list has as many as it has items, a mapping
 * of "key: text" says "field=key=text", and what is not there is "field=".
 * The kinds are those of rd-instance's functions item_KIND; "unknown" has the
 * key of something that is none.
 */
typedef void manifest_item(
    void *arg, const char *kind, const char *const *words, size_t n);

/*
 * Read it whole, and then tell of each item, unless something is wrong: NULL,
 * or what.
 */
const char *manifest_read(
    const char *text, size_t len, manifest_item *tell, void *arg);

#endif
