/* rd-encode: quantisers keep a bitrate, refine and come to rest */
#include "../../bin/rd-encode/rate.h"

#include "../tap.h"

enum {
	DESKTOP = 600000, /* work in one at 1920x1080 */
	FRAME_US = 16667,
};

/*
 * An encoder to steer: a unit of work costs some bits at quantiser 18 and
 * 2^(1/12) less with each step, which is not the curve rate.c expects.  A
 * picture with a lower quantiser than the last one improves what is stale.
 */
struct model {
	struct rate rate;
	int64_t now_us;
	double density;
	double queue, longest; /* bits not yet through the link */
	int64_t sent;          /* bytes in all */
	int last_qp, highest_qp;
	double texture;
};

static double
scale(int qp)
{
	return __builtin_exp2((18 - qp) / 12.0);
}

static void
model_init(struct model *m, int64_t bitrate, double density)
{
	*m = (struct model){ .density = density, .now_us = 1000000 };
	rate_init(&m->rate, bitrate);
}

static size_t
cost(const struct model *m, bool key, double work, int qp)
{
	double bits = 200 + m->density * scale(qp) * work;

	if (!key && qp < m->rate.level)
		bits += (m->density * (scale(qp) - scale(m->rate.level))) *
		    m->rate.stale;
	return (size_t)(bits / 8);
}

static void
elapse(struct model *m, int64_t us)
{
	m->now_us += us;
	m->queue -= (double)m->rate.bitrate * (double)us / 1e6;
	if (m->queue < 0)
		m->queue = 0;
}

static void
encode(struct model *m, bool key, double work)
{
	struct look look = { work, m->texture };
	size_t bytes;
	int qp;

	if (m->now_us < rate_next(&m->rate))
		elapse(m, rate_next(&m->rate) - m->now_us);
	qp = rate_qp(&m->rate, m->now_us, key ? RATE_KEY : RATE_CHANGE, &look);
	bytes = cost(m, key, work, qp);
	rate_sent(&m->rate, m->now_us, key ? RATE_KEY : RATE_CHANGE, &look, qp,
	    bytes);
	m->sent += (int64_t)bytes;
	m->queue += (double)bytes * 8;
	if (m->queue > m->longest)
		m->longest = m->queue;
	m->last_qp = qp;
	if (qp > m->highest_qp)
		m->highest_qp = qp;
}

static int64_t
longest_ms(const struct model *m)
{
	return (int64_t)(m->longest * 1000 / (double)m->rate.bitrate);
}

/* Let refinements happen until there are none; how many there were. */
static int
rest(struct model *m, int64_t *us)
{
	int64_t start = m->now_us, due;
	int n = 0;

	while ((due = rate_due(&m->rate)) != -1 && n < 100) {
		elapse(m, due > m->now_us ? due - m->now_us : 0);
		encode(m, false, 0);
		n++;
	}
	*us = m->now_us - start;
	return n;
}

static void
test_first(void)
{
	static const struct {
		const char *name;
		int64_t bitrate;
		double work, density;
		int first_qp_max, refinements_max, ms_max;
	} rows[] = {
		{ "sparse desktop, 8 Mbit/s", 8000000, 200000, 2.6, 14, 0, 0 },
		{ "usual desktop, 8 Mbit/s", 8000000, DESKTOP, 2.6, 34, 3,
		    250 },
		{ "unlucky guess, 8 Mbit/s", 8000000, DESKTOP, 4, 34, 3, 350 },
		{ "dense text, 8 Mbit/s", 8000000, 2000000, 2.6, 44, 4, 600 },
		{ "dense text, 50 Mbit/s", 50000000, 2000000, 2.6, 20, 1, 150 },
		{ "dense text, 500 kbit/s", 500000, 2000000, 2.6, 44, 4,
		    10000 },
		{ "an empty screen", 8000000, 0, 0, 14, 0, 0 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct model m;
		int64_t us;
		int n, first;

		model_init(&m, rows[i].bitrate, rows[i].density);
		encode(&m, true, rows[i].work);
		first = m.last_qp;
		ok(first <= rows[i].first_qp_max, "%s: first picture at %d",
		    rows[i].name, first);
		ok(first == RATE_QP_COARSE || longest_ms(&m) <= 160,
		    "takes %" PRId64 " ms", longest_ms(&m));
		n = rest(&m, &us);
		ok(n <= rows[i].refinements_max, "%d refinements", n);
		is_int(m.last_qp, RATE_QP_FINE, "to the finest");
		ok(us / 1000 <= rows[i].ms_max, "within %" PRId64 " ms",
		    us / 1000);
		is_int(rate_due(&m.rate), -1, "and then silence");
	}
}

/* A desktop that was shown and is at rest. */
static void
show(struct model *m, int64_t bitrate)
{
	int64_t us;

	model_init(m, bitrate, 2.6);
	encode(m, true, DESKTOP);
	rest(m, &us);
	elapse(m, 1000000);
	m->longest = m->highest_qp = 0;
	m->sent = 0;
}

static void
test_typing(void)
{
	struct model m;

	show(&m, 8000000);
	for (int i = 0; i < 100; i++) {
		encode(&m, false, 400);
		elapse(&m, i % 2 ? FRAME_US : 5 * FRAME_US);
	}
	is_int(m.highest_qp, RATE_QP_FINE, "glyphs are fine at once");
	is_int(rate_due(&m.rate), -1, "and leave nothing to refine");
	ok(m.sent < 100 * 250, "%" PRId64 " bytes each", m.sent / 100);
}

/* Pictures of work each FRAME_US, or when the debt allows; how many a second.
 */
static double
move(struct model *m, double work, int pictures)
{
	int64_t start = m->now_us;

	for (int k = 0; k < pictures; k++) {
		encode(m, false, work);
		elapse(m, FRAME_US);
	}
	return pictures * 1e6 / (double)(m->now_us - start);
}

static void
test_motion(void)
{
	static const struct {
		const char *name;
		int64_t bitrate;
		double work, density, texture;
	} rows[] = {
		{ "scrolling", 8000000, 400000, 0.4, 0.1 },
		{ "full change of dense text", 8000000, 2000000, 2.6, 0.1 },
		{ "a film", 8000000, 1000000, 1, 0.7 },
		{ "a film at 2 Mbit/s", 2000000, 400000, 1, 0.7 },
		{ "a film at 50 Mbit/s", 50000000, 1000000, 1, 0.7 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct model m;
		int64_t us, bits, start;
		int n;

		show(&m, rows[i].bitrate);
		m.density = rows[i].density;
		m.texture = rows[i].texture;
		start = m.now_us;
		move(&m, rows[i].work, 600);
		bits = m.sent * 8 * 1000000 / (m.now_us - start);
		ok(bits <= rows[i].bitrate * 21 / 20,
		    "%s: %" PRId64 " bit/s at %d", rows[i].name, bits,
		    m.last_qp);
		ok(longest_ms(&m) <= 400, "at most %" PRId64 " ms queued",
		    longest_ms(&m));
		ok(m.last_qp >= RATE_QP_MOTION, "no finer than motion needs");
		ok(bits > rows[i].bitrate / 2 || m.last_qp == RATE_QP_MOTION,
		    "nor coarser than the link needs");
		n = rest(&m, &us);
		ok(n >= 1 && n <= 5, "%d refinements after it", n);
		ok(us / 1000 < 1000, "in %" PRId64 " ms", us / 1000);
		is_int(m.last_qp, RATE_QP_FINE, "end finest");
	}
}

/* The same motion, too much for the link at any quantiser that is good. */
static void
test_modes(void)
{
	static const struct {
		const char *name;
		enum rate_mode mode;
		double texture, work, fps_min, fps_max;
		int qp_min, qp_max;
	} rows[] = {
		{ "text, auto", RATE_AUTO, 0.1, 1500000, 10, 31, 30, 32 },
		{ "text, sharp", RATE_SHARP, 0.1, 1500000, 10, 31, 30, 32 },
		{ "text, smooth", RATE_SMOOTH, 0.1, 1500000, 55, 61, 33, 58 },
		{ "film, auto", RATE_AUTO, 0.7, 1500000, 30, 55, 33, 40 },
		{ "film, sharp", RATE_SHARP, 0.7, 1500000, 10, 31, 30, 32 },
		{ "film, smooth", RATE_SMOOTH, 0.7, 1500000, 55, 61, 38, 58 },
		{ "a storm, auto", RATE_AUTO, 0.7, 6000000, 28, 55, 39, 58 },
		{ "a storm, sharp", RATE_SHARP, 0.1, 6000000, 9, 16, 33, 58 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		struct model m;
		double fps;

		show(&m, 8000000);
		m.density = 0.4;
		m.texture = rows[i].texture;
		m.rate.mode = rows[i].mode;
		move(&m, rows[i].work, 60);
		fps = move(&m, rows[i].work, 300);
		ok(fps >= rows[i].fps_min && fps <= rows[i].fps_max,
		    "%s: %.1f pictures/s", rows[i].name, fps);
		ok(m.last_qp >= rows[i].qp_min && m.last_qp <= rows[i].qp_max,
		    "at quantiser %d", m.last_qp);
	}
}

/* A quantiser that takes more than a finer one is not kept. */
static void
test_cheapest(void)
{
	struct rate r = { .mode = RATE_SMOOTH };
	struct look look = { 1000000, 0.7 };
	int at[2] = { 0 };

	rate_init(&r, 8000000);
	for (int64_t i = 0, us = 1000000; i < 300; i++, us += FRAME_US) {
		int qp = rate_qp(&r, us, RATE_CHANGE, &look);
		/* 20 kB at the best, at 38; twice as much from 44 to 51 */
		size_t bytes = qp >= 52 ? 19000 : qp >= 44 ? 40000 : 20000;

		at[qp >= 44 && qp < 52] += i > 100;
		rate_sent(&r, us, RATE_CHANGE, &look, qp, bytes);
	}
	ok(at[1] < at[0] / 4, "what takes more is rarely tried: %d to %d",
	    at[1], at[0]);
}

/* A key picture has nothing to refer to, whatever pictures took before it. */
static void
test_newcomer(void)
{
	struct rate r = { .mode = RATE_AUTO };
	struct look all = { 2370000, 0.4 }, motion = { 1450000, 0.76 };
	int64_t us = 1000000;
	int qp;

	rate_init(&r, 8000000);
	for (int i = 0; i < 4; i++, us += 3000000) {
		qp = rate_qp(&r, us, RATE_KEY, &all);
		ok(qp >= 40, "a key picture at %d", qp);
		rate_sent(&r, us, RATE_KEY, &all, qp, 82000);
		for (int k = 0; k < 60; k++, us += FRAME_US)
			rate_sent(&r, us, RATE_CHANGE, &motion, 44, 13000);
	}
}

static void
test_change(void)
{
	struct model m;

	show(&m, 8000000);
	encode(&m, false, DESKTOP / 4);
	ok(m.last_qp <= 20, "another window shows sharp at once: %d",
	    m.last_qp);
	ok(longest_ms(&m) <= 60, "in %" PRId64 " ms", longest_ms(&m));
	encode(&m, false, DESKTOP);
	ok(m.rate.stale > 0, "one after another does not");

	/* Typing while the rest is refined must neither stop nor delay it. */
	for (int i = 0; i < 40; i++) {
		elapse(&m, FRAME_US);
		encode(&m, false, 400);
	}
	is_int(m.rate.stale, 0, "small changes take the refinement along");
	is_int(m.last_qp, RATE_QP_FINE, "to the end");
}

/* Patches go on at their own quantiser while all else is refined in parts. */
static void
test_parts(void)
{
	static const struct look glyph = { .work = 400 };
	struct model m;
	int64_t start;
	int parts = 0, coarse = 0;

	model_init(&m, 1000000, 2.6);
	encode(&m, true, 2000000);
	ok(m.last_qp > RATE_QP_FINE, "a key picture at %d", m.last_qp);
	start = m.now_us;
	for (int left = 100000; left > 0; elapse(&m, FRAME_US)) {
		int qp = rate_qp(&m.rate, m.now_us, RATE_PATCH, &glyph);

		coarse += qp > RATE_QP_FINE;
		rate_sent(&m.rate, m.now_us, RATE_PATCH, &glyph, qp, 100);
		m.queue += 800;
		if (m.now_us < rate_due(&m.rate))
			continue;
		left -= (int)rate_part(&m.rate, m.now_us);
		m.queue += (double)rate_part(&m.rate, m.now_us) * 8;
		rate_refined(
		    &m.rate, m.now_us, rate_part(&m.rate, m.now_us), left <= 0);
		m.longest = m.queue > m.longest && parts ? m.queue : m.longest;
		parts++;
	}
	is_int(coarse, 0, "glyphs are as fine as can be meanwhile");
	ok(parts > 8, "%d parts", parts);
	ok((double)(m.now_us - start) < 3.5e6, "in %.1f s",
	    (double)(m.now_us - start) / 1e6);
	is_int(rate_due(&m.rate), -1, "then nothing is due");
}

static void
test_start(void)
{
	struct model m;
	int64_t us;

	model_init(&m, 8000000, 2.6);
	encode(&m, true, 0);
	for (int i = 0; i < 3; i++) {
		elapse(&m, FRAME_US);
		encode(&m, false, DESKTOP);
	}
	ok(m.last_qp > RATE_QP_FINE,
	    "what an empty screen fills with is coarse");
	rest(&m, &us);
	is_int(m.last_qp, RATE_QP_FINE, "and refined to the finest");
}

static void
test_search(void)
{
	struct model m;

	show(&m, 8000000);
	m.texture = 0.7;
	move(&m, DESKTOP, 20);
	ok(!rate_far(&m.rate), "in films motion is near");
	m.texture = 0.4;
	move(&m, DESKTOP, 20);
	ok(!rate_far(&m.rate), "also in quiet ones");
	m.texture = 0.1;
	move(&m, DESKTOP, 20);
	ok(rate_far(&m.rate), "text may jump far");
}

static void
test_bitrate(void)
{
	struct model m;

	model_init(&m, 1, 1);
	is_int(m.rate.bitrate, RATE_MIN, "a bitrate has a least");
	rate_set(&m.rate, INT64_MAX);
	is_int(m.rate.bitrate, RATE_MAX, "and a most");
}

int
main(void)
{
	test_first();
	test_typing();
	test_motion();
	test_modes();
	test_cheapest();
	test_newcomer();
	test_change();
	test_parts();
	test_start();
	test_search();
	test_bitrate();
	return done_testing();
}
