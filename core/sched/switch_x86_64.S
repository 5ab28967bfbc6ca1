/* The stack switch on x86-64: what the ABI calls callee-saved, without the
 * floating-point control words, which nobody here changes. tools/gdb knows
 * this layout: r15 r14 r13 r12 rbx rbp rip, upwards from the saved rsp. */
#if defined(__x86_64__) && !defined(RD_SWITCH_UCONTEXT)

	.text
	.globl	rd__switch
	.hidden	rd__switch
	.type	rd__switch, @function
	.p2align 4
rd__switch:
	.cfi_startproc
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r15, 0
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore r15
	popq	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore r14
	popq	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore r13
	popq	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore r12
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	ret
	.cfi_endproc
	.size	rd__switch, .-rd__switch

/* Where a new context starts: entry in r13, its argument in r12. Marked as
 * the outermost frame, so that every unwinder stops here. */
	.globl	rd__switch_start
	.hidden	rd__switch_start
	.type	rd__switch_start, @function
	.p2align 4
rd__switch_start:
	.cfi_startproc
	.cfi_undefined rip
	xorl	%ebp, %ebp
	movq	%r12, %rdi
	callq	*%r13
	ud2
	.cfi_endproc
	.size	rd__switch_start, .-rd__switch_start

#endif

	.section .note.GNU-stack,"",%progbits
