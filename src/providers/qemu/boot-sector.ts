/** `boot-sector.s`, assembled: shipped as bytes, as binutils may be absent. A test assembles it again and compares. */

const CODE =
  '+jHAjtiOwI7QvAB8/L8AELkAGPOrZscGABADIAAAZscGACADMAAAZscGADCDAAAAZrgAEAAADyLYDyDgZoPIIA8i4Ga5gAAAwA8yZg0AAQAADzAPARaQfA8gwGYN' +
  'AQAAgA8iwOppfAgAucDGLQD/yXX8sBDm9PTr/Q8fgAAAAAAAAAAAAAAAAAAAAAAAmiAADwCAfA==';

/** Exit status of QEMU once the sector has run through: (0x10 << 1) | 1, by isa-debug-exit. */
export const BOOT_SECTOR_STATUS = 33;

export function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from(CODE, 'base64').copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
