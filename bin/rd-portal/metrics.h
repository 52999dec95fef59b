/*
 * metrics.h - how busy the machine, or the part of it that is ours, is
 *
 * Linux: control groups of either version, or all of it.  Read when asked;
 * the load of the CPU is that since it was asked for last.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdint.h>

#include <cjson/cJSON.h>

struct metrics {
	int root;               /* the folder that /proc and /sys are in */
	int64_t at_us, used_us; /* when asked last, and of CPU until then */
	double load;            /* between the last two times */
};

/* root is "/" but in tests.  Negative errno. */
int metrics_open(struct metrics *m, const char *root);
void metrics_close(struct metrics *m);

/* As JSON; workspace, or NULL, is said when it is on a disk of its own. */
cJSON *metrics_read(struct metrics *m, const char *workspace, int64_t now_us);

/* gpu.c: NVIDIA's by its library, AMD's by sysfs. */
cJSON *gpu_read(int root);

#endif
