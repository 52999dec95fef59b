/* What a client's process may ask for */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "client.h"
#include "layouts.h"
#include "ntlm.h"
#include "server.h"

static bool
read_proof(struct ntlm_proof *p, const uint8_t *data, size_t len)
{
	struct rbuf r = rbuf_of(data, len);
	struct ntlm_bytes *parts[] = { &p->user, &p->domain, &p->value,
		&p->messages };

	for (size_t i = 0; i < 4; i++) {
		parts[i]->len = rbuf_u16(&r);
		parts[i]->data = rbuf_take(&r, parts[i]->len);
	}
	p->key = rbuf_take(&r, NTLM_HASH);
	p->mic = rbuf_take(&r, NTLM_HASH);
	return !r.bad && !rbuf_left(&r);
}

/* The role that was proven: 1 to control, 0 to view, or -1. */
static int
check(const struct guest *g, unsigned int kind, const uint8_t *p, size_t len,
    uint8_t hash[NTLM_HASH])
{
	const struct secrets *s = &g->of->secrets;
	const struct server *server = g->of->arg;
	struct ntlm_proof proof;

	if (kind == CONTROL_PASSWORD)
		return server->config.without_nla
		    ? secrets_check(s, (const char *)p, len)
		    : -1;
	if (!read_proof(&proof, p, len))
		return -1;
	if (ntlm_check(s->control, &proof, hash))
		return 1;
	return ntlm_check(s->view, &proof, hash) ? 0 : -1;
}

static void
decide(struct guest *g, unsigned int kind, const uint8_t *p, size_t len)
{
	uint8_t answer[1 + NTLM_HASH] = { 0 };
	const char *why = guest_prove(g, check(g, kind, p, len, answer + 1));

	answer[0] = g->controls;
	if (why)
		control_send(g->control.fd, CONTROL_NO, NULL, 0, NULL, 0);
	else
		control_send(g->control.fd, CONTROL_YES, answer, sizeof(answer),
		    NULL, 0);
	explicit_bzero(answer, sizeof(answer));
}

static void
give_keymap(const struct guest *g, const uint8_t *p, size_t len)
{
	struct rbuf r = rbuf_of(p, len);
	int fd = layout_open(rbuf_u32(&r));

	control_send(g->control.fd, CONTROL_KEYMAP, NULL, 0, &fd, fd >= 0);
	if (fd >= 0)
		close(fd);
}

static void
take(struct guest *g, unsigned int kind, const uint8_t *p, size_t len)
{
	const struct server *s = g->of->arg;
	const struct config *c = &s->config;

	if (kind == CONTROL_PROOF || kind == CONTROL_PASSWORD)
		decide(g, kind, p, len);
	else if (kind == CONTROL_LINKS && g->proven)
		guest_give(g, CONTROL_OPENED, c->frames,
		    g->controls ? c->events : NULL);
	else if (kind == CONTROL_WATCH && g->proven)
		guest_give(g, CONTROL_VIDEO, c->video, NULL);
	else if (kind == CONTROL_LISTEN && g->proven)
		guest_give(g, CONTROL_SOUND, c->sound, NULL);
	else if (kind == CONTROL_LAYOUT && g->controls)
		give_keymap(g, p, len);
	else
		guest_end(g);
}

static void
run(const struct guest *g, const int *fds)
{
	const struct server *s = g->of->arg;

	client_run(&s->config, &g->origin, fds[0], fds[1]);
}

const struct guest_ops client_ops = { run, take, NULL };
