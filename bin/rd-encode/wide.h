/*
 * wide.h - pixels into I420 in the colours of RDP: BT.709, full range
 *
 * [MS-RDPEGFX] 3.3.8.3.1, but with coefficients that leave white white.
 */
#ifndef ENCODE_WIDE_H
#define ENCODE_WIDE_H

#include <stdint.h>

/*
 * From BGRX, width x height pixels; strides in bytes.  What 2x2 pixels share
 * is their average; an odd last column or row stands for two.
 */
void wide_convert(const uint8_t *pixels, uint32_t stride, uint8_t *const to[3],
    const int strides[3], int width, int height);

#endif
