/**
 * The first root file system of built images: it finds the root disk, puts what a machine is given at boot in its place and
 * hands over to the image's own init. With the distribution's initrd the kernel phase took 6.7 of 17.3 virtual seconds;
 * with this one 1.5 s in all.
 *
 *   image's part (cached)     /init, /bin/busybox, /modules/<nn>-<module>.ko
 *   run's part (appended)     /bench/run -> /run    units, as if the image had them, but not in it
 *                             /bench/root -> /      keys; the root disk is a private copy that ends with the machine
 */
import { type CpioEntry, cpio } from './cpio.ts';

/** What root disk and network need under QEMU: an nvdimm or virtio-blk, and virtio-net. */
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
 * A module without the signature at its end: checking one takes the emulated processor 30 virtual milliseconds of RSA, .35 s
 * for those of the initrd, which are the harness's own. The modules in the image keep theirs.
 */
export function withoutSignature(module: Uint8Array): Uint8Array {
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const mark = bytes.length - SIGNATURE_MARK.length;
  if (mark < SIGNATURE_HEADER || !bytes.subarray(mark).equals(SIGNATURE_MARK)) return module;
  return bytes.subarray(0, mark - SIGNATURE_HEADER - bytes.readUInt32BE(mark - 4));
}

/** Only programs of busybox by name, as there is nothing else. Address and route are those of QEMU's user-mode network. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
fail() { echo "<2>bench: $1" >/dev/kmsg; exit 1; }
umask 022
$b mount -t devtmpfs dev /dev
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
for word in $($b cat /proc/cmdline); do
  case $word in root=*) disk=\${word#root=} ;; esac
done
for module in /modules/*.ko; do $b insmod $module || echo "<4>bench: could not load $module" >/dev/kmsg; done
tries=0
until [ -b "$disk" ]; do
  tries=$((tries + 1))
  [ $tries -le 1000 ] || fail "root disk $disk did not appear"
  $b usleep 10000
done
$b mount -t ext4 -o rw "$disk" /root || fail "could not mount $disk"
$b mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
$b cp -rd /bench/run/. /run/
$b cp -rd /bench/root/. /root/
if [ -d /sys/class/net/eth0 ]; then
  $b ip link set eth0 up
  $b ip address add 10.0.2.15/24 dev eth0
  $b ip route add default via 10.0.2.2
fi
$b umount /proc
$b mount -o move /sys /root/sys
$b mount -o move /dev /root/dev
$b mount -o move /run /root/run
exec $b switch_root /root /sbin/init
`;
