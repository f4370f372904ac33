# The throw-away guest that accelerator.ts starts to see whether a virtualisation works: a ROM of 64 KiB that takes a processor from reset
# to 64-bit mode, uses what a Linux kernel uses before it prints its first line (paging and a page fault, SSE, AVX and BMI2 if the
# processor says it has them, a hundred timer interrupts with hlt between), and leaves through isa-debug-exit with the value 0x10.
# Assemble: as --64 -o x.o probe-guest.S && ld -m elf_x86_64 -Ttext=0x20000 --oformat=binary -o x.bin x.o
# test/vm/probe-guest.test.ts holds the bytes in probe-guest.ts against this file.

        .set    pml4, 0x10000
        .set    pdpt, 0x11000
        .set    pd, 0x12000
        .set    idt, 0x13000
        .set    high_pd, 0x14000
        .set    apic, 0xfee00000
        .set    stack, 0x18000
        .set    rom, 0xffff0000         # where the processor sees the ROM at reset
        .set    exit_port, 0x501

        .code16
        .globl  _start
_start:                                 # offset 0 of the ROM, and of its copy at 0x20000
        cli
        lgdtl   %cs:(gdt_pointer - _start)
        mov     %cr0, %eax
        or      $1, %al
        mov     %eax, %cr0
        ljmpl   $0x08, $(rom + protected - _start)

        .code32
protected:
        mov     $0x10, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %ss
        mov     $stack, %esp
        cld
        mov     $rom, %esi              # the code goes where long mode will have it mapped
        mov     $0x20000, %edi
        mov     $(code_end - _start), %ecx
        rep movsb
        ljmp    $0x08, $low
low:    lgdt    low_gdt_pointer         # the ROM is not mapped later
        mov     $pml4, %edi             # clear the tables: pml4, pdpt, pd, idt, high_pd
        xor     %eax, %eax
        mov     $0x1400, %ecx
        rep stosl
        movl    $(pdpt + 3), pml4
        movl    $(pd + 3), pdpt         # the first GiB; the second is left to the page fault
        movl    $(high_pd + 3), pdpt + 24
        movl    $(apic + 0x93), high_pd + 503 * 8
        mov     $pd, %edi
        mov     $0x83, %eax             # 2 MiB pages, each at its own address
        mov     $512, %ecx
1:      mov     %eax, (%edi)
        add     $8, %edi
        add     $0x200000, %eax
        loop    1b
        mov     $pml4, %eax
        mov     %eax, %cr3
        mov     %cr4, %eax
        or      $0x620, %eax            # PAE, OSFXSR, OSXMMEXCPT
        mov     %eax, %cr4
        mov     $0xc0000080, %ecx       # EFER.LME
        rdmsr
        or      $0x100, %eax
        wrmsr
        mov     %cr0, %eax
        and     $0x9ffffffb, %eax       # caches on, no x87 emulation
        or      $0x80000002, %eax       # paging, monitor coprocessor
        mov     %eax, %cr0
        ljmp    $0x18, $long_mode

        .code64
long_mode:
        mov     $page_fault, %rax       # vectors 14 and 32
        mov     $(idt + 14 * 16), %rdi
        call    set_gate
        mov     $timer, %rax
        mov     $(idt + 32 * 16), %rdi
        call    set_gate
        lidt    idt_pointer

        movq    $0x1234, 0x40000000     # page fault: its handler maps the GiB
        cmpq    $0x1234, 0x40000000
        jne     fail

        mov     $1, %eax                # SSE
        cvtsi2sd %eax, %xmm0
        addpd   %xmm0, %xmm0
        cvtsd2si %xmm0, %eax
        cmp     $2, %eax
        jne     fail

        mov     $1, %eax                # AVX, if XSAVE and AVX are there
        cpuid
        and     $0x14000000, %ecx
        cmp     $0x14000000, %ecx
        jne     1f
        mov     %cr4, %rax
        or      $0x40000, %rax
        mov     %rax, %cr4
        xor     %ecx, %ecx
        xor     %edx, %edx
        mov     $7, %eax
        xsetbv
        vxorps  %ymm1, %ymm1, %ymm1
        vaddps  %ymm1, %ymm1, %ymm2
        vzeroupper
1:      xor     %eax, %eax              # BMI2
        cpuid
        cmp     $7, %eax
        jb      1f
        mov     $7, %eax
        xor     %ecx, %ecx
        cpuid
        bt      $8, %ebx
        jnc     1f
        mov     $4, %ecx
        mov     $1, %edx
        shlx    %ecx, %edx, %eax
        cmp     $16, %eax
        jne     fail

1:      mov     $apic, %edi             # local APIC on; what the old interrupt controller says goes through
        movl    $0x1ff, 0xf0(%rdi)
        movl    $0x700, 0x350(%rdi)
        mov     $0x11, %al              # interrupt controllers: vectors from 32, the timer alone
        out     %al, $0x20
        out     %al, $0xa0
        mov     $0x20, %al
        out     %al, $0x21
        mov     $0x28, %al
        out     %al, $0xa1
        mov     $0x04, %al
        out     %al, $0x21
        mov     $0x02, %al
        out     %al, $0xa1
        mov     $0x01, %al
        out     %al, $0x21
        out     %al, $0xa1
        mov     $0xfe, %al
        out     %al, $0x21
        mov     $0xff, %al
        out     %al, $0xa1
        mov     $0x34, %al              # timer: 1 kHz
        out     %al, $0x43
        mov     $0xa9, %al
        out     %al, $0x40
        mov     $0x04, %al
        out     %al, $0x40
        xor     %ebx, %ebx
        sti
1:      hlt
        cmp     $100, %ebx
        jb      1b
        cli
        mov     $0x10, %al
        jmp     leave
fail:   mov     $0x20, %al
leave:  mov     $exit_port, %dx
        out     %al, %dx
1:      hlt
        jmp     1b

set_gate:                               # rax: handler below 64 KiB x 65536, rdi: gate
        mov     %ax, (%rdi)
        movw    $0x18, 2(%rdi)
        movw    $0x8e00, 4(%rdi)
        shr     $16, %rax
        mov     %ax, 6(%rdi)
        ret

page_fault:
        movq    $(pd + 3), pdpt + 8
        add     $8, %rsp                # the error code
        iretq

timer:
        inc     %ebx
        push    %rax
        mov     $0x20, %al
        out     %al, $0x20
        pop     %rax
        iretq

        .balign 8
gdt:    .quad   0
        .quad   0x00cf9a000000ffff      # 0x08: 32-bit code
        .quad   0x00cf92000000ffff      # 0x10: data
        .quad   0x00af9a000000ffff      # 0x18: 64-bit code
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   rom + gdt - _start
low_gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt
idt_pointer:
        .word   0xfff
        .quad   idt
code_end:
