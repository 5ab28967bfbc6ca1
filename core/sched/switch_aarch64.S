/* The stack switch on arm64: x19 to x30 and d8 to d15, in 160 bytes upwards
 * from the saved sp. tools/gdb knows this layout. */
#if defined(__aarch64__) && !defined(RD_SWITCH_UCONTEXT)

	.text
	.globl	rd__switch
	.hidden	rd__switch
	.type	rd__switch, %function
	.p2align 4
rd__switch:
	.cfi_startproc
	sub	sp, sp, #160
	.cfi_adjust_cfa_offset 160
	stp	x19, x20, [sp, #0]
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]
	.cfi_rel_offset x29, 80
	.cfi_rel_offset x30, 88
	stp	d8, d9, [sp, #96]
	stp	d10, d11, [sp, #112]
	stp	d12, d13, [sp, #128]
	stp	d14, d15, [sp, #144]
	mov	x9, sp
	str	x9, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #0]
	ldp	x21, x22, [sp, #16]
	ldp	x23, x24, [sp, #32]
	ldp	x25, x26, [sp, #48]
	ldp	x27, x28, [sp, #64]
	ldp	x29, x30, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	add	sp, sp, #160
	.cfi_adjust_cfa_offset -160
	.cfi_restore x29
	.cfi_restore x30
	ret
	.cfi_endproc
	.size	rd__switch, .-rd__switch

/* Where a new context starts: entry in x20, its argument in x19. Marked as
 * the outermost frame, so that every unwinder stops here. */
	.globl	rd__switch_start
	.hidden	rd__switch_start
	.type	rd__switch_start, %function
	.p2align 4
rd__switch_start:
	.cfi_startproc
	.cfi_undefined x30
	mov	x29, xzr
	mov	x0, x19
	blr	x20
	brk	#1
	.cfi_endproc
	.size	rd__switch_start, .-rd__switch_start

#endif

	.section .note.GNU-stack,"",%progbits
