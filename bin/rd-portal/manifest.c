#include "portal/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "portal.h"

/* "item KIND 'WORD'... || return": sh reads in it what was there, to the byte.
 */
static void
print_item(void *arg, const char *kind, const char *const *words, size_t n)
{
	(void)arg;
	printf("item %s", kind);
	for (size_t i = 0; i < n; i++) {
		fputs(" '", stdout);
		for (const char *c = words[i]; *c; c++)
			if (*c == '\'')
				fputs("'\\''", stdout);
			else
				putchar(*c);
		putchar('\'');
	}
	puts(" || return");
}

void
manifest_print(const char *file)
{
	char *text = malloc(MANIFEST_TEXT_MAX);
	FILE *f = fopen(file, "re");
	const char *why;
	size_t len;

	if (!f || !text)
		die(EXIT_PERM, errno, "cannot read '%s'", file);
	len = fread(text, 1, MANIFEST_TEXT_MAX, f);
	if (ferror(f))
		die(EXIT_PERM, errno, "cannot read '%s'", file);
	fclose(f);
	if (len == MANIFEST_TEXT_MAX)
		die(EXIT_PERM, 0, "'%s' is longer than 1 MiB", file);
	why = manifest_read(text, len, print_item, NULL);
	if (why)
		die(EXIT_PERM, 0, "'%s' %s", file, why);
	free(text);
	if (fflush(stdout))
		die(EXIT_TEMP, errno, "cannot write to standard output");
}
