/*
 * inputwatch [-m | -q | -t] [-s ms] - what an X client sees of keyboard and
 * pointer
 *
 * Covers the screen, takes the focus, prints "ready" and then a line per
 * event: "press KEYSYM STATE", "release KEYSYM STATE" (state in hex, locks
 * included), "down BUTTON X Y", "up BUTTON X Y", "motion X Y".  With -t only
 * the text that is typed, byte for byte.  With -s it takes that long over
 * each press, as a busy client does.  With -q it only prints how many keys and
 * which buttons and modifiers are down now; with -m the keysyms of the keyboard
 * map that are characters, each once: its number and the character.
 */
#include <X11/XKBlib.h>
#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xkbcommon/xkbcommon.h>

static Display *display;
static bool text_only;

static KeySym
look_up(XKeyEvent *e)
{
	char latin1[32];
	KeySym sym = NoSymbol;

	XLookupString(e, latin1, sizeof(latin1), &sym, NULL);
	return sym;
}

static void
print_text(KeySym sym)
{
	char utf8[8];

	if (sym == XK_Return)
		putchar('\n');
	else if (xkb_keysym_to_utf8((xkb_keysym_t)sym, utf8, sizeof(utf8)) > 1)
		fputs(utf8, stdout);
}

static void
print_key(XKeyEvent *e)
{
	char name[64];
	KeySym sym = look_up(e);

	xkb_keysym_get_name((xkb_keysym_t)sym, name, sizeof(name));
	printf("%s %s %x\n", e->type == KeyPress ? "press" : "release", name,
	    e->state);
}

static void
print_event(XEvent *e)
{
	if (e->type == MappingNotify)
		XRefreshKeyboardMapping(&e->xmapping);
	else if (text_only && e->type == KeyPress)
		print_text(look_up(&e->xkey));
	else if (text_only)
		return;
	else if (e->type == KeyPress || e->type == KeyRelease)
		print_key(&e->xkey);
	else if (e->type == ButtonPress || e->type == ButtonRelease)
		printf("%s %u %d %d\n", e->type == ButtonPress ? "down" : "up",
		    e->xbutton.button, e->xbutton.x, e->xbutton.y);
	else if (e->type == MotionNotify)
		printf("motion %d %d\n", e->xmotion.x, e->xmotion.y);
}

static int
print_held(void)
{
	Window w;
	char keys[32];
	unsigned int state;
	int n = 0, x;

	XQueryKeymap(display, keys);
	XQueryPointer(display, DefaultRootWindow(display), &w, &w, &x, &x, &x,
	    &x, &state);
	for (int i = 0; i < 256; i++)
		n += keys[i / 8] >> i % 8 & 1;
	return printf("%d keys, state %x\n", n, state) < 0;
}

/* The same character may be there as two keysyms. */
static bool
is_new(KeySym sym)
{
	static xkb_keysym_t seen[4096];
	static unsigned int n;
	uint32_t c = xkb_keysym_to_utf32((xkb_keysym_t)sym);

	if (c < ' ' || c == 0x7f)
		return false;
	for (unsigned int i = 0; i < n; i++)
		if (seen[i] == sym)
			return false;
	if (n < sizeof(seen) / sizeof(*seen))
		seen[n++] = (xkb_keysym_t)sym;
	return true;
}

static int
print_map(void)
{
	XkbDescPtr xkb =
	    XkbGetMap(display, XkbAllClientInfoMask, XkbUseCoreKbd);

	if (!xkb)
		return 111;
	for (int k = xkb->min_key_code; k <= xkb->max_key_code; k++)
		for (int i = 0; i < XkbKeyNumSyms(xkb, k); i++) {
			KeySym sym = XkbKeySymsPtr(xkb, k)[i];

			if (!is_new(sym))
				continue;
			printf("0x%lx ", sym);
			print_text(sym);
			putchar('\n');
		}
	return 0;
}

static void
cover_screen(void)
{
	int screen = DefaultScreen(display);
	XSetWindowAttributes a = { .override_redirect = True,
		.event_mask = ExposureMask | KeyPressMask | KeyReleaseMask |
		    ButtonPressMask | ButtonReleaseMask | PointerMotionMask };
	Window w = XCreateWindow(display, DefaultRootWindow(display), 0, 0,
	    (unsigned int)DisplayWidth(display, screen),
	    (unsigned int)DisplayHeight(display, screen), 0, CopyFromParent,
	    InputOutput, CopyFromParent, CWOverrideRedirect | CWEventMask, &a);
	XEvent e;

	XMapRaised(display, w);
	XWindowEvent(display, w, ExposureMask, &e);
	XSetInputFocus(display, w, RevertToPointerRoot, CurrentTime);
	XSync(display, False);
}

int
main(int argc, char **argv)
{
	int slow_ms = 0;
	bool query = false, map = false;
	int ch;

	while ((ch = getopt(argc, argv, "mqs:t")) != -1)
		switch (ch) {
		case 'm':
			map = true;
			break;
		case 'q':
			query = true;
			break;
		case 's':
			slow_ms = atoi(optarg);
			break;
		case 't':
			text_only = true;
			break;
		default:
			return 100;
		}
	display = XOpenDisplay(NULL);
	if (!display)
		return 111;
	if (map)
		return print_map();
	if (query)
		return print_held();
	cover_screen();
	puts("ready");
	for (;;) {
		XEvent e;

		fflush(stdout);
		XNextEvent(display, &e);
		print_event(&e);
		if (e.type == KeyPress && slow_ms)
			poll(NULL, 0, slow_ms);
	}
}
