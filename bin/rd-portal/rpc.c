#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link/unix.h"

enum { CALL_MAX = 1024, WAIT_US = 10000000 };

struct rpc {
	struct loop *loop;
	struct loop_watch watch;
	struct loop_timer timer;
	char call[CALL_MAX];
	size_t call_len, sent;
	char *in;
	size_t len;
	rpc_done *done;
	void *arg;
};

void
rpc_end(struct rpc *r)
{
	if (!r)
		return;
	loop_timer_stop(r->loop, &r->timer);
	loop_unwatch(r->loop, &r->watch);
	close(r->watch.fd);
	free(r->in);
	free(r);
}

static void
finish(struct rpc *r, int err)
{
	const char *body = err ? NULL : strstr(r->in, "\r\n\r\n");

	if (!err && (!body || strncmp(r->in + 8, " 200 ", 5) != 0))
		body = NULL, err = -EBADMSG;
	r->done(r->arg, body, err);
	rpc_end(r);
}

static void
too_late(struct loop_timer *t)
{
	finish(t->arg, -ETIMEDOUT);
}

static void
receive(struct rpc *r)
{
	ssize_t n =
	    read(r->watch.fd, r->in + r->len, RPC_ANSWER_MAX - r->len - 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 || r->len + (size_t)n + 1 == RPC_ANSWER_MAX) {
		finish(r, n < 0 ? -errno : -EMSGSIZE);
		return;
	}
	r->len += (size_t)n;
	r->in[r->len] = '\0';
	if (n == 0)
		finish(r, 0);
}

static void
ready(struct loop_watch *w, uint32_t events)
{
	struct rpc *r = w->arg;
	ssize_t n;

	(void)events;
	if (r->sent == r->call_len) {
		receive(r);
		return;
	}
	n = send(w->fd, r->call + r->sent, r->call_len - r->sent, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		finish(r, -errno);
		return;
	}
	r->sent += n < 0 ? 0 : (size_t)n;
	if (r->sent == r->call_len)
		loop_watch(r->loop, w, EPOLLIN);
}

/* Names of processes that need no escaping are all that is called. */
static bool
print_call(struct rpc *r, const char *method, const char *name)
{
	char body[CALL_MAX / 2];
	int len = snprintf(body, sizeof(body),
	    "<?xml version='1.0'?><methodCall><methodName>supervisor.%s"
	    "</methodName><params>%s%s%s</params></methodCall>",
	    method, name ? "<param><value><string>" : "", name ? name : "",
	    name ? "</string></value></param><param><value><boolean>0"
		   "</boolean></value></param>"
		 : "");

	if (len >= (int)sizeof(body) || (name && strpbrk(name, "<>&")))
		return false;
	r->call_len = (size_t)snprintf(r->call, sizeof(r->call),
	    "POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\n"
	    "Content-Length: %d\r\n\r\n%s",
	    len, body);
	return r->call_len < sizeof(r->call);
}

int
rpc_call(struct rpc **out, struct loop *loop, const char *socket,
    const char *method, const char *name, rpc_done *done, void *arg)
{
	struct rpc *r = calloc(1, sizeof(*r));
	int err = -ENOMEM;

	*out = NULL;
	if (r)
		r->in = calloc(1, RPC_ANSWER_MAX);
	if (!r || !r->in)
		goto fail;
	err = -EINVAL;
	if (!print_call(r, method, name))
		goto fail;
	r->loop = loop;
	r->done = done;
	r->arg = arg;
	r->watch = (struct loop_watch){ .ready = ready, .arg = r };
	r->timer = (struct loop_timer){ .expired = too_late, .arg = r };
	err = r->watch.fd = unix_connect(socket);
	if (err < 0)
		goto fail;
	err = loop_watch(loop, &r->watch, EPOLLOUT);
	if (err) {
		close(r->watch.fd);
		goto fail;
	}
	loop_timer_set(loop, &r->timer, clock_us() + WAIT_US);
	*out = r;
	return 0;
fail:
	if (r)
		free(r->in);
	free(r);
	return err;
}

/* Text between tags, up to the next one, with XML's own entities. */
static void
copy_text(const char *p, char *out, size_t size)
{
	static const struct {
		const char *entity;
		char c;
	} entities[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' },
		{ "&quot;", '"' }, { "&apos;", '\'' } };
	size_t len = 0;

	while (*p && *p != '<' && len + 1 < size) {
		char c = *p;
		size_t n = 1;

		for (size_t i = 0; c == '&' && i < 5; i++)
			if (strncmp(p, entities[i].entity,
				strlen(entities[i].entity)) == 0) {
				c = entities[i].c;
				n = strlen(entities[i].entity);
				break;
			}
		out[len++] = c;
		p += n;
	}
	out[len] = '\0';
}

bool
rpc_member(const char **p, char *name, size_t name_size, char *out, size_t size)
{
	const char *member = strstr(*p, "<name>");
	const char *end = strstr(*p, "</struct>");
	const char *value;

	if (!member || (end && end < member)) {
		*p = end ? end + 9 : *p + strlen(*p);
		return false;
	}
	copy_text(member + 6, name, name_size);
	value = strstr(member, "<value>");
	if (!value) {
		*p += strlen(*p);
		return false;
	}
	value += 7;
	*p = value;
	while (*value == '<' && value[1] != '/' && strchr(value, '>'))
		value = strchr(value, '>') + 1;
	copy_text(value, out, size);
	return true;
}

bool
rpc_fault(const char *xml, char *out, size_t size)
{
	const char *p = strstr(xml, "<fault>");
	char name[32], value[256];

	if (!p)
		return false;
	snprintf(out, size, "Fault");
	while (rpc_member(&p, name, sizeof(name), value, sizeof(value)))
		if (strcmp(name, "faultString") == 0)
			snprintf(out, size, "%s", value);
	return true;
}
