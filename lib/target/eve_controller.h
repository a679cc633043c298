/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_CONTROLLER_H
#define REHOST_TARGET_EVE_CONTROLLER_H

/*
 * EVE's controller, through the admin interface of Adam. Configurations go over the line as protobuf, the
 * one form in which nothing is lost. The interface itself asks nobody for a password: whoever reaches it
 * commands the devices.
 */

#include <stddef.h>
#include <stdint.h>

#include "lib/http.h"

struct eve_controller {
	struct http http;
	char *base;			/* https://adam.plant:8080, no slash behind it */
};

#define EVE_CONTROLLER_INIT { .base = NULL }

/**
 * eve_controller_open - a controller that can be talked to
 * @ret: eve_controller_clear() frees it
 * @url: https://HOST[:PORT]
 * @err: ERR_REFUSED without TLS, or if it cannot be verified
 */
int eve_controller_open(struct eve_controller *ret, const char *url, const struct http_trust *trust,
			struct error *err);
void eve_controller_clear(struct eve_controller *c);

#define CLEANUP_EVE_CONTROLLER __attribute__((cleanup(eve_controller_clear)))

/**
 * eve_controller_get - the configuration of a device
 * @ret: protobuf; the caller frees it
 * @err: ERR_NOT_FOUND: no such device, or it has none yet
 */
int eve_controller_get(struct eve_controller *c, const char *device, uint8_t **ret, size_t *ret_len,
		       struct error *err);

/**
 * eve_controller_put - give a device another configuration, and read it back
 * @err: ERR_INTEGRITY: what comes back means something else
 */
int eve_controller_put(struct eve_controller *c, const char *device, const uint8_t *data, size_t len,
		       struct error *err);

/**
 * eve_controller_lines - what a device reported, one JSON object a line; of much only the end
 * @what:      info, metrics, logs, or app/UUID/logs: of an app
 * @ret_total: bytes of all that it reported so far
 */
int eve_controller_lines(struct eve_controller *c, const char *device, const char *what, char **ret,
			 size_t *ret_len, uint64_t *ret_total, struct error *err);

/** eve_controller_devices - UUIDs of all devices */
int eve_controller_devices(struct eve_controller *c, struct strv *ret, struct error *err);

/**
 * eve_controller_add_device - let a device in
 * @certificate: of the device, PEM
 * @onboard:     certificate with which devices of any kind may come in themselves, PEM; or NULL
 * @serial:      of the device
 * @ret_uuid:    what the controller calls it; the caller frees it
 */
int eve_controller_add_device(struct eve_controller *c, const char *certificate, const char *onboard,
			      const char *serial, char **ret_uuid, struct error *err);

/** eve_controller_add_onboard - let devices with one of these serials in that show this certificate */
int eve_controller_add_onboard(struct eve_controller *c, const char *certificate, const char *serials,
			       struct error *err);

#endif
