/** The bytes of the assembled `boot-sector.s`, because users may lack binutils. A test assembles it again and compares. */

const CODE =
  '+jHAjtiOwI7QvAB8/L8AELkAGPOrZscGABADIAAAZscGACADMAAAZscGADCDAAAAZrgAEAAADyLYDyDgZoPIIA8i4Ga5gAAAwA8yZg0AAQAADzAPARaQfA8gwGYN' +
  'AQAAgA8iwOppfAgAucDGLQD/yXX8sBDm9PTr/Q8fgAAAAAAAAAAAAAAAAAAAAAAAmiAADwCAfA==';

/** QEMU's exit status after the sector has run to its end: (0x10 << 1) | 1, by isa-debug-exit. */
export const BOOT_SECTOR_STATUS = 33;

export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(CODE, 'base64').copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
