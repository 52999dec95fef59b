/*
 * signal.h - the JSON lines that viewer and rd-rtc exchange: rd-rtc(1)
 *
 * Nothing here trusts the viewer: sizes and types are checked, unknown
 * members are ignored, an unknown type is an error.
 */
#ifndef RD_RTC_SIGNAL_H
#define RD_RTC_SIGNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "ice.h"

enum { SIGNAL_LINE_MAX = 256 << 10 };

enum signal_type {
	SIGNAL_OFFER,
	SIGNAL_CANDIDATE,
	SIGNAL_AWAY, /* who carries the signalling has lost the viewer */
	SIGNAL_BYE,
};

struct signal {
	enum signal_type type;
	const char *text; /* the SDP or the candidate, until signal_clear() */
	bool trickle;     /* an offer's: candidates may come one by one */
	void *json;
};

/* Read one line.  -EBADMSG when it is not such an object, -ENOMEM. */
int signal_parse(struct signal *m, const char *line, size_t len);
void signal_clear(struct signal *m);

/*
 * Print {"type":TYPE,MEMBER:TEXT} and a newline into a string the caller
 * frees; NULL when out of memory.  A candidate also gets its
 * m-line's name and index.
 */
char *signal_print(const char *type, const char *member, const char *text);
char *signal_print_candidate(const char *text, const char *mid, size_t index);
/* Likewise the n servers, as a browser wants them. */
char *signal_print_servers(const struct ice_server *servers, size_t n);

#endif
