// SPDX-License-Identifier: GPL-2.0-or-later
/* EVE's controller, through the admin interface of Adam. */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/alloc.h"
#include "lib/base/json.h"
#include "lib/target/eve_controller.h"
#include "lib/target/eve_message.h"

#define PROTOBUF "application/x-proto-binary"	/* exactly so: anything else is read as JSON */

int eve_controller_open(struct eve_controller *ret, const char *url, const struct http_trust *trust,
			struct error *err)
{
	size_t len = strlen(url);

	if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) {
		error_set(err, ERR_USAGE, "'%s' is no address of a controller", url);
		return error_hint(err, "https://HOST:PORT");
	}
	if (http_open(&ret->http, trust, err) < 0)
		return -1;
	while (len && url[len - 1] == '/')
		len--;
	ret->base = xstrndup(url, len);
	return 0;
}

void eve_controller_clear(struct eve_controller *c)
{
	http_clear(&c->http);
	free(c->base);
	*c = (struct eve_controller)EVE_CONTROLLER_INIT;
}

/* One request below /admin. */
static int ask(struct eve_controller *c, const char *method, const char *path, const char *header,
	       const void *body, size_t len, struct http_answer *ret, struct error *err)
{
	CLEANUP_FREE char *url = xasprintf("%s/admin/%s", c->base, path);
	struct strv headers CLEANUP_STRV = STRV_INIT;
	struct http_request request = { .method = method, .url = url, .headers = &headers, .body = body,
					.len = len, .tail = !body };

	strv_add(&headers, header);
	return http_do(&c->http, &request, ret, err);
}

int eve_controller_get(struct eve_controller *c, const char *device, uint8_t **ret, size_t *ret_len,
		       struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	CLEANUP_FREE char *path = xasprintf("device/%s/config", device);

	if (ask(c, "GET", path, "Accept: " PROTOBUF, NULL, 0, &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return http_refused(&answer, err, "read the configuration of device %s", device);
	if (answer.len > EVE_CONFIG_MAX)
		return error_set(err, ERR_REFUSED, "the configuration of device %s is too large", device);
	*ret_len = answer.len;
	*ret = (uint8_t *)STEAL(answer.body);
	return 0;
}

/* The controller may write the same in another order. */
static int check_same(const uint8_t *sent, size_t sent_len, const uint8_t *back, size_t back_len,
		      struct error *err)
{
	struct json_object *a CLEANUP_JSON = eve_to_json(sent, sent_len, NULL, err), *b CLEANUP_JSON = NULL;

	if (!a)
		return -1;
	b = eve_to_json(back, back_len, NULL, err);
	if (!b)
		return error_wrap(err, "read the configuration back");
	if (sent_len != back_len || !json_object_equal(a, b))
		return error_set(err, ERR_INTEGRITY, "the controller has another configuration now than it was "
				 "given: somebody else may have written one, too");
	return 0;
}

int eve_controller_put(struct eve_controller *c, const char *device, const uint8_t *data, size_t len,
		       struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	CLEANUP_FREE char *path = xasprintf("device/%s/config", device);
	CLEANUP_FREE uint8_t *back = NULL;
	size_t back_len = 0;

	if (ask(c, "PUT", path, "Content-Type: " PROTOBUF, data, len, &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return http_refused(&answer, err, "write the configuration of device %s", device);
	if (eve_controller_get(c, device, &back, &back_len, err) < 0)
		return -1;
	return check_same(data, len, back, back_len, err);
}

int eve_controller_lines(struct eve_controller *c, const char *device, const char *what, char **ret,
			 size_t *ret_len, uint64_t *ret_total, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	CLEANUP_FREE char *path = xasprintf("device/%s/%s", device, what);

	if (ask(c, "GET", path, "Accept: application/json", NULL, 0, &answer, err) < 0)
		return -1;
	/* a device that never called has reported nothing */
	if (answer.status != 200 && answer.status != 404)
		return http_refused(&answer, err, "read what device %s reports", device);
	*ret_len = answer.status == 200 ? answer.len : 0;
	*ret_total = answer.status == 200 ? answer.total : 0;
	/* Adam ends every file of its store with one that is not in it: what comes later takes its place */
	while (*ret_len && answer.body[*ret_len - 1] == '\n') {
		(*ret_len)--;
		(*ret_total)--;
	}
	answer.body[*ret_len] = '\0';
	*ret = STEAL(answer.body);
	return 0;
}

int eve_controller_devices(struct eve_controller *c, struct strv *ret, struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;

	if (ask(c, "GET", "device", "Accept: text/plain", NULL, 0, &answer, err) < 0)
		return -1;
	if (answer.status != 200)
		return http_refused(&answer, err, "list the devices");
	strv_split(ret, answer.body, "\r\n ");
	return 0;
}

static void put_base64(struct json_object *o, const char *key, const char *text)
{
	size_t size = sodium_base64_encoded_len(strlen(text), sodium_base64_VARIANT_ORIGINAL);
	CLEANUP_FREE char *coded = xmalloc(size);

	sodium_bin2base64(coded, size, (const unsigned char *)text, strlen(text),
			  sodium_base64_VARIANT_ORIGINAL);
	json_object_object_add(o, key, json_object_new_string(coded));
}

static int post(struct eve_controller *c, const char *path, struct json_object *o, const char *what,
		struct error *err)
{
	struct http_answer answer CLEANUP_HTTP_ANSWER = HTTP_ANSWER_INIT;
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE);

	if (ask(c, "POST", path, "Content-Type: application/json", text, strlen(text), &answer, err) < 0)
		return -1;
	return answer.status == 201 ? 0 : http_refused(&answer, err, "%s", what);
}

int eve_controller_add_onboard(struct eve_controller *c, const char *certificate, const char *serials,
			       struct error *err)
{
	struct json_object *o CLEANUP_JSON = json_object_new_object();

	put_base64(o, "Cert", certificate);
	json_object_object_add(o, "Serial", json_object_new_string(serials));
	return post(c, "onboard", o, "let devices in", err);
}

int eve_controller_add_device(struct eve_controller *c, const char *certificate, const char *onboard,
			      const char *serial, char **ret_uuid, struct error *err)
{
	struct json_object *o CLEANUP_JSON = json_object_new_object();
	struct strv before CLEANUP_STRV = STRV_INIT, after CLEANUP_STRV = STRV_INIT;

	put_base64(o, "Cert", certificate);
	put_base64(o, "Onboard", onboard ? onboard : "");
	json_object_object_add(o, "Serial", json_object_new_string(serial));
	/* the answer does not tell the UUID: it is the one that is new in the list */
	if (eve_controller_devices(c, &before, err) < 0 || post(c, "device", o, "add the device", err) < 0 ||
	    eve_controller_devices(c, &after, err) < 0)
		return -1;
	for (size_t i = 0; i < after.n; i++)
		if (!strv_has(&before, after.v[i])) {
			*ret_uuid = xstrdup(after.v[i]);
			return 0;
		}
	return error_set(err, ERR_NOT_FOUND, "the controller took the device, but does not list a new one");
}
