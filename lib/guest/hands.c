#include "guest/hands.h"

#include "base/log.h"

static ssize_t
link_input(struct link *l, const uint8_t *p, size_t len)
{
	struct hands *h = l->arg;
	struct event e;
	ssize_t n = event_decode(&e, p, len);

	if (n > 0 && h->ops->said)
		h->ops->said(h, &e);
	return n;
}

static void
link_down(struct link *l, int err)
{
	struct hands *h = l->arg;

	(void)err;
	h->attached = false;
	h->ops->gone(h);
}

static const struct link_ops link_ops = {
	.input = link_input,
	.down = link_down,
};

int
hands_attach(struct hands *h, struct loop *loop, int fd,
    const struct hands_ops *ops, void *arg)
{
	struct link_config config = { .ops = &link_ops,
		.arg = h,
		.in_size = EVENT_MAX,
		.out_size = 2 * EVENT_MAX };
	int err;

	h->arg = arg;
	h->ops = ops;
	err = link_open(&h->link, loop, fd, fd, &config);
	h->attached = !err;
	return err;
}

void
hands_close(struct hands *h)
{
	link_close(&h->link);
	h->attached = false;
}

void
hands_tell(struct hands *h, const struct event *e)
{
	ssize_t n;

	if (!h->attached)
		return;
	n = event_print(e, h->out, sizeof(h->out) - 1);
	if (n < 0)
		return;
	h->out[n] = '\n';
	if (link_send(&h->link, h->out, (size_t)n + 1, -1))
		log_warn("rd-input does not keep up: an event is lost");
}
