#include "png64.h"

#include <png.h>

enum { PNG_MAX = PNG64_MAX / 4 * 3 };

static size_t
base64(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";
	char *start = out;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)p[i] << 16;

		v |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
		v |= left > 2 ? p[i + 2] : 0u;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[v & 63] : '=';
	}
	return (size_t)(out - start);
}

size_t
png64(const uint32_t *argb, unsigned int width, unsigned int height, char *out)
{
	static uint8_t png[PNG_MAX];
	png_image image = { .version = PNG_IMAGE_VERSION,
		.width = width,
		.height = height,
		.format = PNG_FORMAT_BGRA };
	png_alloc_size_t len = PNG_MAX;

	if (!png_image_write_to_memory(&image, png, &len, 0, argb, 0, NULL))
		len = 0;
	png_image_free(&image);
	return base64(png, len, out);
}
