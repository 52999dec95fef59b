#include "portal/apps.h"

#include <sys/stat.h>
#include <unistd.h>

#include "../tap.h"

static struct apps as, again;
static unsigned nbad;
static char bad_entry[128], bad_why[128];

static void
tell(void *arg, const char *entry, const char *why)
{
	(void)arg;
	nbad++;
	snprintf(bad_entry, sizeof(bad_entry), "%.120s", entry);
	snprintf(bad_why, sizeof(bad_why), "%s", why);
}

static const struct apps_bad bad = { tell, NULL };

static void
parse(const char *config)
{
	char *copy = exact(config, strlen(config) + 1);

	nbad = 0;
	apps_parse(&as, copy, bad);
	free(copy);
}

static const char *
read_yaml(const char *text, size_t len)
{
	char *copy = exact(text, len);
	const char *why;

	nbad = 0;
	why = apps_read_yaml(&again, copy, len, bad);
	free(copy);
	return why;
}

static bool
is_app(const struct app *a, const char *host, unsigned external,
    unsigned internal, const char *path, const char *name)
{
	return strcmp(a->host, host) == 0 && a->external == external &&
	    a->internal == internal && strcmp(a->path, path) == 0 &&
	    strcmp(a->name, name) == 0;
}

#define TEMPLATE                                                               \
	"localhost:1111:11111:/:Instance Portal|"                              \
	"localhost:6100:16100:/:Selkies Low Latency Desktop|"                  \
	"localhost:6200:16200:/guacamole:Apache Guacamole Desktop (VNC)|"      \
	"localhost:8080:8080:/:Jupyter|"                                       \
	"localhost:8080:8080:/terminals/1:Jupyter Terminal|"                   \
	"localhost:8384:18384:/:Syncthing"

static void
test_template(void)
{
	parse(TEMPLATE);
	is_int(as.n, 6, "the template's six applications");
	is_int(nbad, 0, "none of them bad");
	ok(is_app(
	       &as.list[0], "localhost", 1111, 11111, "/", "Instance Portal"),
	    "the first");
	ok(is_app(&as.list[4], "localhost", 8080, 8080, "/terminals/1",
	       "Jupyter Terminal"),
	    "one with a path");
	ok(is_app(&as.list[5], "localhost", 8384, 18384, "/", "Syncthing"),
	    "the last");
}

static void
test_entries(void)
{
	static const struct {
		const char *config;
		unsigned n, bad;
	} rows[] = {
		{ "", 0, 0 },
		{ "h:1:2:/:a:b:c", 1, 0 },
		{ "h: 1 : 2:/:spaces", 1, 0 },
		{ "h:1:2::no path", 1, 0 },
		{ "h:65535:1:/:x", 1, 0 },
		{ "h:1:2:/:x|h:1:3:/:x", 1, 0 },
		{ "h:1:2:/:x|h:1:2:/y:y", 2, 0 },
		{ "h:1:1:/:x|h:1:2:/y:y", 2, 0 },
		{ "h:1:2:/:x|h:1:3:/:y", 1, 1 },
		{ "h:1:2:/:x|", 1, 1 },
		{ "|h:1:2:/:x", 1, 1 },
		{ "h:1:2:/:x||h:2:3:/:y", 2, 1 },
		{ "h:1:2:/", 0, 1 },
		{ "h:1:2:/:", 0, 1 },
		{ ":1:2:/:x", 0, 1 },
		{ "h h:1:2:/:x", 0, 1 },
		{ "h{}:1:2:/:x", 0, 1 },
		{ "h:0:2:/:x", 0, 1 },
		{ "h:1:65536:/:x", 0, 1 },
		{ "h:1:99999999999999999999:/:x", 0, 1 },
		{ "h:-1:2:/:x", 0, 1 },
		{ "h:1:two:/:x", 0, 1 },
		{ "h:1:2:/\n:x", 0, 1 },
		{ "h:1:2:/:x\ty", 0, 1 },
		{ "h:1:2:/:\xff", 0, 1 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		parse(rows[i].config);
		ok(as.n == rows[i].n && nbad == rows[i].bad,
		    "config %zu: %u good, %u bad", i, rows[i].n, rows[i].bad);
	}
	parse("h:1:2:/:a|bogus:x|h:3:4:/:b");
	ok(as.n == 2 && strcmp(bad_entry, "bogus:x") == 0,
	    "a bad entry is named, and the others stay");
	parse("h:1:2:/:x|h:5:6:/:z|h:3:4:/new:x");
	ok(as.n == 2 && is_app(&as.list[0], "h", 3, 4, "/new", "x"),
	    "of two with one name the last, in the place of the first");
}

static void
test_limits(void)
{
	static char config[APPS_MAX * 32 + 64], *p = config;

	for (int i = 0; i <= APPS_MAX; i++)
		p += sprintf(p, "%sh:%d:%d:/:app %d", i ? "|" : "", 1000 + i,
		    11000 + i, i);
	parse(config);
	ok(as.n == APPS_MAX && nbad == 1, "64 applications and no more");
	memset(config, 'x', sizeof(config) - 1);
	memcpy(config, "h:1:2:/:", 8);
	parse(config);
	ok(as.n == 0 && nbad == 1, "a name that is too long");
}

static void
test_prefixes(void)
{
	static char text[APPS_TEXT_MAX];
	char *copy;
	long len;
	bool good = true;

	for (size_t i = 0; i <= strlen(TEMPLATE); i++) {
		copy = exact(TEMPLATE, strlen(TEMPLATE) + 1);
		copy[i] = '\0';
		parse(copy);
		good = good && as.n + nbad <= 7 && nbad <= 1;
		free(copy);
	}
	ok(good, "every prefix of the template: at most one entry is bad");
	parse(TEMPLATE);
	len = apps_print_yaml(&as, text, sizeof(text));
	ok(len > 0, "printed as YAML");
	for (long i = 0; i < len; i++)
		read_yaml(text, (size_t)i);
	ok(!read_yaml(text, (size_t)len) && nbad == 0 && again.n == as.n &&
		memcmp(as.list, again.list, as.n * sizeof(*as.list)) == 0,
	    "after every prefix of it all of it, which is the same again");
	good = true;
	for (long i = 0; i < len; i++)
		good = good && apps_print_yaml(&as, text, (size_t)i) < 0;
	ok(good, "and it is not printed into less room");
}

static void
test_yaml(void)
{
#define APP                                                                    \
	"{hostname: localhost, external_port: 1111, internal_port: "           \
	"11111, open_path: /, name: x}"
	static const struct {
		const char *text, *why; /* NULL: good */
		unsigned n, bad;
	} rows[] = {
		{ "applications:\n  x: " APP "\n", NULL, 1, 0 },
		{ "{applications: {x: " APP ", y: 3}, z: 1}", NULL, 1, 1 },
		{ "applications:\n  x: {hostname: h, external_port: '1', "
		  "internal_port: 2, open_path: ''}\n",
		    NULL, 1, 0 },
		{ "applications:\n  x: {hostname: h, external_port: 1}\n", NULL,
		    0, 1 },
		{ "applications: {a: &a " APP ", b: *a}", NULL, 2, 0 },
		{ "applications: {? [x] : 1}", NULL, 0, 1 },
		{ "", "is empty", 0, 0 },
		{ "# nothing\n", "has no applications", 0, 0 },
		{ "applications: {}\n", "has no application", 0, 0 },
		{ "applications: [x]\n",
		    "has applications that are not a mapping", 0, 0 },
		{ "applications:\n", "has applications that are not a mapping",
		    0, 0 },
		{ "- applications\n", "has no applications", 0, 0 },
		{ "applications: {x: {hostname", "is not YAML", 0, 0 },
		{ "\t\x80", "is not YAML", 0, 0 },
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		const char *why = read_yaml(rows[i].text, strlen(rows[i].text));

		ok(!why == !rows[i].why &&
			(!why || strcmp(why, rows[i].why) == 0) &&
			again.n == rows[i].n && nbad == rows[i].bad,
		    "yaml %zu: %s, %u good, %u bad", i,
		    rows[i].why ? rows[i].why : "good", rows[i].n, rows[i].bad);
	}
}

static void
test_ways(void)
{
	static char *const mapped[] = { "VAST_TCP_PORT_1111=40001",
		"VAST_TCP_PORT_8080=40002", "VAST_TCP_PORT_6200=", NULL };
	static char *const none[] = { "HOME=/", NULL };

	parse(TEMPLATE "|localhost:1111:11111:/#/logs:Logs");
	is_int(apps_mapped(mapped, 1111), 40001, "a port that leads here");
	is_int(apps_mapped(mapped, 6100), 0, "one that does not");
	is_int(apps_mapped(mapped, 6200), 0, "an empty variable");
	is_int(apps_mapped(none, 6200), 6200, "no variables: itself");
	is_int(apps_way(&as, 0, mapped), APP_EDGE, "the edge listens");
	is_int(apps_way(&as, 1, mapped), APP_CLOSED, "nobody does");
	is_int(apps_way(&as, 3, mapped), APP_DIRECT, "equal ports");
	is_int(apps_way(&as, 6, mapped), APP_ALIAS, "the edge does already");
	is_int(apps_way(&as, 1, none), APP_EDGE, "no variables");
}

struct file {
	char dir[32], path[64], link[64];
};

static void
put(const struct file *f, const char *text)
{
	FILE *out = fopen(f->path, "w");

	if (!out || fputs(text, out) < 0 || fclose(out))
		abort();
}

static bool
load(const struct file *f, const char *config, const char **why, int *err)
{
	nbad = 0;
	return apps_load(&as, f->path, config, bad, why, err);
}

static void
test_load(const struct file *f)
{
	static const char yaml[] = "applications: {mine: " APP "}\n";
	const char *why;
	struct stat st;
	int err;

	ok(!load(f, NULL, &why, &err), "neither file nor config");
	ok(load(f, "", &why, &err) && !err && as.n == 0, "an empty config");
	ok(load(f, "h:1:2:/:x", &why, &err) && !err && as.n == 1 &&
		strcmp(why, "has no application") == 0,
	    "its file gives way to one that is not");
	ok(stat(f->path, &st) == 0 && (st.st_mode & 0777) == 0644,
	    "all may read it");
	ok(load(f, "h:1:2:/:y", &why, &err) && !why &&
		strcmp(as.list[0].name, "x") == 0,
	    "from then on the file counts");
	put(f, yaml);
	chmod(f->path, 0640);
	ok(load(f, "h:1:2:/:y", &why, &err) && as.n == 1 && !why &&
		strcmp(as.list[0].name, "mine") == 0,
	    "edited by hand as well");
	put(f, "applications: [");
	if (symlink(f->path, f->link))
		abort();
	ok(apps_load(&as, f->link, "h:1:2:/:y", bad, &why, &err) && !err &&
		strcmp(why, "is not YAML") == 0 && as.n == 1,
	    "broken, by a link: made anew");
	ok(stat(f->path, &st) == 0 && (st.st_mode & 0777) == 0640 &&
		lstat(f->link, &st) == 0 && S_ISLNK(st.st_mode),
	    "mode and link stay");
	unlink(f->path);
	ok(load(f, "bogus", &why, &err) && err && as.n == 0 && nbad == 1 &&
		access(f->path, F_OK) == -1,
	    "a config without a good entry makes no file");
	unlink(f->link);
	ok(rmdir(f->dir) == 0, "nothing is left behind");
	ok(load(f, "h:1:2:/:y", &why, &err) && err && as.n == 1,
	    "a file that cannot be written");
}

int
main(void)
{
	struct file f = { .dir = "/tmp/rd-apps.XXXXXX" };

	if (!mkdtemp(f.dir))
		abort();
	snprintf(f.path, sizeof(f.path), "%s/portal.yaml", f.dir);
	snprintf(f.link, sizeof(f.link), "%s/link", f.dir);
	test_template();
	test_entries();
	test_limits();
	test_prefixes();
	test_yaml();
	test_ways();
	test_load(&f);
	return done_testing();
}
