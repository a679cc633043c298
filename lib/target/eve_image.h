/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef REHOST_TARGET_EVE_IMAGE_H
#define REHOST_TARGET_EVE_IMAGE_H

/* Where the images of disks are for EVE: the datastore, and the name of an image in it. */

#include <stdint.h>

/* DsType of EVE's configuration. */
enum eve_store {
	EVE_STORE_UNKNOWN, EVE_STORE_HTTP, EVE_STORE_HTTPS, EVE_STORE_S3, EVE_STORE_SFTP,
	EVE_STORE_REGISTRY,
};

/** eve_datastore_type - by the scheme of its address */
enum eve_store eve_datastore_type(const char *address);

/**
 * eve_datastore_split - docker://host:5000/some/path in host and path
 * @ret_host: with the scheme, as EVE wants it; the caller frees it
 * @ret_path: without slashes around it; the caller frees it
 */
void eve_datastore_split(const char *address, char **ret_host, char **ret_path);

/**
 * eve_datastore_fields - the same as a datastore of EVE's names it; the caller frees both
 * @region: of S3, or NULL
 *
 * SFTP: EVE dials fqdn as it is, HOST:PORT. S3: the bucket is the first part of dpath, and fqdn serves to choose a
 * proxy only.
 *
 * Source: EVE, pillar/cmd/downloader/syncop.go, handleSyncOp(); libs/zedUpload/sftputil.
 */
void eve_datastore_fields(const char *address, const char *region, char **ret_fqdn, char **ret_dpath);

/** eve_image_name - of a disk in a registry: line4/press4-disk0; the caller frees it */
char *eve_image_name(const char *plan, const char *guest, uint64_t disk);

/** eve_image_bound - no image of a disk of @size bytes is larger [bytes] */
uint64_t eve_image_bound(uint64_t size);

#endif
