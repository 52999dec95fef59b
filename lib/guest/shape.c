#include "guest/shape.h"

#include <png.h>

#include <openssl/evp.h>

/* Base64 ends with what stands for no byte. */
static size_t
decode_base64(uint8_t *out, size_t size, const char *text, size_t len)
{
	int n = len / 4 * 3 <= size
	    ? EVP_DecodeBlock(out, (const uint8_t *)text, (int)len)
	    : -1;

	for (size_t i = len; n > 0 && i && text[i - 1] == '='; i--)
		n--;
	return n > 0 ? (size_t)n : 0;
}

bool
shape_decode(uint32_t argb[SHAPE_PIXELS], const struct frames_line *l)
{
	static uint8_t png[FRAMES_LINE_MAX];
	png_image image = { .version = PNG_IMAGE_VERSION };
	size_t n =
	    decode_base64(png, sizeof(png), l->cursor.png, l->cursor.png_len);

	if (!png_image_begin_read_from_memory(&image, png, n))
		return false;
	image.format = PNG_FORMAT_BGRA; /* words of alpha, red, green, blue */
	if ((int)image.width != l->cursor.width ||
	    (int)image.height != l->cursor.height) {
		png_image_free(&image);
		return false;
	}
	return png_image_finish_read(&image, NULL, argb, 0, NULL);
}
