#include "client.h"

#include <string.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "sandbox/sandbox.h"
#include "session.h"

void
session_over(struct session *s, const char *why)
{
	if (!s->loop.stopped)
		log_info("%s: %s", s->from->text, why);
	loop_stop(&s->loop);
}

void
client_run(
    const struct config *c, const struct origin *origin, int fd, int control)
{
	static struct session s;
	int err = loop_init(&s.loop);

	s.config = c;
	s.from = origin;
	if (!err)
		err = session_open_peer(&s, fd);
	if (!err)
		err = paint_open(&s.paint, s.peer, &s.pipeline, &s.screen);
	if (!err)
		err = keys_open(&s.input.keys);
	if (!err)
		err = session_open_links(&s, control);
	if (err)
		die(EXIT_TEMP, err, "cannot serve a client");
	if ((err = sandbox_enter(0)))
		die(EXIT_TEMP, err, "cannot enter the sandbox");
	loop_run(&s.loop);
	session_close_links(&s);
	paint_close(&s.paint);
	_exit(0);
}
