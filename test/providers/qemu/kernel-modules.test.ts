import { expect, test } from 'vitest';
import { loadOrder } from '../../../src/providers/qemu/kernel-modules.ts';

// From modules.dep of Debian's linux-image-6.1.0-cloud-amd64.
const DEPENDENCIES = `kernel/drivers/virtio/virtio_ring.ko:
kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
kernel/net/core/failover.ko:
kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko
kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/drivers/nvdimm/nd-pmem.ko.xz: kernel/drivers/nvdimm/libnvdimm.ko
kernel/drivers/nvdimm/libnvdimm.ko:
`;

const names = (files: readonly string[]) => files.map((file) => file.split('/').at(-1));

test('the dependencies of a module load before it, the deepest first', () => {
  expect(names(loadOrder(DEPENDENCIES, ['virtio_net']))).toEqual([
    'virtio_ring.ko',
    'virtio.ko',
    'failover.ko',
    'net_failover.ko',
    'virtio_net.ko',
  ]);
});

test('a module that two others need loads once', () => {
  expect(names(loadOrder(DEPENDENCIES, ['virtio', 'virtio_net'])).filter((name) => name === 'virtio.ko')).toHaveLength(
    1,
  );
});

test('dashes and compression in file names do not hide a module', () => {
  expect(names(loadOrder(DEPENDENCIES, ['nd_pmem']))).toEqual(['libnvdimm.ko', 'nd-pmem.ko.xz']);
});

test('bench takes an unlisted module to be in the kernel', () => {
  expect(loadOrder(DEPENDENCIES, ['ext4'])).toEqual([]);
});
