/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_CMD_VALIDATE_EVE_H
#define REHOST_CMD_VALIDATE_EVE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/target/eve_lint.h"

/** is_eve_config - does the name say that it is a configuration of EVE, JSON or protobuf? */
bool is_eve_config(const char *path);

/** validate_eve - print what is wrong with it; 0, COMMAND_FINDINGS or -1 */
int validate_eve(const char *path, const struct eve_device *device, bool json, struct error *err);

/** is_image_layout - is it a folder with an OCI image layout? */
bool is_image_layout(const char *path);

/** validate_artifacts - the same for the artifacts in a layout */
int validate_artifacts(const char *path, bool json, struct error *err);

#endif
