/*
 * workers.h - several processes of one server
 *
 * Each has its own sockets at the same addresses, among which the kernel
 * chooses by a client's address and port, and its own allocations: nothing
 * that is relayed passes from one to another, or waits for one.  What they
 * may have altogether is counted in lib/turn's struct shared.
 */
#ifndef RD_TURN_WORKERS_H
#define RD_TURN_WORKERS_H

#include "server.h"

/*
 * Return in s->nworkers processes of one server, which do the work; this one
 * passes signals on to them, serves statistics, writes to ready_fd when all
 * are ready, and ends with them.  When one dies the others end too: they
 * share memory that it may have left half written.  ready_fd becomes the
 * worker's.
 */
void workers_start(struct server *s);

#endif
