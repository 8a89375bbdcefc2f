/**
 * The first root file system of built images: it finds the root disk, moves the machine's boot files into place and starts the
 * image's own init. With the distribution's initrd the kernel phase took 6.7 of 17.3 virtual seconds; with this one 1.5 s in all.
 *
 *   image's part (cached)     /init, /bin/busybox, /modules/<nn>-<module>.ko
 *   run's part (appended)     /bench/run -> /run    units that the image itself does not contain
 *                             /bench/root -> /      keys; the root disk is a private copy that ends with the machine
 */
import { shellProgram } from '../../model/shell-program.ts';
import { type CpioEntry, cpio } from './cpio.ts';
import init from './init.sh';

/** Modules for root disk and network under QEMU: an nvdimm or virtio-blk, and virtio-net. */
export const ROOT_MODULES = ['libnvdimm', 'nfit', 'nd_pmem', 'virtio_pci', 'virtio_blk', 'ext4', 'virtio_net'] as const;

export interface InitrdModule {
  readonly file: string;
  readonly content: Uint8Array;
}

export function imageInitrd(busybox: Uint8Array, modules: readonly InitrdModule[]): Buffer {
  const folders = ['dev', 'proc', 'sys', 'run', 'root'].map(
    (path): CpioEntry => ({ kind: 'folder', path, mode: 0o755 }),
  );
  return cpio([
    ...folders,
    { kind: 'file', path: 'init', mode: 0o755, content: Buffer.from(INIT, 'utf8') },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    ...modules.map(({ file, content }, index): CpioEntry => {
      const name = `${String(index).padStart(2, '0')}-${file.split('/').at(-1)}`;
      return { kind: 'file', path: `modules/${name}`, mode: 0o644, content: withoutSignature(content) };
    }),
  ]);
}

const SIGNATURE_MARK = Buffer.from('~Module signature appended~\n', 'latin1');
/** `struct module_signature` (include/linux/module_signature.h) ends in the length of the signature before it. */
const SIGNATURE_HEADER = 12;

/**
 * Removes the signature at a module's end. Checking one takes the emulated processor 30 virtual milliseconds of RSA: .35 s for the
 * initrd's modules, which belong to the harness. The modules in the image keep theirs.
 */
export function withoutSignature(module: Uint8Array): Uint8Array {
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const mark = bytes.length - SIGNATURE_MARK.length;
  if (mark < SIGNATURE_HEADER || !bytes.subarray(mark).equals(SIGNATURE_MARK)) return module;
  return bytes.subarray(0, mark - SIGNATURE_HEADER - bytes.readUInt32BE(mark - 4));
}

const INIT = `#!/bin/busybox sh\n${shellProgram(init)}`;
