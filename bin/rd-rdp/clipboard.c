#include "clipboard.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "rdp/clip.h"
#include "rdp/copy.h"

enum { MESSAGE_MAX = CLIP_HEAD + 2 * EVENT_CLIPBOARD_MAX + CLIP_SMALL };

/*
 * FreeRDP lists all that it could have, and soon after that what there is;
 * asked in between it finds nothing.
 */
enum { SETTLE_US = 150000 };

static void
say(struct clipboard *c, const struct wbuf *w)
{
	channel_write(&c->channel, w->start, wbuf_len(w));
}

static unsigned int
forms_of(const struct event_bytes *forms)
{
	unsigned int set = 0;

	for (int i = 0; i < EVENT_FORMS; i++)
		set |= forms[i].data ? 1U << i : 0;
	return set;
}

/* --- from the client */

static bool
is_asked_for(const struct clipboard *c, enum event_form form)
{
	return c->numbers[form] &&
	    (form != EVENT_PNG || !c->theirs[EVENT_PLAIN].data);
}

/* The next form, or that there is no more. */
static void
ask(struct clipboard *c)
{
	uint8_t bytes[CLIP_SMALL];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	c->asked = EVENT_PLAIN;
	while (c->asked < EVENT_FORMS && !is_asked_for(c, c->asked))
		c->asked++;
	if (c->asked < EVENT_FORMS) {
		clip_put_request(&w, c->numbers[c->asked]);
		c->numbers[c->asked] = 0;
		say(c, &w);
	} else if (forms_of(c->theirs)) {
		c->ops->copied(c, c->theirs);
	}
}

static void
settled(struct loop_timer *t)
{
	ask(t->arg);
}

static void
forget_theirs(struct clipboard *c)
{
	if (c->settled.set)
		loop_timer_stop(c->channel.loop, &c->settled);
	c->stale += c->asked < EVENT_FORMS;
	c->asked = EVENT_FORMS;
	c->used = 0;
	memset(c->theirs, 0, sizeof(c->theirs));
}

static void
send_list(struct clipboard *c)
{
	uint8_t bytes[CLIP_SMALL];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	if (!c->listed || !c->copy)
		return;
	clip_put_list(&w, forms_of(c->ours), c->long_names);
	say(c, &w);
}

static void
take_list(struct clipboard *c, const struct clip_message *m)
{
	uint8_t bytes[CLIP_SMALL];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));
	bool first = !c->listed, any = false;

	clip_put_list_response(&w);
	say(c, &w);
	c->listed = true;
	forget_theirs(c);
	memcpy(c->numbers, m->numbers, sizeof(c->numbers));
	for (int i = 0; i < EVENT_FORMS; i++)
		any = any || m->numbers[i];
	if (any)
		loop_timer_set(
		    c->channel.loop, &c->settled, clock_us() + SETTLE_US);
	else if (first)
		send_list(c);
}

static void
take_response(struct clipboard *c, const struct clip_message *m)
{
	struct event_bytes form = { 0 };

	if (c->stale) {
		c->stale--;
		return;
	}
	if (c->asked == EVENT_FORMS)
		return;
	if (m->data &&
	    copy_take(&form, c->asked, m->data, m->len, c->room + c->used,
		sizeof(c->room) - c->used))
		log_warn("dropped a copy that is too long or broken");
	else if (form.len)
		c->theirs[c->asked] = form;
	c->used += c->theirs[c->asked].len;
	ask(c);
}

static void
message(struct channel *channel, const uint8_t *data, size_t len)
{
	struct clipboard *c = channel->arg;
	struct clip_message m;

	if (clip_decode(&m, data, len, c->long_names)) {
		channel_drop(channel);
		return;
	}
	switch (m.type) {
	case CLIP_CAPS:
		c->long_names = m.long_names;
		break;
	case CLIP_LIST:
		take_list(c, &m);
		break;
	case CLIP_REQUEST:
		c->waits = true;
		c->wanted = m.number;
		c->ops->wanted(c);
		break;
	case CLIP_RESPONSE:
		take_response(c, &m);
		break;
	case CLIP_OTHER:
		break;
	}
}

static void
gone(struct channel *channel)
{
	(void)channel;
	log_info("it has no clipboard any more");
}

static const struct channel_ops ops = {
	.max = MESSAGE_MAX,
	.message = message,
	.gone = gone,
};

void
clipboard_open(struct clipboard *c, struct loop *loop, void *manager,
    const struct clipboard_ops *clipboard_ops, void *arg)
{
	uint8_t bytes[CLIP_SMALL];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	c->arg = arg;
	c->ops = clipboard_ops;
	c->asked = EVENT_FORMS;
	c->settled = (struct loop_timer){ .expired = settled, .arg = c };
	if (channel_open_static(&c->channel, loop, manager, "cliprdr", &ops, c))
		return;
	clip_put_caps(&w);
	say(c, &w);
	w = wbuf_of(bytes, sizeof(bytes));
	clip_put_ready(&w);
	say(c, &w);
}

void
clipboard_close(struct clipboard *c)
{
	if (c->settled.set)
		loop_timer_stop(c->channel.loop, &c->settled);
	channel_close(&c->channel);
	free(c->copy);
	c->copy = NULL;
}

/* --- from the display */

void
clipboard_copied(struct clipboard *c, const struct event_bytes *forms)
{
	size_t len = 0;
	char *to;

	for (int i = 0; i < EVENT_FORMS; i++)
		len += forms[i].data ? forms[i].len : 0;
	to = malloc(len + 1);
	if (!to)
		return;
	free(c->copy);
	c->copy = to;
	for (int i = 0; i < EVENT_FORMS; i++) {
		c->ours[i] = forms[i];
		if (!forms[i].data)
			continue;
		c->ours[i].data = memcpy(to, forms[i].data, forms[i].len);
		to += forms[i].len;
	}
	forget_theirs(c);
	send_list(c);
}

static void
answer(struct clipboard *c, enum event_form form)
{
	struct event_bytes ours = c->ours[form];
	size_t bound = copy_bound(form, ours.len);
	uint8_t *bytes = malloc(CLIP_HEAD + bound);
	struct wbuf w = wbuf_of(bytes, bytes ? CLIP_HEAD + bound : 0);
	struct wbuf data = wbuf_of(bytes + CLIP_HEAD, bytes ? bound : 0);

	copy_put(&data, form, ours);
	if (data.bad)
		clip_put_failure(&w);
	else
		clip_put_response(&w, wbuf_len(&data));
	if (!w.bad)
		channel_write(&c->channel, bytes,
		    CLIP_HEAD + (data.bad ? 0 : wbuf_len(&data)));
	free(bytes);
}

void
clipboard_answer(struct clipboard *c)
{
	enum event_form form = clip_form(c->wanted);
	uint8_t bytes[CLIP_SMALL];
	struct wbuf w = wbuf_of(bytes, sizeof(bytes));

	if (!c->waits)
		return;
	c->waits = false;
	if (form < EVENT_FORMS && c->ours[form].data) {
		answer(c, form);
		return;
	}
	clip_put_failure(&w);
	say(c, &w);
}
