/**
 * Guests of one boot sector for tests of a machine's life. They boot in well under a second, print the given text on the
 * two serial ports, and then end as the test requests. Real machines under the real QEMU, only without an operating system.
 */

export type Ending = 'idle' | 'reset' | 'power-off' | 'flood';

export interface TinyGuest {
  /** First serial port. */
  readonly console: string;
  /** Second serial port; `bench-ready running 1.00\n` says that the boot is over. */
  readonly marker?: string;
  /** Writes its own first sector over the second one, through the BIOS. */
  readonly writesDisk?: boolean;
  /** On a fresh disk it marks the second sector and then spins, like firmware that waits for a processor; after that it boots. */
  readonly spinsOnce?: boolean;
  /** The time before it ends; up to half an hour. */
  readonly standsMs?: number;
  readonly end: Ending;
}

const ORIGIN = 0x7c00;
const DISK_BYTES = 2 ** 20;

/** A raw disk image that boots into this guest. */
export function tinyGuest(guest: TinyGuest): Buffer {
  // cli would hold back the BIOS' disk services; xor ax,ax; mov ds,ax; mov es,ax; cld
  const start = [0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0xfc];
  // mov ax,0x0301; mov bx,0x7c00; mov cx,2; mov dx,0x80; int 0x13
  const writeCode = [0xb8, 0x01, 0x03, 0xbb, 0x00, 0x7c, 0xb9, 0x02, 0x00, 0xba, 0x80, 0x00, 0xcd, 0x13];
  // mov ax,0x0201; mov bx,0x7e00; mov cx,2; mov dx,0x80; int 0x13; cmp word [0x7ffe],0xaa55; je past; write; spin: jmp spin
  const read = [0xb8, 0x01, 0x02, 0xbb, 0x00, 0x7e, 0xb9, 0x02, 0x00, 0xba, 0x80, 0x00, 0xcd, 0x13];
  const unlessMarked = [0x81, 0x3e, 0xfe, 0x7f, 0x55, 0xaa, 0x74, writeCode.length + 2];
  const write = [
    ...(guest.spinsOnce ? [...read, ...unlessMarked, ...writeCode, 0xeb, 0xfe] : []),
    ...(guest.writesDisk ? writeCode : []),
  ];
  const messages = [
    { port: 0x3f8, text: guest.console },
    { port: 0x2f8, text: guest.marker ?? '' },
  ].filter(({ text }) => text !== '');
  const end = [...pauseCode(guest.standsMs ?? 0), ...endingCode(guest.end)];
  const callBytes = 9;
  const printAt = start.length + write.length + messages.length * callBytes + end.length;
  let textAt = ORIGIN + printAt + PRINT.length;
  const calls: number[] = [];
  for (const { port, text } of messages) {
    const here = start.length + write.length + calls.length;
    const toPrint = printAt - (here + callBytes);
    // mov si,text; mov dx,port; call print
    calls.push(0xbe, textAt & 0xff, textAt >> 8, 0xba, port & 0xff, port >> 8, 0xe8, toPrint & 0xff, toPrint >> 8);
    textAt += Buffer.byteLength(text) + 1;
  }
  const texts = messages.map(({ text }) => Buffer.from(`${text}\0`, 'utf8'));
  const code = Buffer.concat([Buffer.from([...start, ...write, ...calls, ...end, ...PRINT]), ...texts]);
  if (code.length > 510) throw new Error('a boot sector holds no more than 510 bytes');
  const disk = Buffer.alloc(DISK_BYTES);
  code.copy(disk);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

/** print: lodsb; test al,al; jz done; out dx,al; jmp print; done: ret */
const PRINT = [0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, 0xc3];
/** hlt; jmp back */
const HALT = [0xf4, 0xeb, 0xfd];

/** mov cx,high; mov dx,low; mov ah,0x86; int 0x15: the BIOS waits for that many microseconds */
function pauseCode(durationMs: number): readonly number[] {
  if (durationMs === 0) return [];
  const pause = Buffer.from([0xb9, 0, 0, 0xba, 0, 0, 0xb4, 0x86, 0xcd, 0x15]);
  pause.writeUInt16LE(Math.floor((durationMs * 1000) / 2 ** 16), 1);
  pause.writeUInt16LE((durationMs * 1000) % 2 ** 16, 4);
  return [...pause];
}

function endingCode(end: Ending): readonly number[] {
  switch (end) {
    case 'idle':
      return HALT;
    case 'reset': // mov al,0xfe; out 0x64,al: the keyboard controller pulls the reset line
      return [0xb0, 0xfe, 0xe6, 0x64, ...HALT];
    case 'power-off': // mov dx,0x604; mov ax,0x2000; out dx,ax: ACPI's power management port where SeaBIOS puts it on q35
      return [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, ...HALT];
    case 'flood': // mov al,'x'; mov dx,0x3f8; out dx,al; jmp back
      return [0xb0, 0x78, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xfd];
    default:
      return end satisfies never;
  }
}

/** The output of a guest when its boot is over. */
export const READY = 'bench-ready running 1.00\n';
