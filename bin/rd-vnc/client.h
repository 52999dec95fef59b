/*
 * client.h - the process of one client
 */
#ifndef RD_VNC_CLIENT_H
#define RD_VNC_CLIENT_H

#include "server.h"

/*
 * Serve one connection: fds are where its bytes come from, where they go to,
 * and the way to the parent.  Everything is opened before the first byte is
 * read, and nothing after it.
 */
_Noreturn void client_run(const struct config *config,
    const struct origin *origin, const uint8_t challenge[RFB_CHALLENGE],
    const int fds[3]);

#endif
