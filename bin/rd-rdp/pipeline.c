/* The graphics pipeline's channel. */
#include <string.h>

#include "base/log.h"
#include "session.h"

static void
made(struct channel *c)
{
	(void)c;
}

static void
message(struct channel *c, const uint8_t *data, size_t len)
{
	struct session *s = c->arg;
	int err = paint_message(&s->paint, data, len);

	if (err)
		session_over(s, strerror(-err));
	session_forgive(s);
	session_show(s);
}

static void
gone(struct channel *c)
{
	struct session *s = c->arg;

	if (s->paint.way == PAINT_PIPELINE) {
		session_over(s, "it closed the graphics pipeline");
		return;
	}
	log_info("it has no graphics pipeline after all");
	s->paint.way = PAINT_BITMAPS;
}

static const struct channel_ops ops = {
	.max = 65536,
	.made = made,
	.message = message,
	.gone = gone,
};

void
session_open_pipeline(struct session *s)
{
	if (s->paint.way == PAINT_NOT &&
	    channel_open_dynamic(&s->pipeline, &s->loop, s->manager,
		"Microsoft::Windows::RDS::Graphics", &ops, s))
		s->paint.way = PAINT_BITMAPS;
}
