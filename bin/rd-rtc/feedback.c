#include "feedback.h"

#include "resend.h"
#include "rtp/rtcp.h"

enum {
	IDLE_US = 2000000,
	PLI_AGAIN_US = 1000000,
	KEY_US = 100000,  /* a key frame takes to leave and to be shown */
	LOSS_REPORTS = 2, /* of one a second: what a loss is averaged over */
};

/*
 * Chromium asks for a key frame when it saw none of any kind for 3 s.  If it
 * has all that was sent, that is a display at rest: a viewer in need asks
 * again at once.
 */
static bool
is_impatient(struct feedback *f, int64_t now)
{
	bool idle = now - f->sender->left_us > IDLE_US && !f->sender->waits &&
	    f->heard_seq == (uint16_t)(f->sender->video.seq - 1);
	bool again = now - f->pli_us < PLI_AGAIN_US;

	f->pli_us = now;
	return idle && !again;
}

/* 0 when nothing is known. */
static int64_t
round_trip(const struct feedback *f)
{
	return f->rtt_us > 0 ? f->rtt_us : 0;
}

static void
ask_for_key(struct feedback *f)
{
	/* One may be on its way; who asks for it asks again. */
	if (clock_us() - f->sender->key_us > round_trip(f) + KEY_US)
		f->key_wanted(f->arg);
}

static void
learn_loss(double *loss, const struct rtcp_report *r)
{
	*loss += (r->fraction_lost / 256. - *loss) / LOSS_REPORTS;
}

static void
report(struct feedback *f, const struct rtcp_message *msg)
{
	int64_t rtt = rtcp_rtt_us(&msg->report, clock_us());
	uint16_t seq;

	if (rtt >= 0)
		f->rtt_us = rtt;
	if (msg->ssrc == f->sender->audio.ssrc)
		learn_loss(&f->sender->sound_loss, &msg->report);
	if (msg->ssrc != f->sender->video.ssrc)
		return;
	seq = (uint16_t)msg->report.highest_seq;
	if (seq != f->heard_seq || seq == (uint16_t)(f->sender->video.seq - 1))
		f->arrived_us = clock_us();
	f->heard_seq = seq;
	learn_loss(&f->sender->loss, &msg->report);
	f->lost += msg->report.lost - f->lost_ever;
	f->lost_ever = msg->report.lost;
}

/* Also of packets that were sent again, and when a NACK got lost itself. */
static void
told(struct feedback *f, struct rtcp_cc *cc)
{
	struct bwe *bwe = &f->sender->bwe;
	int64_t now = clock_us();
	struct rtcp_arrival a;

	while (rtcp_cc_next(cc, &a)) {
		bwe_arrival(bwe, now, a.seq, a.received, a.at_us);
		sender_told(f->sender, a.seq, a.received);
	}
	bwe_told(bwe, now);
	sender_learnt(f->sender);
}

static void
heard(struct feedback *f, struct rtcp_message *msg)
{
	switch (msg->kind) {
	case RTCP_REPORT:
		report(f, msg);
		break;
	case RTCP_NACK:
		if (msg->ssrc != f->sender->video.ssrc)
			break;
		f->nacks++;
		sender_resend(f->sender, msg->seq, round_trip(f));
		break;
	case RTCP_FIR:
		/* RFC 5104 section 4.3.1.2: repeats carry the same number. */
		if (f->fir_seen && msg->fir_seq == f->fir_seq)
			break;
		f->fir_seen = true;
		f->fir_seq = msg->fir_seq;
		ask_for_key(f);
		break;
	case RTCP_PLI:
		if (!is_impatient(f, clock_us()))
			ask_for_key(f);
		break;
	case RTCP_REMB:
		bwe_remb(&f->sender->bwe,
		    msg->bitrate < BWE_MAX ? (int64_t)msg->bitrate : BWE_MAX);
		sender_learnt(f->sender);
		break;
	case RTCP_TRANSPORT_CC:
		told(f, &msg->cc);
		break;
	default:
		break;
	}
}

void
feedback_input(struct feedback *f, const uint8_t *packet, size_t len)
{
	struct rtcp_reader reader;
	struct rtcp_message msg;

	rtcp_begin(&reader, packet, len);
	while (rtcp_next(&reader, &msg) > 0)
		heard(f, &msg);
	sender_flush(f->sender);
}
