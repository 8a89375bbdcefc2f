/** Reads `modules.dep` (depmod): which files a module needs, in the order they are loaded. */

/**
 * Files of the wanted modules and of all they need, each once, needed ones first. Modules that are not listed are taken to
 * be built into the kernel: a kernel that lacks them altogether reports it itself, by not finding its root disk.
 */
export function loadOrder(modulesDep: string, wanted: readonly string[]): readonly string[] {
  const needs = new Map<string, { readonly file: string; readonly before: readonly string[] }>();
  for (const line of modulesDep.split('\n')) {
    const [file = '', rest] = line.split(':', 2);
    if (rest === undefined) continue;
    needs.set(moduleName(file), { file, before: rest.trim().split(/\s+/).filter(Boolean) });
  }
  const files = new Set<string>();
  for (const name of wanted) {
    const found = needs.get(name);
    // depmod lists what a module needs nearest first, so the last one is loaded first.
    if (found) for (const file of [...found.before].reverse().concat(found.file)) files.add(file);
  }
  return [...files];
}

/** `kernel/drivers/virtio/virtio-ring.ko.xz` is `virtio_ring`. */
const moduleName = (file: string): string =>
  (file.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
