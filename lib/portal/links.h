/*
 * links.h - links of an instance's owner: PORTAL_LINKS, and a file of YAML
 *
 * The variable is labels, URLs and perhaps descriptions, divided by "|", of
 * which there are several, divided by commas.  The file is a list of mappings
 * with label, url, description, button_text and links, which is a list of
 * mappings with label and url.
 */
#ifndef PORTAL_LINKS_H
#define PORTAL_LINKS_H

#include <stdbool.h>
#include <stddef.h>

enum { LINKS_TEXT_MAX = 65536 };

struct link {
	const char *label, *url;
	const char *description, *button; /* or "" */
	bool more;                        /* beside the one before */
};

/* Its texts are good until it returns. */
typedef void links_tell(void *arg, const struct link *l);

/*
 * Tell of each that has a label, and a URL that is http, https or a path: what
 * else there is may be a script.
 */
void links_read_variable(const char *text, links_tell *tell, void *arg);
/* NULL, or what is wrong with all of it. */
const char *links_read_yaml(
    const char *text, size_t len, links_tell *tell, void *arg);

#endif
