/* Control groups of both versions, made up in a folder; a GPU by sysfs. */
#include "../../bin/rd-portal/metrics.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"

#define GIB (1024.0 * 1024 * 1024)
#define CG "sys/fs/cgroup/"

static char dir[] = "/tmp/rd-metrics.XXXXXX";

static void
put(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	for (char *slash = strchr(path + sizeof(dir), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static void
clear(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s/*", dir);
	if (system(command))
		abort();
	put("proc/meminfo",
	    "MemTotal:       16777216 kB\nMemFree: 1 kB\n"
	    "MemAvailable:   12582912 kB\n");
	put("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 2 3\n");
}

static double
value(const cJSON *json, const char *of, const char *name)
{
	const cJSON *n =
	    cJSON_GetObjectItem(cJSON_GetObjectItem(json, of), name);

	return cJSON_IsNumber(n) ? n->valuedouble : -1;
}

static bool
is_near(double got, double want, const char *name)
{
	bool good = got > want - 0.01 && got < want + 0.01;

	if (!ok(good, "%s", name))
		printf("# got %f, want %f\n", got, want);
	return good;
}

static void
test_machine(struct metrics *m)
{
	cJSON *json = metrics_read(m, NULL, 1000000);

	is_near(value(json, "ram", "total"), 16 * GIB, "all memory");
	is_near(value(json, "ram", "used"), 4 * GIB, "that is not available");
	is_near(value(json, "ram", "percent"), 25, "in percent");
	is_near(value(json, "gpu", "amd_count"), -1, "no GPU of AMD");
	ok(!cJSON_GetObjectItem(json, "volume"), "no volume");
	cJSON_Delete(json);
	put("proc/stat", "cpu  150 0 150 800 0 0 0 0 0 0\n");
	json = metrics_read(m, NULL, 2000000);
	is_near(value(json, "cpu", "percent"),
	    100.0 / (double)sysconf(_SC_NPROCESSORS_ONLN),
	    "one processor's second in one second");
	cJSON_Delete(json);
}

static void
test_version2(struct metrics *m)
{
	cJSON *json;

	clear();
	put(CG "cpu.max", "150000 100000\n");
	put(CG "cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
	put(CG "memory.low", "0\n");
	put(CG "memory.max", "8589934592\n");
	put(CG "memory.current", "3221225472\n");
	put(CG "memory.stat", "anon 1\ninactive_file 1073741824\n");
	cJSON_Delete(metrics_read(m, NULL, 10000000));
	put(CG "cpu.stat", "usage_usec 1750000\nuser_usec 1\n");
	json = metrics_read(m, NULL, 11000000);
	is_near(value(json, "cpu", "count"), 1.5, "a quota of processors");
	is_near(value(json, "cpu", "percent"), 50, "half of it");
	is_near(value(json, "ram", "total"), 8 * GIB, "a limit of memory");
	is_near(value(json, "ram", "used"), 2 * GIB, "without the cache");
	cJSON_Delete(json);
	put(CG "cpu.stat", "usage_usec 9990000\n");
	json = metrics_read(m, NULL, 11000001);
	is_near(value(json, "cpu", "percent"), 50,
	    "who asks at the same time is told the same");
	cJSON_Delete(json);
	put(CG "memory.max", "max\n");
	put(CG "cpu.max", "max 100000\n");
	json = metrics_read(m, NULL, 12000000);
	is_near(value(json, "ram", "total"), 16 * GIB, "no limit");
	is_near(value(json, "cpu", "count"),
	    (double)sysconf(_SC_NPROCESSORS_ONLN), "no quota");
	cJSON_Delete(json);
}

static void
test_version1(struct metrics *m)
{
	cJSON *json;

	clear();
	put(CG "cpu/cpu.cfs_quota_us", "200000\n");
	put(CG "cpu/cpu.cfs_period_us", "100000\n");
	put(CG "cpuacct/cpuacct.usage", "1000000000\n");
	put(CG "memory/memory.soft_limit_in_bytes", "9223372036854771712\n");
	put(CG "memory/memory.limit_in_bytes", "4294967296\n");
	put(CG "memory/memory.usage_in_bytes", "2147483648\n");
	put(CG "memory/memory.stat", "total_inactive_file 1073741824\n");
	cJSON_Delete(metrics_read(m, NULL, 20000000));
	put(CG "cpuacct/cpuacct.usage", "3000000000\n");
	json = metrics_read(m, NULL, 21000000);
	is_near(value(json, "cpu", "count"), 2, "version 1: a quota");
	is_near(value(json, "cpu", "percent"), 100, "all of it");
	is_near(value(json, "ram", "total"), 4 * GIB, "the hard limit");
	is_near(value(json, "ram", "used"), 1 * GIB, "without the cache");
	cJSON_Delete(json);
}

static void
test_gpu(struct metrics *m)
{
	cJSON *json;

	clear();
	put("sys/class/drm/card0/device/gpu_busy_percent", "40\n");
	put("sys/class/drm/card0/device/mem_info_vram_used", "1073741824\n");
	put("sys/class/drm/card0/device/mem_info_vram_total", "4294967296\n");
	put("sys/class/drm/card0-DP-1/device/gpu_busy_percent", "99\n");
	put("sys/class/drm/card1/device/vendor", "0x8086\n");
	put("sys/class/drm/card2/device/gpu_busy_percent", "60\n");
	json = metrics_read(m, NULL, 30000000);
	is_near(value(json, "gpu", "amd_count"), 2, "two GPUs of AMD");
	is_near(value(json, "gpu", "avg_load_percent"), 50, "on average");
	is_near(value(json, "gpu", "memory_used"), -1,
	    "memory that one of them does not tell");
	cJSON_Delete(json);
	put("sys/class/drm/card2/device/mem_info_vram_used", "1073741824\n");
	put("sys/class/drm/card2/device/mem_info_vram_total", "4294967296\n");
	json = metrics_read(m, NULL, 31000000);
	is_near(value(json, "gpu", "memory_total"), 8192, "in MB");
	is_near(value(json, "gpu", "memory_percent"), 25, "in percent");
	cJSON_Delete(json);
}

int
main(void)
{
	struct metrics m;
	char command[64];

	if (!mkdtemp(dir))
		abort();
	is_int(metrics_open(&m, "/does/not/exist"), -2, "no such folder");
	clear();
	is_int(metrics_open(&m, dir), 0, "a machine that is made up");
	test_machine(&m);
	test_version2(&m);
	test_version1(&m);
	test_gpu(&m);
	metrics_close(&m);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	ok(system(command) == 0, "nothing is left behind");
	return done_testing();
}
