/* What a client's process may ask for */
#include <string.h>

#include "client.h"
#include "server.h"

/* A person types a password more slowly than a program asks for it. */
enum { PROVE_US = 60000000 };

/* The role that was proven: 1 to control, 0 to view, or -1. */
static int
check(
    const struct guest *g, enum control_kind kind, const uint8_t *p, size_t len)
{
	const struct secrets *s = &g->of->secrets;

	switch (kind) {
	case CONTROL_FREE:
		return g->origin.trusted ? 1 : -1;
	case CONTROL_RESPONSE:
		return len == RFB_CHALLENGE ? response_check(s, g->challenge, p)
					    : -1;
	default:
		return secrets_check(s, (const char *)p, len);
	}
}

static void
decide(struct guest *g, enum control_kind kind, const uint8_t *p, size_t len)
{
	const char *why = guest_prove(g, check(g, kind, p, len));
	uint8_t controls = g->controls;

	if (why) {
		control_send(
		    g->control.fd, CONTROL_NO, why, strlen(why), NULL, 0);
		return;
	}
	control_send(g->control.fd, CONTROL_WELCOME, &controls, 1, NULL, 0);
	share_with(g);
	share_update(g->of->arg);
}

/* Those who are in already, when one wants to be alone. */
static void
end_others(const struct guest *g)
{
	for (size_t i = 0; i < GUESTS; i++) {
		struct guest *other = &g->of->all[i];

		if (other->of && other != g && other->proven)
			guest_end(other);
	}
}

/* One that was let in. */
static void
serve(struct guest *g, enum control_kind kind, const uint8_t *p, size_t len)
{
	const struct server *s = g->of->arg;
	const struct config *c = &s->config;

	switch (kind) {
	case CONTROL_ENTERED:
		if (s->exclusive && len == 1 && !*p)
			end_others(g);
		break;
	case CONTROL_LINKS:
		guest_give(g, CONTROL_OPENED, c->frames,
		    g->controls ? c->events : NULL);
		break;
	case CONTROL_LISTEN:
		guest_give(g, CONTROL_SOUND, c->sound, NULL);
		break;
	case CONTROL_WATCH:
		guest_give(g, CONTROL_VIDEO, c->video, NULL);
		break;
	default:
		guest_end(g);
	}
}

static void
take(struct guest *g, unsigned int kind, const uint8_t *p, size_t len)
{
	switch (kind) {
	case CONTROL_CHOSEN:
		guest_wait(g, PROVE_US);
		break;
	case CONTROL_FREE:
	case CONTROL_RESPONSE:
	case CONTROL_PASSWORD:
		decide(g, kind, p, len);
		break;
	default:
		if (g->proven)
			serve(g, kind, p, len);
	}
}

static void
run(const struct guest *g, const int *fds)
{
	const struct server *s = g->of->arg;

	client_run(&s->config, &g->origin, g->challenge, fds);
}

static void
left(struct guests *all)
{
	struct server *s = all->arg;

	share_update(s);
	if (s->single)
		loop_stop(&s->loop);
}

const struct guest_ops client_ops = { run, take, left };
