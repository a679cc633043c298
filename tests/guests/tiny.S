/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest of one boot sector: lives in a second, on every BIOS machine, without any driver.
 *
 * Once a second it prints a line "TEXT N STATE" on COM1, where N counts 0 to 9 and STATE is a
 * character kept in the disk's second sector. It follows the power button unless it is deaf, and
 * obeys characters on COM1:
 *
 *	q	switches itself off		r	restarts the machine
 *	h	stops for good			w X	makes X its STATE, on the disk
 *
 * Ports: 16550A at 3f8; ACPI PM1a event block at PM and control block at PM + 4: 600 where SeaBIOS puts
 * them (SeaBIOS, src/config.h, PORT_ACPI_PM_BASE), b000 on Xen (Xen, public/hvm/ioreq.h).
 */
	.intel_syntax noprefix
	.code16
	.globl _start
	.equ	COM1, 0x3f8
	.equ	PM1_STATUS, 0
	.equ	PM1_ENABLE, 2
	.equ	PM1_CONTROL, 4
	.equ	POWER_BUTTON, 0x100
	.equ	SLEEP_S5, 0x2000
	.equ	TICKS, 0x46c
	.equ	state, 0x7e00
_start:
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7c00
	mov	[drive], dl
	cld
	sti
	mov	ax, 0x0201
	call	disk
	cmp	byte ptr [deaf], 0
	jne	1f
	mov	dx, [pm]
	add	dx, PM1_ENABLE
	mov	ax, POWER_BUTTON
	out	dx, ax
1:	mov	byte ptr [count], '0'
again:
	mov	si, offset text
2:	lodsb
	test	al, al
	jz	3f
	call	put
	jmp	2b
3:	mov	al, ' '
	call	put
	mov	al, [count]
	call	put
	mov	al, ' '
	call	put
	mov	al, [state]
	call	put
	mov	al, 13
	call	put
	mov	al, 10
	call	put
	inc	byte ptr [count]
	cmp	byte ptr [count], '9' + 1
	jne	4f
	mov	byte ptr [count], '0'
4:	mov	bx, [TICKS]
	add	bx, 18
5:	call	look
	hlt
	cmp	bx, [TICKS]
	jns	5b
	jmp	again

look:	/* at the power button and at COM1 */
	mov	dx, [pm]
	in	ax, dx
	test	ax, POWER_BUTTON
	jnz	off
	call	poll
	jz	9f
	cmp	al, 'q'
	je	off
	cmp	al, 'h'
	je	hang
	cmp	al, 'r'
	je	restart
	cmp	al, 'w'
	jne	9f
6:	call	poll
	jz	6b
	mov	[state], al
	mov	ax, 0x0301
	jmp	disk
9:	ret

poll:	/* AL: character, ZF: none */
	mov	dx, COM1 + 5
	in	al, dx
	test	al, 1
	jz	9b
	mov	dx, COM1
	in	al, dx
	test	dx, dx
	ret

put:
	push	ax
	mov	dx, COM1 + 5
7:	in	al, dx
	test	al, 0x20
	jz	7b
	pop	ax
	mov	dx, COM1
	out	dx, al
	ret

disk:	/* AX: 0201 reads, 0301 writes the second sector */
	push	bx
	mov	bx, offset state
	mov	cx, 2
	mov	dh, 0
	mov	dl, [drive]
	int	0x13
	pop	bx
	ret

off:
	cmp	byte ptr [deaf], 0
	jne	9b
	mov	dx, [pm]
	add	dx, PM1_CONTROL
	mov	ax, SLEEP_S5
	out	dx, ax
hang:
	cli
	hlt
	jmp	hang
restart:
	mov	al, 0xfe
	out	0x64, al
	jmp	hang

drive:	.byte	0
count:	.byte	0
	.org	0x17e
pm:	.word	0x600
deaf:	.byte	0
text:	.org	0x1fe
	.byte	0x55, 0xaa
