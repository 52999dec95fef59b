/*
 * servers.h - STUN and TURN servers from a file, since it holds passwords
 */
#ifndef RD_RTC_SERVERS_H
#define RD_RTC_SERVERS_H

#include <stddef.h>

#include "ice.h"

enum { SERVERS_MAX = 4 };

/*
 * Read lines "stun HOST PORT" and "turn HOST PORT udp|tcp|tls USER PASSWORD"
 * from the file that option opt names; empty ones and those that begin with #
 * are skipped.  Returns how many there are, at most max; any other line, or
 * one more, ends the program.
 */
size_t servers_read(
    int opt, const char *path, struct ice_server *servers, size_t max);
/*
 * Replace names by addresses, since a sandbox leaves no way to look them up.
 * What is not found, with a warning, and what is reached by TLS only is
 * removed; returns how many stay.
 */
size_t servers_find(struct ice_server *servers, size_t n);

#endif
