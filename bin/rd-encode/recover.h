/*
 * recover.h - pictures with which readers go on that miss some
 *
 * A reader starts at a key picture.  One that misses pictures names the first
 * of them, by its number in the stream: it goes on with a key picture, or with
 * one that goes back, which needs nothing but what came before those.  Either
 * is made once for all that wait, and not too soon after the last.
 *
 * No I/O, no allocation.  Numbers wrap.
 */
#ifndef ENCODE_RECOVER_H
#define ENCODE_RECOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/loop.h"

struct recover {
	/* Set by the caller. */
	struct loop *loop;
	void *arg;
	void (*due)(void *arg); /* key or back is true now */

	bool key;     /* the next picture is to be a key picture, */
	bool back;    /* or to go back */
	bool misses;  /* some reader does, */
	uint32_t seq; /* this one at the earliest */

	bool begun; /* there was a key picture */
	uint32_t key_seq;
	/* The newest that goes back and what it needs; or both key_seq. */
	uint32_t back_seq, back_from;
	int64_t key_us, back_us; /* when the last of them was made */
	struct loop_timer key_timer, back_timer;
};

/* loop, arg and due are set. */
void recover_init(struct recover *r);
void recover_close(struct recover *r);

/* A key picture is wanted, but not sooner than gap_us after the last one. */
void recover_by_key(struct recover *r, int64_t gap_us);
/*
 * Likewise one that goes back, for who misses seq, unless what left since is
 * all it needs.
 */
void recover_from(struct recover *r, uint32_t seq, int64_t gap_us);
/* No picture can go back so far: those who miss it wait for a key picture. */
void recover_never(struct recover *r, int64_t gap_us);
/* A key picture is wanted at once. */
void recover_now(struct recover *r);

/* The next picture, seq, is a key picture. */
void recover_key(struct recover *r, uint32_t seq, int64_t now_us);
/* It needs from and what is older, and nothing between. */
void recover_back(
    struct recover *r, uint32_t seq, uint32_t from, int64_t now_us);

#endif
