/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of an old PC in one boot sector: it speaks to its hardware through the BIOS and by ports, as
 * such programs did, and counts on the disk's geometry being what it was.
 *
 * It writes one line "OLDPC C H S mark=M rtc=HH:MM uart=U lpt=P" to COM1, the screen and LPT1 again and
 * again: cylinders, heads and sectors as int 13h tells them (hexadecimal), M the eight characters that
 * lie at cylinder 1, head 2, sector 3 of the disk, U what the scratch register of the UART gave back,
 * P the status of the printer (int 17h).
 */
	.intel_syntax noprefix
	.code16
	.globl _start
	.equ	buffer, 0x7e00
	.equ	COM1, 0x3f8
_start:
	xor	ax, ax
	mov	ds, ax
	mov	es, ax
	mov	ss, ax
	mov	sp, 0x7c00
	mov	[drive], dl
	cld
	sti
	mov	ax, 0x00e3		/* int 14h: COM1, 9600 8n1 */
	xor	dx, dx
	int	0x14
	mov	ah, 1			/* int 17h: initialise LPT1 */
	xor	dx, dx
	int	0x17
again:
	mov	si, offset t_name
	call	text
	mov	ah, 8			/* geometry */
	mov	dl, [drive]
	xor	di, di
	int	0x13
	jc	fail
	push	dx
	push	cx
	mov	ax, cx
	xchg	al, ah
	shr	ah, 6
	inc	ax
	call	word_hex
	pop	cx
	pop	dx
	push	cx
	mov	al, dh
	inc	al
	call	byte_hex
	pop	ax
	and	al, 0x3f
	call	byte_hex
	mov	si, offset t_mark
	call	text
	xor	ax, ax
	mov	es, ax
	mov	ax, 0x0201		/* one sector, from C 1, H 2, S 3 */
	mov	bx, buffer
	mov	cx, 0x0103
	mov	dh, 2
	mov	dl, [drive]
	int	0x13
	jc	fail
	mov	byte ptr [buffer + 8], 0
	mov	si, buffer
	call	text
	mov	si, offset t_rtc
	call	text
	mov	ah, 2			/* the clock, BCD */
	int	0x1a
	jc	fail
	push	cx
	mov	al, ch
	call	bare_hex
	mov	al, ':'
	call	put
	pop	ax
	call	bare_hex
	mov	si, offset t_uart
	call	text
	mov	dx, COM1 + 7
	mov	al, 0x5a
	out	dx, al
	in	al, dx
	call	bare_hex
	mov	si, offset t_lpt
	call	text
	mov	ah, 2
	xor	dx, dx
	int	0x17
	mov	al, ah
	call	bare_hex
end:	mov	al, 13
	call	put
	mov	al, 10
	call	put
	mov	bx, [0x46c]		/* about a second */
	add	bx, 18
1:	hlt
	cmp	bx, [0x46c]
	jns	1b
	jmp	again
fail:	mov	si, offset t_fail
	call	text
	jmp	end

word_hex:	/* AX and a blank */
	push	ax
	mov	al, ah
	call	bare_hex
	pop	ax
byte_hex:	/* AL and a blank */
	call	bare_hex
	mov	al, ' '
	jmp	put
bare_hex:
	push	ax
	shr	al, 4
	call	digit
	pop	ax
	and	al, 15
digit:	add	al, '0'
	cmp	al, '9'
	jbe	put
	add	al, 'a' - '9' - 1

put:	/* AL to COM1, the screen and LPT1, by the BIOS */
	pusha
	mov	ah, 0x0e
	mov	bx, 7
	int	0x10
	popa
	pusha
	mov	ah, 1
	xor	dx, dx
	int	0x14
	popa
	pusha
	mov	ah, 0
	xor	dx, dx
	int	0x17
	popa
	ret

text:	lodsb
	test	al, al
	jz	2f
	call	put
	jmp	text
2:	ret

drive:	.byte	0
t_name:	.asciz	"OLDPC "
t_mark:	.asciz	"mark="
t_rtc:	.asciz	" rtc="
t_uart:	.asciz	" uart="
t_lpt:	.asciz	" lpt="
t_fail:	.asciz	" FAILED"
	.org	0x1b8
