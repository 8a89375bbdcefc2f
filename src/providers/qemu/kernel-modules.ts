/** Reads `modules.dep` (depmod): which files a module needs, in load order. */

/**
 * Files of the wanted modules and their dependencies, each once, dependencies first. Unlisted modules count as built into the
 * kernel: a kernel that lacks them altogether fails to find its root disk and reports that.
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
    // depmod lists the nearest dependency first, so we load the last one first.
    if (found) for (const file of [...found.before].reverse().concat(found.file)) files.add(file);
  }
  return [...files];
}

/** `kernel/drivers/virtio/virtio-ring.ko.xz` is `virtio_ring`. */
const moduleName = (file: string): string =>
  (file.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
