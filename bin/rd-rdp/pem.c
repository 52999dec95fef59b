#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/die.h"
#include "server.h"

void
pem_load(const char *path, char out[PEM_MAX])
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		die(EXIT_PERM, errno, "cannot read '%s'", path);
	n = fread(out, 1, PEM_MAX, f);
	fclose(f);
	if (n == PEM_MAX)
		die(EXIT_PERM, 0, "'%s' is longer than %d bytes", path,
		    PEM_MAX - 1);
	out[n] = '\0';
	if (!strstr(out, "-----BEGIN "))
		die(EXIT_PERM, 0, "'%s' is not PEM", path);
}
