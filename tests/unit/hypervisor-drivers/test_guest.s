# The test guest; what it does is told in test_guest.hpp, which holds its bytes. To make them again:
#   as --32 test_guest.s -o test.o && ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o test.bin test.o
.code16
.globl _start
_start:
  cli
  cld
  xor %ax,%ax
  mov %ax,%ds
  mov %ax,%ss
  mov $0x7c00,%sp
  mov $message,%si
next:
  lodsb
  test %al,%al
  jz ready
  mov %al,%bl
  mov $0x3fd,%dx
wait:
  in %dx,%al
  test $0x20,%al
  jz wait
  mov $0x3f8,%dx
  mov %bl,%al
  out %al,%dx
  jmp next
ready:
  mov $0x602,%dx      # PM1a enable: power button
  mov $0x100,%ax
  out %ax,%dx
idle:
  sti
  hlt
  cli
  mov $0x600,%dx      # PM1a status
  in %dx,%ax
  test $0x100,%ax
  jz no_button
  mov $0x604,%dx      # PM1a control: S5
  mov $0x2000,%ax
  out %ax,%dx
no_button:
  mov $0xae10,%dx     # PCI hot-plug: select bus 0
  xor %eax,%eax
  out %eax,%dx
  mov $0xae04,%dx     # slots asked to leave
  in %dx,%eax
  test %eax,%eax
  jz idle
  mov $0xae08,%dx     # eject them
  out %eax,%dx
  jmp idle
message:
  .asciz "CUMULET-TEST: booted\r\n"
  .org 510
  .word 0xaa55
