#include "cavlc.h"

#include <stdlib.h>

/*
 * A code of the tables is one byte: its length less one, then its value, of
 * which no more than four bits are ever not zero.
 */

/*
 * Table 9-5: nC below 2, below 4, below 8; by TotalCoeff, then TrailingOnes, a
 * byte each from the right.
 */
static const uint32_t tokens[3][17] = {
	{ 0x00000001, 0x00001155, 0x00215477, 0x43657687, 0x53758697,
	    0x648596a7, 0x7495a6cf, 0x84a5cecb, 0x94cdcac8, 0xa4c9dedf,
	    0xccdddadb, 0xdcd9eeef, 0xd8edeaeb, 0xece9e1ff, 0xe8fdfefb,
	    0xfcf9faf7, 0xf8f5f6f4 },
	{ 0x00000013, 0x0000125b, 0x00234757, 0x35595a67, 0x34555677,
	    0x46656674, 0x58757687, 0x548586af, 0x64adaeab, 0x84a9aabf,
	    0xacbdbebb, 0xa8b9bab8, 0xbccdcecf, 0xccc9cacb, 0xc8c6dbc7,
	    0xc1dad8d9, 0xd4d5d6d7 },
	{ 0x0000003f, 0x00003e5f, 0x003d4f5b, 0x3c4e4c58, 0x3b4b4a6f,
	    0x3a49486b, 0x395d5e69, 0x38595a68, 0x4d6d6e7f, 0x5c6a7e7b,
	    0x6c7d7a8f, 0x7c798e8b, 0x788d8a88, 0x8c89879d, 0x9a9b9c99,
	    0x96979895, 0x92939491 },
};
/* And nC -1. */
static const uint32_t dc_tokens[5] = { 0x00000011, 0x00000157, 0x00215654,
	0x55626353, 0x60727352 };

/* Tables 9-7 and 9-8: by TotalCoeff less one, and total_zeros. */
static const uint8_t all_zeros[15][16] = {
	{ 0x01, 0x23, 0x22, 0x33, 0x32, 0x43, 0x42, 0x53, 0x52, 0x63, 0x62,
	    0x73, 0x72, 0x83, 0x82, 0x81 },
	{ 0x27, 0x26, 0x25, 0x24, 0x23, 0x35, 0x34, 0x33, 0x32, 0x43, 0x42,
	    0x53, 0x52, 0x51, 0x50 },
	{ 0x35, 0x27, 0x26, 0x25, 0x34, 0x33, 0x24, 0x23, 0x32, 0x43, 0x42,
	    0x51, 0x41, 0x50 },
	{ 0x43, 0x27, 0x35, 0x34, 0x26, 0x25, 0x24, 0x33, 0x23, 0x32, 0x42,
	    0x41, 0x40 },
	{ 0x35, 0x34, 0x33, 0x27, 0x26, 0x25, 0x24, 0x23, 0x32, 0x41, 0x31,
	    0x40 },
	{ 0x51, 0x41, 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x31, 0x21, 0x50 },
	{ 0x51, 0x41, 0x25, 0x24, 0x23, 0x13, 0x22, 0x31, 0x21, 0x50 },
	{ 0x51, 0x31, 0x41, 0x23, 0x13, 0x12, 0x22, 0x21, 0x50 },
	{ 0x51, 0x50, 0x31, 0x13, 0x12, 0x21, 0x11, 0x41 },
	{ 0x41, 0x40, 0x21, 0x13, 0x12, 0x11, 0x31 },
	{ 0x30, 0x31, 0x21, 0x22, 0x01, 0x23 },
	{ 0x30, 0x31, 0x11, 0x01, 0x21 },
	{ 0x20, 0x21, 0x01, 0x11 },
	{ 0x10, 0x11, 0x01 },
	{ 0x00, 0x01 },
};
/* Table 9-9 (a). */
static const uint8_t dc_zeros[3][4] = {
	{ 0x01, 0x11, 0x21, 0x20 },
	{ 0x01, 0x11, 0x10 },
	{ 0x01, 0x00 },
};

/* Table 9-10: by zerosLeft less one, and run_before. */
static const uint8_t runs[7][15] = {
	{ 0x01, 0x00 },
	{ 0x01, 0x11, 0x10 },
	{ 0x13, 0x12, 0x11, 0x10 },
	{ 0x13, 0x12, 0x11, 0x21, 0x20 },
	{ 0x13, 0x12, 0x23, 0x22, 0x21, 0x20 },
	{ 0x13, 0x20, 0x21, 0x23, 0x22, 0x25, 0x24 },
	{ 0x27, 0x26, 0x25, 0x24, 0x23, 0x22, 0x21, 0x31, 0x41, 0x51, 0x61,
	    0x71, 0x81, 0x91, 0xa1 },
};

static void
put_code(struct bits *b, uint8_t code)
{
	bits_put(b, code & 15, (code >> 4) + 1u);
}

static void
put_token(struct bits *b, unsigned int total, unsigned int ones, int nc)
{
	const uint32_t *table = tokens[(nc >= 2) + (nc >= 4)];

	if (nc == CAVLC_CHROMA_DC)
		table = dc_tokens;
	if (nc >= 8)
		bits_put(b, total ? (total - 1) << 2 | ones : 3, 6);
	else
		put_code(b, (uint8_t)(table[total] >> 8 * ones));
}

/* Section 9.2.2.1: code is levelCode, suffix is suffixLength. */
static void
put_level(struct bits *b, unsigned int code, unsigned int suffix)
{
	unsigned int escape = suffix ? 15u << suffix : 30;

	if (code >= escape)
		bits_put(b, 1u << 12 | (code - escape), 28);
	else if (suffix)
		bits_put(b, 1u << suffix | (code & ((1u << suffix) - 1)),
		    (code >> suffix) + 1 + suffix);
	else if (code < 14)
		bits_put(b, 1, code + 1);
	else
		bits_put(b, 1u << 4 | (code - 14), 19);
}

/* Section 9.2.2: those after the trailing ones, the highest frequency first. */
static void
put_levels(struct bits *b, const int16_t *level, unsigned int n,
    unsigned int total, unsigned int ones)
{
	unsigned int suffix = total > 10 && ones < 3;
	unsigned int known = ones < 3 ? 2 : 0; /* it is no third trailing one */

	for (unsigned int i = 0; i < n; i++) {
		unsigned int size = (unsigned int)abs(level[i]);

		put_level(b, 2 * size - (level[i] < 0 ? 1 : 2) - known, suffix);
		known = 0;
		if (suffix == 0)
			suffix = 1;
		if (size > 3u << (suffix - 1) && suffix < 6)
			suffix++;
	}
}

/* Section 9.2.3. */
static void
put_runs(
    struct bits *b, const uint8_t *run, unsigned int total, unsigned int zeros)
{
	for (unsigned int i = 0; i + 1 < total && zeros; i++) {
		put_code(b, runs[zeros < 7 ? zeros - 1 : 6][run[i]]);
		zeros -= run[i];
	}
}

void
cavlc_put(struct bits *b, const int16_t *level, unsigned int n, int nc)
{
	int16_t found[16]; /* from the end */
	uint8_t run[16];   /* of zeros before each */
	unsigned int total = 0, ones = 0, zeros = 0, signs = 0;

	for (unsigned int i = n; i-- > 0;)
		if (level[i]) {
			found[total] = level[i];
			run[total++] = 0;
		} else if (total) {
			run[total - 1]++;
			zeros++;
		}
	for (; ones < total && ones < 3 && abs(found[ones]) == 1; ones++)
		signs = signs << 1 | (found[ones] < 0);
	put_token(b, total, ones, nc);
	bits_put(b, signs, ones);
	put_levels(b, found + ones, total - ones, total, ones);
	if (total && total < n)
		put_code(b,
		    n == 4 ? dc_zeros[total - 1][zeros]
			   : all_zeros[total - 1][zeros]);
	put_runs(b, run, total, zeros);
}
