/*
 * watch.h - an RFB client that looks at one small part of the picture
 *
 * It takes what servers send as fast as viewers do, in their encodings, but
 * keeps only the part where workload draws its barcode; of what lies beside
 * it only as much is decoded as has to be.
 */
#ifndef VNCWATCH_WATCH_H
#define VNCWATCH_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* The barcode, as workload.c has it. */
	WATCH_X = 1536,
	WATCH_Y = 64,
	WATCH_W = 256,
	WATCH_H = 16,
};

enum watch_encoding {
	ENC_RAW = 0,
	ENC_COPYRECT = 1,
	ENC_TIGHT = 7,
	ENC_ZRLE = 16,
	ENC_LAST_RECT = -224,
	ENC_FENCES = -312,
	ENC_CONTINUOUS = -313,
	ENC_QUALITY = -32, /* and nine above it */
	ENC_COMPRESS = -256,
};

struct area {
	int x, y, w, h;
};

/* input.c: bytes from the server; all end the program when there are none */
void input_open(int fd);
const uint8_t *input_take(size_t len); /* until the next one */
uint8_t input_u8(void);
uint16_t input_u16(void);
uint32_t input_u32(void);
uint64_t input_count(void); /* bytes taken so far */

/* part.c: the pixels that are kept, each 0xRRGGBB */
extern bool part_discard; /* none are */
bool part_meets(struct area a);
void part_put(int x, int y, uint32_t pixel);
void part_fill(struct area a, uint32_t pixel);
/* The barcode's number; -1: none is shown. */
int part_number(void);

/* One rectangle each. */
void raw_read(struct area a);
void zrle_read(struct area a);
void tight_read(struct area a);

#endif
