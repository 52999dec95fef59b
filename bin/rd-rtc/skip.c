#include "skip.h"

#include "packets/packets.h"

/* The viewer misses seq, whose packets begin at first, and all that follows. */
static void
misses(struct sender *s, uint32_t seq, uint16_t first)
{
	if (s->waits && !packet_is_before(seq, s->missing))
		return;
	s->waits = true;
	s->asked_again = false;
	s->missing = seq;
	s->missing_first = first;
}

static void
revoke(struct sender *s)
{
	uint16_t next = pacer_drop(&s->pacer, s->video.seq);
	uint32_t seq;
	size_t len;

	while (s->video.seq != next) {
		const uint8_t *packet = history_find(
		    &s->history, (uint16_t)(s->video.seq - 1), &len);

		rtp_revoke(&s->video, packet, len);
	}
	if (pictures_revoke(&s->pictures, next, &seq))
		misses(s, seq, next);
}

static void
start_afresh(struct sender *s)
{
	s->waits = s->asked_again = false;
	s->pictures.count = 0;
	s->needed_seq = s->skip_from = s->skip_to = s->video.seq;
	s->key_us = clock_us();
	s->video.picture.back = 0;
}

static void
go_back(struct sender *s, const struct skip_picture *p)
{
	uint16_t back = pictures_back(&s->pictures, p->needs);
	const struct picture *skipped;

	if (!back || !s->video.ext[RTP_EXT_DEPENDENCY] ||
	    (s->waits && !packet_is_before(p->needs, s->missing)))
		return;
	s->waits = s->asked_again = false;
	s->video.picture.back = back;
	skipped = pictures_at(&s->pictures, (uint16_t)(back - 1));
	s->skip_from = skipped ? skipped->first : s->video.seq;
	s->skip_to = s->video.seq;
}

/* What is older than the history is not sent again.  Numbers wrap. */
static void
forget(struct sender *s)
{
	uint16_t oldest = (uint16_t)(s->video.seq - HISTORY_PACKETS);

	if ((int16_t)(s->needed_seq - oldest) < 0)
		s->needed_seq = oldest;
	if ((int16_t)(s->skip_to - oldest) < 0)
		s->skip_from = s->skip_to = oldest;
}

bool
sender_takes(struct sender *s, const struct skip_picture *p)
{
	bool late = pacer_is_late(&s->pacer, clock_us());

	if (late || p->key)
		revoke(s);
	if (late && !p->key)
		misses(s, p->seq, s->video.seq);
	forget(s);
	s->video.picture.back = 1;
	if (p->key)
		start_afresh(s);
	else if (p->goes_back)
		go_back(s, p);
	if (s->waits) {
		s->left_out++;
		sender_flush(s);
		return false;
	}
	s->video.picture.number = s->pictures.number;
	pictures_add(&s->pictures, p->seq, s->video.seq);
	return true;
}

bool
sender_skips(const struct sender *s, uint16_t seq)
{
	if (s->waits &&
	    (!s->video.ext[RTP_EXT_DEPENDENCY] ||
		(int16_t)(seq - s->missing_first) >= 0))
		return true;
	return (int16_t)(seq - s->needed_seq) < 0 ||
	    ((int16_t)(seq - s->skip_from) >= 0 &&
		(int16_t)(seq - s->skip_to) < 0);
}

/* The oldest picture that is needed and of which a packet was lost. */
static const struct picture *
oldest_lost(const struct sender *s)
{
	uint16_t end, seq;

	for (uint16_t back = (uint16_t)s->pictures.count; back; back--) {
		const struct picture *p = pictures_at(&s->pictures, back);
		const struct picture *next =
		    pictures_at(&s->pictures, (uint16_t)(back - 1));

		end = next ? next->first : s->video.seq;
		for (seq = p->first; seq != end; seq++)
			if (!sender_skips(s, seq) &&
			    history_is_lost(&s->history, seq))
				return p;
	}
	return NULL;
}

bool
sender_skip(struct sender *s)
{
	const struct picture *lost = oldest_lost(s);

	if (!lost || lost->first == s->skip_to)
		return false;
	s->pacer.again_left = 0;
	revoke(s);
	misses(s, lost->seq, lost->first);
	return true;
}
