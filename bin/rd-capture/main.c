/* rd-capture - a display, or one window of it, into frames: rd-frames(5) */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/log.h"
#include "capture.h"
#include "frames/lines.h"

static const char usage_text[] = "rd-capture [-chtv] [-d display] [-F format] "
				 "[-f fps] [-l path] [-n count]\n"
				 "           [-R fd] [-w window]\n";

static bool
is_png(const char *format)
{
	if (strcmp(format, "png") == 0)
		return true;
	if (strcmp(format, "frames") != 0)
		die(EXIT_PERM, 0,
		    "option -F: '%s' is not a format: frames or png", format);
	return false;
}

static xcb_window_t
window_id(const char *arg)
{
	char *end;
	unsigned long id;

	errno = 0;
	id = strtoul(arg, &end, 0);
	if (end == arg || *end || errno || !id || id > UINT32_MAX)
		die(EXIT_PERM, 0,
		    "option -w: '%s' is not a window such as 0x1c00003: "
		    "xwininfo tells ids",
		    arg);
	return (xcb_window_t)id;
}

int
main(int argc, char *argv[])
{
	static struct capture c = { .fps = 60 };
	bool lost;
	int ch;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":cd:F:f:hl:n:R:tvw:", usage_text)) !=
	    -1) {
		switch (ch) {
		case 'c':
			c.paint = true;
			break;
		case 'd':
			c.display = optarg;
			break;
		case 'F':
			c.png = is_png(optarg);
			break;
		case 'f':
			c.fps = opt_num(ch, optarg, 1, FRAMES_RATE_MAX);
			break;
		case 'l':
			c.path = optarg;
			break;
		case 'n':
			c.left = opt_num(ch, optarg, 1, LONG_MAX);
			break;
		case 't':
			c.titled = true;
			break;
		case 'w':
			c.window = window_id(optarg);
			break;
		}
	}
	if (optind < argc)
		die(EXIT_PERM, 0, "operand '%s' is one too many (see %s -h)",
		    argv[optind], prog_name);
	if (c.png && c.path)
		die(EXIT_PERM, 0, "-F png goes to standard output, without -l");
	if (c.png && !c.left)
		c.left = 1;
	capture_open(&c);
	ready_tell(ready_fd);
	loop_run(&c.loop);
	lost = !x11_alive(&c.x);
	if (c.x.gone)
		log_error("window 0x%x was destroyed", c.window);
	capture_close(&c);
	if (lost)
		die(EXIT_TEMP, 0, "lost the X server of display '%s'",
		    c.display);
	return c.failed ? EXIT_TEMP : 0;
}
