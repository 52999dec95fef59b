#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/die.h"
#include "base/log.h"
#include "server.h"

/* One line each to take; false, and says why, when it is of no use. */
static bool
read_lines(const struct files *files, enum file which, struct credentials *c,
    int (*take)(struct credentials *, const char *))
{
	FILE *f = files_open(files, which);
	const char *path = files->paths[which];
	struct stat st;
	char *line = NULL;
	size_t size = 0, number = 0;
	ssize_t len;
	int err = f ? 0 : -errno;

	if (f && fstat(fileno(f), &st) == 0 && st.st_mode & 077)
		log_warn("'%s' can be read by others: chmod 600", path);
	while (!err && (len = getline(&line, &size, f)) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		err = take(c, line);
		explicit_bzero(line, size);
	}
	free(line);
	if (f)
		fclose(f);
	if (!err)
		return true;
	if (number)
		log_error("%s:%zu: %s", path, number,
		    err == -ENOSPC       ? "too many"
			: err == -EINVAL ? "expected NAME PASSWORD, or a "
					   "secret of at most 255 bytes"
					 : strerror(-err));
	else
		log_error("cannot read '%s': %s", path, strerror(-err));
	return false;
}

static bool
load(struct server *s, struct credentials *c)
{
	const struct files *f = &s->files;

	return (!f->paths[FILE_SECRETS] ||
		   read_lines(f, FILE_SECRETS, c, credentials_secret)) &&
	    (!f->paths[FILE_USERS] ||
		read_lines(f, FILE_USERS, c, credentials_user));
}

/* The chain: a server's certificate, then who signed it. */
static bool
use_certificates(SSL_CTX *tls, FILE *f)
{
	X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
	bool good = x && SSL_CTX_use_certificate(tls, x) == 1;

	X509_free(x);
	while (good && (x = PEM_read_X509(f, NULL, NULL, NULL)))
		if (!(good = SSL_CTX_add0_chain_cert(tls, x) == 1))
			X509_free(x);
	return good &&
	    ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

static bool
use_key(SSL_CTX *tls, FILE *f)
{
	static char no_password[] = "";
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, no_password);
	bool good = key && SSL_CTX_use_PrivateKey(tls, key) == 1;

	EVP_PKEY_free(key);
	return good;
}

static bool
use_file(const struct files *files, enum file which, SSL_CTX *tls,
    bool (*use)(SSL_CTX *, FILE *))
{
	FILE *f = files_open(files, which);
	bool good = f && use(tls, f);

	if (!good)
		log_error("'%s' is of no use: %s", files->paths[which],
		    f ? "expected PEM, and the key of the certificate"
		      : strerror(errno));
	if (f)
		fclose(f);
	ERR_clear_error();
	return good;
}

static SSL_CTX *
load_tls(const struct server *s)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_server_method());

	if (!tls)
		return NULL;
	SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(tls,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	if (use_file(&s->files, FILE_CERT, tls, use_certificates) &&
	    use_file(&s->files, FILE_KEY, tls, use_key))
		return tls;
	SSL_CTX_free(tls);
	return NULL;
}

/* All is replaced, or nothing: what works goes on working. */
static bool
reload(struct server *s)
{
	struct credentials c = { 0 };
	SSL_CTX *tls = NULL;

	if (!load(s, &c) ||
	    (s->files.paths[FILE_CERT] && !(tls = load_tls(s)))) {
		credentials_clear(&c);
		return false;
	}
	credentials_clear(&s->turn.credentials);
	s->turn.credentials = c;
	SSL_CTX_free(s->tls);
	s->tls = tls;
	explicit_bzero(&c, sizeof(c));
	return true;
}

void
secrets_load(struct server *s)
{
	bool first = !s->turn.allocs;

	if (!reload(s)) {
		if (first)
			exit(EXIT_PERM);
		log_error("nothing was loaded: the old files stay in force");
	} else if (!first)
		log_info("files are loaded again");
	if (!s->turn.credentials.nsecrets && !s->turn.credentials.nusers)
		log_warn("no secret and no user: nobody can relay");
}

void
secrets_print(const struct files *f, const char *id, long lifetime_s)
{
	struct credentials c = { 0 };
	char name[CREDENTIAL_NAME], password[CREDENTIAL_PASSWORD];
	int len;

	if (!f->paths[FILE_SECRETS])
		die(EXIT_PERM, 0, "option -g needs -s, the file of the secret");
	if (!read_lines(f, FILE_SECRETS, &c, credentials_secret))
		exit(EXIT_PERM);
	if (!c.nsecrets)
		die(EXIT_PERM, 0, "no secret in '%s'", f->paths[FILE_SECRETS]);
	len = snprintf(name, sizeof(name), "%lld:%s",
	    (long long)time(NULL) + lifetime_s, id);
	if (len >= (int)sizeof(name) || id[strcspn(id, " \t\r\n")])
		die(EXIT_PERM, 0,
		    "option -g: a name without blanks, of at "
		    "most 240 bytes");
	credentials_password(password, c.secrets[0], name);
	credentials_clear(&c);
	if (printf("%s %s\n", name, password) < 0 || fflush(stdout))
		die(EXIT_TEMP, errno, "cannot write to standard output");
}
