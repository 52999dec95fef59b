/*
 * half.h - a picture of half the size, either way
 *
 * libyuv's result depends on how much is scaled at once, and so would differ
 * where only damage is.
 */
#ifndef ENCODE_HALF_H
#define ENCODE_HALF_H

#include <stdint.h>

/*
 * Average 2x2 pixels of 4 bytes each, first from above to below: width x
 * height of them into rows that follow one another.
 */
void half_size(
    const uint8_t *from, uint32_t stride, uint8_t *to, int width, int height);

#endif
