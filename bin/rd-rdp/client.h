/*
 * client.h - the process of one client
 */
#ifndef RD_RDP_CLIENT_H
#define RD_RDP_CLIENT_H

#include "server.h"

/*
 * Serve the connection fd, with the parent at control.  Everything is opened
 * before the first byte is read, and nothing after it.
 */
_Noreturn void client_run(const struct config *config,
    const struct origin *origin, int fd, int control);

#endif
