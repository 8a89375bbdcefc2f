# The 512-byte boot sector that says whether an accelerator really runs a guest: from real mode to 64-bit code, then a
# loop of NLOOP turns, then one byte to QEMU's isa-debug-exit, which ends it with status 33.
#   as --defsym NLOOP=3000000 -o probe.o boot-sector.s && ld -Ttext=0x7c00 --oformat binary -o probe.bin probe.o
        .code16
        .globl _start
_start: cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        movw    $0x1000, %di            # page tables: zero 0x1000 to 0x3fff
        movw    $0x1800, %cx
        rep stosw
        movl    $0x2003, 0x1000         # PML4 -> 0x2000
        movl    $0x3003, 0x2000         # PDPT -> 0x3000
        movl    $0x0083, 0x3000         # one 2 MiB page, identity
        movl    $0x1000, %eax
        movl    %eax, %cr3
        movl    %cr4, %eax
        orl     $0x20, %eax             # PAE
        movl    %eax, %cr4
        movl    $0xc0000080, %ecx       # EFER
        rdmsr
        orl     $0x100, %eax            # LME
        wrmsr
        lgdt    gdt_pointer
        movl    %cr0, %eax
        orl     $0x80000001, %eax       # PG, PE
        movl    %eax, %cr0
        ljmpw   $0x08, $long
        .code64
long:   movl    $NLOOP, %ecx
turn:   decl    %ecx
        jnz     turn
        movb    $0x10, %al              # status (0x10 << 1) | 1 = 33
        outb    %al, $0xf4
stop:   hlt
        jmp     stop
        .balign 8
gdt:    .quad   0
        .quad   0x00209a0000000000      # 64-bit code
gdt_pointer:
        .word   15
        .long   gdt
        .org    510
        .word   0xaa55
