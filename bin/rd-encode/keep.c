#include "keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "packets/packets.h"

static size_t
macroblocks(const struct keep *k)
{
	return (size_t)k->mb_width * (size_t)k->mb_height;
}

static struct mb_box
whole(const struct keep *k)
{
	return (struct mb_box){ 0, 0, k->mb_width, k->mb_height };
}

int
keep_open(struct keep *k, int mb_width, int mb_height)
{
	size_t n;

	*k = (struct keep){ .mb_width = mb_width, .mb_height = mb_height };
	n = macroblocks(k);
	for (int i = 0; i < KEEP_PICTURES; i++) {
		struct kept *one = &k->kept[i];

		one->copy =
		    (struct patch_target){ .luma = malloc(n * MB_PIXELS),
			    .luma_stride = mb_width * MB_SIZE,
			    .chroma_stride = mb_width * MB_SIZE };
		one->level = malloc(n);
		one->constant = calloc(1, n);
		if (!one->copy.luma || !one->level || !one->constant) {
			keep_close(k);
			return -ENOMEM;
		}
		one->copy.chroma = one->copy.luma + n * MB_CB;
	}
	return 0;
}

void
keep_close(struct keep *k)
{
	for (int i = 0; i < KEEP_PICTURES; i++) {
		free(k->kept[i].copy.luma);
		free(k->kept[i].level);
		free(k->kept[i].constant);
	}
	*k = (struct keep){ 0 };
}

/* Which gives way to another: one that is not there, or the oldest. */
static struct kept *
place(struct keep *k)
{
	struct kept *oldest = k->kept;

	for (struct kept *one = k->kept; one < k->kept + KEEP_PICTURES; one++)
		if (!one->there ||
		    (oldest->there && packet_is_before(one->seq, oldest->seq)))
			oldest = one;
	return oldest;
}

void
keep_begin(struct keep *k, const struct patch_target *t, const uint8_t *level)
{
	bool filling = k->number <= KEEP_PICTURES;
	struct mb_box box = whole(k);
	struct kept *one;

	if (k->refs.from || !k->number || (!filling && !k->wanted))
		return;
	one = place(k);
	k->refs.keep = 1 + (int)(one - k->kept);
	k->refs.first = k->number == 1;
	one->there = false;
	one->number = k->number - 1;
	target_copy(&one->copy, t, &box);
	memcpy(one->level, level, macroblocks(k));
	memset(one->constant, 1, macroblocks(k));
}

void
keep_changed(struct keep *k, const uint8_t *constant)
{
	for (int i = 0; i < KEEP_PICTURES; i++)
		for (size_t n = 0; n < macroblocks(k); n++)
			k->kept[i].constant[n] &= constant[n];
}

void
keep_end(struct keep *k, uint32_t seq, unsigned int frame_num, bool key)
{
	if (key) {
		for (int i = 0; i < KEEP_PICTURES; i++)
			k->kept[i].there = false;
		k->number = 0;
	} else if (k->refs.keep) {
		k->kept[k->refs.keep - 1].there = true;
		k->kept[k->refs.keep - 1].seq = seq;
		k->wanted = false;
	}
	if (k->number == KEEP_PICTURES)
		k->all_seq = seq;
	k->named[k->number % KEEP_NAMED] = (struct keep_name){ seq, frame_num };
	k->number++;
	k->refs = (struct patch_refs){ 0 };
}

static const struct kept *
newest_before(const struct keep *k, uint32_t seq)
{
	const struct kept *newest = NULL, *one = k->kept;

	for (; one < k->kept + KEEP_PICTURES; one++)
		if (one->there && packet_is_before(one->seq, seq) &&
		    (!newest || packet_is_before(newest->seq, one->seq)))
			newest = one;
	return newest;
}

static void
restore(const struct keep *k, const struct kept *one,
    const struct patch_target *t, uint8_t *level)
{
	struct mb_box box = whole(k);

	target_copy(t, &one->copy, &box);
	for (int y = 0; y < k->mb_height; y++)
		for (int x = 0; x < k->mb_width; x++)
			target_repeat(t, x, y, k->mb_width, k->mb_height);
	memcpy(level, one->level, macroblocks(k));
}

static void
mark(const struct keep *k, const struct kept *one, struct picture *p)
{
	p->changed = 0;
	p->scroll = 0;
	for (size_t i = 0; i < macroblocks(k); i++) {
		p->constant[i] &= one->constant[i];
		p->changed += !p->constant[i];
	}
}

/* The last picture before seq; NULL: it is not known any more. */
static const struct keep_name *
last_before(const struct keep *k, uint32_t seq)
{
	unsigned int back = 1;

	for (; back <= k->number && back < KEEP_NAMED; back++) {
		const struct keep_name *one =
		    &k->named[(k->number - back) % KEEP_NAMED];

		if (packet_is_before(one->seq, seq))
			return one;
	}
	return NULL;
}

int
keep_return(struct keep *k, uint32_t seq, const struct patch_target *t,
    uint8_t *level, struct picture *p, struct keep_from *from)
{
	const struct kept *newest = newest_before(k, seq);
	const struct keep_name *last = last_before(k, seq);

	if (!newest || !last || k->number <= KEEP_PICTURES ||
	    !packet_is_before(k->all_seq, seq) || !t->margin)
		return -ENOENT;
	for (int i = 0; i < KEEP_PICTURES; i++)
		k->kept[i].there &= packet_is_before(k->kept[i].seq, seq);
	restore(k, newest, t, level);
	mark(k, newest, p);
	k->refs = (struct patch_refs){ .from = 1 + (int)(newest - k->kept) };
	*from = (struct keep_from){ newest->seq, last->frame_num };
	return 0;
}
