# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the guest scripts share. A guest script sets the facts of one old PC (GUEST, ARCH, INIT, ...),
# defines make_guest() from the functions below, and ends with `guest_main "$@"`.

GUESTS_DIR=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

# shellcheck source=lib/main.sh
. "$GUESTS_DIR/lib/main.sh"
# shellcheck source=lib/userland.sh
. "$GUESTS_DIR/lib/userland.sh"
# shellcheck source=lib/system.sh
. "$GUESTS_DIR/lib/system.sh"
# shellcheck source=lib/network.sh
. "$GUESTS_DIR/lib/network.sh"
# shellcheck source=lib/initramfs.sh
. "$GUESTS_DIR/lib/initramfs.sh"
# shellcheck source=lib/disk.sh
. "$GUESTS_DIR/lib/disk.sh"
# shellcheck source=lib/grub.sh
. "$GUESTS_DIR/lib/grub.sh"
# shellcheck source=lib/plain.sh
. "$GUESTS_DIR/lib/plain.sh"
# shellcheck source=lib/appliance.sh
. "$GUESTS_DIR/lib/appliance.sh"
# shellcheck source=lib/uefi.sh
. "$GUESTS_DIR/lib/uefi.sh"
