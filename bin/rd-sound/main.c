/* rd-sound - a PulseAudio source as PCM packets; Opus packets into a sink */
#include <errno.h>
#include <unistd.h>

#include "base/die.h"
#include "base/log.h"
#include "mic.h"
#include "packets/fanout.h"
#include "pulse.h"

enum { RING = 1 << 19 }; /* 2.6 s */

static const char usage[] =
    "rd-sound [-rv] [-l path] [-p sink] [-R fd] [-s source]\n";

struct sound {
	struct loop loop;
	struct fanout out;
	struct pulse pulse;
	struct mic mic;
	pa_mainloop *mainloop;
};

static void
send_pcm(struct fanout *out, const uint8_t *pcm, size_t len, int64_t time_us)
{
	struct packet p = { .kind = PACKET_AUDIO,
		.codec = CODEC_PCM,
		.flags = PACKET_KEY,
		.capture_us = (uint64_t)time_us,
		.done_us = (uint64_t)clock_us(),
		.len = (uint32_t)len,
		.payload = pcm };

	fanout_send(out, &p);
}

static void
pulse_block(struct pulse *p, const uint8_t *pcm, int64_t time_us)
{
	struct sound *s = p->arg;

	send_pcm(&s->out, pcm, BLOCK_BYTES, time_us);
}

static void
pulse_fill(struct pulse *p, uint8_t *pcm)
{
	struct sound *s = p->arg;

	mic_fill(&s->mic, pcm);
}

static void
pulse_lost(struct pulse *p, const char *why)
{
	(void)p;
	die(EXIT_TEMP, 0, "%s (PULSE_SERVER names the sound server)", why);
}

static void
out_wanted(struct fanout *f, bool wanted)
{
	struct sound *s = f->arg;

	pulse_want(&s->pulse, wanted);
}

/* Quiet or not, a new reader learns at once what kind of stream this is. */
static void
out_key_wanted(struct fanout *f, struct fanout_reader *r)
{
	(void)r;
	send_pcm(f, NULL, 0, clock_us());
}

static void
out_closed(struct fanout *f, int err)
{
	struct sound *s = f->arg;

	if (err)
		die(EXIT_TEMP, err, "cannot write to standard output");
	loop_stop(&s->loop);
}

/* Our loop is one descriptor of libpulse's. */
static void
turn(pa_mainloop_api *api, pa_io_event *e, int fd, pa_io_event_flags_t events,
    void *arg)
{
	struct sound *s = arg;

	(void)e, (void)fd, (void)events;
	loop_turn(&s->loop, 0);
	if (s->loop.stopped)
		api->quit(api, 0);
}

static void
run(struct sound *s, const char *path)
{
	pa_mainloop_api *api;
	int err = loop_init(&s->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	s->mainloop = pa_mainloop_new();
	if (!s->mainloop)
		die(EXIT_TEMP, ENOMEM, "cannot make a sound loop");
	api = pa_mainloop_get_api(s->mainloop);
	pulse_open(&s->pulse, api);
	err = s->pulse.fill ? mic_open(&s->mic, &s->loop, &s->pulse, path)
			    : fanout_open(&s->out, &s->loop, path, RING);
	if (err)
		die(EXIT_TEMP, err, "cannot serve '%s'", path ? path : "-");
	if (!api->io_new(api, s->loop.fd, PA_IO_EVENT_INPUT, turn, s))
		die(EXIT_TEMP, ENOMEM, "cannot make a sound loop");
	ready_tell(ready_fd);
	pa_mainloop_run(s->mainloop, NULL);
	pulse_close(&s->pulse);
	if (s->pulse.fill)
		mic_close(&s->mic);
	else
		fanout_close(&s->out);
	pa_mainloop_free(s->mainloop);
	loop_clear(&s->loop);
}

int
main(int argc, char **argv)
{
	static struct sound s = {
		.out = { .arg = &s,
		    .wanted = out_wanted,
		    .key_wanted = out_key_wanted,
		    .closed = out_closed },
		.pulse = { .arg = &s,
		    .block = pulse_block,
		    .lost = pulse_lost },
	};
	const char *path = NULL;
	bool records = false;
	int ch;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":hl:p:rR:s:v", usage)) != -1)
		switch (ch) {
		case 'l':
			path = optarg;
			break;
		case 'p':
			s.pulse.device = optarg;
			s.pulse.fill = pulse_fill;
			break;
		case 'r':
			s.pulse.retry = true;
			break;
		case 's':
			s.pulse.device = optarg;
			records = true;
			break;
		}
	if (optind < argc)
		die(EXIT_PERM, 0, "unexpected operand '%s' (see rd-sound -h)",
		    argv[optind]);
	if (s.pulse.fill && (records || !path))
		die(EXIT_PERM, 0,
		    "option -p goes with -l, where packets come from, and "
		    "without -s");
	run(&s, path);
	return 0;
}
