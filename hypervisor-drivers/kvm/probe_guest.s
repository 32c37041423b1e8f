# The probe guest; what it does is told in probe_guest.hpp, which holds its bytes. To make them again:
#   as --64 probe_guest.s -o probe.o && ld -m elf_x86_64 -Ttext 0x7c00 --oformat binary -o probe.bin probe.o
.code16
.globl _start
_start:
  cli
  cld
  xor %ax,%ax
  mov %ax,%ds
  mov %ax,%es
  mov %ax,%ss
  mov $0x7c00,%sp
  # page tables at 0x1000..0x3fff: the first GiB by 2 MiB pages, identity; the first 2 MiB only are present
  mov $0x1000,%di
  xor %eax,%eax
  mov $0x1800,%cx
  rep stosl
  movl $0x2003,0x1000
  movl $0x3003,0x2000
  movl $0x83,0x3000
  lgdt gdt_ptr
  mov $0x20,%eax
  or $0x600,%eax        # PAE, OSFXSR, OSXMMEXCPT
  mov %eax,%cr4
  mov $0x1000,%eax
  mov %eax,%cr3
  mov $0xc0000080,%ecx
  rdmsr
  or $0x100,%eax
  wrmsr
  mov %cr0,%eax
  and $0xfffffffb,%eax
  or $0x80000003,%eax
  mov %eax,%cr0
  ljmp $8,$long_mode
.code64
long_mode:
  mov $16,%eax
  mov %eax,%ds
  mov %eax,%es
  mov %eax,%ss
  mov $0x7c00,%esp
  # IDT entry 14 at 0x5000 + 14*16
  mov $0x50e0,%edi
  mov $page_fault,%eax
  mov %ax,(%rdi)
  movw $8,2(%rdi)
  movw $0x8e00,4(%rdi)
  lidt idt_ptr
  xor %eax,%eax
  cpuid
  rdtsc
  mov $0xc0000082,%ecx
  mov $0x12345678,%eax
  xor %edx,%edx
  wrmsr
  xor %eax,%eax
  rdmsr
  cmp $0x12345678,%eax
  jne fail
  mov $21,%eax
  movd %eax,%xmm0
  paddd %xmm0,%xmm0
  movd %xmm0,%eax
  cmp $42,%eax
  jne fail
  movb $0,fault_seen
  mov $0x400000,%ebx
  mov (%rbx),%eax       # not present: the handler maps it
  mov fault_seen,%al
  cmp $1,%al
  jne fail
  mov $1000000,%ecx
1: dec %ecx
  jnz 1b
  mov $message,%esi
next:
  lodsb
  test %al,%al
  jz done
  mov $0x3f8,%edx
  out %al,%dx
  jmp next
done:
  mov $0xf4,%edx
  mov $0x10,%eax
  out %eax,%dx
fail:
  cli
  hlt
  jmp fail
page_fault:
  movl $0x400083,0x3010
  movb $1,fault_seen
  add $8,%rsp
  iretq
  .balign 8
gdt:
  .quad 0
  .quad 0x00209a0000000000
  .quad 0x0000920000000000
gdt_ptr:
  .word 23
  .long gdt
idt_ptr:
  .word 0xff
  .quad 0x5000
fault_seen:
  .byte 0
message:
  .asciz "CUMULET-PROBE: ok\n"
  .org 510
  .word 0xaa55
