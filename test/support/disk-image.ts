/** The smallest disk images: their bytes show their format. */

/** With the boot signature that every bootable raw image has. */
export const rawDisk = (sizeBytes = 4_096): Buffer => {
  const disk = Buffer.alloc(sizeBytes);
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
};

export const qcow2Disk = (): Buffer => Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(508)]);
