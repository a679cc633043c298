// SPDX-License-Identifier: GPL-2.0-or-later
/* Registries: who may come in. Names and passwords, and the tokens that are given for them. */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/base/path.h"
#include "lib/registry_private.h"

enum { AUTH_FILE_MAX = 1 << 20, DEPTH_MAX = 16, TOKEN_MAX = 65536 };

static const char *skip_blanks(const char *s)
{
	while (*s == ' ' || *s == '\t' || *s == ',')
		s++;
	return s;
}

/* One NAME="value" or NAME=value; NULL at the end or where there is none. */
static const char *take_parameter(const char *s, char **ret_name, char **ret_value)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"), len = 0;
	char *value;

	if (!n || s[n] != '=')
		return NULL;
	*ret_name = xstrndup(s, n);
	s += n + 1;
	value = xmalloc(strlen(s) + 1);
	if (*s == '"') {
		for (s++; *s && *s != '"'; s++) {
			if (*s == '\\' && s[1])
				s++;
			value[len++] = *s;
		}
		s += *s == '"';
	} else {
		while (*s && *s != ',' && *s != ' ')
			value[len++] = *s++;
	}
	value[len] = '\0';
	*ret_value = value;
	return s;
}

static void keep(char **to, char **value)
{
	free(*to);
	*to = STEAL(*value);
}

bool challenge_parse(const char *header, struct challenge *ret)
{
	struct challenge c = CHALLENGE_INIT;
	const char *s = skip_blanks(header);

	if (strncasecmp(s, "Bearer ", 7) != 0) {
		*ret = c;
		return strncasecmp(s, "Basic", 5) == 0;
	}
	c.bearer = true;
	s += 7;
	while (s) {
		CLEANUP_FREE char *name = NULL, *value = NULL;

		s = take_parameter(skip_blanks(s), &name, &value);
		if (!s)
			break;
		if (strcasecmp(name, "realm") == 0)
			keep(&c.realm, &value);
		else if (strcasecmp(name, "service") == 0)
			keep(&c.service, &value);
		else if (strcasecmp(name, "scope") == 0)
			keep(&c.scope, &value);
	}
	*ret = c;
	return c.realm != NULL;
}

void challenge_clear(struct challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	*c = (struct challenge)CHALLENGE_INIT;
}

/* The file that is named, or the one where docker and skopeo keep theirs; NULL: none */
static char *auth_path(const char *named)
{
	const char *registry = getenv("REGISTRY_AUTH_FILE"), *run = getenv("XDG_RUNTIME_DIR");
	const char *home = getenv("HOME");
	CLEANUP_FREE char *path = NULL;

	if (named || registry)
		return xstrdup(named ? named : registry);
	path = run ? path_join(run, "containers/auth.json") : NULL;
	if (path && path_exists(path))
		return STEAL(path);
	free(path);
	path = home ? path_join(home, ".docker/config.json") : NULL;
	return path && path_exists(path) ? STEAL(path) : NULL;
}

/* "auths": {"registry.plant:5000": {"auth": base64 of name:password}} */
static const char *find_entry(struct json_object *file, const char *host)
{
	struct json_object *auths = json_get_object(file, "auths"), *entry = NULL;
	size_t len = strlen(host);

	if (!auths)
		return NULL;
	json_object_object_foreach(auths, key, value) {
		const char *name = strncmp(key, "https://", 8) == 0 ? key + 8 : key;

		if (strncmp(name, host, len) == 0 && (!name[len] || name[len] == '/'))
			entry = value;
	}
	return json_get_text(entry, "auth");
}

static int take_entry(struct registry *r, const char *coded, const char *path, struct error *err)
{
	size_t room = strlen(coded) + 1, len = 0;
	CLEANUP_FREE char *plain = xcalloc(room, 1);
	char *colon;

	if (sodium_base642bin((unsigned char *)plain, room - 1, coded, strlen(coded), "\r\n", &len, NULL,
			      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    !(colon = strchr(plain, ':')))
		return error_set(err, ERR_FORMAT, "'%s': an entry is no name and password", path);
	*colon = '\0';
	r->user = xstrdup(plain);
	r->password = xstrdup(colon + 1);
	sodium_memzero(plain, room);
	return 0;
}

static int read_auth_file(struct registry *r, const char *host, const char *path, struct error *err)
{
	CLEANUP_FREE char *text = NULL;
	struct json_object *file CLEANUP_JSON = NULL;
	const char *coded;
	size_t len = 0;

	if (file_read(path, AUTH_FILE_MAX, &text, &len, err) < 0)
		return -1;
	file = json_read(text, len, DEPTH_MAX, err);
	if (!file)
		return error_wrap(err, "'%s'", path);
	coded = find_entry(file, host);
	return coded ? take_entry(r, coded, path, err) : 0;
}

int registry_credentials(struct registry *r, const char *address, const char *auth_file,
			 struct error *err)
{
	const char *user = getenv("REHOST_REGISTRY_USER");
	const char *password = getenv("REHOST_REGISTRY_PASSWORD");
	CLEANUP_FREE char *path = NULL;

	if (!auth_file && user && password) {
		r->user = xstrdup(user);
		r->password = xstrdup(password);
		return 0;
	}
	path = auth_path(auth_file);
	return path ? read_auth_file(r, address, path, err) : 0;
}

static int not_let_in(const struct registry *r, struct error *err)
{
	error_set(err, ERR_REFUSED, r->user ? "'%s' does not let '%s' in" : "'%s' lets nobody in without "
		  "a name%s", r->base, r->user ? r->user : "");
	return error_hint(err, "give REHOST_REGISTRY_USER and REHOST_REGISTRY_PASSWORD, or a file with "
			  "--auth-file");
}

/* {"token": …} or {"access_token": …} */
static int take_token(struct registry *r, const struct http_answer *a, struct error *err)
{
	struct json_object *o CLEANUP_JSON = json_read(a->body, a->len, DEPTH_MAX, NULL), *value = NULL;
	const char *token = NULL;

	/* longer than other texts, and it becomes a header: nothing that would end one */
	if (o && (json_object_object_get_ex(o, "token", &value) ||
		  json_object_object_get_ex(o, "access_token", &value)) &&
	    json_object_is_type(value, json_type_string))
		token = json_object_get_string(value);
	if (!token || strlen(token) > TOKEN_MAX || strpbrk(token, "\r\n"))
		return error_set(err, ERR_FORMAT, "'%s': the token that was asked for is none", r->base);
	free(r->token);
	r->token = xasprintf("Bearer %s", token);
	return 0;
}

static int fetch_token(struct registry *r, const struct challenge *c, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	struct strv headers CLEANUP_STRV = STRV_INIT;
	CLEANUP_FREE char *service = http_escape(c->service ? c->service : "");
	CLEANUP_FREE char *scope = http_escape(c->scope ? c->scope : "");
	CLEANUP_FREE char *url = xasprintf("%s%sservice=%s&scope=%s", c->realm,
					   strchr(c->realm, '?') ? "&" : "?", service, scope);
	CLEANUP_FREE char *basic = r->user ? http_basic(r->user, r->password) : NULL;

	if (basic)
		strv_addf(&headers, "Authorization: %s", basic);
	if (http_do(&r->http, &(struct http_request){ .method = "GET", .url = url, .headers = &headers },
		    &answer, err) < 0)
		return error_wrap(err, "ask for a token");
	if (answer.status == 401 || answer.status == 403)
		return not_let_in(r, err);
	if (answer.status != 200)
		return http_refused(&answer, err, "ask '%s' for a token", c->realm);
	return take_token(r, &answer, err);
}

int registry_authorize(struct registry *r, const struct http_answer *answer, struct error *err)
{
	struct challenge c CLEANUP_CHALLENGE = CHALLENGE_INIT;
	const char *header = http_header(answer, "WWW-Authenticate");

	if (!header || !challenge_parse(header, &c))
		return http_refused(answer, err, "'%s' wants an unknown kind of proof", r->base);
	if (c.bearer)
		return fetch_token(r, &c, err);
	if (!r->user || r->token)
		return not_let_in(r, err);
	r->token = http_basic(r->user, r->password);
	return 0;
}
