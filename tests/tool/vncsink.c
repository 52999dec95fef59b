/*
 * vncsink - a viewer by libvncclient, as Remmina and KRDC are
 *
 * usage: vncsink PORT PASSWORD
 *
 * Does what lines of standard input say: "shot FILE" writes the picture as PPM,
 * "type TEXT" and "copy TEXT" send that, "size W H" asks for that size.  Prints
 * a line "copied TEXT" when the server has copied it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rfb/rfbclient.h>

static const char *password;

static char *
give_password(rfbClient *c)
{
	(void)c;
	return strdup(password);
}

static void
tell_copied(rfbClient *c, const char *text, int len)
{
	(void)c;
	printf("copied %.*s\n", len, text);
	fflush(stdout);
}

static void
shoot(const rfbClient *c, const char *path)
{
	size_t n = (size_t)c->width * (size_t)c->height;
	FILE *f = fopen(path, "w");

	if (!f)
		exit(111);
	fprintf(f, "P6 %d %d 255\n", c->width, c->height);
	for (size_t i = 0; i < n; i++)
		fwrite(c->frameBuffer + 4 * i, 3, 1, f);
	fclose(f);
}

static void
type(rfbClient *c, const char *text)
{
	SendPointerEvent(c, 200, 150, 0); /* the keys go where it is */
	for (; *text; text++)
		for (int down = 1; down >= 0; down--)
			SendKeyEvent(
			    c, (uint32_t)(unsigned char)*text, (rfbBool)down);
	SendKeyEvent(c, 0xff0d, TRUE);
	SendKeyEvent(c, 0xff0d, FALSE);
}

static void
resize(rfbClient *c, char *operand)
{
	char *height;
	long width = strtol(operand, &height, 10);

	SendExtDesktopSize(
	    c, (uint16_t)width, (uint16_t)strtol(height, NULL, 10));
}

static void
obey(rfbClient *c, char *line)
{
	char *operand = strchr(line, ' ');

	line[strcspn(line, "\n")] = '\0';
	if (!operand)
		exit(100);
	*operand++ = '\0';
	if (strcmp(line, "shot") == 0)
		shoot(c, operand);
	else if (strcmp(line, "type") == 0)
		type(c, operand);
	else if (strcmp(line, "copy") == 0)
		SendClientCutText(c, operand, (int)strlen(operand));
	else if (strcmp(line, "size") == 0)
		resize(c, operand);
}

int
main(int argc, char **argv)
{
	rfbClient *c = rfbGetClient(8, 3, 4);
	struct pollfd in = { .fd = 0, .events = POLLIN };
	char line[256];
	int n;

	if (argc != 3 || !c)
		return 100;
	setvbuf(stdin, NULL, _IONBF, 0);
	password = argv[2];
	c->serverHost = strdup("localhost");
	c->serverPort = atoi(argv[1]);
	c->canHandleNewFBSize = TRUE;
	c->GetPassword = give_password;
	c->GotXCutText = tell_copied;
	if (!rfbInitClient(c, NULL, NULL))
		return 1;
	while ((n = WaitForMessage(c, 20000)) >= 0) {
		if (n > 0 && !HandleRFBServerMessage(c))
			break;
		if (poll(&in, 1, 0) != 1)
			continue;
		if (!fgets(line, sizeof(line), stdin))
			break;
		obey(c, line);
	}
	rfbClientCleanup(c);
	return 0;
}
