/* rd-encode - frames or sound into codec packets */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "audio.h"
#include "base/die.h"
#include "base/log.h"
#include "video.h"

enum {
	RING = 4 << 20,
	FPS = 60,
	BITRATE = 8000000,
	RELEASE_US = 10000000, /* a reader that comes again finds all warm */
};

static const char usage[] =
    "rd-encode [-24rvw] [-b bitrate] [-F format] [-f fps] [-l path] [-m mode]\n"
    "          [-R fd] [address]\n";

static const char *const formats[] = { "packets", "h264", "ogg" };
enum format { PACKETS, H264, OGG, FORMATS };

enum input { UNKNOWN, FRAMES, SOUND };

struct encode {
	struct loop loop;
	const char *addr;
	bool retry, ending;
	enum format format;
	enum input kind; /* what addr gives, once it has said so */
	struct frames_reader in;
	struct fanout out;
	struct video video;
	struct audio audio;
	/* Opens and closes the input, not from within its own callbacks. */
	struct loop_timer attend;
	struct loop_timer release;
};

static void
attend_soon(struct encode *e)
{
	loop_timer_set(&e->loop, &e->attend, 1);
}

static void
learn_kind(struct encode *e, enum input kind, enum format not )
{
	int err;

	if (e->format == not )
		die(EXIT_PERM, 0, "-F %s is not for %s", formats[not ],
		    kind == SOUND ? "sound" : "frames");
	if (kind == SOUND && !e->audio.opus) {
		err = audio_open(&e->audio, &e->out, e->format == OGG);
		if (err)
			die(EXIT_TEMP, err, "cannot make an Opus encoder");
	}
	e->kind = kind;
	attend_soon(e);
}

static void
in_geometry(struct frames_reader *r, const struct frames_geometry *g)
{
	struct encode *e = r->arg;
	unsigned int least;
	int err;

	learn_kind(e, FRAMES, OGG);
	least = (unsigned int)(VIDEO_SIZE_MIN * e->video.format.scale);
	if (g->width < least || g->height < least)
		die(EXIT_PERM, 0,
		    "'%s' has %ux%u pixels: the least that can be encoded is "
		    "%ux%u",
		    e->addr, g->width, g->height, least, least);
	err = video_geometry(&e->video, g);
	if (err)
		die(EXIT_TEMP, err, "cannot encode %ux%u pixels", g->width,
		    g->height);
}

static void
in_ready(struct frames_reader *r)
{
	struct encode *e = r->arg;

	video_frame(&e->video);
}

static void
in_input(struct frames_reader *r)
{
	struct encode *e = r->arg;

	video_input(&e->video);
}

static void
in_line(struct frames_reader *r, const char *line, size_t len)
{
	struct encode *e = r->arg;

	video_line(&e->video, line, len);
}

static ssize_t
in_other(struct frames_reader *r, const uint8_t *p, size_t len)
{
	struct encode *e = r->arg;
	struct packet head;

	if (e->kind != SOUND && packet_decode(&head, p, len) >= 0)
		learn_kind(e, SOUND, H264);
	return e->kind == SOUND ? audio_input(&e->audio, p, len) : -EBADMSG;
}

/* What was not sent yet still goes out before the end. */
static void
end_when_drained(struct encode *e)
{
	if (!e->out.count || fanout_ready(&e->out))
		loop_stop(&e->loop);
}

static void
in_down(struct frames_reader *r, int err)
{
	struct encode *e = r->arg;

	if (err == -EBADMSG || err == -EMSGSIZE)
		die(EXIT_PERM, 0, "'%s' gives neither frames nor sound",
		    e->addr);
	if (e->retry) {
		log_info("'%s' is gone: waiting for it", e->addr);
		video_lost(&e->video);
		return;
	}
	if (err)
		die(EXIT_TEMP, err, "cannot read '%s'", e->addr);
	e->ending = true;
	video_end(&e->video);
	end_when_drained(e);
}

static const struct frames_reader_ops in_ops = {
	.geometry = in_geometry,
	.ready = in_ready,
	.input = in_input,
	.line = in_line,
	.down = in_down,
	.other = in_other,
};

static void
open_input(struct encode *e)
{
	int err =
	    frames_reader_open(&e->in, &e->loop, e->addr, e->retry, &in_ops, e);

	if (err)
		die(EXIT_TEMP, err, "cannot connect to '%s'", e->addr);
	frames_reader_rate(&e->in, e->video.fps);
}

/*
 * The input is open while there is a reader, and at the start until it has
 * said what it is, so that the encoder for its size is warm.
 */
static void
attend(struct loop_timer *t)
{
	struct encode *e = t->arg;
	bool wanted = e->out.count || e->kind == UNKNOWN;
	bool open = e->in.link.loop != NULL;

	if (strcmp(e->addr, "-") == 0 || wanted == open)
		return;
	if (wanted) {
		loop_timer_stop(&e->loop, &e->release);
		open_input(e);
	} else {
		frames_reader_close(&e->in);
		video_lost(&e->video);
		loop_timer_set(&e->loop, &e->release, clock_us() + RELEASE_US);
	}
}

static void
release(struct loop_timer *t)
{
	struct encode *e = t->arg;

	video_release(&e->video);
}

static void
out_wanted(struct fanout *f, bool wanted)
{
	(void)wanted;
	attend_soon(f->arg);
}

static void
out_key_wanted(struct fanout *f, struct fanout_reader *r)
{
	struct encode *e = f->arg;

	if (e->kind == SOUND)
		audio_restart(&e->audio);
	else
		video_key_for(&e->video, r);
}

static void
out_drained(struct fanout *f)
{
	struct encode *e = f->arg;

	video_ready(&e->video);
	if (e->ending)
		end_when_drained(e);
}

static void
out_control(
    struct fanout *f, struct fanout_reader *r, const char *line, size_t len)
{
	struct encode *e = f->arg;

	if (e->kind == FRAMES)
		video_control(&e->video, r, line, len);
}

static void
out_closed(struct fanout *f, int err)
{
	struct encode *e = f->arg;

	if (err)
		die(EXIT_TEMP, err, "cannot write to standard output");
	loop_stop(&e->loop);
}

static void
run(struct encode *e, const char *path)
{
	int err = loop_init(&e->loop);

	if (err)
		die(EXIT_TEMP, err, "cannot make an event loop");
	e->video.loop = &e->loop;
	e->video.in = &e->in;
	e->video.out = &e->out;
	e->video.lines = !e->out.plain;
	video_init(&e->video);
	err = fanout_open(&e->out, &e->loop, path, RING);
	if (err)
		die(EXIT_TEMP, err, "cannot serve '%s'", path ? path : "-");
	open_input(e);
	ready_tell(ready_fd);
	loop_run(&e->loop);
	frames_reader_close(&e->in);
	fanout_close(&e->out);
	video_close(&e->video);
	audio_close(&e->audio);
	loop_clear(&e->loop);
}

static enum format
format_of(const char *name)
{
	int i = 0;

	while (i < FORMATS && strcmp(formats[i], name) != 0)
		i++;
	if (i == FORMATS)
		die(EXIT_PERM, 0,
		    "option -F: '%s' is none of packets, h264, ogg", name);
	return (enum format)i;
}

static enum rate_mode
mode_of(const char *name)
{
	enum rate_mode mode = video_mode(name, strlen(name));

	if (mode == RATE_MODES)
		die(EXIT_PERM, 0,
		    "option -m: '%s' is none of auto, sharp, smooth", name);
	return mode;
}

int
main(int argc, char **argv)
{
	static struct encode e = {
		.addr = "-",
		.out = { .arg = &e,
		    .wanted = out_wanted,
		    .key_wanted = out_key_wanted,
		    .drained = out_drained,
		    .control = out_control,
		    .closed = out_closed },
		.video = { .fps = FPS,
		    .bitrate = BITRATE,
		    .format = { .scale = 1 } },
		.attend = { .expired = attend, .arg = &e },
		.release = { .expired = release, .arg = &e },
	};
	const char *path = NULL;
	int ch;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":24b:F:f:hl:m:rR:vw", usage)) != -1)
		switch (ch) {
		case '2':
			e.video.format.scale = 2;
			break;
		case '4':
			e.video.format.full_chroma = true;
			break;
		case 'b':
			e.video.bitrate =
			    opt_num(ch, optarg, RATE_MIN, RATE_MAX);
			break;
		case 'F':
			e.format = format_of(optarg);
			e.out.plain = e.format != PACKETS;
			break;
		case 'f':
			e.video.fps =
			    (int)opt_num(ch, optarg, 1, VIDEO_FPS_MAX);
			break;
		case 'l':
			path = optarg;
			break;
		case 'm':
			e.video.rate.mode = mode_of(optarg);
			break;
		case 'r':
			e.retry = true;
			break;
		case 'w':
			e.video.format.wide = true;
			break;
		}
	if (e.video.format.wide && e.video.format.full_chroma)
		die(EXIT_PERM, 0, "options -4 and -w do not go together");
	if (argc - optind > 1)
		die(EXIT_PERM, 0, "unexpected operand '%s' (see rd-encode -h)",
		    argv[optind + 1]);
	if (optind < argc)
		e.addr = argv[optind];
	run(&e, path);
	return 0;
}
