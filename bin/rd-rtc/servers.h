/*
 * servers.h - STUN and TURN servers from a file, since it holds passwords
 */
#ifndef RD_RTC_SERVERS_H
#define RD_RTC_SERVERS_H

#include <stddef.h>

#include "ice.h"

/*
 * Read lines "stun HOST PORT" and "turn HOST PORT udp|tcp USER PASSWORD";
 * empty ones and those that begin with # are skipped.  Returns how many
 * there are, at most max; any other line, or one more, ends the program.
 */
size_t servers_read(const char *path, struct ice_server *servers, size_t max);

#endif
