#include "jitter.h"

#include <errno.h>
#include <string.h>

enum {
	HZ = 48000,
	DRY_MOST = 5, /* blocks: then it is a pause */
	/* What always waited that long in WINDOW takes, 2 s, is too much. */
	WINDOW = 200,
	SPARE = JITTER_START,
};

int
jitter_open(struct jitter *j)
{
	int err;

	*j = (struct jitter){ .frames = JITTER_BLOCK };
	j->opus = opus_decoder_create(HZ, 2, &err);
	return j->opus ? 0 : -ENOMEM;
}

void
jitter_close(struct jitter *j)
{
	if (j->opus)
		opus_decoder_destroy(j->opus);
	j->opus = NULL;
}

static struct jitter_slot *
slot(struct jitter *j, uint32_t seq)
{
	return &j->slots[seq % JITTER_SLOTS];
}

void
jitter_reset(struct jitter *j)
{
	for (int i = 0; i < JITTER_SLOTS; i++)
		j->slots[i].len = 0;
	j->any = j->going = false;
	j->pcm_at = j->pcm_end = 0;
	opus_decoder_ctl(j->opus, OPUS_RESET_STATE);
}

/* Packets from the next to the newest, those that are missing included. */
static int32_t
packets(const struct jitter *j)
{
	return (int32_t)(j->newest - j->next) + 1;
}

/* Blocks that wait. */
static int
waiting(const struct jitter *j)
{
	return (packets(j) * j->frames + j->pcm_end - j->pcm_at) / JITTER_BLOCK;
}

static void
skip(struct jitter *j)
{
	slot(j, j->next++)->len = 0;
}

static void
watch(struct jitter *j)
{
	j->takes = 0;
	j->least = JITTER_MOST;
}

void
jitter_put(struct jitter *j, uint32_t seq, const uint8_t *opus, size_t len)
{
	int frames = len && len <= JITTER_BYTES
	    ? opus_packet_get_nb_samples(opus, (opus_int32)len, HZ)
	    : OPUS_INVALID_PACKET;
	int32_t ahead = (int32_t)(seq - j->next);

	if (frames <= 0)
		return;
	if (!j->any || ahead >= JITTER_SLOTS || ahead < -JITTER_SLOTS) {
		jitter_reset(j);
		j->any = true;
		j->next = j->newest = seq;
	} else if (ahead < 0) {
		return; /* its turn is over */
	}
	slot(j, seq)->len = len;
	memcpy(slot(j, seq)->data, opus, len);
	if ((int32_t)(seq - j->newest) > 0)
		j->newest = seq;
	j->frames = frames;
	if (waiting(j) <= JITTER_MOST)
		return;
	while (packets(j) > 1 && waiting(j) > JITTER_START)
		skip(j);
	watch(j);
}

/* Decode what is next, or make it up from what follows or went before. */
static bool
decode(struct jitter *j, bool there)
{
	struct jitter_slot *now = slot(j, j->next),
			   *after = slot(j, j->next + 1);
	int n;

	if (there && now->len)
		n = opus_decode(j->opus, now->data, (opus_int32)now->len,
		    j->pcm, JITTER_FRAMES, 0);
	else if (packets(j) > 1 && after->len)
		n = opus_decode(j->opus, after->data, (opus_int32)after->len,
		    j->pcm, j->frames, 1);
	else
		n = opus_decode(j->opus, NULL, 0, j->pcm, j->frames, 0);
	j->pcm_at = 0;
	j->pcm_end = n > 0 ? n : 0;
	return n > 0;
}

static bool
decode_next(struct jitter *j)
{
	bool there = packets(j) > 0;

	if (!j->any || (!j->going && waiting(j) < JITTER_START))
		return false;
	if (!j->going) {
		j->going = true;
		watch(j);
	}
	j->dry = there ? 0 : j->dry + j->frames / JITTER_BLOCK + 1;
	if (j->dry > DRY_MOST) {
		j->going = false;
		return false;
	}
	if (!decode(j, there))
		memset(j->pcm, 0, (size_t)(j->pcm_end = j->frames) * 4);
	if (there)
		skip(j);
	return true;
}

/* The other clock is faster, or a pause of the network has filled us. */
static void
trim(struct jitter *j)
{
	int now = waiting(j);

	j->least = now < j->least ? now : j->least;
	if (++j->takes < WINDOW)
		return;
	if (j->least > SPARE && packets(j) > 0) {
		decode(j, true);
		j->pcm_at = j->pcm_end = 0;
		skip(j);
	}
	watch(j);
}

bool
jitter_take(struct jitter *j, int16_t pcm[JITTER_BLOCK * 2])
{
	int done = 0;

	while (done < JITTER_BLOCK) {
		int n = j->pcm_end - j->pcm_at;

		if (n == 0 && !decode_next(j))
			break;
		n = j->pcm_end - j->pcm_at;
		n = n < JITTER_BLOCK - done ? n : JITTER_BLOCK - done;
		memcpy(pcm + 2 * done, j->pcm + 2 * j->pcm_at,
		    (size_t)n * 2 * sizeof(*pcm));
		j->pcm_at += n;
		done += n;
	}
	memset(pcm + 2 * done, 0,
	    (size_t)(JITTER_BLOCK - done) * 2 * sizeof(*pcm));
	if (j->going)
		trim(j);
	return done > 0;
}
