# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The identity and the purpose of the old PC: its name, its address, its users, its work.
#
# The guest script may set:
#   HOST       host name                                        the name of the guest
#   BANNER     what it says of itself before a login
#   MAC        of its only network card
#   ADDRESS    static IPv4 address (prefix 24), answers on port 22 and port 80
#   GATEWAY
#   PASSWORD   of root

system_defaults() {
	: "${HOST:=$GUEST}" "${BANNER:=Old PC $GUEST}" "${PASSWORD:=rehost}"
	: "${MAC:=00:02:b3:4c:00:04}" "${ADDRESS:=10.0.2.40}" "${GATEWAY:=10.0.2.2}"
}

# system_identity - host name, banner, password, time zone
system_identity() {
	echo "$HOST" >"$ROOT/etc/hostname"
	printf '127.0.0.1 localhost\n%s %s\n' "$ADDRESS" "$HOST" >"$ROOT/etc/hosts"
	# agetty shows the address that the machine really has
	printf '%s\nhost %s, %s, %s\n\n' "$BANNER" '\n' '\4' '\l' >"$ROOT/etc/issue"
	# a fixed salt, for a disk that is the same each time
	in_root usermod -p "$(perl -e 'print crypt($ARGV[0], "\$5\$rehost\$")' "$PASSWORD")" root
	echo 3c7a1d5e0b5b4a6f8f0e9d2c1b0a4444 >"$ROOT/etc/machine-id"
	echo 'DROPBEAR_EXTRA_ARGS="-R"' >>"$ROOT/etc/default/dropbear"
}

# system_serial_login - a getty on ttyS0, whether or not the kernel has its console there
system_serial_login() {
	case $INIT in
	sysvinit)
		echo 'T0:2345:respawn:/sbin/getty -L ttyS0 115200 vt100' >>"$ROOT/etc/inittab" ;;
	systemd)
		mkdir -p "$ROOT/etc/systemd/system/getty.target.wants"
		ln -s /lib/systemd/system/serial-getty@.service \
			"$ROOT/etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service" ;;
	esac
}

# system_workload - the one purpose of this PC: it counts, writes down the count, and shows it
# on port 80
system_workload() {
	mkdir -p "$ROOT/var/lib/line"
	cat >"$ROOT/usr/local/sbin/line-controller" <<-'EOF'
		#!/bin/sh
		# Runs the packaging line. A beat every 5 seconds, counted over reboots.
		cd /var/lib/line || exit 1
		busybox httpd -p 80 -h /var/lib/line
		read -r word beat rest <heartbeat 2>/dev/null || beat=0
		while :; do
			beat=$((beat + 1))
			read -r up rest </proc/uptime
			echo "beat $beat $(cat /etc/hostname) up $up s" >heartbeat.new
			mv heartbeat.new heartbeat
			ln -sf heartbeat index.html
			sleep 5
		done
	EOF
	chmod 755 "$ROOT/usr/local/sbin/line-controller"
	case $INIT in
	sysvinit) workload_sysvinit ;;
	systemd) workload_systemd ;;
	esac
}

workload_sysvinit() {
	cat >"$ROOT/etc/init.d/line-controller" <<-'EOF'
		#!/bin/sh
		### BEGIN INIT INFO
		# Provides:          line-controller
		# Required-Start:    $local_fs $network
		# Required-Stop:     $local_fs
		# Default-Start:     2 3 4 5
		# Default-Stop:      0 1 6
		# Short-Description: packaging line controller
		### END INIT INFO
		case $1 in
		start) start-stop-daemon --start --quiet --background --make-pidfile \
			--pidfile /run/line-controller.pid --startas /usr/local/sbin/line-controller ;;
		stop) start-stop-daemon --stop --quiet --oknodo --pidfile /run/line-controller.pid ;;
		restart | force-reload) "$0" stop; "$0" start ;;
		*) echo "usage: $0 start|stop|restart"; exit 1 ;;
		esac
	EOF
	chmod 755 "$ROOT/etc/init.d/line-controller"
	in_root update-rc.d line-controller defaults
}

workload_systemd() {
	cat >"$ROOT/etc/systemd/system/line-controller.service" <<-'EOF'
		[Unit]
		Description=packaging line controller
		After=network.target

		[Service]
		ExecStart=/usr/local/sbin/line-controller

		[Install]
		WantedBy=multi-user.target
	EOF
	in_root systemctl enable line-controller.service
}
