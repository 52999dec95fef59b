#include <string.h>

#include "base/log.h"
#include "follow.h"
#include "link/line.h"
#include "video.h"

/* One that goes back needs what changed since a picture that was kept. */
enum { BACK_GAP_US = 100000 };

/* After the last, for r, or for one that neither leads nor is alone. */
static int64_t
gap(const struct video *v, const struct fanout_reader *r, int64_t gap_us,
    int64_t others_us)
{
	return follow_leads(v->out, r) ? gap_us : others_us;
}

/* r misses pictures, from the one on that is the next word, if it says so. */
static void
misses(struct video *v, const struct fanout_reader *r, struct words *w,
    int64_t others_us)
{
	int64_t seq;

	if (words_end(w)) {
		recover_by_key(
		    &v->recover, gap(v, r, VIDEO_KEY_GAP_US, others_us));
		return;
	}
	seq = words_int(w, 0, UINT32_MAX);
	if (words_end(w))
		recover_from(&v->recover, (uint32_t)seq,
		    gap(v, r, BACK_GAP_US, others_us));
}

void
video_key_for(struct video *v, const struct fanout_reader *r)
{
	if (r->begun)
		recover_by_key(
		    &v->recover, gap(v, r, VIDEO_KEY_GAP_US, FOLLOW_BEHIND_US));
	else
		recover_now(&v->recover);
}

enum rate_mode
video_mode(const char *name, size_t len)
{
	static const char *const names[RATE_MODES] = { "auto", "sharp",
		"smooth" };
	int i = 0;

	while (i < RATE_MODES &&
	    (strlen(names[i]) != len || memcmp(names[i], name, len) != 0))
		i++;
	return (enum rate_mode)i;
}

void
video_control(
    struct video *v, struct fanout_reader *r, const char *line, size_t len)
{
	struct words w = words_of(line, len);
	int64_t n;

	if (words_is(&w, "keyframe")) {
		misses(v, r, &w, FOLLOW_LOST_US);
	} else if (words_is(&w, "behind")) {
		misses(v, r, &w, FOLLOW_BEHIND_US);
	} else if (words_is(&w, "lead")) {
		follow_lead(v->out, r);
		video_ready(v);
	} else if (words_is(&w, "bitrate")) {
		n = words_int(&w, 1, INT64_MAX);
		if (!words_end(&w))
			return;
		r->bitrate = n < RATE_MIN ? RATE_MIN : n;
		video_ready(v);
	} else if (words_is(&w, "mode")) {
		size_t name_len;
		const char *name = words_next(&w, &name_len);
		enum rate_mode mode = video_mode(name, name_len);

		if (!words_end(&w) || mode == RATE_MODES)
			return;
		v->rate.mode = mode;
		log_info("mode %.*s", (int)name_len, name);
	} else if (words_is(&w, "fps")) {
		n = words_int(&w, 1, VIDEO_FPS_MAX);
		if (!words_end(&w))
			return;
		v->fps = (int)n;
		frames_reader_rate(v->in, v->fps);
	}
}
