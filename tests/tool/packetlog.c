/*
 * packetlog - a link of packets as lines of text
 *
 * usage: packetlog [-o file] address [control ...]
 *
 * Sends the control lines, then prints "KIND FLAGS LENGTH SEQ CAPTURE_US
 * DONE_US WHAT" for each packet until the link ends or it is killed: WHAT is
 * the NAL unit types of video, the line of a cursor, else "-".  With -o the
 * payloads of video and audio are written to file as well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "link/link.h"
#include "packets/packets.h"

static struct loop loop;
static FILE *file;

/* RFC 6184 section 1.3: what follows a start code is the NAL unit's type. */
static void
print_nals(const struct packet *p)
{
	const char *comma = "";

	for (uint32_t i = 0; i + 3 < p->len; i++)
		if (p->payload[i] == 0 && p->payload[i + 1] == 0 &&
		    p->payload[i + 2] == 1) {
			printf("%s%d", comma, p->payload[i + 3] & 31);
			comma = ",";
		}
}

static void
print_packet(const struct packet *p)
{
	static const char *const kinds[] = { "?", "video", "audio", "cursor" };

	printf("%s %u %u %u %llu %llu ", kinds[p->kind <= 3 ? p->kind : 0],
	    p->flags, p->len, p->seq, (unsigned long long)p->capture_us,
	    (unsigned long long)p->done_us);
	if (p->codec == CODEC_H264)
		print_nals(p);
	else if (p->codec == CODEC_LINE)
		printf("%.*s", (int)p->len, (const char *)p->payload);
	else
		printf("-");
	printf("\n");
	fflush(stdout);
	if (file && p->kind != PACKET_CURSOR)
		fwrite(p->payload, 1, p->len, file);
}

static ssize_t
input(struct link *l, const uint8_t *data, size_t len)
{
	struct packet p;
	ssize_t n = packet_decode(&p, data, len);

	(void)l;
	if (n > 0)
		print_packet(&p);
	return n;
}

static void
down(struct link *l, int err)
{
	(void)l;
	if (err)
		die(EXIT_TEMP, err, "lost the link");
	loop_stop(&loop);
}

int
main(int argc, char **argv)
{
	static const struct link_ops ops = { .input = input, .down = down };
	struct link_config c = { .ops = &ops,
		.in_size = PACKET_HEADER + PACKET_MAX,
		.out_size = 4096 };
	struct link l;
	int ch, err;

	prog_init(argv[0]);
	while ((ch = opt_next(argc, argv, ":o:", NULL)) != -1)
		if (ch == 'o')
			file = fopen(optarg, "w");
	if (optind == argc || loop_init(&loop))
		die(EXIT_PERM, 0,
		    "usage: packetlog [-o file] address [control ...]");
	if ((err = link_connect(&l, &loop, argv[optind], &c)))
		die(EXIT_TEMP, err, "cannot connect to '%s'", argv[optind]);
	while (++optind < argc) {
		char line[256];
		int n = snprintf(line, sizeof(line), "%s\n", argv[optind]);

		link_send(&l, line, (size_t)n, -1);
	}
	loop_run(&loop);
	link_close(&l);
	if (file)
		fclose(file);
	return 0;
}
