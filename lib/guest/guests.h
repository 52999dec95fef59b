/*
 * guests.h - those who connected: a process for each, and what it may ask
 *
 * A guest is one that came over the network.  What it sends is read by a
 * process of its own, which knows no password and can open nothing; the parent
 * reads no more than that process' messages (control.h).  How many there are,
 * and how many of them have not yet proven who they are, is limited; who
 * failed too often, or made its process crash, has to wait.
 */
#ifndef GUEST_GUESTS_H
#define GUEST_GUESTS_H

#include "base/loop.h"
#include "guest/control.h"
#include "guest/listen.h"
#include "guest/secrets.h"
#include "http/throttle.h"

enum {
	GUESTS = 128,         /* processes, whatever is let in */
	PENDING_MAX = 32,     /* of them still to prove who they are: */
	PENDING_MANY = 16,    /* from here on half are turned away */
	PENDING_SOURCE = 8,   /* from one address */
	GUEST_MESSAGE = 8192, /* bytes of one from a guest's process */
	GUEST_FDS = 64,       /* descriptors it may have open */
	GUEST_CHALLENGE = 16, /* bytes */
};

struct guests;

struct guest {
	struct guests *of; /* NULL: a free place */
	struct origin origin;
	/* Random bytes, which its process knows too: what may be answered. */
	uint8_t challenge[GUEST_CHALLENGE];
	bool proven;   /* and let in */
	bool controls; /* not only views */
	/* The library's own: */
	bool failed;
	struct loop_watch exit, control;
	struct loop_timer timer;
	pid_t pid;
};

struct guest_ops {
	/*
	 * In the guest's process: serve it, and never return.  fds are those
	 * of guest_start() and last the way to the parent.
	 */
	void (*run)(const struct guest *g, const int *fds);
	/* It says something; p is wiped afterwards. */
	void (*message)(
	    struct guest *g, unsigned int kind, const uint8_t *p, size_t len);
	/* One is gone, and its place free; may be NULL. */
	void (*left)(struct guests *all);
};

struct guests {
	/* These are set before guests_open(). */
	struct loop *loop;
	const struct guest_ops *ops;
	void *arg;
	unsigned int max;    /* let in: 1..GUESTS - PENDING_MAX */
	bool view_only;      /* nobody controls */
	int64_t patience_us; /* with one who has not proven who it is */
	size_t ends; /* how often a process has its connection: 1 or 2 */
	/* What can be proven; set at any time.  Wiped in every process. */
	struct secrets secrets;
	/* To listen at, from then on: who comes by them is served if it may. */
	struct listeners listeners;
	/* The library's own: */
	struct throttle throttle;
	struct guest all[GUESTS];
};

/* Negative errno when there are no random numbers. */
int guests_open(struct guests *all);
/* Listen no more, end all processes and wait until they are gone. */
void guests_close(struct guests *all);

/* False, and said why at level info, when none from there may come now. */
bool guests_allow(struct guests *all, const struct origin *origin);
/* How many are let in. */
unsigned int guests_proven(const struct guests *all);

/*
 * Serve a connection by n descriptors, at most CONTROL_FDS, which are taken
 * over; the same may stand there twice.  When it cannot be done, that is said
 * at level error.
 */
void guest_start(
    struct guests *all, const int *fds, size_t n, const struct origin *origin);
/* End its process. */
void guest_end(struct guest *g);
/* It may take us from now on to prove who it is. */
void guest_wait(struct guest *g, int64_t us);
/*
 * It has proven a role: 1 to control, 0 to view, -1 none.  Returns NULL when
 * it is let in, and else why not, for people to read; that it was refused is
 * said at level warning.  The first try is the only one.
 */
const char *guest_prove(struct guest *g, int role);
/*
 * Connect to the Unix sockets first and then, which may be NULL, and send it
 * those that could be had, in this order, as a message of kind.
 */
void guest_give(const struct guest *g, unsigned int kind, const char *first,
    const char *then);

/*
 * In a new process of parent's: only the n descriptors stay, which are numbered
 * anew in fds; at most limit may be open; nobody's secrets are there; and it
 * ends with its parent.
 */
void guests_confine(
    struct guests *all, int *fds, size_t n, unsigned int limit, pid_t parent);

#endif
