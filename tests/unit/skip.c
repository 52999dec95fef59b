/* rd-rtc: pictures that are skipped, and with which one it goes on */
#include "../../bin/rd-rtc/skip.h"

#include <string.h>

#include "../tap.h"

enum { PACKETS = 3 }; /* of each picture */

static struct sender s;
static uint32_t next = 0xfffffffe; /* its packet */
static uint16_t firsts[16];        /* by how many pictures were sent */

void
sender_flush(struct sender *sender)
{
	(void)sender;
}

static bool
take(struct skip_picture p)
{
	uint8_t packet[100] = { 0 };

	p.seq = next++;
	if (!sender_takes(&s, &p))
		return false;
	firsts[s.pictures.number % 16] = s.video.seq;
	for (int i = 0; i < PACKETS; i++) {
		rtp_begin(&s.video, 0, packet, sizeof(packet));
		rtp_commit(&s.video, packet, sizeof(packet), i == PACKETS - 1);
		history_put(&s.history, packet, sizeof(packet), clock_us());
	}
	return true;
}

static bool
take_next(void)
{
	return take((struct skip_picture){ 0 });
}

static bool
go_back_to(uint32_t needs)
{
	return take((struct skip_picture){ .goes_back = true, .needs = needs });
}

static void
lose(uint16_t seq)
{
	size_t len;

	history_resend(&s.history, seq, clock_us(), 0, &len);
}

static void
arrive(uint16_t seq)
{
	uint16_t told;

	history_left(&s.history, seq, 7);
	history_told(&s.history, 7, true, &told);
}

static void
test_loss(void)
{
	uint32_t seq = next;
	uint16_t lost;

	ok(take((struct skip_picture){ .key = true }), "a key picture");
	is_int(s.video.picture.back, 0, "needs nothing");
	lose(s.video.seq - 1);
	ok(!sender_skip(&s), "and is not skipped for another");
	arrive(s.video.seq - 1);
	for (int i = 1; i < 5; i++)
		take_next();
	is_int(s.video.picture.back, 1, "the next needs the one before");
	lost = firsts[4];
	lose(lost);
	ok(sender_skip(&s) && s.waits, "a loss is skipped");
	is_int(s.missing, seq + 3, "from its picture on");
	ok(sender_skips(&s, lost) && !sender_skips(&s, lost - 1),
	    "what came before is still needed");
	ok(!take_next(), "what needs it is left out");
	ok(!go_back_to(seq + 3), "so is what goes back to it");
	ok(!s.asked_again, "the encoder is to be asked");
	ok(go_back_to(seq + 2) && !s.waits, "but not what goes back farther");
	is_int(s.video.picture.back, 3, "which it says it needs");
	ok(sender_skips(&s, lost), "the loss does not matter any more");
	ok(!sender_skips(&s, s.skip_to) && !sender_skips(&s, lost - 1),
	    "others do");
	ok(take_next(), "it goes on");
}

static void
test_plain(void)
{
	s.video.ext[RTP_EXT_DEPENDENCY] = 0;
	take_next();
	lose(s.video.seq - 1);
	ok(sender_skip(&s) && sender_skips(&s, s.video.seq - 1 - PACKETS),
	    "who knows no descriptors needs nothing");
	ok(!go_back_to(next - 2), "but a key picture");
	ok(take((struct skip_picture){ .key = true }) && !s.waits,
	    "with which it goes on");
}

static void
test_wrap(void)
{
	int wrong = 0;

	for (int i = 0; i < 65536 / PACKETS; i++) {
		take_next();
		wrong += sender_skips(&s, s.video.seq - 1);
	}
	is_int(wrong, 0, "what is new is needed however long it goes on");
	ok(sender_skips(&s, s.video.seq - HISTORY_PACKETS - PACKETS - 1),
	    "what is gone is not");
}

int
main(void)
{
	s.video = (struct rtp_stream){ .seq = 65530,
		.clock_hz = RTP_VIDEO_HZ,
		.ext = { [RTP_EXT_DEPENDENCY] = 3 } };
	if (history_open(&s.history))
		return 1;
	test_loss();
	test_plain();
	test_wrap();
	history_close(&s.history);
	return done_testing();
}
