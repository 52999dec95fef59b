#include "scroll/scroll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PIECE = 64, /* bytes, a cache line */
	PIECES = 8, /* of a row */
	FEW = 8,    /* less than a share so small will not be most */
	AHEAD = 16, /* rows, each on a page of its own that is far away */
};

/* Rows with the same hash: how many, 0 in a free place, and one of them. */
struct place {
	int count, row;
};

struct scroll {
	int stride, width, height, pieces;
	int room;                         /* rows */
	uint64_t *before[PIECES], *after; /* hashes of rows' pieces */
	size_t mask;                      /* of numbers of places */
	struct place *places;
	int *votes; /* by how far rows moved, in the middle not at all */
};

int
scroll_open(struct scroll **s, int height)
{
	struct scroll *n = calloc(1, sizeof(*n));
	size_t rows = (size_t)height, places = 1;

	*s = NULL;
	if (!n)
		return -ENOMEM;
	while (places < 2 * rows)
		places *= 2;
	n->room = height;
	n->mask = places - 1;
	n->before[0] = malloc((PIECES + 1) * rows * sizeof(*n->after));
	n->places = malloc(places * sizeof(*n->places));
	n->votes = malloc(2 * rows * sizeof(*n->votes));
	if (!n->before[0] || !n->places || !n->votes) {
		scroll_close(n);
		return -ENOMEM;
	}
	for (int i = 1; i < PIECES; i++)
		n->before[i] = n->before[i - 1] + rows;
	n->after = n->before[PIECES - 1] + rows;
	*s = n;
	return 0;
}

void
scroll_close(struct scroll *s)
{
	if (!s)
		return;
	free(s->before[0]);
	free(s->places);
	free(s->votes);
	free(s);
}

static uint64_t
hash_of(const uint8_t *piece)
{
	uint64_t h = 0, word;

	for (int i = 0; i < PIECE; i += 8) {
		memcpy(&word, piece + i, 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15;
		h ^= h >> 32;
	}
	return h;
}

/* A piece of each row; they are spread over it. */
static void
hash_rows(
    uint64_t *hashes, const struct scroll *s, const uint8_t *bytes, int piece)
{
	bytes += (s->width - PIECE) * (2 * piece + 1) / (2 * s->pieces);
	for (int y = 0; y < s->height; y++, bytes += s->stride) {
		if (y + AHEAD < s->height)
			__builtin_prefetch(bytes + AHEAD * s->stride);
		hashes[y] = hash_of(bytes);
	}
}

static void
begin(struct scroll *s, int stride, int width, int height)
{
	s->stride = stride;
	s->width = width;
	s->height = height;
	s->pieces = width / PIECE < PIECES ? width / PIECE : PIECES;
}

void
scroll_before(
    struct scroll *s, const uint8_t *bytes, int stride, int width, int height)
{
	begin(s, stride, width, height);
	for (int i = 0; i < s->pieces; i++)
		hash_rows(s->before[i], s, bytes, i);
}

static struct place *
find(const struct scroll *s, const uint64_t *before, uint64_t hash)
{
	size_t at = hash & s->mask;

	while (s->places[at].count && before[s->places[at].row] != hash)
		at = (at + 1) & s->mask;
	return &s->places[at];
}

/* What is like the row above says nothing of where it is from. */
static int
says_nothing(const uint64_t *hashes, int y)
{
	return y == 0 || hashes[y] == hashes[y - 1];
}

static void
learn(struct scroll *s, const uint64_t *before)
{
	memset(s->places, 0, (s->mask + 1) * sizeof(*s->places));
	for (int y = 0; y < s->height; y++)
		if (!says_nothing(before, y)) {
			struct place *p = find(s, before, before[y]);

			p->row = y;
			p->count++;
		}
}

/* How many rows say where they are from, or that it is not in before. */
static int
vote(struct scroll *s, const uint64_t *before)
{
	int count = 0;

	for (int y = 0; y < s->height; y++) {
		const struct place *p;

		if (says_nothing(s->after, y))
			continue;
		p = find(s, before, s->after[y]);
		if (p->count == 1)
			s->votes[s->room + p->row - y]++;
		count += p->count < 2;
	}
	return count;
}

/* What one piece of each row says, as vote() has it. */
static int
look(struct scroll *s, const uint8_t *bytes, int piece)
{
	hash_rows(s->after, s, bytes, piece);
	learn(s, s->before[piece]);
	return vote(s, s->before[piece]);
}

static int
most_voted(const struct scroll *s)
{
	int most = 0;

	for (int i = 1; i < 2 * s->room; i++)
		if (s->votes[i] > s->votes[most])
			most = i;
	return most;
}

static int
decide(const struct scroll *s, int count)
{
	int most = most_voted(s);

	return 2 * s->votes[most] > count ? most - s->room : 0;
}

int
scroll_after(struct scroll *s, const uint8_t *bytes)
{
	int count = 0;

	memset(s->votes, 0, 2 * (size_t)s->room * sizeof(*s->votes));
	for (int i = 0; i < s->pieces; i++)
		count += look(s, bytes, i);
	return decide(s, count);
}

int
scroll_between(struct scroll *s, const uint8_t *before, const uint8_t *after,
    int stride, int width, int height)
{
	int count = 0;

	begin(s, stride, width, height);
	memset(s->votes, 0, 2 * (size_t)s->room * sizeof(*s->votes));
	for (int i = 0; i < s->pieces; i++) {
		/*
		 * Of PIECES those come first of which one at least lies in
		 * what is more than half the width.
		 */
		int piece = s->pieces < PIECES ? i : (2 + 3 * i) % PIECES;

		hash_rows(s->before[piece], s, before, piece);
		count += look(s, after, piece);
		if (s->pieces == PIECES && i == 1 &&
		    FEW * s->votes[most_voted(s)] < count)
			return 0;
	}
	return decide(s, count);
}
